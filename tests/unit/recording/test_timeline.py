"""The time of a recording as it is played."""

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.recording.timeline import AT_A_GAP, Timeline

TIMES = st.lists(st.floats(1, 4_000), min_size=1, max_size=30).map(
    lambda steps: [1_700_000_000 + sum(steps[:n]) for n in range(len(steps))]
)


def test_it_runs_as_it_did():
    timeline = Timeline([100, 115, 130])
    assert (timeline.at(0), timeline.at(7), timeline.at(22)) == (100, 107, 122)
    assert [timeline.frame(place) for place in (0, 14.9, 15, 30, 99)] == [0, 0, 1, 2, 2]
    assert timeline.length == 30


def test_a_gap_is_soon_over():
    timeline = Timeline([100, 115, 7_315, 7_330])
    assert timeline.length == 15 + AT_A_GAP + 15
    assert timeline.at(15 + AT_A_GAP) == 7_315
    assert 115 <= timeline.at(timeline.place(4_000)) <= 115 + AT_A_GAP


def test_until_the_next_frame():
    timeline = Timeline([100, 115])
    assert timeline.until_next(5) == 10
    assert timeline.until_next(15) is None


def test_a_recording_of_one_frame():
    timeline = Timeline([100])
    assert (timeline.length, timeline.at(9), timeline.place(500), timeline.until_next(0)) == (0, 100, 0, None)


@given(TIMES, st.data())
def test_every_frame_is_found_at_its_own_time(times, data):
    timeline = Timeline(times)
    frame = data.draw(st.integers(0, len(times) - 1))
    assert timeline.frame(timeline.place(times[frame])) == frame
    assert timeline.at(timeline.place(times[frame])) == times[frame]


@given(TIMES, st.floats(0, 1), st.floats(0, 1))
def test_time_never_runs_back(times, one, other):
    timeline = Timeline(times)
    earlier, later = sorted((one * timeline.length, other * timeline.length))
    assert timeline.at(earlier) <= timeline.at(later)

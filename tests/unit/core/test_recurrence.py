"""How often an alert began, from an hour's first, last and changing moments."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.recurrence import Recurrence, begun, merged

H = 3_600.0
NOW = 1_000 * H


def told(starts, ends, hours=10):
    """What Prometheus says of an alert that held in these spans, a sample a minute."""
    samples = [
        (t * 60.0, s) for s, e in zip(starts, ends, strict=True) for t in range(int(s // 60) + 1, int(e // 60) + 1)
    ]
    changes, first, last = [], [], []
    for hour in range(1, hours + 1):
        values = [v for t, v in samples if (hour - 1) * H < t <= hour * H]
        if values:
            changes.append((hour * H, sum(a != b for a, b in pairwise(values))))
            first.append((hour * H, min(values)))
            last.append((hour * H, max(values)))
    return begun(changes, first, last)


def test_what_holds_on_counts_once():
    assert told([1.5 * H], [5 * H]) == {2 * H: 1}


def test_three_times_within_an_hour():
    assert told([1.1 * H, 1.3 * H, 1.6 * H], [1.2 * H, 1.4 * H, 1.7 * H]) == {2 * H: 3}


def test_what_began_before_the_first_hour_did_not_begin_in_it():
    assert begun([(H, 0)], [(H, -2 * H)], [(H, -2 * H)]) == {}
    assert begun([(H, 0)], [(H, 60.0)], [(H, 60.0)]) == {H: 1}


def test_a_server_that_counts_changes_from_before_the_hour_makes_one_of_one():
    """VictoriaMetrics does: a change to the only value there is is not another one."""
    assert begun([(H, 0), (2 * H, 1)], [(H, 60.0), (2 * H, 1.5 * H)], [(H, 60.0), (2 * H, 1.5 * H)]) == {H: 1, 2 * H: 1}


@given(
    st.lists(st.floats(1, 600), min_size=1, max_size=12).map(
        lambda gaps: [sum(gaps[: n + 1]) for n in range(len(gaps))]
    )
)
def test_every_beginning_is_counted_where_a_sample_saw_it(minutes):
    starts = [m * 60 for m in minutes if m < 580]
    ends = [min(later - 1, s + 240) for s, later in zip(starts, [*starts[1:], 1e9], strict=True)]
    seen = [s for s, e in zip(starts, ends, strict=True) if int(e // 60) > int(s // 60)]
    assert sum(told(starts, ends).values()) == len(seen)


def test_counts_and_how_far_they_reach():
    found = Recurrence(NOW, NOW - 72 * H, ((NOW - 30 * H, 4), (NOW - H, 2), (NOW, 1)))
    assert (found.count(86_400), found.count(30 * 86_400)) == (3, 7)
    assert found.reaches(86_400)
    assert not found.reaches(30 * 86_400)
    assert found.by_day()[-2:] == [4, 3]
    assert len(found.by_day()) == 30


def test_replicas_tell_the_same_alert_once():
    assert merged([{H: 1, 2 * H: 2}, {2 * H: 3}]) == ((H, 1), (2 * H, 3))
    assert merged([]) == ()

"""A recording plays in a poller's place."""

import asyncio
from dataclasses import replace

import pytest

from oncall_tui.core.assess import assess
from oncall_tui.core.marks import marks
from oncall_tui.poll.replay import Replay
from oncall_tui.recording.file import RecordingError, Tape, Writer, read, redactor_for


class Wall:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def recording(tmp_path, watched):
    tape, before = Tape(Writer(tmp_path / "a.oncall", "prod", redactor_for(frozenset()))), None
    for snapshot in watched("feature-stale", 4):
        seen = assess(snapshot)
        tape.write(snapshot, marks(before, seen))
        before = seen
    tape.close()
    return read(tmp_path / "a.oncall")


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def replay(recording, wall):
    return Replay(recording, 1.0, wall)


async def seen_at(replay, at=None):
    """What is published first, at a moment."""
    if at is not None:
        replay.seek(at)
    seen = []
    running = asyncio.create_task(replay.run(seen.append))
    while not seen:
        await asyncio.sleep(0.01)
    running.cancel()
    return seen[0]


async def test_it_shows_what_was_seen(replay, recording, watched):
    for snapshot in watched("feature-stale", 4)[::5]:
        back = await seen_at(replay, snapshot.at)
        assert back.figures == snapshot.figures
        assert sorted(map(repr, back.alerts)) == sorted(map(repr, snapshot.alerts))


async def test_it_can_go_back(replay, recording, watched):
    late, early = watched("feature-stale", 4)[-1], watched("feature-stale", 4)[1]
    assert (await seen_at(replay, late.at)).at == late.at
    assert (await seen_at(replay, early.at)).figures == early.figures


def test_its_clock_runs_at_its_speed_and_stands_at_the_end(replay, recording, wall):
    begin, end = recording.times[0], recording.times[-1]
    wall.now = 10
    assert replay.clock() == begin + 10
    replay.play_at(4)
    wall.now = 15
    assert replay.clock() == begin + 30
    wall.now = 1e6
    assert replay.clock() == end
    assert replay.snapshot().replay == "end"


def test_paused_it_stands_still(replay, recording, wall):
    wall.now = 5
    replay.pause()
    wall.now = 500
    assert replay.paused
    assert replay.clock() == recording.times[0] + 5
    assert replay.snapshot().replay == "paused"
    replay.resume()
    wall.now = 501
    assert replay.clock() == recording.times[0] + 6


def test_from_its_end_it_begins_anew(replay, recording, wall):
    wall.now = 1e6
    replay.pause()
    replay.resume()
    assert replay.clock() == recording.times[0]


def test_it_stays_within_the_recording(replay, recording):
    replay.step(-1e6)
    assert replay.clock() == recording.times[0]
    replay.seek(1e12)
    assert replay.clock() == recording.times[-1]


def test_marks_are_gone_to_in_both_directions(replay, recording):
    moments = sorted({at for at, _ in recording.marks})
    assert len(moments) > 2
    for moment in moments:
        assert replay.to_mark(1)
        assert replay.clock() == moment
    assert replay.to_mark(1) == ""
    assert replay.to_mark(-1)
    assert replay.clock() == moments[-2]


@pytest.mark.parametrize("speed", [0, -1, 0.01, 1e4, float("nan"), float("inf")])
def test_a_speed_out_of_bounds_is_refused(replay, speed):
    with pytest.raises(ValueError, match=r"from 0\.1 to 600"):
        replay.play_at(speed)


async def test_it_plays_to_its_end_and_waits_there(recording):
    replay, seen = Replay(recording, 600), []
    running = asyncio.create_task(replay.run(seen.append))
    while not seen or seen[-1].replay != "end":
        await asyncio.sleep(0.02)
    count = len(seen)
    await asyncio.sleep(0.3)
    assert len(seen) == count
    running.cancel()


async def test_a_frame_that_holds_something_else_is_told_with_its_line(recording):
    broken = replace(recording, frames=(*recording.frames[:-1], b'{"at":1,"changed":{"alerts":{"x":{"y":["="]}}}}'))
    replay = Replay(broken)
    replay.seek(broken.times[-1])
    with pytest.raises(RecordingError, match=rf"line {len(broken.frames) + 1}: "):
        await replay.run(lambda _: None)

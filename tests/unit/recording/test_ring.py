"""The flight recorder keeps the last hours, and no more."""

import os
from dataclasses import replace

import pytest

from oncall_tui.recording.file import RecordingError, redactor_for
from oncall_tui.recording.ring import SEGMENT, Keep, Ring, last, segments

NO_SECRETS = redactor_for(frozenset())
PLENTY = Keep(6 * 3_600, 50_000_000)


class Clock:
    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


@pytest.fixture
def first(watched):
    return watched(minutes=0.25)[0]


@pytest.fixture
def fly(tmp_path, first):
    """Records for so many minutes from a moment on; the ring and its clock."""

    def record(minutes, since=0.0, keep=PLENTY, step=60):
        clock = Clock(first.at + since)
        ring = Ring(tmp_path / "flight", "prod", NO_SECRETS, keep, clock)
        for minute in range(int(minutes * 60 / step)):
            clock.at = first.at + since + minute * step
            ring.write(replace(first, at=clock.at), (f"minute {minute}",))
            for path, _ in segments(tmp_path / "flight"):
                began = float(path.name[:10])
                os.utime(path, (min(clock.at, began + SEGMENT),) * 2)
        return ring, clock

    return record


def test_the_last_hours_are_told_in_order(tmp_path, first, fly):
    ring, _ = fly(40)
    ring.close()
    told = [(snapshot.at - first.at, marks) for snapshot, marks in last(tmp_path / "flight", first.at + 10 * 60)]
    assert told == [(minute * 60.0, (f"minute {minute}",)) for minute in range(11, 40)]


def test_a_file_holds_a_quarter_of_an_hour(tmp_path, fly):
    fly(40)[0].close()
    assert len(list(segments(tmp_path / "flight"))) == 3


def test_what_is_being_written_is_told_too(tmp_path, first, fly):
    fly(5)
    assert len(list(last(tmp_path / "flight", first.at - 1))) == 5


def test_what_is_too_old_is_dropped(tmp_path, fly):
    fly(180, keep=Keep(3_600, 50_000_000))
    assert 4 <= len(list(segments(tmp_path / "flight"))) <= 6


def test_what_is_too_much_is_dropped(tmp_path, fly):
    fly(180, keep=Keep(6 * 3_600, 1))
    assert len(list(segments(tmp_path / "flight"))) == 1


def test_of_two_instances_at_one_time_the_first_is_told(tmp_path, first, fly):
    fly(10)
    fly(10, since=300.5)
    times = [snapshot.at - first.at for snapshot, _ in last(tmp_path / "flight", first.at - 1)]
    assert times == sorted(times)
    assert times[:10] == [minute * 60.0 for minute in range(10)]
    assert times[-1] == 300.5 + 540


def test_files_that_are_not_its_own_are_left_alone(tmp_path, fly):
    (tmp_path / "flight").mkdir()
    notes = tmp_path / "flight" / "notes.oncall"
    notes.write_text("mine")
    fly(30, keep=Keep(60, 1))
    assert notes.read_text() == "mine"


def test_nothing_kept_is_told(tmp_path):
    with pytest.raises(RecordingError, match="kept nothing"):
        list(last(tmp_path / "flight", 0))


def test_a_damaged_file_does_not_hide_the_others(tmp_path, first, fly):
    fly(40)[0].close()
    oldest = min(segments(tmp_path / "flight"))[0]
    oldest.write_bytes(b"rubbish")
    assert len(list(last(tmp_path / "flight", first.at - 1))) == 25


def test_after_trouble_it_goes_on_in_another_file(tmp_path, first, fly):
    folder = tmp_path / "flight"
    folder.write_text("in the way")
    clock = Clock(first.at)
    ring = Ring(folder, "prod", NO_SECRETS, PLENTY, clock)
    with pytest.raises(RecordingError, match="flight"):
        ring.write(first)
    folder.unlink()
    ring.write(first)
    assert len(list(last(folder, 0))) == 1

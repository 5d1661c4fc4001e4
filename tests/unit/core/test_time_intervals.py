"""When a time interval holds."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.time_intervals import TimeInterval


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def test_hours_hold_from_their_start_to_just_before_their_end():
    hours = TimeInterval(times=((9 * 60, 17 * 60),))
    assert [hours.contains(at(f"2026-11-26 {clock}")) for clock in ("08:59", "09:00", "16:59", "17:00")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_weekdays_begin_with_sunday():
    weekend = TimeInterval(weekdays=((6, 6), (0, 0)))
    assert weekend.contains(at("2026-11-28 12:00"))  # a Saturday
    assert weekend.contains(at("2026-11-29 12:00"))
    assert not weekend.contains(at("2026-11-30 12:00"))


@pytest.mark.parametrize(
    ("days", "day", "holds"),
    [
        ((-3, -1), "2026-02-26", True),  # of 28
        ((-3, -1), "2026-02-25", False),
        ((29, 31), "2026-02-28", False),  # there is no 29th
        ((28, 31), "2026-02-28", True),
        ((1, 1), "2026-03-01", True),
        ((1, -1), "2026-03-31", True),
    ],
)
def test_days_are_counted_from_either_end_of_the_month(days, day, holds):
    assert TimeInterval(days=(days,)).contains(at(f"{day} 12:00")) is holds


def test_another_zone_has_another_clock_and_everything_given_must_hold():
    berlin = TimeInterval(times=((0, 60),), months=((12, 12),), years=((2026, 2026),), zone=ZoneInfo("Europe/Berlin"))
    assert berlin.contains(at("2026-11-30 23:30"))  # 00:30 on the first of December there
    assert not berlin.contains(at("2026-12-01 00:30"))


@given(st.floats(0, 4e9))
def test_nothing_given_always_holds(moment):
    assert TimeInterval().contains(moment)

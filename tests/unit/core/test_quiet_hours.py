"""Hours without noise."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.quiet_hours import is_quiet, parse_quiet_hours


def at(clock):
    return datetime.fromisoformat(f"2026-11-26T{clock}:00+00:00").timestamp()


@pytest.mark.parametrize(
    ("text", "quiet", "loud"),
    [
        ("22:00-07:00", ["22:00", "23:59", "00:00", "06:59"], ["21:59", "07:00", "12:00"]),
        ("12:30 - 13:15", ["12:30", "13:14"], ["12:29", "13:15", "00:00"]),
        ("20:00-24:00", ["20:00", "23:59"], ["00:00", "19:59"]),
    ],
)
def test_hours_may_go_past_midnight(text, quiet, loud):
    hours = [parse_quiet_hours(text)]
    assert all(is_quiet(hours, at(clock), UTC) for clock in quiet)
    assert not any(is_quiet(hours, at(clock), UTC) for clock in loud)


@pytest.mark.parametrize(
    "text", ["", "22-7", "24:00-07:00", "22:60-07:00", "22:00-25:00", "07:00-07:00", "00:00-24:00", "x", "22:00-07:00x"]
)
def test_what_is_no_hours_is_refused(text):
    with pytest.raises(ValueError, match="hours"):
        parse_quiet_hours(text)


@given(st.integers(0, 1_439), st.integers(0, 1_439), st.floats(0, 4e9))
def test_hours_and_the_hours_between_them_are_the_whole_day(start, end, moment):
    if start != end:
        told = [f"{a // 60}:{a % 60:02}-{b // 60}:{b % 60:02}" for a, b in ((start, end), (end, start))]
        one, other = map(parse_quiet_hours, told)
        assert one.contains(moment, UTC) is not other.contains(moment, UTC)


def test_of_no_hours_none_is_quiet():
    assert not is_quiet([], at("03:00"))

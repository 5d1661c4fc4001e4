from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.until import EXAMPLES, later_end, parse_end, seconds_in

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=BERLIN).timestamp()  # a Tuesday


def local(text: str, now: float = NOON, zone: ZoneInfo = BERLIN) -> str:
    return datetime.fromtimestamp(parse_end(text, now, zone).at, zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7_200), ("1d12h", 129_600), ("for 45m", 2_700), ("in 1h 30m", 5_400), (" 2H ", 7_200), ("4w", 2_419_200)],
)
def test_a_duration_is_of_elapsed_time(text: str, seconds: int) -> None:
    assert parse_end(text, NOON, BERLIN).at == NOON + seconds


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("until 13:30", "2026-11-24 13:30"),
        ("13:30", "2026-11-24 13:30"),
        ("until 09:00", "2026-11-25 09:00"),
        ("9:00", "2026-11-25 09:00"),
        ("12:00", "2026-11-25 12:00"),
        ("until tomorrow", "2026-11-25 00:00"),
        ("until Tomorrow 9:00", "2026-11-25 09:00"),
        ("today 17:00", "2026-11-24 17:00"),
        ("until Mon", "2026-11-30 00:00"),
        ("until monday 09:00", "2026-11-30 09:00"),
        ("tue 13:00", "2026-11-24 13:00"),
        ("tue 11:00", "2026-12-01 11:00"),
        ("until Tue", "2026-12-01 00:00"),
        ("thurs", "2026-11-26 00:00"),
        ("until 2026-11-30", "2026-11-30 00:00"),
        ("2026-11-30 14:00", "2026-11-30 14:00"),
        ("2026-11-30T14:00:00", "2026-11-30 14:00"),
        ("until 14:00Z", "2026-11-24 15:00"),
        ("2026-11-30T14:00Z", "2026-11-30 15:00"),
        ("14:00 UTC", "2026-11-24 15:00"),
        ("2026-11-30 14:00-05:00", "2026-11-30 20:00"),
        ("2026-11-30 14:00+0530", "2026-11-30 09:30"),
    ],
)
def test_a_moment_is_the_next_such(text: str, moment: str) -> None:
    assert local(text) == moment
    assert parse_end(text, NOON, BERLIN).note == ""


@pytest.mark.parametrize(
    "text",
    [
        "", "until", "for", "soon", "until 9", "25h30", "-2h", "2 hours", "until 2h", "for 09:00", "in Mon", "mo", "0s",
        "1001y", "9:5", "tomorrow9:00", "Mon 9:00 10:00", "30.11.2026", "٩:٠٠", "\x1b[2J", "2026-11-30x14:00", "mont",
        "9999-12-31 23:00-05:00x", "until until 9:00",
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_line_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is no end") as caught:
        parse_end(text, NOON, BERLIN)
    assert EXAMPLES in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("text", ["24:00", "9:60", "2026-11-31", "2026-13-01", "0000-01-01"])
def test_a_time_or_date_there_is_not_is_named_so(text: str) -> None:
    with pytest.raises(ValueError, match="no such"):
        parse_end(text, NOON, BERLIN)


@pytest.mark.parametrize("text", ["2026-11-24 11:59", "2026-11-24", "today", "today 12:00", "1999-01-01"])
def test_what_is_past_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is past"):
        parse_end(text, NOON, BERLIN)


def test_a_time_that_clocks_skip_is_taken_after_the_jump_and_said() -> None:
    before = datetime(2026, 3, 28, 22, 0, tzinfo=BERLIN).timestamp()
    end = parse_end("until 02:30", before, BERLIN)
    assert datetime.fromtimestamp(end.at, UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert end.note == "clocks skip 02:30 that day: taken as 03:30"


def test_of_a_time_that_comes_twice_the_first_is_taken_and_said() -> None:
    before = datetime(2026, 10, 24, 22, 0, tzinfo=BERLIN).timestamp()
    end = parse_end("until 02:30", before, BERLIN)
    assert datetime.fromtimestamp(end.at, UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "twice" in end.note
    assert "first" in end.note


def test_between_the_two_the_second_is_the_next() -> None:
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC).timestamp()
    end = parse_end("02:30", between, BERLIN)
    assert datetime.fromtimestamp(end.at, UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert "second" in end.note


def test_a_night_in_which_clocks_change_has_its_own_length() -> None:
    evening = datetime(2026, 3, 28, 22, 0, tzinfo=BERLIN).timestamp()
    assert parse_end("until 09:00", evening, BERLIN).at - evening == 10 * 3_600
    assert parse_end("11h", evening, BERLIN).at - evening == 11 * 3_600


def test_a_day_that_a_place_left_out_is_passed_over() -> None:
    before = datetime(2011, 12, 29, 12, 0, tzinfo=APIA).timestamp()
    end = parse_end("2011-12-30 12:00", before, APIA)
    assert end.at > before
    assert end.note


def test_without_a_zone_the_machines_own_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        for text in ("until 09:00", "until Mon", "2027-03-14 02:30", "2026-12-31"):
            assert parse_end(text, NOON) == parse_end(text, NOON, NEW_YORK)
    finally:
        monkeypatch.undo()
        time.tzset()


zones = st.sampled_from([BERLIN, NEW_YORK, APIA, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
moments = st.integers(1_700_000_000, 2_000_000_000)


@given(now=moments, zone=zones, hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_time_of_day_is_within_the_next_two_days_and_shown_by_clocks_there(
    now: int, zone: ZoneInfo, hour: int, minute: int
) -> None:
    end = parse_end(f"until {hour}:{minute:02d}", now, zone)
    assert now < end.at <= now + 26 * 3_600
    shown = datetime.fromtimestamp(end.at, zone)
    assert (shown.hour, shown.minute) == (hour, minute) or "skip" in end.note


@given(now=moments, zone=zones, day=st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))
def test_a_weekday_is_that_day_within_eight_days(now: int, zone: ZoneInfo, day: str) -> None:
    end = parse_end(f"until {day} 12:00", now, zone)
    assert now < end.at <= now + 7 * 86_400 + 7_200
    assert datetime.fromtimestamp(end.at, zone).strftime("%a").lower() == day


@given(st.text(max_size=40), moments)
def test_whatever_is_typed_ends_ahead_or_is_refused(text: str, now: int) -> None:
    try:
        end, refusal = parse_end(text, now, BERLIN).at, ""
    except ValueError as error:
        end, refusal = now + 1, str(error)
    assert end > now
    assert "\n" not in refusal


def test_the_examples_are_understood() -> None:
    assert os.linesep not in EXAMPLES
    early = datetime(2026, 11, 1, tzinfo=BERLIN).timestamp()
    assert all(parse_end(example.strip(), early, BERLIN).at > early for example in EXAMPLES.split(","))


def test_a_duration_is_added_to_an_end_and_a_moment_replaces_it() -> None:
    ends = NOON + 600
    assert later_end("1h", ends, NOON, BERLIN).at == ends + 3_600
    assert later_end("1h", NOON - 600, NOON, BERLIN).at == NOON + 3_600
    assert later_end("until 12:05", ends, NOON, BERLIN).at == NOON + 300
    with pytest.raises(ValueError, match="is no end"):
        later_end("a while", ends, NOON, BERLIN)


def test_what_is_a_duration_and_what_is_a_moment() -> None:
    assert seconds_in("for 1h 30m") == 5_400
    assert seconds_in("until 09:00") is None
    assert seconds_in("nonsense") is None

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.duration import format_duration, humanize, name_duration, parse_duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0s",
        "0h0m",
        "5",
        "m",
        "5 m",
        " 5m",
        "5m ",
        "5m\n",
        "-5m",
        "1.5h",
        "30m1h",
        "5m5m",
        "5ms",
        "5M",
        "٣m",
        "inf",
        "1001y",
    ],
)
def test_what_prometheus_does_not_call_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5_400),
        ("30d", 2_592_000),
        ("4w", 2_419_200),
        ("1y", 31_536_000),
        ("90m", 5_400),
    ],
)
def test_a_duration_is_read_as_whole_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(300, "5m"), (3_600, "1h"), (2_592_000, "30d"), (604_800, "7d"), (5_400, "90m"), (61, "61s"), (172_800, "2d")],
)
def test_a_window_is_named_in_the_largest_unit_that_fits_but_never_in_weeks(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (300, "5m"),
        (3_840, "1h4m"),
        (5_400, "1h30m"),
        (86_400, "1d"),
        (129_600, "1d12h"),
        (604_800, "1w"),
        (2_419_200, "4w"),
        (2_592_000, "30d"),
        (31_536_000, "1y"),
        (31_536_000 + 604_800, "372d"),
    ],
)
def test_in_a_metrics_name_a_window_is_spelt_as_prometheus_does(seconds: int, text: str) -> None:
    assert name_duration(seconds) == text


@given(st.integers(min_value=1, max_value=10**10))
def test_a_duration_in_a_name_reads_back_as_itself(seconds: int) -> None:
    assert parse_duration(name_duration(seconds)) == seconds


def test_a_part_of_a_second_has_no_name() -> None:
    with pytest.raises(ValueError, match="not whole seconds"):
        format_duration(0.5)  # type: ignore[arg-type]


@given(st.integers(min_value=1, max_value=10**10))
def test_a_formatted_duration_reads_back_as_itself(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (-0.4, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (61, "1m01s"),
        (599, "9m59s"),
        (601, "10m"),
        (18_720, "5h12m"),
        (-18_720, "-5h12m"),
        (86_399, "23h59m"),
        (172_800, "2d"),
        (180_000, "2d02h"),
        (863_999, "9d23h"),
        (900_000, "10d"),
        (86_400 * 1_000, "2y"),
        (1e300, "999y+"),
        (math.inf, "999y+"),
        (-math.inf, "-999y+"),
    ],
)
def test_a_duration_for_a_person_rounds_down(seconds: float, text: str) -> None:
    assert humanize(seconds) == text


def test_no_number_is_no_duration_for_a_person() -> None:
    with pytest.raises(ValueError, match="NaN"):
        humanize(math.nan)


@given(st.floats(allow_nan=False))
def test_a_duration_for_a_person_fits_its_column(seconds: float) -> None:
    assert len(humanize(seconds).removeprefix("-")) <= 6

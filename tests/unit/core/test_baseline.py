from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.baseline import (
    DAY,
    GRAINS,
    OUT,
    WEEK,
    Band,
    Grain,
    Season,
    band_at,
    departure,
    missing_history,
)
from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.slo import Side

NOW = 1_795_000_000.0
FINE = Grain(0.0, 0.001)


def week_of(now: float, weeks: float, value=lambda at: 10.0, step: int = 600) -> list[tuple[float, float]]:  # type: ignore[no-untyped-def]
    """A value every ten minutes for so many weeks, up to now."""
    start = now - weeks * WEEK
    return [(start + i * step, value(start + i * step)) for i in range(int(weeks * WEEK / step) + 1)]


def test_a_band_is_made_of_the_same_hour_and_weekday() -> None:
    def quiet_sundays(at: float) -> float:
        return 3.0 if (at - NOW) % WEEK < DAY else 100.0

    band = band_at(week_of(NOW, 5, quiet_sundays), NOW + 7_200, FINE)
    assert band is not None
    assert (band.center, band.season, band.occasions) == (3.0, Season.WEEKDAY, 4)
    assert band.points == 4 * 7


def test_with_less_than_three_weeks_the_days_before_have_to_do_and_it_says_so() -> None:
    band = band_at(week_of(NOW, 1), NOW, FINE)
    assert band is not None
    assert (band.season, band.occasions) == (Season.DAY, 7)


@pytest.mark.parametrize("days", [0, 1, 4])
def test_too_little_past_is_no_band_and_says_how_much_is_missing(days: int) -> None:
    points = week_of(NOW, days / 7) if days else []
    assert band_at(points, NOW, FINE) is None
    assert missing_history(points, NOW) == (5 - days) * DAY


def test_the_present_is_no_part_of_its_own_past() -> None:
    points = [*week_of(NOW - 1_800, 4), (NOW - 60, 1e6), (NOW, 1e6)]
    band = band_at(points, NOW, FINE)
    assert band is not None
    assert band.center == 10.0


def test_last_weeks_incident_does_not_teach_that_incidents_are_usual() -> None:
    def incident(at: float) -> float:
        return 0.2 if abs(at - (NOW - WEEK)) < 7_200 else 0.95

    band = band_at(week_of(NOW, 5, incident), NOW, GRAINS[SignalKind.ACCURACY])
    assert band is not None
    assert band.center == pytest.approx(0.95)
    assert departure(band, [0.2], Side.AT_LEAST) is not None


def test_a_signal_that_never_moved_may_still_make_a_harmless_step() -> None:
    band = band_at(week_of(NOW, 5), NOW, Grain(0.05, 0.0))
    assert band is not None
    assert band.spread == 0.5
    assert departure(band, [10.4], None) is None


def test_one_spike_is_no_departure_and_a_move_to_the_good_side_neither() -> None:
    band = Band(10.0, 1.0, 28, 4, Season.WEEKDAY)
    assert departure(band, [10.1, 90.0, 9.8], Side.AT_MOST) is None
    assert departure(band, [], Side.AT_MOST) is None
    assert departure(band, [2.0, 2.0, 2.0], Side.AT_MOST) is None
    found = departure(band, [2.0, 2.0, 2.0], Side.AT_LEAST)
    assert found is not None
    assert (found.value, found.deviation) == (2.0, -8.0)
    assert departure(band, [2.0], None) is not None


def test_the_edge_is_where_a_departure_begins() -> None:
    band = Band(10.0, 1.0, 28, 4, Season.WEEKDAY)
    assert departure(band, [band.edge(Side.AT_MOST)], Side.AT_MOST) is not None
    assert departure(band, [band.edge(Side.AT_MOST) - 0.01], Side.AT_MOST) is None
    assert departure(band, [band.edge(Side.AT_LEAST)], Side.AT_LEAST) is not None


@given(
    st.lists(st.tuples(st.integers(0, int(5 * WEEK)), st.floats(-1e9, 1e9)), max_size=200),
    st.floats(0.0, 1.0),
)
def test_a_band_whatever_the_past_has_a_spread_that_divides(past: list[tuple[int, float]], share: float) -> None:
    points = sorted((NOW - back, value) for back, value in past)
    band = band_at(points, NOW, Grain(share, 1e-6))
    if band is not None:
        assert band.spread > 0
        assert abs(band.deviation(band.center)) < 1e-9
        assert departure(band, [band.center], None) is None


def test_quiet_noise_leaves_its_band_seldom() -> None:
    rng = random.Random(7)
    out = 0
    for _ in range(300):
        points = week_of(NOW, 5, lambda at: rng.gauss(100.0, 5.0))
        band = band_at(points, NOW, Grain(0.0, 0.001))
        assert band is not None
        out += departure(band, [rng.gauss(100.0, 5.0) for _ in range(5)], None, out=OUT) is not None
    assert out <= 3

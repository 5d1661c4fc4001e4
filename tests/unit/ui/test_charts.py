"""Charts as text: what they must never hide."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.readings import Provenance, Series
from oncall_tui.ui.render import axes
from oncall_tui.ui.render.charts import (
    Chart,
    Mark,
    Period,
    Threshold,
    budget_chart,
    budget_points,
    burn_chart,
    burn_points,
    rolling_points,
    time_chart,
    with_estimates,
)
from oncall_tui.ui.render.plot import draw
from oncall_tui.ui.render.raster import Stroke, raster
from oncall_tui.ui.render.spans import Line, Role, plain, width_of

NOW = datetime(2026, 3, 14, 15, 0, tzinfo=UTC).timestamp()
SIX_HOURS = Period(NOW - 21_600, NOW, 300)
FACTORS = (
    Threshold(14.4, "page", Role.CRIT),
    Threshold(6, "page", Role.CRIT),
    Threshold(3, "ticket"),
    Threshold(1, "ticket"),
)
SIZES = pytest.mark.parametrize(("width", "height"), [(38, 8), (120, 20)])
BRAILLE = range(0x2801, 0x2900)


def every(step: float, values: list[float | None], end: float = NOW) -> list[tuple[float, float]]:
    begin = end - step * (len(values) - 1)
    return [(begin + n * step, value) for n, value in enumerate(values) if value is not None]


def text(lines: tuple[Line, ...]) -> str:
    return "\n".join(plain(line) for line in lines)


def roles_of(lines: tuple[Line, ...], words: str) -> set[Role]:
    return {role for line in lines for piece, role in line if words in piece}


def dots(lines: tuple[Line, ...], role: Role) -> list[tuple[int, int]]:
    """The cells (x, y) with a curve's dots in that role."""
    found = []
    for y, line in enumerate(lines):
        x = 0
        for piece, its in line:
            for char in piece:
                if its is role and ord(char) in BRAILLE:
                    found.append((x, y))
                x += 1
    return found


# No data


@SIZES
@pytest.mark.parametrize("points", [[], [(NOW, math.nan)], [(NOW, math.inf)], [(NOW - 10**7, 1.0)]])
def test_a_chart_without_a_point_says_so_and_why_and_draws_nothing(
    width: int, height: int, points: list[tuple[float, float]]
) -> None:
    for chart in (
        burn_chart({"5m": points}, FACTORS, SIX_HOURS, trouble="no traffic"),
        budget_chart(points, SIX_HOURS, exhausted_in=60, trouble="no traffic"),
        time_chart("DRIFT", {"age": points}, "", SIX_HOURS, trouble="no traffic"),
    ):
        lines = draw(chart, width, height)
        assert roles_of(lines, "? no data: no traffic") == {Role.UNKNOWN}
        assert not any(ord(char) in BRAILLE for char in text(lines))
        assert Role.OK not in {role for line in lines for _, role in line}


def test_no_data_is_said_even_where_nobody_knows_why() -> None:
    assert "? no data: no points in this window" in text(draw(burn_chart({}, FACTORS, SIX_HOURS), 60, 8))


def test_a_reason_from_outside_cannot_reach_the_terminal_raw() -> None:
    chart = burn_chart({"5m": []}, FACTORS, SIX_HOURS, trouble="\x1b[2J\u202e" + "x" * 9000)
    lines = draw(chart, 38, 8)
    assert "\x1b" not in text(lines)
    assert "\u202e" not in text(lines)
    assert {width_of(line) for line in lines} == {38}


def test_names_marks_and_thresholds_from_outside_are_made_safe_and_wide_ones_keep_the_width() -> None:
    evil = "\x1b[31m模型\u202ev2"
    chart = time_chart(
        "T",
        {evil: every(300, [1.0, 2.0, 3.0])},
        "",
        SIX_HOURS,
        thresholds=[Threshold(2, evil)],
        marks=[Mark(NOW - 9000, evil)],
    )
    lines = draw(chart, 60, 12)
    assert "\x1b" not in text(lines)
    assert "\u202e" not in text(lines)
    assert text(lines).count("模型") == 3
    assert {width_of(line) for line in lines} == {60}


def test_trouble_stands_beside_old_points() -> None:
    chart = burn_chart({"5m": every(300, [1.0] * 40)}, FACTORS, SIX_HOURS, trouble="prom: no answer")
    lines = draw(chart, 38, 8)
    assert roles_of(lines, "? prom: no answer") == {Role.UNKNOWN}


def test_a_curve_that_stops_short_of_now_has_no_newest_value() -> None:
    old = every(300, [2.0] * 30, end=NOW - 3_600)
    chart = burn_chart({"5m": old, "1h": every(300, [1.0] * 70)}, FACTORS, SIX_HOURS)
    lines = draw(chart, 60, 8)
    assert "5m –" in text(lines)
    assert "1h 1.0x" in text(lines)
    assert roles_of(lines, "–") == {Role.UNKNOWN}


# Gaps


@SIZES
def test_missing_steps_are_drawn_as_a_gap_and_not_joined(width: int, height: int) -> None:
    values = [10.0 if 24 <= n < 49 else 2.0 for n in range(73)]
    whole = burn_chart({"5m": every(300, list(values))}, (), SIX_HOURS)
    torn = burn_chart(
        {"5m": every(300, [v if not 24 <= n < 49 else None for n, v in enumerate(values)])}, (), SIX_HOURS
    )
    middle = range(int(width * 0.45), int(width * 0.60))
    assert {x for x, _ in dots(draw(whole, width, height), Role.ACCENT)} >= set(middle)
    assert not {x for x, _ in dots(draw(torn, width, height), Role.ACCENT)} & set(middle)
    assert "1 gap" in text(draw(torn, width, height))


def test_a_point_alone_between_gaps_is_still_seen() -> None:
    chart = burn_chart({"5m": [(NOW - 9_000, 5.0)]}, (), SIX_HOURS)
    assert len(dots(draw(chart, 60, 10), Role.ACCENT)) == 1


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 4000))
def test_pieces_keep_every_point_and_break_wherever_one_is_missing(there: list[bool], step: int) -> None:
    points = [(float(n * step), 0.0) for n, is_there in enumerate(there) if is_there]
    cut = axes.pieces(points, step)
    assert [point for piece in cut for point in piece] == points
    runs = "".join("x" if is_there else " " for is_there in there).split()
    assert [len(piece) for piece in cut] == [len(run) for run in runs]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=900), st.integers(1, 80))
def test_thinning_keeps_the_ends_and_the_extremes(values: list[float], buckets: int) -> None:
    points = [(float(n), value) for n, value in enumerate(values)]
    kept = axes.thin(points, buckets)
    assert len(kept) <= 4 * buckets
    assert kept == sorted(set(kept))
    assert {points[0], points[-1]} <= set(kept)
    assert {min(values), max(values)} <= {value for _, value in kept}


# Burn rate


@SIZES
@pytest.mark.parametrize("peak", [0.2, 10.0, 900.0, 1e12])
def test_every_factor_keeps_its_own_row_whatever_burns(width: int, height: int, peak: float) -> None:
    chart = burn_chart({"5m": every(300, [0.5] * 40 + [peak] * 20)}, FACTORS, SIX_HOURS)
    lines = draw(chart, width, height)
    for factor, role in (("14.4", Role.CRIT), ("6", Role.CRIT), ("3", Role.WARN), ("1", Role.WARN)):
        assert [line for line in lines if any((p.strip(), r) == (factor, role) for p, r in line)], factor
    assert ("clipped at 18" in text(lines)) == (peak > 18)


def test_what_is_clipped_is_marked_where_it_is_and_its_peak_told() -> None:
    chart = burn_chart({"5m": every(300, [0.5] * 40 + [900.0] * 20 + [0.5] * 10)}, FACTORS, SIX_HOURS)
    lines = draw(chart, 120, 20)
    arrows = [line for line in lines if "▲▲" in plain(line)]
    assert len(arrows) == 1
    assert roles_of(lines, "peak 900x") == {Role.CRIT}


@SIZES
def test_a_burn_above_a_factor_is_drawn_above_its_line(width: int, height: int) -> None:
    def highest(burn: float) -> int:
        lines = draw(burn_chart({"5m": every(300, [burn] * 73)}, FACTORS, SIX_HOURS), width, height)
        return min(y for _, y in dots(lines, Role.ACCENT))

    heights = [highest(burn) for burn in (0.5, 2.0, 4.5, 10.0, 17.0)]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) >= 4


def test_the_short_window_lies_on_top_of_the_long_one() -> None:
    same = every(300, [5.0] * 73)
    lines = draw(burn_chart({"5m": same, "1h": same}, FACTORS, SIX_HOURS), 60, 12)
    assert dots(lines, Role.ACCENT)
    assert not dots(lines, Role.PRIMARY)


def test_burn_points_are_ratios_over_the_budget_and_never_raise() -> None:
    provenance = Provenance("prom", "q")
    series = Series({"": ((1.0, 0.001), (2.0, 0.0144), (3.0, 1.2))}, NOW, provenance)
    assert [round(burn, 6) for _, burn in burn_points(series, 0.999)] == [1.0, 14.4, 1200.0]
    assert burn_points(None, 0.999) == ()


def test_thresholds_are_named_on_their_lines_without_hiding_a_curve() -> None:
    curve = every(300, [14.4 if n > 40 else 0.2 for n in range(73)])
    plain_chart = burn_chart({"5m": curve}, (Threshold(14.4, ""),), SIX_HOURS)
    named = burn_chart({"5m": curve}, (Threshold(14.4, "page 1h/5m"),), SIX_HOURS)
    assert "page 1h/5m" in text(draw(named, 80, 12))
    assert dots(draw(named, 80, 12), Role.ACCENT) == dots(draw(plain_chart, 80, 12), Role.ACCENT)


@SIZES
def test_marks_stand_at_their_time_and_those_outside_are_left_out(width: int, height: int) -> None:
    marks = [Mark(NOW - 10_800, "v43", Role.SECONDARY), Mark(NOW - 90_000, "old"), Mark(NOW + 90_000, "new")]
    lines = draw(burn_chart({"5m": every(300, [0.5] * 73)}, FACTORS, SIX_HOURS, marks=marks), width, height)
    column = next(plain(line).index("┊") for line in lines if "┊" in plain(line))
    assert abs(column - width / 2) <= 4
    assert "v43" in text(lines)
    assert "old" not in text(lines)
    assert "new" not in text(lines)


# Budget

MONTH = Period(NOW - 30 * 86_400, NOW, 21_600)


def test_a_budget_below_nothing_is_drawn_as_crit_below_its_line() -> None:
    points = every(21_600, [1 - n / 80 for n in range(121)])
    lines = draw(budget_chart(points, MONTH), 80, 16)
    spent = next(y for y, line in enumerate(lines) if " 0%" in plain(line))
    assert {y for _, y in dots(lines, Role.ACCENT)} <= set(range(spent + 1))
    assert max(y for _, y in dots(lines, Role.CRIT)) > spent
    assert "left -50.0%" in text(lines)


def test_a_budget_overspent_many_times_is_clipped_and_said_to_be() -> None:
    lines = draw(budget_chart(every(21_600, [1 - n / 4 for n in range(121)]), MONTH), 60, 10)
    assert "clipped at -100%" in text(lines)
    assert "▼" in text(lines)


def test_the_projection_runs_to_nothing_and_the_axis_makes_room_for_it() -> None:
    points = every(21_600, [1 - n / 200 for n in range(121)])
    chart = budget_chart(points, MONTH, exhausted_in=5 * 86_400)
    assert chart.projection == ((NOW, points[-1][1]), (NOW + 5 * 86_400, 0.0))
    assert chart.end == NOW + 5 * 86_400
    assert dots(draw(chart, 80, 12), Role.MUTED)


def test_a_far_exhaustion_is_followed_for_half_a_period_only() -> None:
    chart = budget_chart(every(21_600, [0.8] * 121), MONTH, exhausted_in=300 * 86_400)
    assert chart.end == NOW + 15 * 86_400
    assert chart.projection[1] == (chart.end, pytest.approx(0.8 * 0.95))


@pytest.mark.parametrize("exhausted_in", [None, 0.0])
def test_without_an_exhaustion_ahead_there_is_no_projection(exhausted_in: float | None) -> None:
    assert budget_chart(every(21_600, [0.5] * 121), MONTH, exhausted_in=exhausted_in).projection == ()


def test_a_spent_or_stale_budget_is_not_projected() -> None:
    assert budget_chart(every(21_600, [-0.1] * 121), MONTH, exhausted_in=600).projection == ()
    stale = every(21_600, [0.5] * 60, end=NOW - 5 * 86_400)
    assert budget_chart(stale, MONTH, exhausted_in=600).projection == ()
    assert "left –" in text(draw(budget_chart(stale, MONTH, exhausted_in=600), 60, 10))


def test_what_counts_no_events_has_a_rolling_budget() -> None:
    series = Series({"": ((1.0, 0.05), (2.0, 0.2))}, 3, Provenance("prom", "x"))
    assert rolling_points(series, 0.9) == (pytest.approx((1.0, 0.5)), pytest.approx((2.0, -1.0)))
    assert rolling_points(None, 0.9) == ()


def test_budget_points_come_from_slices_with_both_counts() -> None:
    provenance = Provenance("prom", "q")
    series = Series({"bad": ((1.0, 1.0), (3.0, 1.0)), "total": ((1.0, 100.0), (2.0, 5.0), (3.0, 100.0))}, 3, provenance)
    assert [at for at, _ in budget_points(series, 0.9)] == [1.0, 3.0]
    assert budget_points(series, 0.9)[-1][1] == pytest.approx(0.9)
    assert budget_points(None, 0.9) == ()
    assert budget_points(Series({"total": ((1.0, 9.0),)}, 3, provenance), 0.9) == ()


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=40), st.floats(-1, 1))
def test_splitting_at_a_level_puts_everything_on_its_side(values: list[float], level: float) -> None:
    points = [(float(n), value) for n, value in enumerate(values)]
    above, below = axes.split_at(points, level)
    assert all(value >= level for part in above for _, value in part)
    assert all(value <= level for part in below for _, value in part)
    assert set(points) <= {point for part in above + below for point in part}


# Any curve


def test_curves_beyond_the_colours_are_counted() -> None:
    chart = time_chart("DRIFT", {f"f{n}": every(300, [n / 9] * 73) for n in range(7)}, "", SIX_HOURS)
    assert "+3 not drawn" in text(draw(chart, 120, 20))


def test_a_good_ratio_s_axis_ends_at_100_percent_and_shows_its_objective() -> None:
    chart = time_chart(
        "SLI",
        {"1h": every(300, [0.9991, 0.9999, 1.0] * 24)},
        "ratio",
        SIX_HOURS,
        thresholds=[Threshold(0.9995, "objective", Role.WARN)],
    )
    lines = draw(chart, 80, 14)
    assert chart.high == 1.0
    assert roles_of(lines, "99.95%") == {Role.WARN}
    assert "100.00%" in text(lines)


def test_a_newer_point_than_the_period_is_kept_if_it_is_only_a_step_away() -> None:
    chart = time_chart("T", {"a": [(NOW - 300, 1.0), (NOW + 20, 2.0)]}, "", SIX_HOURS)
    assert chart.end == NOW + 20
    assert "2.0" in text(draw(chart, 60, 10))
    assert time_chart("T", {"a": [(NOW - 300, 1.0), (NOW + 9_000, 2.0)]}, "", SIX_HOURS).end == NOW


def test_without_a_step_the_points_tell_it() -> None:
    chart = time_chart("T", {"a": every(60, [1.0] * 9 + [None] * 5 + [1.0] * 9)}, "", Period(NOW - 3_600, NOW))
    assert chart.step == 60
    assert len(axes.pieces(chart.curves[0].points, chart.step)) == 2


NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(
    st.lists(st.tuples(st.floats(NOW - 30_000, NOW + 1_000), NUMBERS), max_size=40),
    st.lists(st.floats(-1e9, 1e9), max_size=3),
    st.integers(0, 130),
    st.integers(0, 24),
    st.sampled_from(["", "x", "s", "ratio", "%", "req/s"]),
)
def test_whatever_comes_a_chart_is_just_as_large_as_its_room(
    points: list[tuple[float, float]], levels: list[float], width: int, height: int, unit: str
) -> None:
    thresholds = [Threshold(level, "level") for level in levels]
    marks = [Mark(NOW - 5_000, "mark")]
    charts: list[Chart] = [
        time_chart("T", {"a": points, "b": points[::2]}, unit, SIX_HOURS, thresholds=thresholds, marks=marks),
        burn_chart({"5m": points}, thresholds, SIX_HOURS, marks=marks, trouble="late"),
        budget_chart(points, SIX_HOURS, exhausted_in=9_000.0, marks=marks),
    ]
    for chart in charts:
        lines = draw(chart, width, height)
        assert len(lines) == (height if width else 0)
        if width >= 20 and height >= 5:
            assert {width_of(line) for line in lines} == {width}


# Axes


def labels(hours: float, cells: int = 60) -> list[str]:
    return [label for _, label in axes.time_ticks(NOW - hours * 3_600, NOW, cells)]


def test_time_is_labelled_in_utc_hours_and_in_dates_beyond_two_days() -> None:
    assert labels(6) == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]
    assert labels(48)[0].endswith(":00")
    assert labels(49)[0].endswith(" Mar")
    assert labels(24 * 30)[-1].endswith(" Mar")
    assert "UTC" in text(draw(burn_chart({"5m": every(300, [1.0] * 73)}, FACTORS, SIX_HOURS), 120, 20))


@given(st.floats(60, 4e7), st.integers(16, 200))
def test_time_ticks_are_round_within_the_axis_and_leave_air(span_s: float, cells: int) -> None:
    ticks = axes.time_ticks(NOW - span_s, NOW, cells)
    assert len(ticks) <= cells / 8 + 1
    assert all(NOW - span_s <= at <= NOW and at % 60 == 0 for at, _ in ticks)


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 60))
def test_value_ticks_are_on_the_axis_and_few(low: float, reach: float, rows: int) -> None:
    reach = max(reach, abs(low) * 1e-6)
    ticks, step = axes.value_ticks(low, low + reach, rows)
    assert len(ticks) <= 7
    assert all(low - step * 1e-6 <= tick <= low + reach + step * 1e-6 for tick in ticks)


@pytest.mark.parametrize(
    ("value", "step", "unit", "expected"),
    [
        (0.0, 5.0, "x", "0"),
        (15.0, 5.0, "x", "15"),
        (0.25, 0.05, "", "0.25"),
        (-0.0, 0.1, "", "0.0"),
        (0.9995, 0.0005, "ratio", "99.95%"),
        (0.5, 0.5, "ratio", "50%"),
        (0.25, 0.05, "s", "250ms"),
        (1.5, 0.5, "s", "1.5s"),
        (7200.0, 3600.0, "s", "2h"),
        (20_000.0, 10_000.0, "", "20k"),
        (40.0, 20.0, "%", "40%"),
    ],
)
def test_value_labels_are_compact(value: float, step: float, unit: str, expected: str) -> None:
    assert axes.tick_label(value, step, unit) == expected


# plotext's part


def test_the_raster_is_as_large_as_asked_beyond_any_terminal_and_keeps_every_ink() -> None:
    strokes = [Stroke([(0, n), (255, n)], n) for n in range(1, 40)]
    rows = raster(strokes, (0, 255), (0, 40), 250, 70)
    assert (len(rows), {len(row) for row in rows}) == (70, {250})
    assert {ink for row in rows for _, ink in row} == set(range(40))
    assert all((ink > 0) == (ord(char) in BRAILLE) for row in rows for char, ink in row)
    assert all(ink == 0 for row in raster([], (0, 1), (0, 1), 9, 2) for _, ink in row)


@given(st.floats(0, 10), st.integers(2, 30))
def test_our_rows_are_plotexts_rows(value: float, height: int) -> None:
    rows = raster([Stroke([(0.5, value)], 7)], (0, 1), (0, 10), 5, height)
    drawn = next(y for y, row in enumerate(rows) for _, ink in row if ink)
    assert drawn == height - 1 - axes.dot(value, 0, 10, height * 4) // 4


@SIZES
def test_the_cursor_tells_the_value_there_and_a_gap_has_none(width: int, height: int) -> None:
    points = every(300, [1.0, 2.0, None, 4.0])
    chart = time_chart("T", {"a": points}, "", Period(NOW - 1_200, NOW, 300))
    assert chart.told(chart.curves[0]) == 4.0
    at = {n: replace(chart, cursor=NOW - 300 * n) for n in range(4)}
    assert [at[n].told(chart.curves[0]) for n in range(4)] == [4.0, None, 2.0, 1.0]
    drawn = draw(at[1], width, height)
    assert "━ a –" in text(drawn)
    assert "│" in {piece for line in drawn for piece, role in line if role is Role.STRONG}


@SIZES
def test_a_panel_keeps_its_title_and_says_how_many_curves_have_no_room(width: int, height: int) -> None:
    curves = {f"a-feature-of-{n}": every(300, [float(n), 1.0]) for n in range(4)}
    chart = replace(time_chart("DRIFT", curves, "", SIX_HOURS), panel=True)
    drawn = text(draw(chart, width, height))
    assert drawn.startswith("DRIFT")
    assert all(name in drawn for name in curves) or "+" in drawn.splitlines()[0]


def test_panels_of_different_scales_share_their_time_axis() -> None:
    small = replace(time_chart("A", {"": every(300, [0.1, 0.2])}, "ratio", SIX_HOURS), panel=True)
    large = replace(time_chart("B", {"": every(300, [1e6, 2e6])}, "bytes", SIX_HOURS), panel=True)
    one, other = (plain(draw(chart, 80, 12)[-1]).index("╰") for chart in (small, large))
    assert one == other


def test_what_waits_for_labels_is_a_curve_of_its_own_behind_a_mark():
    points = tuple((float(at), at / 100) for at in range(0, 101, 10))
    chart = with_estimates(time_chart("T", {"a": points}, "", Period(0, 100, 10)), 60)
    settled, estimate = chart.curves
    assert settled.points[-1] == (60.0, 0.6)
    assert chart.current(settled) == 0.6
    assert (estimate.name, estimate.role) == ("a est.", Role.MUTED)
    assert [at for at, _ in estimate.points] == [60, 70, 80, 90, 100]
    assert chart.marks[-1].at == 60


def test_where_all_of_a_chart_waits_for_labels_nothing_of_it_is_settled():
    points = tuple((float(at), 1.0) for at in range(50, 101, 10))
    chart = with_estimates(time_chart("T", {"": points}, "", Period(50, 100, 10)), 20)
    settled, estimate = chart.curves
    assert settled.points == ()
    assert chart.current(settled) is None
    assert len(estimate.points) == 6
    assert chart.marks[-1].at == 50

"""What charts need of arithmetic: ticks and their labels, pieces between gaps, thinning, dots.

Points are (unix seconds, value), oldest first. Everything here is pure and knows nothing of cells' contents.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.ui.render import figures

Point = tuple[float, float]
Points = Sequence[Point]

GAP_AFTER = 1.5
"""Steps between two points beyond which the line breaks: one missing step is a gap."""

DATES_BEYOND = 2 * DAY
"""A span (seconds) longer than this is labelled with dates."""

_BEYOND_NUMBERS = 1e300
_MINUTE = 60
_TIME_STEPS = (
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    *(n * DAY for n in (1, 2, 5, 7, 14, 28, 91, 182, 365)),
)
MARGIN_CELLS = 8
"""Cells the label of a value takes at most."""
_TICK_CELLS = 8
"""Cells a tick with its label takes, and some air."""


def finite(points: Points) -> list[Point]:
    """The points that are numbers one can calculate with, in order of time; what is left out becomes a gap."""
    return sorted(point for point in points if math.isfinite(point[0]) and abs(point[1]) < _BEYOND_NUMBERS)


def pieces(points: Points, step: float) -> list[list[Point]]:
    """The points cut at every gap. step: seconds between points."""
    cut: list[list[Point]] = []
    for point in points:
        if cut and point[0] - cut[-1][-1][0] <= step * GAP_AFTER:
            cut[-1].append(point)
        else:
            cut.append([point])
    return cut


def usual_step(points: Points) -> float:
    """The median distance between points, for when nobody says; 0 of fewer than two."""
    distances = sorted(later[0] - sooner[0] for sooner, later in pairwise(points))
    return distances[len(distances) // 2] if distances else 0.0


def thin(piece: Sequence[Point], buckets: int) -> list[Point]:
    """At most four points a bucket: the first, the lowest, the highest and the last, so that no spike is lost."""
    if buckets < 1 or len(piece) <= 4 * buckets:
        return list(piece)
    size = math.ceil(len(piece) / buckets)
    kept: list[Point] = []
    for begin in range(0, len(piece), size):
        bucket = piece[begin : begin + size]
        extremes = {bucket[0], min(bucket, key=_value), max(bucket, key=_value), bucket[-1]}
        kept += sorted(extremes)
    return kept


def _value(point: Point) -> float:
    return point[1]


def split_at(piece: Sequence[Point], level: float) -> tuple[list[list[Point]], list[list[Point]]]:
    """A piece cut where it crosses a level: what lies at or above it, and what lies below it."""
    sides: tuple[list[list[Point]], list[list[Point]]] = ([], [])
    before: Point | None = None
    for point in piece:
        side, was = int(point[1] < level), None if before is None else int(before[1] < level)
        if before is None or was is None:
            sides[side].append([point])
        elif side == was:
            sides[side][-1].append(point)
        else:
            share = (level - before[1]) / (point[1] - before[1])
            crossing = (before[0] + share * (point[0] - before[0]), level)
            sides[was][-1].append(crossing)
            sides[side].append([crossing, point])
        before = point
    return sides


def dot(value: float, low: float, high: float, dots: int) -> int:
    """Which of that many dots a value falls on, 0 at low, as plotext places it."""
    return math.floor(round(0.5 + (dots - 1) * (value - low) / (high - low), 8))


def time_ticks(start: float, end: float, cells: int) -> list[tuple[float, str]]:
    """Round moments between start and end with their labels in UTC: '14:30', or '14 Mar' when the span is long."""
    span_s = end - start
    dates = span_s > DATES_BEYOND
    most = max(1, cells // _TICK_CELLS)
    steps = [step for step in _TIME_STEPS if step >= DAY] if dates else _TIME_STEPS
    step = next((step for step in steps if span_s / step <= most), steps[-1])
    first = math.ceil(start / step) * step
    count = int((end - first) // step) + 1 if first <= end else 0
    return [(at, _moment(at, dates)) for at in (first + n * step for n in range(min(count, cells)))]


def _moment(at: float, dates: bool) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return moment.strftime("%d %b") if dates else moment.strftime("%H:%M")


def value_ticks(low: float, high: float, rows: int) -> tuple[list[float], float]:
    """At least two round values between low and high, as many as go well with that many rows; and their step."""
    for count in range(max(1, min(6, rows // 2)), 12):
        rough = (high - low) / count
        size = 10.0 ** math.floor(math.log10(rough))
        step = next(size * n for n in (1, 2, 5, 10) if size * n >= rough * 0.999)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last > first:
            break
    return [n * step for n in range(first, min(last, first + 12) + 1)], step


def tick_label(value: float, step: float, unit: str) -> str:
    """A tick with the decimals its step needs; ratios in percent, seconds as durations."""
    sign = "%" if unit in ("%", "ratio") else ""
    value, step = (value * 100, step * 100) if unit == "ratio" else (value, step)
    if unit == "s" and step >= 1e-3:
        return _short(figures.quantity(value, unit), value, unit)
    if step >= 1e3 and abs(value) >= 1e4:
        return _short(figures.compact(value) + sign, value, sign)
    return _short(f"{value + 0.0:.{_decimals(step)}f}{sign}", value, sign)


def _short(label: str, value: float, sign: str) -> str:
    """The label, or the power of ten if it is too long for a margin."""
    return label if len(label) <= MARGIN_CELLS else f"{value:.0e}{sign}"


def _decimals(step: float) -> int:
    return max(0, min(6, -math.floor(math.log10(step) + 1e-9)))


def level_label(value: float, unit: str) -> str:
    """A threshold's own value, as short as it can be told exactly."""
    if unit == "s":
        return _short(figures.quantity(value, unit), value, unit)
    sign = "%" if unit in ("%", "ratio") else ""
    shown = value * 100 if unit == "ratio" else value
    return _short(f"{shown:.6g}{sign}" if sign else f"{shown:.4g}", shown, sign)


def reading_label(value: float, unit: str) -> str:
    """A curve's newest value, for the legend."""
    return f"{figures.compact(value)}x" if unit == "x" else figures.quantity(value, unit)


def spread(values: Iterable[float], unit: str) -> tuple[float, float]:
    """The lowest and highest value an axis has to show, with air around; from zero where zero is not far.

    A ratio's axis does not go beyond 0..1 unless its values do. values must not be empty.
    """
    known = list(values)
    low, high = min(known), max(known)
    reach = (high - low) or abs(high) * 0.1 or 1.0
    floor, ceiling = low - 0.08 * reach, high + 0.08 * reach
    if 0 <= low < 0.5 * high or (low == high == 0):
        floor = 0.0
    if low >= 0:
        floor = max(0.0, floor)
    if unit == "ratio" and high <= 1:
        ceiling = min(1.0, ceiling)
    return (floor, ceiling) if ceiling > floor else (floor - 0.5, floor + 0.5)

"""What the charts show: from readings over time to a Chart, which render.plot draws.

Points are (unix seconds, value), oldest first; a step that is missing is missing, and becomes a gap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oncall_tui.core.burn import burn_down, error_budget
from oncall_tui.core.readings import Series
from oncall_tui.ui.render.axes import GAP_AFTER, Point, Points, finite, spread, usual_step
from oncall_tui.ui.render.spans import Role

HEADROOM = 1.25
"""How far a burn chart's axis reaches above its highest factor. What burns faster is clipped and said to be."""

LOWEST_BUDGET = -1.0
"""A budget chart reaches down to a budget spent twice over; below that it is clipped."""

CURVE_ROLES = (Role.ACCENT, Role.PRIMARY, Role.SECONDARY, Role.TEXT)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line. points are finite and ordered; there may be none. until: when it ends, where that is not now."""

    name: str
    points: tuple[Point, ...]
    role: Role
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level worth a line across the chart: a tier's factor, an objective, a bound."""

    value: float
    label: str
    role: Role = Role.WARN


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth a line down the chart: a version change, the start of an alert."""

    at: float
    label: str
    role: Role = Role.MUTED


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over time on axes that are fixed already: start to end (unix seconds) and low to high.

    now: the end of what was asked (unix seconds); step: seconds between points.
    unit: 'x' (times), 'ratio', 's', '%', or a word of its own.
    projection: where the last point is headed, drawn dotted; the axis may go on beyond now for it.
    alarm_below: a level under which a curve is drawn as CRIT.
    trouble: why there is nothing to see, or why it is old; '' if all is well. left_out: how many curves are not drawn.
    cursor: the moment whose values the legend tells in place of the newest. panel: whether it is one of many on
    one time axis: it keeps its title, and as much room for the labels of its values as the others.
    """

    title: str
    curves: tuple[Curve, ...]
    start: float
    end: float
    now: float
    step: float
    low: float
    high: float
    unit: str = ""
    thresholds: tuple[Threshold, ...] = ()
    marks: tuple[Mark, ...] = ()
    projection: tuple[Point, ...] = ()
    alarm_below: float | None = None
    trouble: str = ""
    left_out: int = 0
    cursor: float | None = None
    panel: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is no point at all."""
        return not any(curve.points for curve in self.curves)

    def current(self, curve: Curve) -> float | None:
        """The curve's newest value; None when it is not of now."""
        if not curve.points:
            return None
        at, value = curve.points[-1]
        until = self.now if curve.until is None else curve.until
        return value if until - at <= self.step * GAP_AFTER else None

    def told(self, curve: Curve) -> float | None:
        """What the legend tells of the curve: its value at the cursor, else its newest; None where it has none."""
        return self.current(curve) if self.cursor is None else value_at(curve.points, self.cursor, self.step)


@dataclass(frozen=True, slots=True)
class Period:
    """The time a chart covers, unix seconds, and the seconds between points (None: judged by the points)."""

    start: float
    end: float
    step: float | None = None


def value_at(points: Points, at: float, step: float) -> float | None:
    """The value of the point nearest to a moment; None where there is none within half a step: a gap is no value."""
    place = bisect_left(points, (at,))
    near = min(points[max(0, place - 1) : place + 1], key=lambda point: abs(point[0] - at), default=None)
    return near[1] if near is not None and abs(near[0] - at) <= step / 2 else None


def burn_points(series: Series | None, objective: float) -> tuple[Point, ...]:
    """Burn rates from an SLO's error ratios over time (a SeriesReading of an SliReading); none of None."""
    if series is None:
        return ()
    budget = error_budget(objective)
    return tuple((at, ratio / budget) for line in series.lines.values() for at, ratio in line)


def budget_points(series: Series | None, objective: float) -> tuple[Point, ...]:
    """What was left of the budget over time, from a CountsReading's 'bad' and 'total'; none of None or no traffic."""
    if series is None:
        return ()
    bad = dict(series.lines.get("bad", ()))
    total = series.lines.get("total", ())
    return burn_down(tuple((at, bad[at], count) for at, count in total if at in bad), objective)


def rolling_points(series: Series | None, objective: float) -> tuple[Point, ...]:
    """What was left of the budget of the period that ended then, at each moment, where events are not counted.

    series: a SeriesReading of the error ratio over the whole period. None of None.
    """
    return tuple((at, 1 - burn) for at, burn in burn_points(series, objective))


def burn_chart(
    curves: Mapping[str, Points],
    thresholds: Sequence[Threshold],
    period: Period,
    *,
    marks: Sequence[Mark] = (),
    trouble: str = "",
) -> Chart:
    """Burn rates by window ('5m', then '1h') against the factors of the tiers.

    The axis always reaches from 0 to a little above the highest factor, so that two charts of one SLO compare at a
    glance and a factor of 1 stays visible beside a burn of 900; what is above is clipped.
    """
    drawn = _curves(curves)
    top = max((threshold.value for threshold in thresholds), default=0.0)
    high = top * HEADROOM if top > 0 else spread([0.0, 1.0, *_values(drawn)], "x")[1]
    return _chart("BURN", drawn, period, (0.0, high), "x", thresholds, marks, trouble)


def budget_chart(
    points: Points,
    period: Period,
    *,
    name: str = "left",
    exhausted_in: float | None = None,
    marks: Sequence[Mark] = (),
    trouble: str = "",
) -> Chart:
    """The budget left over the period, 1.0 = all of it, against nothing left.

    name: what the legend calls it. exhausted_in: seconds from the last point until it is gone at the present rate; the
    axis makes room for it as far as half the period. None draws no projection.
    """
    drawn = _curves({name: points})
    lowest = min(_values(drawn), default=1.0)
    low = max(LOWEST_BUDGET, lowest * 1.1) if lowest < 0 else 0.0
    gone = (Threshold(0.0, "spent", Role.CRIT),)
    chart = _chart("BUDGET", drawn, period, (low, max(1.0, *_values(drawn), 1.0)), "ratio", gone, marks, trouble)
    return _projected(chart, exhausted_in)


def _projected(chart: Chart, exhausted_in: float | None) -> Chart:
    left = chart.current(chart.curves[0])
    if exhausted_in is None or exhausted_in <= 0 or left is None or left <= 0:
        return replace(chart, alarm_below=0.0)
    at = chart.curves[0].points[-1][0]
    end = max(chart.end, at + min(exhausted_in, (chart.end - chart.start) / 2))
    share = min(1.0, (end - at) / exhausted_in)
    return replace(
        chart, alarm_below=0.0, end=end, projection=((at, left), (at + exhausted_in * share, left * (1 - share)))
    )


def time_chart(
    title: str,
    curves: Mapping[str, Points],
    unit: str,
    period: Period,
    *,
    thresholds: Sequence[Threshold] = (),
    marks: Sequence[Mark] = (),
    trouble: str = "",
) -> Chart:
    """Any curves over time, by name, the most important first; beyond four they are counted only."""
    drawn = _curves(curves)
    values = [*_values(drawn), *(threshold.value for threshold in thresholds)]
    axis = spread(values, unit) if values else (0.0, 1.0)
    return _chart(title, drawn, period, axis, unit, thresholds, marks, trouble, max(0, len(curves) - len(drawn)))


def due_by(points: Points, due: float) -> tuple[Point, ...]:
    """The points up to a moment (unix seconds) by which all labels had come."""
    return tuple(point for point in points if point[0] <= due)


def with_estimates(chart: Chart, since: float) -> Chart:
    """The same with what lies after since (unix seconds) told apart: labels still on their way will change it.

    Those parts of the curves are curves of their own, muted and named 'est.', behind a mark.
    """
    settled, open_ = [], []
    for curve in chart.curves:
        settled.append(replace(curve, points=due_by(curve.points, since), until=since))
        # One point more, so that the line goes on.
        before = settled[-1].points[-1:]
        late = tuple(point for point in curve.points if point[0] > since)
        if late:
            open_.append(Curve(f"{curve.name} est.".strip(), before + late, Role.MUTED))
    mark = Mark(max(since, chart.start), "labels due", Role.MUTED)
    return replace(chart, curves=(*settled, *open_), marks=(*chart.marks, mark))


def _curves(curves: Mapping[str, Points]) -> tuple[Curve, ...]:
    pairs = zip(curves.items(), CURVE_ROLES, strict=False)
    return tuple(Curve(name, tuple(finite(points)), role) for (name, points), role in pairs)


def _values(curves: Sequence[Curve]) -> list[float]:
    return [value for curve in curves for _, value in curve.points]


def _chart(
    title: str,
    curves: tuple[Curve, ...],
    period: Period,
    axis: tuple[float, float],
    unit: str,
    thresholds: Sequence[Threshold],
    marks: Sequence[Mark],
    trouble: str,
    left_out: int = 0,
) -> Chart:
    longest = max((curve.points for curve in curves), key=len, default=())
    step = period.step or usual_step(longest) or (period.end - period.start)
    newest = max((curve.points[-1][0] for curve in curves if curve.points), default=period.end)
    end = newest if period.end < newest <= period.end + step else max(period.end, period.start + 1.0)
    kept = tuple(
        replace(curve, points=tuple(p for p in curve.points if period.start <= p[0] <= end)) for curve in curves
    )
    return Chart(
        title=title,
        curves=kept,
        start=period.start,
        end=end,
        now=end,
        step=step,
        low=axis[0],
        high=axis[1],
        unit=unit,
        thresholds=tuple(thresholds),
        marks=tuple(marks),
        trouble=trouble,
        left_out=left_out,
    )

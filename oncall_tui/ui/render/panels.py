"""A model's page: what is known of its endpoints, and every signal as a small chart on one time axis."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from oncall_tui.core.assess import Assessment, ServiceStatus, SignalStatus
from oncall_tui.core.beside import ALERTED, DEPLOYS, began, deploys
from oncall_tui.core.catalogue import VERSIONS, SignalKind
from oncall_tui.core.readings import Series, SeriesReading, SignalReading
from oncall_tui.core.slo import Side
from oncall_tui.core.state import State
from oncall_tui.core.versions import version_changes
from oncall_tui.ui.lookback import Lookback
from oncall_tui.ui.render import charts, endpoints, figures
from oncall_tui.ui.render.axes import Points, reading_label
from oncall_tui.ui.render.charts import Chart, Mark, Period, Threshold
from oncall_tui.ui.render.legend import packed
from oncall_tui.ui.render.spans import STATE_GLYPHS, Line, Role, join, outside, span, state_badge

ORDER = (
    SignalKind.ACCURACY,
    SignalKind.PREDICTION,
    SignalKind.LATENCY,
    SignalKind.THROUGHPUT,
    SignalKind.ERRORS,
    SignalKind.DRIFT,
    SignalKind.FRESHNESS,
    SignalKind.QUALITY,
    SignalKind.INFRASTRUCTURE,
    SignalKind.OTHER,
)
"""The same for every model, so that two pages compare at a glance."""


_QUANTILE = re.compile(r"[-_.]?(p\d+|mean|avg)\Z")
"""The end of a name that says which latency it is: those that begin alike share a chart."""


def readings(status: ServiceStatus, lookback: Lookback) -> list[SeriesReading]:
    """What the page's charts and their marks need."""
    service = status.service
    names = [signal.name for signal in service.signals] + ([VERSIONS] if service.versions else [])
    names += [signal.name for signal in service.beside if signal.name in (ALERTED, DEPLOYS)]
    return [_reading(service.name, name, lookback) for name in names]


def _reading(service: str, signal: str, lookback: Lookback) -> SeriesReading:
    return SeriesReading(SignalReading(service, signal), lookback.span, lookback.step)


# The top


def facts(assessment: Assessment, status: ServiceStatus) -> list[Line]:
    """The state and why, then the endpoints."""
    service = status.service
    head = join([state_badge(status.state), outside(service.name, Role.STRONG), outside(status.reason)])
    lines = [head, *(line for one in status.endpoints for line in endpoints.lines(assessment.snapshot, one))]
    if not status.endpoints:
        lines.append(span("no endpoint is configured: nothing of it is probed", Role.MUTED))
    return lines


# The charts


@dataclass(frozen=True, slots=True)
class _Group:
    """Signals that share a chart, with the name that each goes by in it."""

    title: str
    signals: tuple[SignalStatus, ...]


def panels(
    assessment: Assessment, status: ServiceStatus, lookback: Lookback, cursor: float | None = None
) -> tuple[Chart, ...]:
    """A chart for each signal, percentiles of one latency in one; all of one time axis and with the same marks.

    It ends when the newest of what is shown was asked, so that nothing moves as long as nothing comes. cursor: unix
    seconds. A signal that has no points, or none to be believed, says why.
    """
    snapshot = assessment.snapshot
    asked = [snapshot.series(reading) for reading in readings(status, lookback)]
    end = max((series.at for series in asked if series is not None), default=snapshot.at)
    period = Period(end - lookback.span, end, lookback.step)
    marks = marks_of(assessment, status, lookback)
    drawn = (_chart(assessment, group, lookback, period, marks) for group in _groups(status.signals))
    return tuple(replace(chart, cursor=cursor, panel=True, start=period.start, end=end) for chart in drawn)


def marks_of(assessment: Assessment, status: ServiceStatus, lookback: Lookback) -> list[Mark]:
    """When versions and deploys came, and when alerts began: those that fire, and those that Prometheus remembers."""
    service = status.service

    def series(name: str) -> Series | None:
        return assessment.snapshot.series(_reading(service.name, name, lookback))

    marks = [Mark(at, version, Role.ACCENT) for at, version in version_changes(series(VERSIONS))]
    begins, step = assessment.snapshot.at - lookback.span, lookback.step
    marks += [Mark(at, what, Role.ACCENT) for at, what in deploys(series(DEPLOYS), begins, step)]
    firing = {one.alert.starts_at: one.alert.name for one in status.alerts if one.alert.starts_at}
    earlier = [
        (at, name)
        for at, name in began(series(ALERTED), begins, step)
        if not any(name == other and abs(at - start) <= 2 * step for start, other in firing.items())
    ]
    return marks + [Mark(at, name, Role.WARN) for at, name in (*firing.items(), *earlier)]


def _groups(signals: Sequence[SignalStatus]) -> list[_Group]:
    groups: dict[object, list[SignalStatus]] = {}
    for one in sorted(signals, key=lambda one: ORDER.index(one.signal.kind)):
        signal = one.signal
        together = signal.kind is SignalKind.LATENCY and not signal.by
        stem = _QUANTILE.sub("", signal.name)
        groups.setdefault((signal.kind, signal.unit, stem) if together else (signal.name,), []).append(one)
    return [_Group(_title(members), tuple(members)) for members in groups.values()]


def _title(members: Sequence[SignalStatus]) -> str:
    worst = min(one.state for one in members)
    first = members[0].signal
    name = first.name if len(members) == 1 else _QUANTILE.sub("", first.name) or first.kind.value
    return f"{STATE_GLYPHS[worst]} {name.upper()}" if worst is not State.OK else name.upper()


def _chart(assessment: Assessment, group: _Group, lookback: Lookback, period: Period, marks: Sequence[Mark]) -> Chart:
    curves: dict[str, Points] = {}
    thresholds: list[Threshold] = []
    doubts = []
    for one in group.signals:
        signal = one.signal
        reading = _reading(signal.service, signal.name, lookback)
        series = assessment.snapshot.series(reading)
        doubts.append(assessment.snapshot.doubt(reading) or one.reason * (one.values is None))
        lines = series.lines if series is not None else {}
        for member in _worst_first(lines, signal.good):
            curves[member or _short(signal.name, group)] = lines[member]
        thresholds += [
            Threshold(bound, word, role)
            for bound, word, role in ((signal.warn, "warn", Role.WARN), (signal.crit, "crit", Role.CRIT))
            if bound is not None
        ]
    trouble = next((doubt for doubt in doubts if doubt), "")
    unit = group.signals[0].signal.unit
    chart = charts.time_chart(
        group.title, curves, unit, period, thresholds=tuple(dict.fromkeys(thresholds)), marks=marks, trouble=trouble
    )
    delay = max(one.signal.label_delay for one in group.signals)
    return charts.with_estimates(chart, period.end - delay) if delay else chart


def _worst_first(lines: Mapping[str, Points], good: Side) -> list[str]:
    """Members by their newest value, the one furthest on the bad side first."""
    newest = {member: points[-1][1] for member, points in lines.items() if points}
    return sorted(newest, key=lambda member: newest[member], reverse=good is Side.AT_MOST)


def _short(name: str, group: _Group) -> str:
    """What a chart of one curve says already is not said again: 'latency-p99' is p99 among latencies."""
    if len(group.signals) == 1:
        return ""
    found = _QUANTILE.search(name)
    return found[1] if found else name


# The cursor


def readout(drawn: Iterable[Chart], cursor: float, now: float, width: int) -> list[Line]:
    """The value of everything at the cursor, in lines of at most that width; '–' where there was none."""
    ago = figures.age(now - cursor)
    items = [join([span(figures.moment_near(cursor, now), Role.STRONG), span(f"{ago} ago", Role.MUTED)])]
    for chart in drawn:
        for curve in chart.curves or (None,):
            value = chart.told(curve) if curve is not None else None
            name = f"{_bare(chart.title)} {curve.name if curve else ''}".strip()
            shown = figures.MISSING if value is None else span(reading_label(value, chart.unit), Role.STRONG)
            items.append(join([outside(name, Role.MUTED), shown]))
    return packed(items, width)


def _bare(title: str) -> str:
    return title.lstrip("".join(STATE_GLYPHS.values())).strip().lower()

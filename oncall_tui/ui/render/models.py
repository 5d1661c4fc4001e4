"""Models: one row a service with the layers it stands on, each with its own trust."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from oncall_tui.core.assess import Assessment, ServiceStatus, SignalStatus
from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.readings import SeriesReading, SignalReading
from oncall_tui.core.slo import Side
from oncall_tui.ui.lookback import Lookback
from oncall_tui.ui.render import endpoints, figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.drift import drift_cell, feature_lines
from oncall_tui.ui.render.spans import STATE_ROLES, Line, Role, fitted, join, outside, span, state_badge

COLUMNS = (
    Column("state", "STATE", 9),
    Column("service", "SERVICE", 13, grow=2),
    Column("endpoint", "ENDPOINT", 10, grow=1),
    Column("version", "VERSION", 8, rank=1),
    Column("probe", "PROBE95", 7, rank=2, right=True),
    Column("accuracy", "ACCURACY", 8, right=True),
    Column("drift", "DRIFT", 12, grow=2),
    Column("freshness", "FRESH", 7, right=True),
    Column("latency", "LATENCY", 8, rank=3, right=True),
    Column("throughput", "THRU", 8, rank=3, right=True),
    Column("errors", "ERRORS", 7, rank=3, right=True),
    Column("why", "WHY", 20, rank=5, grow=3),
)


def table(
    assessment: Assessment, services: Iterable[ServiceStatus], lookback: Lookback, empty: tuple[Line, ...]
) -> Table:
    """The services as a table; the rows' keys are their names."""
    return Table(COLUMNS, [Row(s.service.name, _cells(assessment, s, lookback)) for s in services], empty)


def _cells(assessment: Assessment, status: ServiceStatus, lookback: Lookback) -> Callable[[str, int], Line]:
    def cell(column: str, width: int) -> Line:
        match column:
            case "state":
                return state_badge(status.state)
            case "service":
                return outside(status.service.name, Role.STRONG)
            case "endpoint":
                return endpoints.cell(status.endpoints)
            case "version":
                probe = status.endpoints[0].probe if status.endpoints else None
                return outside(probe.version or "?") if probe else span("-", Role.MUTED)
            case "probe":
                return _latency(status)
            case "drift":
                return drift_cell(assessment, status, lookback, width)
            case "why":
                return outside(status.reason, Role.MUTED)
        return _signal(status, SignalKind(column))

    return cell


def _latency(status: ServiceStatus) -> Line:
    probe = status.endpoints[0].probe if status.endpoints else None
    if probe is None or probe.latency is None:
        return figures.MISSING if status.endpoints else span("-", Role.MUTED)
    return span(figures.quantity(probe.p95 or probe.latency, "s"))


def _signal(status: ServiceStatus, kind: SignalKind) -> Line:
    own = [signal for signal in status.signals if signal.signal.kind is kind]
    if not own:
        return span("-", Role.MUTED)
    worst = min(own, key=lambda signal: signal.state)
    if worst.worst is None:
        return figures.MISSING
    return span(
        figures.quantity(worst.worst[1], worst.signal.unit),
        STATE_ROLES[worst.state] if worst.signal.warn is not None else Role.TEXT,
    )


def readings(services: Iterable[ServiceStatus], lookback: Lookback) -> list[SeriesReading]:
    """What the sparklines of these services need."""
    return [
        SeriesReading(SignalReading(signal.service, signal.name), lookback.span, lookback.step)
        for status in services
        for signal in status.service.signals
    ]


def detail(assessment: Assessment, status: ServiceStatus, lookback: Lookback, width: int) -> list[Line]:
    """A service's endpoints, then every signal with a sparkline for each member, worst first."""
    lines: list[Line] = [
        join([state_badge(status.state), outside(status.service.name, Role.STRONG), outside(status.reason, Role.MUTED)])
    ]
    lines += [line for one in status.endpoints for line in endpoints.lines(assessment.snapshot, one)]
    for signal in sorted(status.signals, key=lambda s: (s.state, s.signal.kind is not SignalKind.DRIFT)):
        lines += _members(assessment, signal, lookback, width)
    return lines


def _members(assessment: Assessment, status: SignalStatus, lookback: Lookback, width: int) -> list[Line]:
    signal = status.signal
    reading = SeriesReading(SignalReading(signal.service, signal.name), lookback.span, lookback.step)
    if status.values is None:
        return [
            join(
                [fitted(outside(signal.name, Role.HEADING), 26), figures.MISSING, outside(status.reason, Role.UNKNOWN)]
            )
        ]
    if signal.binned is not None:
        return feature_lines(assessment, status, lookback, width)
    series = assessment.snapshot.series(reading)
    reach = min(60, max(8, width - 50))
    ordered = sorted(status.values.values.items(), key=lambda item: item[1], reverse=signal.good is Side.AT_MOST)
    return [
        join(
            [
                fitted(join([outside(signal.name, Role.HEADING), outside(member)]), 26),
                fitted(span(figures.quantity(value, signal.unit), _member_role(status, value)), 8, right=True),
                fitted(
                    figures.sparkline(
                        series.lines.get(member, ()) if series else (), reach, _member_role(status, value)
                    ),
                    reach,
                ),
                span(lookback.name, Role.MUTED),
            ]
        )
        for member, value in ordered
    ]


def _member_role(status: SignalStatus, value: float) -> Role:
    breach = status.signal.breach(value)
    return STATE_ROLES[breach[0]] if breach else Role.ACCENT

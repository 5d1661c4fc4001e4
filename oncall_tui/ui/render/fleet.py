"""The Fleet: one row a service, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import Assessment, ServiceStatus, SignalStatus
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.slo import Side
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.lookback import Lookback
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.drift import drift_cell
from oncall_tui.ui.render.spans import STATE_ROLES, Line, Role, fitted, join, outside, span, state_badge

COLUMNS = (
    Column("state", "STATE", 9),
    Column("service", "SERVICE", 13, grow=2),
    Column("slo", "WORST SLO", 12, grow=1),
    Column("sli", "SLI 1h", 13, rank=1, right=True),
    Column("budget", "BUDGET", 10, grow=2),
    Column("5m", "BURN 5m", 7, rank=3, right=True),
    Column("1h", "1h", 5, right=True),
    Column("6h", "6h", 5, rank=3, right=True),
    Column("3d", "3d", 5, rank=3, right=True),
    Column("out", "OUT IN", 6, rank=1, right=True),
    Column("alerts", "AL", 3, rank=2, right=True),
    Column("drift", "DRIFT", 14, rank=4, grow=1),
    Column("why", "WHY", 20, rank=5, grow=4),
)

_WINDOWS = {"5m": 300, "1h": HOUR, "6h": 6 * HOUR, "3d": 3 * DAY}


def table(
    assessment: Assessment, services: Iterable[ServiceStatus], lookback: Lookback, empty: tuple[Line, ...]
) -> Table:
    """The services as a table; the rows' keys are their names."""
    rows = [Row(status.service.name, _cells(assessment, status, lookback)) for status in services]
    return Table(COLUMNS, rows, empty)


def _cells(assessment: Assessment, status: ServiceStatus, lookback: Lookback) -> Callable[[str, int], Line]:
    slo = status.worst_slo

    def cell(column: str, width: int) -> Line:
        match column:
            case "state":
                return state_badge(status.state)
            case "service":
                return outside(status.service.name, Role.STRONG)
            case "slo":
                return outside(slo.slo.name, STATE_ROLES[slo.state]) if slo else span("no SLO", Role.MUTED)
            case "alerts":
                return _alert_count(status)
            case "drift":
                return drift_cell(assessment, status, lookback, width)
            case "why":
                return outside(status.reason, Role.MUTED)
        return _slo_cell(slo, column, width) if slo else ()

    return cell


def _slo_cell(slo: SloStatus, column: str, width: int) -> Line:
    match column:
        case "sli":
            return join(
                [figures.percent(slo.sli(HOUR), slo.slo.objective), span(f"/{figures.objective(slo.slo)}", Role.MUTED)],
                "",
            )
        case "budget":
            return figures.budget_bar(slo.remaining, width)
        case "out":
            return figures.countdown(slo.exhausted_in, slo.slo.period)
        case _:
            window = _WINDOWS[column]
            return figures.burn(slo.burn(window), slo.verdicts, window)


def _alert_count(status: ServiceStatus) -> Line:
    firing = sum(alert.phase is Phase.FIRING for alert in status.alerts)
    acked = sum(alert.phase is Phase.ACKNOWLEDGED for alert in status.alerts)
    if firing:
        return span(str(firing), Role.CRIT)
    return span(f"{acked}a", Role.MUTED) if acked else span("·", Role.MUTED)


def why(status: ServiceStatus) -> Line:
    """Why the service is in its state, where the table has no room for it."""
    return join([outside(status.service.name, Role.STRONG), outside(status.reason, STATE_ROLES[status.state])])


def detail(assessment: Assessment, status: ServiceStatus) -> list[Line]:
    """Everything about one service, for the pane beside the table on a wide screen."""
    service = status.service
    facts = [
        outside(service.name, Role.STRONG),
        span(service.kind.value, Role.MUTED),
        outside(service.team and f"team {service.team}", Role.MUTED),
    ]
    lines: list[Line] = [join(facts, "  "), join([state_badge(status.state), outside(status.reason)]), ()]
    lines += [span("SLO            SLI 1h   objective  left   out in", Role.HEADING)] if status.slos else []
    lines += [_slo_line(slo) for slo in status.slos]
    if status.signals:
        lines += [(), span("SIGNALS", Role.HEADING), *(signal_line(signal) for signal in status.signals)]
    if status.endpoints:
        lines += [(), span("ENDPOINTS", Role.HEADING)]
        lines += [
            join([state_badge(e.state), outside(e.endpoint.url, Role.MUTED), outside(e.reason)])
            for e in status.endpoints
        ]
    if service.depends_on:
        lines += [(), span("DEPENDS ON", Role.HEADING)]
        lines += [_upstream(assessment, name) for name in service.depends_on]
    return lines


def _slo_line(slo: SloStatus) -> Line:
    name = slo.slo.name[:13]
    return (
        *outside(f"{name:<13}", STATE_ROLES[slo.state]),
        *join(
            [
                _padded(figures.percent(slo.sli(HOUR), slo.slo.objective), 8),
                _padded(span(figures.objective(slo.slo), Role.MUTED), 10),
            ]
        ),
        *_padded(span(f"{slo.remaining * 100:.0f}%") if slo.remaining is not None else figures.MISSING, 7),
        *_padded(figures.countdown(slo.exhausted_in, slo.slo.period), 9),
    )


def _padded(line: Line, width: int) -> Line:
    return fitted(line, width, right=True)


def signal_line(status: SignalStatus) -> Line:
    """A signal's name, worst member and value, and why it is in its state."""
    signal = status.signal
    name = outside(f"{signal.name:<14}", STATE_ROLES[status.state])
    if status.worst is None:
        return join([name, figures.MISSING, outside(status.reason, Role.UNKNOWN)])
    member, value = status.worst
    arrow = "≥" if signal.good is Side.AT_LEAST else "≤"
    bound = span(f"{arrow} {figures.quantity(signal.warn, signal.unit)}", Role.MUTED) if signal.warn is not None else ()
    return join(
        [name, span(figures.quantity(value, signal.unit)), outside(member, Role.MUTED) if member else (), bound]
    )


def _upstream(assessment: Assessment, name: str) -> Line:
    upstream = assessment.service(name)
    if upstream is None:
        return outside(name, Role.MUTED)
    return join([state_badge(upstream.state), outside(name), outside(upstream.reason, Role.MUTED)])

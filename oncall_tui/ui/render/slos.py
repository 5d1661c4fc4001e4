"""SLOs: one row each with all its windows, under headings if wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.duration import format_duration, humanize
from oncall_tui.core.slo import Slo
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.state import State
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.slo_order import Group
from oncall_tui.ui.render.spans import STATE_GLYPHS, STATE_ROLES, Line, Role, fitted, join, outside, span, width_of

WINDOWS = (300, 1_800, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY)

COLUMNS = (
    Column("state", "STATE", 9),
    Column("service", "SERVICE", 13, grow=1),
    Column("slo", "SLO", 12, grow=2),
    Column("sli", "SLI 1h", 7, rank=1, right=True),
    Column("objective", "WANTED", 7, rank=2, right=True),
    Column("budget", "BUDGET LEFT", 13, grow=2),
    *(
        Column(f"{window}", format_duration(window), 5, rank=0 if window == HOUR else 3, right=True)
        for window in WINDOWS
    ),
    Column("out", "OUT IN", 6, rank=1, right=True),
    Column("period", "PERIOD", 6, rank=4, right=True),
    Column("why", "WHY", 20, rank=5, grow=3),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """The key of a group's heading."""

    name: str


def table(groups: Sequence[Group], empty: tuple[Line, ...], *, headings: bool, shut: Collection[str] = ()) -> Table:
    """The SLOs as a table; the rows' keys are their ids, those of headings are Headings. Windows hold burn rates.

    shut: the names of the groups of which only the heading is shown.
    """
    rows: list[Row] = []
    for group in groups:
        closed = headings and group.name in shut
        if headings:
            rows.append(Row(Heading(group.name), _heading(group, closed), whole=True))
        rows += [] if closed else [Row(status.slo.id, _cells(status)) for status in group.slos]
    return Table(COLUMNS, rows, empty)


def _heading(group: Group, closed: bool) -> Callable[[str, int], Line]:
    counts = [(state, sum(slo.state is state for slo in group.slos)) for state in State]
    line = join(
        [
            span("▸" if closed else "▾", Role.ACCENT),
            outside(group.name or "no team", Role.STRONG),
            *(span(f"{STATE_GLYPHS[state]} {state.name} {n}", STATE_ROLES[state]) for state, n in counts if n),
            span(f"{len(group.slos)} SLO{'s' if len(group.slos) > 1 else ''}", Role.MUTED),
        ],
        "  ",
    )
    return lambda column, width: line


def _cells(status: SloStatus) -> Callable[[str, int], Line]:
    slo = status.slo

    def cell(column: str, width: int) -> Line:
        match column:
            case "state":
                return badge(status)
            case "service":
                return outside(slo.service, Role.STRONG)
            case "slo":
                return named(slo, width, STATE_ROLES[status.state])
            case "sli":
                asked = HOUR in slo.windows
                return figures.percent(status.sli(HOUR), slo.objective) if asked else span("-", Role.MUTED)
            case "objective":
                return span(figures.objective(slo), Role.MUTED)
            case "budget":
                return budget(status, width)
            case "out":
                return figures.countdown(status.exhausted_in, slo.period)
            case "period":
                return span(format_duration(slo.period), Role.MUTED)
            case "why":
                return outside(status.reason, Role.MUTED)
        return burn(status, int(column))

    return cell


def badge(status: SloStatus) -> Line:
    """The state's glyph with the word that matters: FROZEN and TOO FEW tell more than CRIT and UNKNOWN do."""
    word = "FROZEN" if status.frozen else "TOO FEW" if status.too_few else status.state.name
    return span(f"{STATE_GLYPHS[status.state]} {word}", STATE_ROLES[status.state])


def named(slo: Slo, width: int, role: Role) -> Line:
    """An SLO's name, for a member of a group with its values: they are what tells it from the others."""
    values = outside(" ".join(slo.group.values()) or (f"by {', '.join(slo.by)}" if slo.by else ""), Role.TEXT)
    name = outside(slo.name, role)
    if not slo.by:
        return name
    room = min(width_of(name), max(4, width - width_of(values) - 1))
    return join([fitted(name, room), values])


def budget(status: SloStatus, width: int) -> Line:
    """What is left of the budget as a bar and a percentage; how far back it is known, where that is not all of it."""
    if status.since is None or status.remaining is None:
        return figures.budget_bar(status.remaining, width)
    since = span(f" since {reach(status.since)}", Role.MUTED)
    bar, rest, (figure, role) = figures.budget_bar(status.remaining, max(5, width - width_of(since)))
    if width_of((bar, rest, (figure, role), *since)) > width:
        return ((figure.strip(), role), *since)
    return (bar, rest, (figure, role), *since)


def reach(seconds: float) -> str:
    """How far back there is data, in one unit: '3d', '5h'; rounded down."""
    size, unit = next(((size, unit) for size, unit in ((DAY, "d"), (HOUR, "h")) if seconds >= size), (60, "m"))
    return f"{int(seconds // size)}{unit}"


def burn(status: SloStatus, window: int) -> Line:
    """The burn rate over a window; where there is no data, what the SLO's policy takes it for."""
    if window not in status.slo.windows:
        return ()
    if window in status.assumed:
        return span(f"{status.slo.no_data.value}*", Role.UNKNOWN)
    return figures.burn(status.burn(window), status.verdicts, window)


def notes(status: SloStatus) -> Line:
    """What the row under the cursor cannot say in its cells: why, and what its figures rest on."""
    parts = [join([outside(status.slo.id, Role.STRONG), outside(status.reason, STATE_ROLES[status.state])])]
    if status.consequence:
        parts.append(outside(f"agreed: {status.consequence}", Role.STRONG))
    if status.assumed:
        windows = ", ".join(format_duration(window) for window in sorted(status.assumed))
        parts.append(span(f"* no data counts as {status.slo.no_data.value}: {windows}", Role.UNKNOWN))
    if status.since is not None:
        period = format_duration(status.slo.period)
        parts.append(span(f"data since {humanize(status.since)} of {period}", Role.UNKNOWN))
    return join(parts, " · ")

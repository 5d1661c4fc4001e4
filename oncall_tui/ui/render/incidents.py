"""Incidents: a row each, and the one under the cursor in full: where it stands, what it cost, what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from oncall_tui.core.duration import humanize
from oncall_tui.core.impact import Impact
from oncall_tui.core.incident import ActionItem, Incident, Severity, Status
from oncall_tui.core.story import Story
from oncall_tui.core.timeline import Moment
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.spans import STATE_GLYPHS, STATE_ROLES, Line, Role, join, outside, span

COLUMNS = (
    Column("status", "STATUS", 11),
    Column("severity", "SEV", 4),
    Column("id", "ID", 9),
    Column("title", "WHAT", 20, grow=5),
    Column("began", "BEGAN", 8),
    Column("lasted", "LASTED", 6, right=True),
    Column("who", "COMMANDER", 10, rank=1, grow=1),
    Column("services", "SERVICES", 16, rank=2, grow=2),
)
MOST_MOMENTS = 500
"""Lines of a timeline that are drawn, the newest; all of them are in the export."""
_DAY = 86_400.0
_STATUS = {
    Status.OPEN: ("■ OPEN", Role.CRIT),
    Status.MITIGATED: ("▲ MITIGATED", Role.WARN),
    Status.RESOLVED: ("✓ RESOLVED", Role.OK),
}


def table(incidents: Iterable[Incident], now: float, empty: tuple[Line, ...]) -> Table:
    """The incidents as a table; the rows' keys are their ids."""
    return Table(COLUMNS, [Row(one.id, _cells(one, now)) for one in incidents], empty)


def _cells(one: Incident, now: float) -> Callable[[str, int], Line]:
    def cell(column: str, width: int) -> Line:
        match column:
            case "status":
                return badge(one)
            case "severity":
                return severity(one.severity)
            case "id":
                return outside(one.id, Role.MUTED)
            case "title":
                return outside(one.title, Role.TEXT if one.going_on else Role.MUTED)
            case "began":
                return span(when(one.began, now), Role.MUTED)
            case "lasted":
                return span(humanize(one.lasted(now)), Role.TEXT if one.going_on else Role.MUTED)
            case "who":
                who = one.roles.get("commander", "")
                return (
                    outside(who)
                    if who
                    else span("nobody" if one.going_on else "–", Role.WARN if one.going_on else Role.MUTED)
                )
            case _:
                return outside(", ".join(one.services) or "–", Role.MUTED)

    return cell


def badge(one: Incident) -> Line:
    """Glyph and word for how far it is."""
    if one.into:
        return span("· merged", Role.MUTED)
    return span(*_STATUS[one.status])


def severity(one: Severity) -> Line:
    """How grave it is."""
    roles = {Severity.SEV1: Role.CRIT_BADGE, Severity.SEV2: Role.CRIT, Severity.SEV3: Role.WARN}
    return span(one.value.upper(), roles.get(one, Role.TEXT))


def when(at: float, now: float) -> str:
    """Time of day, UTC; the day where it is not within one."""
    return figures.clock(at) if abs(now - at) < _DAY else datetime.fromtimestamp(at, UTC).strftime("%b %d")


def head(story: Story) -> list[Line]:
    """Title, how far it is, who has which role, times, the budget it spent, what is to be done."""
    one, cost = story.incident, story.impact
    merged = outside(f"with {', '.join(one.merged)}", Role.MUTED) if one.merged else ()
    roles = [outside(f"{role} {who}") for role, who in sorted(one.roles.items())]
    lines = [
        join([severity(one.severity), outside(one.title, Role.STRONG)]),
        join([badge(one), outside(one.id, Role.MUTED), merged, outside(", ".join(one.services), Role.MUTED)], "  "),
        join([*roles] or [span("no commander", Role.WARN if one.going_on else Role.MUTED)], " · "),
        _times(cost),
        _budgets(cost),
    ]
    return lines + [_action(item) for item in story.actions]


def _times(cost: Impact) -> Line:
    acknowledged = _after("acknowledged", cost.to_acknowledge)
    who = outside(f"by {cost.acknowledged_by}", Role.MUTED) if cost.acknowledged_by else ()
    began = span(f"began {figures.clock(cost.began)}", Role.TEXT)
    lasted = span(f"lasted {humanize(cost.lasted)}{'' if cost.ended else ' so far'}", Role.STRONG)
    mitigated, resolved = _after("mitigated", cost.to_mitigate), _after("resolved", cost.to_resolve)
    return join([began, lasted, join([acknowledged, who]), mitigated, resolved], " · ")


def _after(what: str, seconds: float | None) -> Line:
    if seconds is None:
        return span(f"not {what}", Role.WARN)
    return span(f"{what} after {humanize(seconds)}", Role.TEXT)


def _budgets(cost: Impact) -> Line:
    if not cost.budgets:
        why = "not known yet" if cost.ended is None else "not known: no figures were seen while it lasted"
        return span(f"error budget spent: {why}", Role.MUTED)
    told = [outside(f"{one.slo} {one.spent:.1%} ({one.after:.0%} left)") for one in cost.budgets]
    return join([span("error budget spent:", Role.MUTED), join(told, ", ")])


def _action(item: ActionItem) -> Line:
    mark = span("✓" if item.closed_at else "☐", Role.OK if item.closed_at else Role.ACCENT)
    owner = outside(item.owner, Role.STRONG) if item.owner else span("nobody", Role.WARN)
    return join([mark, outside(item.text), owner, outside(item.id, Role.MUTED)])


def moments(story: Story, *, details: bool = False) -> list[Line]:
    """The timeline, the newest first. details: with the output of steps."""
    told = story.moments[-MOST_MOMENTS:]
    lines = [line for moment in reversed(told) for line in _moment(moment, story.at, details)]
    if hidden := len(story.moments) - len(told):
        lines.append(span(f"and {hidden} before; the export has all", Role.MUTED))
    return lines or [span("Nothing has happened yet.", Role.MUTED)]


def _moment(one: Moment, now: float, details: bool) -> Iterator[Line]:
    glyph = span(STATE_GLYPHS[one.state], STATE_ROLES[one.state]) if one.state is not None else span("·", Role.MUTED)
    at = figures.moment_near(one.at, now)
    loud = one.what in ("note", "finding")
    role = STATE_ROLES[one.state] if one.state is not None else Role.TEXT if loud else Role.SECONDARY
    who = outside(f"— {one.who}", Role.MUTED) if one.who else ()
    more = span(f"({len(one.details)} lines)", Role.MUTED) if one.details and not details else ()
    yield join([span(at, Role.MUTED), glyph, outside(f"{one.what:<9}", Role.MUTED), outside(one.text, role), who, more])
    if details:
        yield from (outside(f"          │ {line}", Role.MUTED) for line in one.details)

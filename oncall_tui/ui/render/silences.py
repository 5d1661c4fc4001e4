"""Silences: one row each, those that want attention first, with what each hides now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.duration import humanize
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.silences import SilenceStatus, Standing, count_of, service_of
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.alerts import phase_badge
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

COLUMNS = (
    Column("state", "STATE", 10),
    Column("hides", "HIDES NOW", 18, grow=2),
    Column("matchers", "MATCHERS", 20, grow=4),
    Column("ends", "ENDS", 13),
    Column("who", "BY", 8, grow=1),
    Column("why", "WHY", 16, rank=2, grow=3),
    Column("source", "SOURCE", 10, rank=3),
)
_DAY = 86_400.0


class Order(StrEnum):
    """How silences can be sorted."""

    ATTENTION = "attention"
    ENDS = "ends"
    HIDES = "hides"
    AUTHOR = "author"


def ordered(statuses: Iterable[SilenceStatus], order: Order) -> Sequence[SilenceStatus]:
    """The silences in that order; equals stay as they came, which is by attention. Expired ones are always last."""
    keys: dict[Order, Callable[[SilenceStatus], object]] = {
        Order.ATTENTION: lambda status: 0,
        Order.ENDS: lambda status: status.silence.ends_at,
        Order.HIDES: lambda status: -len(status.hidden or ()),
        Order.AUTHOR: lambda status: status.silence.author.casefold(),
    }
    return sorted(statuses, key=lambda status: (status.standing is Standing.EXPIRED, keys[order](status)))


def table(statuses: Iterable[SilenceStatus], empty: tuple[Line, ...]) -> Table:
    """The silences as a table; the rows' keys are the silences' keys."""
    return Table(COLUMNS, [Row(status.key, _cells(status)) for status in statuses], empty)


def _cells(status: SilenceStatus) -> Callable[[str, int], Line]:
    silence = status.silence
    over = status.standing is Standing.EXPIRED

    def cell(column: str, width: int) -> Line:
        match column:
            case "state":
                return badge(status)
            case "hides":
                return hides(status)
            case "matchers":
                return outside(spelled(silence.matchers), Role.MUTED if over else Role.TEXT)
            case "ends":
                return _ends(status)
            case "who":
                return outside(silence.author or "?", Role.MUTED if over else Role.TEXT)
            case "why":
                return outside(silence.comment or "no word why", Role.MUTED)
            case _:
                return outside(silence.source, Role.MUTED)

    return cell


def badge(status: SilenceStatus) -> Line:
    """Glyph and word; an acknowledgement is told from a silence, and one that is kept from one with an end."""
    ack = status.silence.is_ack
    match status.standing:
        case Standing.EXPIRED:
            return span("○ ack over" if ack else "○ expired", Role.MUTED)
        case Standing.PENDING:
            return span("◌ pending", Role.ACCENT)
        case Standing.ENDING if not status.kept:
            return span("▲ ack ends" if ack else "▲ ending", Role.WARN)
        case _:
            return span("◐ kept" if status.kept else "◐ ack" if ack else "∅ active", Role.OK if ack else Role.TEXT)


def hides(status: SilenceStatus) -> Line:
    """How many alerts, and the worst of them."""
    if status.hidden is None:
        return span("? no answer", Role.UNKNOWN)
    if not status.hidden:
        return span("nothing", Role.WARN if any("hides nothing" in w for w in status.warnings) else Role.MUTED)
    muted = status.standing in (Standing.EXPIRED, Standing.PENDING)
    worst = status.hidden[0].alert
    return join(
        [
            span(f"{len(status.hidden)}", Role.MUTED if muted else Role.STRONG),
            outside(worst.name or "(no alertname)", Role.MUTED if muted else Role.TEXT),
            outside(worst.severity, Role.MUTED),
        ]
    )


def spelled(matchers: Iterable[Matcher]) -> str:
    """Matchers as they are typed."""
    return ", ".join(map(str, matchers))


def when(at: float, left: float) -> str:
    """Time of day, UTC; the day where it is not within one."""
    if abs(left) < _DAY:
        return figures.clock(at)
    return datetime.fromtimestamp(at, UTC).strftime("%a %d")


def _ends(status: SilenceStatus) -> Line:
    left, at = status.left, when(status.silence.ends_at, status.left)
    if status.standing is Standing.EXPIRED:
        return span(f"{humanize(-left)} ago" if left < 0 else "just now", Role.MUTED)
    role = Role.WARN if status.standing is Standing.ENDING and not status.kept else Role.TEXT
    return join([fitted(span(humanize(max(left, 0.0)), role), 6, right=True), span(at, Role.MUTED)])


def detail(
    status: SilenceStatus, now: float, width: int, room: int, keeping: str = "extended before it ends"
) -> list[Line]:
    """The silence in full with the alerts it hides, in about room lines of width cells.

    now: unix seconds. keeping: of one that is kept, how.
    """
    silence = status.silence
    who = outside(silence.author or "nobody", Role.STRONG)
    lines: list[Line] = [
        join([badge(status), outside(spelled(silence.matchers), Role.STRONG)]),
        join([join([who, span(":")], ""), outside(silence.comment or "no word why")]),
        _times(status, keeping),
    ]
    lines += [join([span("!", Role.WARN), outside(warning, Role.WARN)]) for warning in status.warnings]
    lines += [outside(note, Role.MUTED) for note in status.notes]
    lines += _hidden(status, now, width, max(3, room - len(lines) - 1))
    return [*lines, outside(f"at {silence.source}  {silence.id}", Role.MUTED)]


def _times(status: SilenceStatus, keeping: str) -> Line:
    silence = status.silence
    over, waits = status.standing is Standing.EXPIRED, status.standing is Standing.PENDING
    left = f"ended {humanize(-status.left)} ago," if over else f"{humanize(max(status.left, 0.0))} left,"
    if status.kept and not over:
        left = f"kept while firing: {keeping}, {left}"
    began = f"{'begins' if waits else 'began'} {when(silence.starts_at, silence.ends_at - silence.starts_at)},"
    ends = f"{'ended' if over else 'ends'} {figures.clock_both(silence.ends_at)}"
    return join([span(left), span(began, Role.MUTED), span(ends, Role.MUTED)])


def _hidden(status: SilenceStatus, now: float, width: int, room: int) -> list[Line]:
    if status.hidden is None:
        return [outside(f"{status.silence.source} does not answer: what it hides nobody can say", Role.UNKNOWN)]
    verb = "hides" if status.standing in (Standing.ACTIVE, Standing.ENDING) else "would hide"
    if not status.hidden:
        return [span(f"{verb} nothing now", Role.MUTED)]
    head = span(f"{verb} {count_of(len(status.hidden))} now:", Role.MUTED)
    return [head, *alert_lines(status.hidden, now, width, room - 1)]


def alert_lines(alerts: Sequence[AlertStatus], now: float, width: int, room: int, own: str = "") -> list[Line]:
    """Alerts a line of width cells each, in at most room lines, the last saying how many more.

    own: alerts of another service than this are marked; '' for none.
    """
    shown = alerts if len(alerts) <= room else alerts[: max(0, room - 1)]
    lines = [_alert_line(status, now, width, own) for status in shown]
    if len(shown) < len(alerts):
        lines.append(span(f"  … and {len(alerts) - len(shown)} more", Role.MUTED))
    return lines


def _alert_line(status: AlertStatus, now: float, width: int, own: str) -> Line:
    alert, service = status.alert, service_of(status)
    foreign = bool(own) and service != own
    shown = outside(f"{service or 'no service'}{' !' if foreign else ''}", Role.WARN if foreign else Role.TEXT)
    parts = [
        fitted(phase_badge(status), 11),
        fitted(outside(alert.name or "(no alertname)", Role.STRONG), min(28, max(12, width - 44))),
        fitted(shown, 14),
        fitted(outside(alert.severity or "-", Role.MUTED), 8),
        span(figures.age(now - alert.starts_at), Role.MUTED),
    ]
    return fitted(join(parts), max(1, width))

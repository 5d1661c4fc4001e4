"""What stands around an alert: who is told of it, how often it comes, and how far it reaches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from oncall_tui.core import blast
from oncall_tui.core.alert_rule import Recalled
from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus
from oncall_tui.core.burn import DAY
from oncall_tui.core.dead_man import OURS
from oncall_tui.core.duration import humanize
from oncall_tui.core.recurrence import SPAN, Recurrence
from oncall_tui.core.routing import Receiver, Told
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.alert_detail import fact, heading
from oncall_tui.ui.render.spans import Line, Role, join, outside, span, state_badge

_MOST_LABELS = 6
_MOST_SERVICES = 8
_HIDDEN = (Phase.SILENCED, Phase.ACKNOWLEDGED, Phase.INHIBITED)


# Who is told


def told(assessment: Assessment, status: AlertStatus) -> list[Line]:
    """Who is told of it, by each route that takes it, and why nobody is at this moment where that is so."""
    lines, alert = [heading("WHO IS TOLD")], status.alert
    if status.phase is Phase.PENDING:
        return [*lines, span("nobody yet: it is pending, and no Alertmanager has it", Role.MUTED)]
    if alert.source == OURS:
        return [*lines, span("nobody but who looks here: it is this dashboard's own alarm", Role.WARN)]
    routing = assessment.snapshot.routings.get(alert.source)
    own = ", ".join(alert.receivers)
    if routing is None:
        known = f"; by its own word: {own}" if own else ""
        return [*lines, outside(f"? the routes of {alert.source} are not known{known}", Role.UNKNOWN)]
    found = routing.told(alert.labels, assessment.snapshot.at)
    lines += [_told(one) for one in found]
    if status.phase in _HIDDEN:
        lines.append(span(f"nobody now: it is {_word(status.phase)}", Role.WARN))
    if alert.receivers and {one.receiver.name for one in found} != set(alert.receivers):
        lines.append(outside(f"▲ Alertmanager says {own}: its routes are others by now than those it told", Role.WARN))
    return lines


def _word(phase: Phase) -> str:
    return "acknowledged" if phase is Phase.ACKNOWLEDGED else phase.value


def _told(one: Told) -> Line:
    way = outside(f"by {' › '.join(one.way)}" if one.way else "by the root route", Role.MUTED)
    mute = outside(f"◇ nobody now: {one.mute}", Role.WARN) if one.mute else ()
    return join([outside(one.receiver.name, Role.STRONG), _kinds(one.receiver), mute, way])


def _kinds(receiver: Receiver) -> Line:
    if not receiver.kinds:
        return span("(has no integration: it tells nobody)", Role.WARN)
    counted = Counter(receiver.kinds)
    return outside(f"({', '.join(kind if n == 1 else f'{n} {kind}' for kind, n in counted.items())})")


# How often it comes


def recurrence(recalled: Recalled | None) -> list[Line]:
    """How often it began in 24 hours and in 30 days, and day by day."""
    lines = [heading("HOW OFTEN IT COMES")]
    if recalled is None:
        return [*lines, span("? asking…", Role.UNKNOWN)]
    found = recalled.recurrence
    if found is None:
        return [*lines, outside(f"? not known: {recalled.trouble}", Role.UNKNOWN)]
    days = found.by_day()
    points = [(float(day), float(count)) for day, count in enumerate(days)]
    drawn = join([figures.sparkline(points, len(days)), span("the last 30 days, today on the right", Role.MUTED)])
    counts = join([_count(found, DAY, "24h"), span("·", Role.MUTED), _count(found, SPAN, "30d")])
    lines += [fact("began", counts), fact("", drawn)] if any(days) else [fact("began", counts)]
    return [*lines, fact("", span("pending counts: Prometheus keeps when its condition began to hold", Role.MUTED))]


def _count(found: Recurrence, span_s: int, name: str) -> Line:
    count = found.count(span_s)
    figure = span(f"{count}x in {name}", Role.STRONG)
    if found.reaches(span_s):
        return figure
    since = humanize(max(0.0, found.at - found.since))
    return join([figure, span(f"(at least: records go back {since})", Role.UNKNOWN)])


# How far it reaches


def reach(assessment: Assessment, status: AlertStatus) -> list[Line]:
    """The labels that other alerts share, what rests on its service, and what is broken upstream of it."""
    lines = [heading("HOW FAR IT REACHES")]
    doubt = assessment.snapshot.alerts_doubt()
    if doubt:
        lines.append(outside(f"? alerts may be missing here: {doubt}", Role.UNKNOWN))
    found = blast.reach(assessment, status)
    for shared in found.shared[:_MOST_LABELS]:
        services = f" of {', '.join(shared.services[:4])}{'…' if len(shared.services) > 4 else ''}"
        what = f"{shared.alerts} of {shared.of} other alerts{services if shared.services else ''}"
        lines.append(join([outside(f"{shared.name}={shared.value}"), outside(what, Role.MUTED)]))
    if not found.shared:
        lines.append(span("no other alert shares a label with it", Role.MUTED))
    if status.service:
        lines.append(fact("upstream", _services(found.upstream, "nothing in trouble")))
        lines.append(fact("downstream", _services(found.downstream, "no service rests on it")))
    return lines


def _services(services: Sequence[ServiceStatus], none: str) -> Line:
    if not services:
        return span(none, Role.MUTED)
    shown = [join([state_badge(one.state), outside(one.service.name)]) for one in services[:_MOST_SERVICES]]
    more = len(services) - _MOST_SERVICES
    return join([*shown, span(f"and {more} more", Role.MUTED) if more > 0 else ()], "  ")

"""One alert in full, part by part: what it says, whose it is, its rule, what hides it, what was done about it."""

from __future__ import annotations

from collections.abc import Sequence

from oncall_tui.actions.alert_history import Deed
from oncall_tui.core.alert_rule import Looked, RuleCurves
from oncall_tui.core.alerts import Alert, Phase, Silence, SilenceState, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.duration import humanize
from oncall_tui.core.text import clean_block
from oncall_tui.ui.render import charts, figures, tripwire
from oncall_tui.ui.render.alerts import URGENCY_ROLES, phase_badge, who
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span, state_badge

_TOLD_FIRST = ("summary", "description", "message", "title")
_MOST_LINES = 12
"""Lines of one annotation that are shown; what is longer is for a web page."""
_MOST_DEEDS = 12
_MOST_SILENCES = 6
_NAME_CELLS = 12


def heading(text: str) -> Line:
    """What stands over a part."""
    return span(text, Role.HEADING)


def fact(name: str, line: Line) -> Line:
    """One line of a part, with its name in front."""
    return join([fitted(span(name, Role.MUTED), _NAME_CELLS), line])


def headline(assessment: Assessment, status: AlertStatus, gone: str) -> list[Line]:
    """What it is, since when, and who has it. gone: why it may be no more; '' while it is listed."""
    alert = status.alert
    now = assessment.snapshot.at
    name = [
        phase_badge(status) if not gone else span("? not listed", Role.UNKNOWN),
        outside(alert.name or "(no alertname)", Role.STRONG),
        outside(alert.severity or "no severity", URGENCY_ROLES[alert.urgency]),
        outside(status.service or "no service", Role.TEXT if status.service else Role.MUTED),
        outside(alert.source, Role.MUTED),
    ]
    ago = join([span("since", Role.MUTED), span(f"{figures.age(now - alert.starts_at)}", Role.STRONG)])
    taken = join([span("who", Role.MUTED), who(assessment, status)])
    if status.snoozed_until is not None:
        until = figures.clock(status.snoozed_until)
        taken = join([taken, span(f"snoozed here until {until}; others see nothing of that", Role.MUTED)])
    lines = [join(name), join([ago, span(figures.clock_both(alert.starts_at), Role.MUTED), taken], "  ")]
    return [*lines, outside(gone, Role.UNKNOWN)] if gone else lines


def says(alert: Alert) -> list[Line]:
    """Its annotations, the ones that are meant to be read first. What is a link is opened by a key."""
    order = {name: place for place, name in enumerate(_TOLD_FIRST)}
    lines = [heading("WHAT IT SAYS")]
    for name, text in sorted(alert.annotations.items(), key=lambda one: (order.get(one[0], len(order)), one[0])):
        first, *rest = clean_block(text).strip().split("\n")
        lines.append(join([outside(f"{name}:", Role.MUTED), outside(first)]))
        lines += [outside(f"  {line}") for line in rest[: _MOST_LINES - 1]]
        if len(rest) >= _MOST_LINES:
            lines.append(span(f"  … and {len(rest) - _MOST_LINES + 1} more lines", Role.MUTED))
    return lines if len(lines) > 1 else [*lines, span("nothing: it has no annotations", Role.MUTED)]


def labels(alert: Alert) -> list[Line]:
    """Every label, one a line."""
    width = min(28, max(map(len, alert.labels), default=0))
    rows = [join([fitted(outside(n, Role.MUTED), width), outside(v)]) for n, v in sorted(alert.labels.items())]
    receivers = ", ".join(alert.receivers)
    told = [fact("receivers", outside(receivers))] if receivers else []
    return [heading("LABELS"), *rows, *told, fact("fingerprint", outside(alert.fingerprint, Role.MUTED))]


# The rule and its value


def rule(looked: Looked | None) -> list[Line]:
    """The expression, who says so, and what else is to be known of it."""
    if looked is None:
        return [heading("RULE"), span("? asking…", Role.UNKNOWN)]
    lines = [heading("RULE")]
    if looked.rule is None:
        lines.append(outside(f"? not known: {looked.trouble}", Role.UNKNOWN))
    else:
        found = looked.rule
        lines += [outside(line) for line in clean_block(found.expression, 4_000).split("\n")]
        hold = "" if found.hold is None else f", for {humanize(found.hold)}" if found.hold else ", at once"
        lines.append(join([span("from", Role.MUTED), outside(f"{found.told_by}{hold}", Role.MUTED)]))
        if found.trouble:
            lines.append(outside(f"▲ it fails to be evaluated: {found.trouble}", Role.CRIT))
    if looked.note:
        lines.append(outside(looked.note, Role.WARN))
    if looked.curves.whole:
        lines.append(span("drawn as it is: it has a value only while it holds", Role.MUTED))
    return lines


def curves_of(found: RuleCurves) -> dict[str, tuple[tuple[float, float], ...]]:
    """The curves by name, as a chart takes them; no two of one name."""
    named: dict[str, tuple[tuple[float, float], ...]] = {}
    for curve in found.curves:
        name = curve.name or "value"
        while name in named:
            name += "'"
        named[name] = curve.points
    return named


def bounds_of(found: RuleCurves, urgency: Urgency) -> list[charts.Threshold]:
    """The bounds that the curves are held against, each once."""
    role = URGENCY_ROLES[urgency]
    held = dict.fromkeys((c.comparison.op, c.comparison.bound) for c in found.curves if c.comparison is not None)
    return [charts.Threshold(bound, f"{op} {bound:.4g}", role) for op, bound in held]


# Whose it is


def belongs(assessment: Assessment, status: AlertStatus) -> list[Line]:
    """The service with its state and why, and the SLO that the alert names."""
    lines = [heading("BELONGS TO")]
    service = assessment.service(status.service)
    if service is None:
        return [*lines, span("no service of the configuration", Role.MUTED)]
    team = service.service.team
    lines.append(
        join(
            [
                fact("service", join([state_badge(service.state), outside(service.service.name, Role.STRONG)])),
                outside(f"team {team}", Role.MUTED) if team else (),
                outside(f"({service.reason})", Role.MUTED) if service.reason else (),
            ]
        )
    )
    named = next((slo for slo in service.slos if slo.slo.raised(status.alert.labels)), None)
    if named is None:
        worst = service.worst_slo
        other = f"none is named; the service's worst is {worst.slo.name}" if worst else "the service has none"
        return [*lines, fact("SLO", outside(other, Role.MUTED))]
    left = f"budget left {named.remaining * 100:.1f}%" if named.remaining is not None else "budget left not known"
    slo = join([state_badge(named.state), outside(named.slo.id, Role.STRONG), outside(named.reason)])
    return [*lines, fact("SLO", slo), fact("", outside(left, Role.MUTED))]


# What hides it, and what it hides


def hiding(assessment: Assessment, status: AlertStatus) -> list[Line]:
    """The silences and alerts that touch it: those that hide it, those to come, those lately over."""
    snapshot, alert = assessment.snapshot, status.alert
    lines = [heading("SILENCES AND INHIBITIONS")]
    lines += [_silence("hides it", one, Role.TEXT) for one in status.silences]
    lines += tripwire.lines(assessment, status)
    mine = [one for one in snapshot.silences if one.source == alert.source and one not in status.silences]
    touching = [one for one in mine if one.hides(alert.labels)]
    lines += [
        _silence("to come" if one.state is SilenceState.PENDING else "matches it", one, Role.MUTED) for one in touching
    ]
    over = [one for one in snapshot.expired if one.source == alert.source and one.hides(alert.labels)]
    lines += [_silence("ended", one, Role.MUTED) for one in over[:_MOST_SILENCES]]
    others = {other.alert.fingerprint: other for other in assessment.alerts if other.alert.source == alert.source}
    for fingerprint in alert.inhibited_by:
        other = others.get(fingerprint)
        by = _named(other) if other else outside(f"an alert that is not listed ({fingerprint})", Role.UNKNOWN)
        lines.append(fact("inhibited by", by))
    lines += [fact("muted by", outside(f"the time interval {name}")) for name in alert.muted_by]
    hidden = [other for other in others.values() if alert.fingerprint in other.alert.inhibited_by]
    lines += [fact("inhibits", _named(other)) for other in hidden[:_MOST_SILENCES]]
    if len(hidden) > _MOST_SILENCES:
        lines.append(fact("", span(f"and {len(hidden) - _MOST_SILENCES} more", Role.MUTED)))
    return lines if len(lines) > 1 else [*lines, span("none touches it", Role.MUTED)]


def _named(status: AlertStatus) -> Line:
    return join([phase_badge(status), outside(status.alert.name, Role.STRONG), outside(status.service or "-")])


def _silence(what: str, silence: Silence, role: Role) -> Line:
    kind = "ack" if silence.is_ack else "silence"
    end = f"{'until' if what != 'ended' else 'at'} {figures.clock(silence.ends_at)}"
    return fact(
        what, join([outside(f"{kind} of {silence.author or '?'} {end}:", role), outside(silence.comment, role)])
    )


# What was done about it


def history(assessment: Assessment, status: AlertStatus, deeds: Sequence[Deed] | None, trouble: str = "") -> list[Line]:
    """Who took it last and what they wrote, then everything the journal has, newest first.

    deeds: None while they are read. trouble: why they could not be. Others' acknowledgements are not in this journal:
    those that ended within a day are known from Alertmanager.
    """
    lines = [heading("HISTORY")]
    if trouble:
        return [*lines, outside(f"? {trouble}", Role.UNKNOWN)]
    if deeds is None:
        return [*lines, span("? reading the journal…", Role.UNKNOWN)]
    now = assessment.snapshot.at
    lines.append(_last_taken(assessment, status, deeds, now))
    lines += [_deed(deed, now) for deed in deeds[:_MOST_DEEDS]]
    if len(deeds) > _MOST_DEEDS:
        lines.append(span(f"and {len(deeds) - _MOST_DEEDS} more", Role.MUTED))
    return lines


def _last_taken(assessment: Assessment, status: AlertStatus, deeds: Sequence[Deed], now: float) -> Line:
    alert = status.alert
    told = [one for one in (*assessment.snapshot.silences, *assessment.snapshot.expired) if one.is_ack]
    takes = [(s.starts_at, s.author, s.comment) for s in told if s.source == alert.source and s.hides(alert.labels)]
    takes += [(deed.at, deed.who, deed.words) for deed in deeds if deed.took]
    if not takes:
        return fact("last taken", span("by nobody, as far as this journal and Alertmanager's last day go", Role.MUTED))
    at, by, words = max(takes)
    by_whom = join([outside(by or "?", Role.STRONG), span(f"{figures.age(now - at)} ago", Role.MUTED)])
    return fact("last taken", join([by_whom, outside(words)]))


def _deed(deed: Deed, now: float) -> Line:
    marks = {True: span("✓", Role.OK), False: span("✖", Role.CRIT), None: span("?", Role.UNKNOWN)}
    mark = marks[deed.done] if deed.who else span("·", Role.MUTED)
    ago = fitted(span(f"{figures.age(now - deed.at)}", Role.MUTED), 6, right=True)
    words = outside(f"“{deed.words}”") if deed.words else ()
    outcome = outside(deed.outcome, Role.MUTED if deed.done else Role.WARN) if deed.outcome else ()
    return join([ago, mark, outside(deed.who, Role.STRONG) if deed.who else (), outside(deed.what), words, outcome])


def gone(assessment: Assessment, status: AlertStatus) -> str:
    """Why the alert may be no more, or why nobody can say; '' while it is listed."""
    if any(one.alert.key == status.alert.key for one in assessment.listed):
        return ""
    doubt = assessment.snapshot.alerts_doubt()
    if doubt and status.phase is not Phase.PENDING:
        return f"It is listed no more, and nobody can say whether it ended: {doubt}"
    return f"{status.alert.source} lists it no more: it ended, and what stands here is of when it was last seen"

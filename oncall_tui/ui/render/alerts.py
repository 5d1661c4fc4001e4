"""Alerts: one row each, loudest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from oncall_tui.core.alerts import Phase, Silence, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.ui.render import figures, tripwire
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

PHASE_ROLES = {
    Phase.FIRING: Role.CRIT,
    Phase.ACKNOWLEDGED: Role.OK,
    Phase.PENDING: Role.WARN,
    Phase.SILENCED: Role.MUTED,
    Phase.INHIBITED: Role.MUTED,
    Phase.MUTED: Role.MUTED,
    Phase.RESOLVED: Role.OK,
}
PHASE_GLYPHS = {
    Phase.FIRING: "●",
    Phase.ACKNOWLEDGED: "◐",
    Phase.PENDING: "◌",
    Phase.SILENCED: "∅",
    Phase.INHIBITED: "⊘",
    Phase.MUTED: "◇",
    Phase.RESOLVED: "✓",
}
URGENCY_ROLES = {Urgency.PAGE: Role.CRIT, Urgency.TICKET: Role.WARN, Urgency.INFO: Role.MUTED}


RINGS_AGAIN = "◉ rings"
"""An acknowledged alert that got worse, has grown old, or is another firing than the one that was acknowledged."""


def phase_badge(status: AlertStatus) -> Line:
    """Glyph and word; firing is as loud as its urgency, and so is what rings again although somebody has it."""
    if status.rings:
        return span(RINGS_AGAIN, URGENCY_ROLES[status.alert.urgency])
    role = URGENCY_ROLES[status.alert.urgency] if status.phase is Phase.FIRING else PHASE_ROLES[status.phase]
    return span(f"{PHASE_GLYPHS[status.phase]} {status.phase.value}", role)


def summary_of(status: AlertStatus) -> str:
    """The alert's own words about itself; '' if it has none."""
    notes = status.alert.annotations
    return notes.get("summary") or notes.get("message") or notes.get("title") or notes.get("description", "")


def who(assessment: Assessment, status: AlertStatus) -> Line:
    """Who has the alert and until when, from what its Alertmanager says."""
    silence = status.ack or _silence(assessment, status)
    if status.rings:
        return join([outside(f"{silence.author if silence else '?'}:"), outside(status.rings, Role.WARN)])
    if silence is not None:
        to = f"{'kept to' if silence.is_kept else 'to'} {figures.clock(silence.ends_at)}"
        return join([outside(silence.author or "?"), span(to, Role.MUTED)])
    if status.phase is Phase.INHIBITED:
        return span("by another alert", Role.MUTED)
    return (
        span("nobody", Role.WARN)
        if status.phase is Phase.FIRING and status.alert.urgency is Urgency.PAGE
        else span("-", Role.MUTED)
    )


def _silence(assessment: Assessment, status: AlertStatus) -> Silence | None:
    alert = status.alert
    hiding = (s for s in assessment.snapshot.silences if s.source == alert.source and s.id in alert.silenced_by)
    return next(hiding, None)


def glance(
    assessment: Assessment, alerts: Iterable[AlertStatus], lines: int, has_runbook: Callable[[AlertStatus], bool]
) -> list[Line]:
    """The loudest alerts in a few lines, for the Fleet's lower pane."""
    loud = [
        status
        for status in alerts
        if status.phase in (Phase.FIRING, Phase.ACKNOWLEDGED, Phase.PENDING)
        and status.alert.urgency is not Urgency.INFO
    ]
    doubt = assessment.snapshot.alerts_doubt()
    mend = span("(S: what to do)", Role.MUTED)
    lacks = join([span("? this list may lack alerts:", Role.UNKNOWN), outside(doubt, Role.UNKNOWN), mend])
    unsure = [lacks] if doubt else []
    if not loud:
        return unsure or [span("No alert is firing.", Role.MUTED)]
    lines -= len(unsure)
    shown = loud if len(loud) <= lines else loud[: max(0, lines - 1)]
    drawn = [_glance_line(assessment, status, has_runbook(status)) for status in shown]
    if len(shown) < len(loud):
        drawn.append(span(f"… and {len(loud) - len(shown)} more: 2 shows them all", Role.MUTED))
    return unsure + drawn


def _glance_line(assessment: Assessment, status: AlertStatus, runbook: bool) -> Line:
    alert = status.alert
    return join(
        [
            fitted(phase_badge(status), 11),
            fitted(outside(alert.name, Role.STRONG), 24),
            fitted(outside(status.service or "-"), 13),
            fitted(outside(alert.severity, URGENCY_ROLES[alert.urgency]), 6),
            fitted(span(figures.age(assessment.snapshot.at - alert.starts_at)), 6, right=True),
            who(assessment, status),
            span("runbook", Role.ACCENT) if runbook else (),
        ]
    )


def detail(assessment: Assessment, status: AlertStatus) -> list[Line]:
    """Everything about one alert: its words, labels, times, and who hides it."""
    alert = status.alert
    lines: list[Line] = [
        join(
            [
                phase_badge(status),
                outside(alert.name, Role.STRONG),
                outside(alert.severity, URGENCY_ROLES[alert.urgency]),
            ]
        ),
        join(
            [
                span("since", Role.MUTED),
                span(figures.clock_both(alert.starts_at)),
                span(f"{figures.age(assessment.snapshot.at - alert.starts_at)} ago", Role.MUTED),
            ]
        ),
    ]
    silence = status.ack or _silence(assessment, status)
    if silence is not None:
        lines.append(
            join(
                [
                    span("acked by" if status.ack else "silenced by", Role.MUTED),
                    outside(silence.author),
                    span(f"until {figures.clock_both(silence.ends_at)}"),
                    outside(silence.comment, Role.MUTED),
                ]
            )
        )
    lines += tripwire.lines(assessment, status)
    lines += [
        join([outside(f"{name}:", Role.MUTED), outside(text)]) for name, text in sorted(alert.annotations.items())
    ]
    lines.append(join([join([outside(f"{n}=", Role.MUTED), outside(v)], "") for n, v in sorted(alert.labels.items())]))
    lines.append(
        join(
            [
                span("source", Role.MUTED),
                outside(alert.source),
                span("receivers", Role.MUTED),
                outside(", ".join(alert.receivers) or "-"),
            ]
        )
    )
    return lines

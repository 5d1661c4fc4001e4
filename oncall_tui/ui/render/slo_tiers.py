"""The alerts one SLO would raise now: each tier with both its windows, and whether such an alert really fires."""

from __future__ import annotations

from collections.abc import Sequence

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.burn import Severity, TierVerdict, Verdict, error_budget
from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.slo_facts import guard
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

LOUDNESS = {Severity.PAGE: Role.CRIT, Severity.TICKET: Role.WARN}

_URGENCIES = {Severity.PAGE: Urgency.PAGE, Severity.TICKET: Urgency.TICKET}


def tiers(assessment: Assessment, status: SloStatus, alerts: Sequence[AlertStatus]) -> list[Line]:
    """The alerts this SLO would raise now: each tier with both windows met or not, and whether such an alert fires.

    alerts: those that name the SLO.
    """
    lines: list[Line] = [span("ALERTS IT WOULD RAISE NOW", Role.HEADING)]
    if not status.slo.policy:
        return [*lines, span("no alerts: where this SLO is defined, they are turned off", Role.MUTED)]
    lines += [_tier(verdict) for verdict in status.verdicts]
    remarks = dict.fromkeys(remark for verdict in status.verdicts if (remark := _remark(status, verdict)))
    lines += [outside(remark, Role.UNKNOWN) for remark in remarks]
    for severity in Severity:
        if any(verdict.fires and verdict.tier.severity is severity for verdict in status.verdicts):
            lines.append(_raised(assessment, severity, alerts))
            if agreed := status.slo.consequences.get(severity):
                lines.append(outside(f"agreed when it {_acts(severity)}: {agreed}", Role.STRONG))
    return lines


def _acts(severity: Severity) -> str:
    return "pages" if severity is Severity.PAGE else "tickets"


def verdict_word(verdict: TierVerdict) -> Line:
    """The verdict as a word with a glyph: loud when it stands."""
    if not verdict.reachable:
        return span("- never", Role.MUTED)
    loud, glyph = LOUDNESS[verdict.tier.severity], "■" if verdict.tier.severity is Severity.PAGE else "▲"
    return {
        Verdict.FIRING: span(f"{glyph} FIRING", loud),
        Verdict.FROZEN: span(f"{glyph} FROZEN", loud),
        Verdict.QUIET: span("✓ quiet", Role.OK),
        Verdict.TOO_FEW: span("? too few", Role.UNKNOWN),
        Verdict.UNKNOWN: span("? unknown", Role.UNKNOWN),
    }[verdict.verdict]


def _tier(verdict: TierVerdict) -> Line:
    tier = verdict.tier
    return join(
        [
            fitted(span(tier.severity.value, LOUDNESS[tier.severity]), 6),
            fitted(verdict_word(verdict), 9),
            fitted(leg(verdict, tier.long, verdict.long_burn), 24),
            leg(verdict, tier.short, verdict.short_burn),
        ]
    )


def leg(verdict: TierVerdict, window: int, rate: float | None) -> Line:
    """One window of a tier against its factor: '1h 14.9x > 14.4 met', '5m 2.1x ≤ 14.4 not met'."""
    name, factor = format_duration(window), f"{verdict.factor:.3g}"
    if rate is None:
        return span(f"{name} – vs {factor} not known", Role.UNKNOWN)
    shown = figures.compact(rate)
    shown = f"{rate:.5g}" if shown == factor else shown
    if rate > verdict.factor:
        return span(f"{name} {shown}x > {factor} met", LOUDNESS[verdict.tier.severity])
    return span(f"{name} {shown}x ≤ {factor} not met")


def _remark(status: SloStatus, verdict: TierVerdict) -> str:
    """Why a tier says something other than its windows do; '' where it does not."""
    if not verdict.reachable:
        most = figures.compact(1 / error_budget(status.slo.objective))
        return f"never: with 100% errors it burns {most}x, so this tier can never fire"
    if verdict.verdict is Verdict.FROZEN:
        return f"frozen: it fired when data went missing ({status.doubt}); nothing since says it ended"
    return f"too few: {guard(status, verdict.tier)}" if verdict.verdict is Verdict.TOO_FEW else ""


def _raised(assessment: Assessment, severity: Severity, alerts: Sequence[AlertStatus]) -> Line:
    """Whether the alert that this SLO calls for is there; that it is not, only where every alert is known."""
    would = f"it would {'page' if severity is Severity.PAGE else 'ticket'}"
    own = [status for status in alerts if status.alert.urgency is _URGENCIES[severity]]
    if own:
        alert = own[0].alert
        age = figures.age(assessment.snapshot.at - alert.starts_at)
        said = [span(f"{would}:"), outside(alert.name, Role.STRONG), span(f"is {own[0].phase.value}, {age}")]
        return join([*said, span("(not yet an alert)", Role.MUTED) if own[0].phase is Phase.PENDING else ()])
    if doubt := assessment.snapshot.alerts_doubt():
        return outside(f"? {would}; whether an alert fires is not known: {doubt}", Role.UNKNOWN)
    missing = f"no {severity.value} alert that names this SLO is firing"
    return span(f"! {would}, but {missing}: are the rules loaded?", Role.WARN)

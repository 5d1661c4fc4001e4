"""`oncall-tui status`: one poll as JSON for programs, or as lines for people. Null where nothing is known, with why."""

from __future__ import annotations

from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus, SignalStatus
from oncall_tui.core.burn import TierVerdict
from oncall_tui.core.dead_man import Heartbeat, Pulse
from oncall_tui.core.drift_status import FeatureStatus
from oncall_tui.core.duration import format_duration, humanize
from oncall_tui.core.readings import SliReading
from oncall_tui.core.slo_status import Budget, SloStatus
from oncall_tui.core.snapshot import SourceHealth
from oncall_tui.core.text import clean_line
from oncall_tui.reports.columns import columns
from oncall_tui.reports.endpoints import endpoint_json
from oncall_tui.reports.moments import Json, moment


def as_json(assessment: Assessment) -> Json:
    """The whole assessment. Times are RFC 3339 in UTC, durations seconds, ratios 0..1; null: not known."""
    snapshot = assessment.snapshot
    return {
        "at": moment(snapshot.at),
        "state": assessment.state.name,
        "demo": snapshot.demo,
        "sources": [source_json(health, snapshot.at) for health in snapshot.sources.values()],
        "services": [_service(status) for status in assessment.services],
        "slos": [_slo(assessment, slo) for status in assessment.services for slo in status.slos],
        "alerts": [alert_json(status) for status in assessment.alerts],
        "dead_man_switches": [_heartbeat(beat) for beat in snapshot.heartbeats],
        "endpoints": [
            endpoint_json(endpoint, snapshot.at) for status in assessment.services for endpoint in status.endpoints
        ],
    }


def _heartbeat(beat: Heartbeat) -> Json:
    """beating, unsure (not there, or nobody answers) or missing; one poll can only tell the first two."""
    return {
        "switch": beat.switch.name,
        "cluster": beat.cluster,
        "pulse": beat.pulse.value,
        "absent_since": moment(beat.absent_since),
    }


def source_json(health: SourceHealth, now: float) -> Json:
    """How one source does."""
    return {
        "name": health.name,
        "kind": health.kind.value,
        "cluster": health.cluster or None,
        "url": health.url,
        "live": health.live(now),
        "age_s": None if health.answered_at is None else round(now - health.answered_at, 3),
        "requests": health.requests,
        "warnings": list(health.warnings),
        "skew_s": health.skew,
        "version": health.version or None,
        "error": health.error or None,
        "hint": health.hint or None,
    }


def _service(status: ServiceStatus) -> Json:
    return {
        "service": status.service.name,
        "kind": status.service.kind.value,
        "team": status.service.team or None,
        "state": status.state.name,
        "reason": status.reason,
        "signals": [_signal(signal) for signal in status.signals],
    }


def _signal(status: SignalStatus) -> Json:
    return {
        "signal": status.signal.name,
        "kind": status.signal.kind.value,
        "state": status.state.name,
        "label_delay_s": status.signal.label_delay or None,
        "values": None if status.values is None else dict(status.values.values),
        "error": status.reason if status.values is None else None,
        **({"features": [_feature(one) for one in status.features]} if status.features else {}),
    }


def _feature(one: FeatureStatus) -> Json:
    """One feature of a computed drift, the one to look at first in front; no distances where it cannot be judged."""
    comparison, far = one.comparison, one.comparison.distances
    return {
        "feature": one.name,
        "state": one.state.name,
        "standing": one.standing.value,
        "reason": one.reason,
        "events": comparison.current.total if comparison.current else None,
        "reference_events": comparison.reference.total if comparison.reference else None,
        "importance": one.weight,
        "distances": far
        and {
            "psi": far.psi,
            "psi_noise_limit": far.noise_limit,
            "jensen_shannon": far.js,
            "kolmogorov_smirnov": far.ks,
            "wasserstein": far.wasserstein,
        },
    }


def _slo(assessment: Assessment, status: SloStatus) -> Json:
    """One SLO. sli and budget_remaining are over the SLO's period; the oldest figure gives age_s.

    history_s: how far back there is data, null when that is the whole period (or not known). assumed: windows that
    have no data, and what the SLO's policy takes them for. label_delay_s: how long before now all of it ends, null for
    not at all.
    """
    slo, now = status.slo, assessment.snapshot.at
    names = {window: format_duration(window) for window in slo.windows}
    origins = {sample.provenance.origin.value for sample in status.samples.values()}
    ages = [now - sample.at for sample in status.samples.values()]
    return {
        "id": slo.id,
        "service": slo.service,
        "slo": slo.name,
        "kind": slo.kind.value,
        "objective": slo.objective,
        "period_s": slo.period,
        "state": status.state.name,
        "reason": status.reason,
        "sli": status.sli(slo.period),
        "error_ratio": {name: status.error_ratio(window) for window, name in names.items()},
        "burn": {name: status.burn(window) for window, name in names.items()},
        "budget_remaining": status.remaining,
        "budget": _budget(status.budget),
        "exhausted_in_s": status.exhausted_in,
        "history_s": status.since,
        "label_delay_s": slo.label_delay or None,
        "tiers": [_tier(verdict) for verdict in status.verdicts],
        "consequence": status.consequence or None,
        "events": {names[w]: sample.total for w, sample in status.samples.items()},
        "assumed": {names[w]: slo.no_data.value for w in sorted(status.assumed)},
        "origin": _origin(origins),
        "origins": {names[w]: sample.provenance.origin.value for w, sample in status.samples.items()},
        "queries": {names[w]: sample.provenance.query for w, sample in status.samples.items()},
        "at": {names[w]: sample.at for w, sample in status.samples.items()},
        "age_s": round(max(ages), 3) if ages else None,
        "error": status.doubt or None,
        "missing": {
            name: why
            for window, name in names.items()
            if (why := assessment.snapshot.doubt(SliReading(slo.id, window)))
        },
    }


def _budget(budget: Budget | None) -> Json | None:
    """What is left, in seconds of full outage and in events; null where it is not counted."""
    if budget is None:
        return None
    return {
        "left": budget.left,
        "seconds": budget.seconds,
        "seconds_left": budget.seconds_left,
        "events": budget.events,
        "events_left": budget.events_left,
    }


def _tier(verdict: TierVerdict) -> Json:
    return {
        "severity": verdict.tier.severity.value,
        "factor": verdict.factor,
        "long": format_duration(verdict.tier.long),
        "short": format_duration(verdict.tier.short),
        "long_burn": verdict.long_burn,
        "short_burn": verdict.short_burn,
        "verdict": verdict.verdict.value,
        "reachable": verdict.reachable,
    }


def _origin(origins: set[str]) -> str | None:
    """One word where all windows agree; 'mixed' where some were recorded and some not; null where none is known."""
    return None if not origins else origins.pop() if len(origins) == 1 else "mixed"


def alert_json(status: AlertStatus) -> Json:
    """One alert, as every report tells it."""
    alert = status.alert
    return {
        "alert": alert.name,
        "service": status.service or None,
        "phase": status.phase.value,
        "severity": alert.severity or None,
        "since": moment(alert.starts_at),
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "ack": None if status.ack is None else _ack(status),
    }


def _ack(status: AlertStatus) -> Json:
    assert status.ack is not None
    return {
        "by": status.ack.author,
        "until": moment(status.ack.ends_at),
        "comment": status.ack.comment,
        "silence": status.ack.id,
    }


def as_lines(assessment: Assessment) -> list[str]:
    """The assessment for a person: services, then alerts, then sources with trouble. Safe to print."""
    lines = [
        f"{assessment.state.name}  {moment(assessment.snapshot.at)}{'  DEMO' if assessment.snapshot.demo else ''}",
        "",
    ]
    lines += columns(
        [
            ("STATE", "SLO", "SLI", "BUDGET", "1h BURN", "WHY"),
            *(_slo_row(slo) for s in assessment.services for slo in s.slos),
        ]
    )
    rest = [
        (s.state.name, s.service.name, "", "", "", s.reason)
        for s in assessment.services
        if s.state < min((slo.state for slo in s.slos), default=s.state + 1)
    ]
    if rest:
        lines += ["", *columns([("STATE", "SERVICE", "", "", "", "WHY"), *rest])]
    if assessment.alerts:
        lines += [
            "",
            *columns(
                [
                    ("PHASE", "ALERT", "SERVICE", "SEVERITY", "AGE"),
                    *(_alert_row(assessment, a) for a in assessment.alerts),
                ]
            ),
        ]
    trouble = [health for health in assessment.snapshot.sources.values() if health.error or health.warnings]
    silent = [beat for beat in assessment.snapshot.heartbeats if beat.pulse is not Pulse.BEATING]
    if silent:
        lines += ["", *(f"{one.switch.name}, which always fires, is not seen at {one.cluster}" for one in silent)]
    if trouble:
        lines += ["", *(f"{health.name}: {_trouble(health)}" for health in trouble)]
    return [clean_line(line).rstrip() for line in lines]


def _trouble(health: SourceHealth) -> str:
    error = f"{health.error} ({health.hint})" if health.error and health.hint else health.error
    return "; ".join(filter(None, (error, *health.warnings)))


def _slo_row(status: SloStatus) -> tuple[str, ...]:
    sli, burn, left = status.sli(status.slo.period), status.burn(3_600), status.remaining
    return (
        status.state.name,
        status.slo.id,
        "-" if sli is None else f"{sli * 100:.3f}%",
        "-" if left is None else f"{left * 100:.0f}%",
        "-" if burn is None else f"{burn:.1f}",
        status.reason,
    )


def _alert_row(assessment: Assessment, status: AlertStatus) -> tuple[str, ...]:
    age = humanize(max(0.0, assessment.snapshot.at - status.alert.starts_at))
    return (status.phase.value, status.alert.name, status.service or "-", status.alert.severity or "-", age)

"""`oncall-tui alerts`: alerts as JSON for programs, or as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.duration import humanize
from oncall_tui.core.snapshot import SourceHealth
from oncall_tui.reports.columns import columns
from oncall_tui.reports.listing import listing
from oncall_tui.reports.moments import Json, moment
from oncall_tui.reports.status import alert_json, source_json


def as_json(assessment: Assessment, alerts: Iterable[AlertStatus]) -> Iterator[str]:
    """The alerts, loudest first, with the sources they came from. Times are RFC 3339 in UTC; null: not known."""
    snapshot = assessment.snapshot
    sources = [source_json(health, snapshot.at) for health in snapshot.sources.values()]
    head = {"at": moment(snapshot.at), "complete": not trouble(assessment), "sources": sources}
    return listing(head, "alerts", (_alert(status) for status in alerts))


def _alert(status: AlertStatus) -> Json:
    alert = status.alert
    return {
        **alert_json(status),
        "receivers": list(alert.receivers),
        "silenced_by": list(alert.silenced_by),
        "inhibited_by": list(alert.inhibited_by),
        "generator_url": alert.generator_url or None,
    }


def as_lines(assessment: Assessment, alerts: Sequence[AlertStatus]) -> list[str]:
    """The alerts as a table. Safe to print."""
    if not alerts:
        return ["no alert is known: not every source answers" if trouble(assessment) else "no alert"]
    head = ("PHASE", "SEVERITY", "ALERT", "SERVICE", "AGE", "WHO HAS IT", "SOURCE", "SUMMARY")
    return [line.rstrip() for line in columns([head, *(_row(assessment, status) for status in alerts)])]


def _row(assessment: Assessment, status: AlertStatus) -> tuple[str, ...]:
    alert = status.alert
    silence = status.ack or next(iter(status.silences), None)
    who = f"{silence.author or '?'} to {moment(silence.ends_at)}" if silence else "-"
    if status.phase is Phase.INHIBITED:
        who = "by another alert"
    age = humanize(max(0.0, assessment.snapshot.at - alert.starts_at))
    summary = alert.annotations.get("summary") or alert.annotations.get("description", "")
    service = status.service or alert.labels.get("service", "")
    return (
        status.phase.value,
        alert.severity or "-",
        alert.name,
        service or "-",
        age,
        who,
        alert.source,
        summary[:120],
    )


def trouble(assessment: Assessment) -> list[SourceHealth]:
    """The sources that did not answer: of theirs the list lacks all."""
    return [health for health in assessment.snapshot.sources.values() if not health.live(assessment.snapshot.at)]


def exit_code(assessment: Assessment) -> int:
    """0 when every source answered, 1 when some did not, 2 when none did."""
    silent = len(trouble(assessment))
    return 0 if not silent else 2 if silent == len(assessment.snapshot.sources) else 1

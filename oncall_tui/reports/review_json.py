"""The review and the handoff for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.review.handoff import Handoff
from oncall_tui.core.review.review import Review
from oncall_tui.core.silences import SilenceStatus
from oncall_tui.reports.toil import as_json as toil_json


def as_json(found: Review, over: Handoff | None = None) -> dict[str, object]:
    """For a program. Times in unix seconds, durations in seconds, shares from 0 to 1."""
    told: dict[str, object] = {
        "since": found.since,
        "until": found.until,
        "unknown": list(found.unknown),
        "budgets": [
            {
                "slo": one.slo.id,
                "state": one.state.name,
                "spent": one.spent,
                "left": one.left,
                "trend_7d": one.trend,
                "leaks": one.leaks,
                "why": one.why,
            }
            for one in found.budgets
        ],
        "time_to_take": found.time_to_take,
        "alerts": [asdict(one) | {"by": list(one.by), "never_taken": one.never_taken} for one in found.alerts],
        "silent": [asdict(one) for one in found.silent],
        "drift": [asdict(one) | {"state": one.state.name} for one in found.drift],
        "stale": [asdict(one) | {"state": one.state.name} for one in found.stale],
        "endpoints": [asdict(one) | {"share": one.share} for one in found.endpoints],
        "silences": [_silence_json(one) for one in found.silences],
        "incidents": [
            {
                "id": one.id,
                "title": one.title,
                "severity": one.severity.value,
                "status": one.status.value,
                "began": one.began,
                "resolved_at": one.resolved_at,
            }
            for one in found.incidents
        ],
        "actions": [asdict(one) for one in found.actions],
        "toil": _toil_json(found),
    }
    return told | ({"handoff": _handoff_json(over)} if over else {})


def _handoff_json(found: Handoff) -> dict[str, object]:
    def alerts(some: Iterable[AlertStatus]) -> Iterator[dict[str, object]]:
        for one in some:
            yield {
                "name": one.alert.name,
                "service": one.service,
                "severity": one.alert.severity,
                "starts_at": one.alert.starts_at,
                "fingerprint": one.alert.fingerprint,
                "by": one.ack.author if one.ack else "",
            }

    return {
        "at": found.at,
        "nothing_outstanding": found.nothing_outstanding,
        "unacknowledged": list(alerts(found.unacknowledged)),
        "acknowledged": list(alerts(found.held)),
        "silences_ending": [_silence_json(one) for one in found.ending],
        "changes": [asdict(one) for one in found.changes],
        "fragile": [one.slo.id for one in found.fragile],
        "incidents": [one.id for one in found.incidents],
        "actions": [one.id for one in found.actions],
        "notes": [asdict(one) for one in found.notes],
        "unknown": list(found.unknown),
    }


def _silence_json(one: SilenceStatus) -> dict[str, object]:
    return {
        "source": one.silence.source,
        "id": one.silence.id,
        "matchers": [str(matcher) for matcher in one.silence.matchers],
        "author": one.silence.author,
        "comment": one.silence.comment,
        "ends_at": one.silence.ends_at,
        "hides": None if one.hidden is None else len(one.hidden),
    }


def _toil_json(found: Review) -> object:
    return toil_json(found.toil) if found.toil else None

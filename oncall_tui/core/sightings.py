"""How everything that is watched stands, as entries for the journal, to be written when it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment, EndpointStatus, ServiceStatus, SignalStatus
from oncall_tui.core.burn import HOUR
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.snapshot import Snapshot, SourceHealth
from oncall_tui.core.state import State

Key = tuple[str, str, str]
"""What tells an object: kind of entry, subject, fingerprint."""
Standing = tuple[object, object]
"""How it stands: the `state`, and of an alert `since`: one that began anew is another."""

RESOLVED = "resolved"
ANSWERS, SILENT = "answers", "no answer"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One object now. entry: makes the journal's entry; thousands are seen for each that changed.

    vague: nobody can say how it is. ordinary: as it should be, and no news the first time it is seen.
    """

    key: Key
    standing: Standing
    entry: Callable[[], Event]
    vague: bool = False
    ordinary: bool = False


def standing_of(event: Event) -> Standing:
    """How an entry says its object stood."""
    return event.payload.get("state"), event.payload.get("since")


def key_of(event: Event) -> Key:
    """The object that an entry is about."""
    return str(event.kind), event.subject, event.fingerprint


def is_vague(standing: Standing) -> bool:
    """Whether it says that nobody could tell."""
    return standing[0] in (State.UNKNOWN.name, SILENT)


def sightings(assessment: Assessment) -> Iterator[Sighting]:
    """Everything but alerts that has a state: SLOs, signals, endpoints with their versions, sources."""
    snapshot = assessment.snapshot
    for service in assessment.services:
        yield from _service(service, snapshot)
    for health in snapshot.sources.values():
        yield _source(health, snapshot.at)


def alert_sighting(status: AlertStatus, at: float, several: bool) -> Sighting:
    """An alert that fires. several: whether there is more than one cluster of Alertmanagers to tell it by."""
    alert, by = status.alert, status.ack.author if status.ack else ""
    state = f"acked by {by}" if by else status.phase.value
    since = round(alert.starts_at)
    subject = f"{alert.name} ({alert.source})" if several else alert.name

    def entry() -> Event:
        begun = status.ack.starts_at if status.ack else alert.starts_at
        when = begun if status.phase in (Phase.FIRING, Phase.ACKNOWLEDGED) and alert.starts_at <= begun <= at else at
        payload = {
            "state": state,
            "since": since,
            "phase": status.phase.value,
            "urgency": alert.urgency.value,
            "source": alert.source,
            "labels": dict(alert.labels),
            "summary": alert.annotations.get("summary") or alert.annotations.get("description", ""),
        }
        if by:
            payload["by"] = by
        return Event(when, EventKind.ALERT_STATE, "", status.service, alert.fingerprint, subject, payload)

    return Sighting((EventKind.ALERT_STATE, subject, alert.fingerprint), (state, since), entry)


def resolved(event: Event, at: float) -> Event:
    """The entry for an alert that fires no more, from the last one about it."""
    payload = {**event.payload, "state": RESOLVED, "phase": RESOLVED}
    payload.pop("by", None)
    return Event(at, EventKind.ALERT_STATE, "", event.service, event.fingerprint, event.subject, payload)


def _service(service: ServiceStatus, snapshot: Snapshot) -> Iterator[Sighting]:
    name = service.service.name
    for slo in service.slos:
        yield _of_state(EventKind.SLO_STATE, slo.slo.id, name, slo.state, partial(_slo, slo), snapshot.at)
    for signal in service.signals:
        subject = f"{name}/{signal.signal.name}"
        yield _of_state(EventKind.SIGNAL_STATE, subject, name, signal.state, partial(_signal, signal), snapshot.at)
    for endpoint in service.endpoints:
        yield _of_state(
            EventKind.ENDPOINT_STATE,
            endpoint.endpoint.id,
            name,
            endpoint.state,
            partial(_endpoint, endpoint),
            snapshot.at,
        )
        yield from _version(endpoint, name, snapshot.at)


def _of_state(
    kind: EventKind, subject: str, service: str, state: State, more: Callable[[], dict[str, object]], at: float
) -> Sighting:
    def entry() -> Event:
        return Event(at, kind, "", service, "", subject, {"state": state.name, **more()})

    return Sighting(
        (kind, subject, ""),
        (state.name, None),
        entry,
        vague=state is State.UNKNOWN,
        ordinary=state is State.OK,
    )


def _slo(status: SloStatus) -> dict[str, object]:
    return {"reason": status.reason, "left": _rounded(status.remaining), "burn_1h": _rounded(status.burn(HOUR))}


def _signal(status: SignalStatus) -> dict[str, object]:
    worst = {"member": status.worst[0], "value": _rounded(status.worst[1])} if status.worst else {}
    return {"reason": status.reason, "signal": status.signal.kind.value, **worst}


def _endpoint(status: EndpointStatus) -> dict[str, object]:
    return {"reason": status.reason}


def _version(status: EndpointStatus, service: str, at: float) -> Iterator[Sighting]:
    """The version that answers; one that does not tell has none, and its last one stands."""
    version = status.probe.version if status.probe else ""
    if not version:
        return

    def entry() -> Event:
        seen = status.probe.since if status.probe and status.probe.since else at
        return Event(seen, EventKind.VERSION_STATE, "", service, "", status.endpoint.id, {"state": version})

    yield Sighting((EventKind.VERSION_STATE, status.endpoint.id, ""), (version, None), entry)


def _source(health: SourceHealth, at: float) -> Sighting:
    live = health.live(at)
    state = ANSWERS if live else SILENT

    def entry() -> Event:
        payload = {"state": state, "reason": "" if live else health.error, "source": health.kind.value}
        return Event(at, EventKind.SOURCE_STATE, "", "", "", health.name, payload)

    return Sighting((EventKind.SOURCE_STATE, health.name, ""), (state, None), entry, vague=not live, ordinary=live)


def _rounded(value: float | None) -> float | None:
    """Four significant digits: what a record needs. None for what no JSON can hold."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    return float(f"{value:.4g}")

"""What a snapshot means: the state of every SLO, signal, endpoint and service, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from oncall_tui.core.ack_figures import Tripwire
from oncall_tui.core.alerts import Alert, Phase, Silence, Urgency, ack_of, phase_of
from oncall_tui.core.catalogue import Catalogue, Service, Signal
from oncall_tui.core.dead_man import Pulse
from oncall_tui.core.drift_status import FeatureStatus, drift_verdict, judge_features
from oncall_tui.core.duration import humanize
from oncall_tui.core.endpoint_status import EndpointStatus, assess_endpoint
from oncall_tui.core.readings import Members, SignalReading
from oncall_tui.core.silent import Departed, departed
from oncall_tui.core.slo import Side
from oncall_tui.core.slo_status import SloStatus, assess_slo
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.state import State, roll_up
from oncall_tui.core.unexported import measured

__all__ = [
    "AlertStatus",
    "Assessment",
    "EndpointStatus",
    "ServiceStatus",
    "SignalStatus",
    "assess",
    "assess_endpoint",
    "assess_signal",
]


@dataclass(frozen=True, slots=True)
class SignalStatus:
    """A signal now. values: trusted, by member; worst: the member furthest on the bad side, with its value.

    left: the member furthest from its own past; None when all are within it, or nobody can say.
    features: of a drift computed from histograms, every feature, the one to look at first in front.
    """

    signal: Signal
    state: State
    reason: str
    values: Members | None
    worst: tuple[str, float] | None
    left: Departed | None = None
    features: tuple[FeatureStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertStatus:
    """An alert with what has become of it. ack: the silence that says who has it. service: '' if it is nobody's.

    silences: every silence that hides it now (of one that resolved: that hid it), the ack among them. begun: how often
    it was seen to begin within the last hour. wire: of an acknowledged one, what was known then and is known now.
    snoozed_until: unix seconds, None where it is not snoozed; a snooze is this machine's own, and changes neither its
    phase nor any state.
    """

    alert: Alert
    phase: Phase
    ack: Silence | None
    service: str
    silences: tuple[Silence, ...] = ()
    begun: int = 1
    wire: Tripwire | None = None
    snoozed_until: float | None = None

    @property
    def rings(self) -> str:
        """Why it is to ring again although somebody has it; '' where it is not."""
        return self.wire.rings if self.wire is not None else ""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service now: the worst of its parts, and why."""

    service: Service
    state: State
    reason: str
    slos: tuple[SloStatus, ...]
    signals: tuple[SignalStatus, ...]
    endpoints: tuple[EndpointStatus, ...]
    alerts: tuple[AlertStatus, ...]

    @property
    def worst_slo(self) -> SloStatus | None:
        """The SLO in the worst state, least budget left first among equals; None if the service has none."""
        return min(self.slos, key=_urgency_of_slo, default=None)


# No repr of everything in it: asyncio writes one of the task that returns it, which takes long with thousands of SLOs.
@dataclass(frozen=True, slots=True, repr=False)
class Assessment:
    """A snapshot understood. services: worst first, then by name; alerts: loudest first, then newest.

    listed: alerts, and after them those that resolved a moment ago, the last first; nothing but lists has those.
    """

    snapshot: Snapshot
    state: State
    services: tuple[ServiceStatus, ...]
    alerts: tuple[AlertStatus, ...]
    listed: tuple[AlertStatus, ...] = ()

    def service(self, name: str) -> ServiceStatus | None:
        """The service of that name, if there is one."""
        return next((status for status in self.services if status.service.name == name), None)

    def slo(self, slo_id: str) -> SloStatus | None:
        """The SLO of that id, if there is one."""
        return next((slo for service in self.services for slo in service.slos if slo.slo.id == slo_id), None)

    def alerts_of_slo(self, slo_id: str) -> tuple[AlertStatus, ...]:
        """The alerts that name this SLO in their labels, loudest first; for a member of a group, its own."""
        known = self.slo(slo_id)
        service = self.service(known.slo.service) if known else None
        if known is None or service is None:
            return ()
        return tuple(status for status in service.alerts if known.slo.raised(status.alert.labels))

    def slo_of(self, status: AlertStatus) -> SloStatus | None:
        """The SLO an alert names, else its service's worst; None if it belongs to no service with an SLO."""
        service = self.service(status.service)
        if service is None:
            return None
        return next((slo for slo in service.slos if slo.slo.raised(status.alert.labels)), service.worst_slo)

    def count(self, state: State) -> int:
        """How many services are in that state."""
        return sum(status.state is state for status in self.services)


def assess(snapshot: Snapshot, before: Assessment | None = None) -> Assessment:
    """Derive every state from a snapshot. Pure; what cannot be known is UNKNOWN, never OK.

    before: an assessment whose alerts may be taken over where nothing about them is another; it only saves time.
    """
    alerts, listed = _alerts(snapshot, before)
    own: dict[str, list[AlertStatus]] = {}
    for status in alerts:
        own.setdefault(status.service, []).append(status)
    services = tuple(
        sorted(
            (_service(snapshot, one, tuple(own.get(one.name, ()))) for one in snapshot.catalogue.services),
            key=lambda status: (status.state, status.service.name),
        )
    )
    states = [status.state for status in services]
    states += [_alert_state(status) for status in alerts if not status.service and _is_loud(status)]
    states += [State.UNKNOWN] * len(snapshot.silent())
    # What is missing for good is an alert; before that nobody can say that alerts arrive.
    states += [State.UNKNOWN for beat in snapshot.heartbeats if beat.pulse is Pulse.UNSURE]
    return Assessment(snapshot, roll_up(states), services, alerts, listed)


def _alerts(snapshot: Snapshot, before: Assessment | None) -> tuple[tuple[AlertStatus, ...], tuple[AlertStatus, ...]]:
    """The alerts, loudest first; and the same with those that resolved after them. Equal to before's, the very same."""
    # By source and id, so that thousands of alerts do not each walk through all silences.
    silences = {(silence.source, silence.id): silence for silence in snapshot.silences}
    known: Mapping[tuple[str, str], AlertStatus] = {}
    if before is not None and before.snapshot.catalogue is snapshot.catalogue:
        if _same_alerts(before.snapshot, snapshot):
            return before.alerts, before.listed
        known = {status.alert.key: status for status in before.listed}

    def status(alert: Alert) -> AlertStatus:
        key = alert.key
        ids = alert.silenced_by
        hiding = tuple(silences[one] for name in ids if (one := (alert.source, name)) in silences) if ids else ()
        begun, snoozed = snapshot.begun.get(key, 1), snapshot.snoozed.get(key)
        old = known.get(key)
        if (
            old is not None
            and old.alert is alert
            and old.silences == hiding
            and (old.begun, old.snoozed_until) == (begun, snoozed)
        ):
            return old
        return _alert(snapshot.catalogue, hiding, alert, begun, snoozed)

    alerts = tuple(sorted(map(status, snapshot.alerts), key=_loudness))
    return alerts, (*alerts, *map(status, snapshot.resolved))


def _same_alerts(one: Snapshot, other: Snapshot) -> bool:
    """Whether nothing about any alert is another. Quick: alerts that did not change are the same objects."""
    return (one.alerts, one.resolved, one.begun, one.silences, one.snoozed) == (
        other.alerts, other.resolved, other.begun, other.silences, other.snoozed
    )  # fmt: skip


_LOUD = (Phase.FIRING, Phase.ACKNOWLEDGED)
_PHASES = {phase: place for place, phase in enumerate(Phase)}
_URGENCIES = {urgency: place for place, urgency in enumerate(Urgency)}


def _loudness(status: AlertStatus) -> tuple[int, bool, int, float, str]:
    alert, snoozed = status.alert, status.snoozed_until is not None
    return (_PHASES[status.phase], snoozed, _URGENCIES[alert.urgency], -alert.starts_at, alert.fingerprint)


def _urgency_of_slo(status: SloStatus) -> tuple[State, float]:
    return (status.state, math.inf if status.remaining is None else status.remaining)


def _alert(
    catalogue: Catalogue, hiding: tuple[Silence, ...], alert: Alert, begun: int, snoozed: float | None
) -> AlertStatus:
    owner = catalogue.owner(alert.labels)
    service = owner.name if owner else ""
    return AlertStatus(
        alert, phase_of(alert, hiding), ack_of(alert, hiding), service, hiding, begun, snoozed_until=snoozed
    )


def _is_loud(status: AlertStatus) -> bool:
    """Whether it counts. One that merely informs does not, or it would make green a service that measures nothing."""
    return status.phase in _LOUD and status.alert.urgency is not Urgency.INFO


def _alert_state(status: AlertStatus) -> State:
    return State.CRIT if status.alert.urgency is Urgency.PAGE else State.WARN


def _service(snapshot: Snapshot, service: Service, own: tuple[AlertStatus, ...]) -> ServiceStatus:
    slos = tuple(assess_slo(snapshot, slo) for slo in service.slos)
    signals = tuple(assess_signal(snapshot, signal) for signal in measured(snapshot, service.signals))
    endpoints = tuple(assess_endpoint(snapshot, endpoint) for endpoint in service.endpoints)
    parts = [(slo.state, f"{slo.slo.name}: {slo.reason}") for slo in slos]
    parts += [(_alert_state(status), f"alert {status.alert.name}") for status in own if _is_loud(status)]
    parts += [(endpoint.state, f"endpoint {endpoint.endpoint.name}: {endpoint.reason}") for endpoint in endpoints]
    alerting = any(_is_loud(status) for status in own)
    # An alert says more, and somebody has been told: SILENT is for what nobody was.
    heard = [signal for signal in signals if not (alerting and signal.state is State.SILENT)]
    parts += [(signal.state, f"{signal.signal.name}: {signal.reason}") for signal in heard]
    state, reason = min(parts, key=lambda part: part[0], default=(State.UNKNOWN, "nothing is measured here"))
    return ServiceStatus(service, state, reason, slos, signals, endpoints, own)


def assess_signal(snapshot: Snapshot, signal: Signal) -> SignalStatus:
    """The signal's state from its worst member; UNKNOWN when there is no trusted value."""
    reading = SignalReading(signal.service, signal.name)
    members = snapshot.members(reading)
    if members is None:
        return SignalStatus(signal, State.UNKNOWN, snapshot.doubt(reading) or "not values by member", None, None)
    if signal.binned is not None:
        return _computed_drift(snapshot, signal, members)
    if not members.values or any(map(math.isnan, members.values.values())):
        return SignalStatus(signal, State.UNKNOWN, "not a number", None, None)
    pick = min if signal.good is Side.AT_LEAST else max
    worst = pick(members.values.items(), key=lambda item: item[1])
    if (breach := signal.breach(worst[1])) is not None:
        state, bound = breach
        return SignalStatus(signal, state, _out_of_bounds(signal, worst, bound), members, worst)
    if (left := departed(snapshot, signal)) is not None:
        return SignalStatus(signal, State.SILENT, _left_its_past(left), members, worst, left)
    bounded = signal.warn is not None or signal.crit is not None
    return SignalStatus(signal, State.OK, "in bounds" if bounded else "", members, worst)


def _computed_drift(snapshot: Snapshot, signal: Signal, members: Members) -> SignalStatus:
    features = judge_features(signal, members)
    state, reason = drift_verdict(features)
    worst = next(((one.name, one.psi) for one in features if one.psi is not None and one.state is state), None)
    left = departed(snapshot, signal) if state > State.SILENT else None
    if left is not None:
        state, reason = State.SILENT, _left_its_past(left)
    return SignalStatus(signal, state, reason, members, worst, left, features)


def _left_its_past(left: Departed) -> str:
    band = left.departure.band
    member = f"{left.member} " if left.member else ""
    times = abs(left.departure.deviation)
    return f"{member}{left.departure.value:.3g}, usually {band.center:.3g}: {times:.0f}x its usual spread"


def _out_of_bounds(signal: Signal, worst: tuple[str, float], bound: float) -> str:
    """'zip 7h > 6h', '86% < 90%'. Where rounding would hide the difference, both are written out."""
    member = f"{worst[0]} " if worst[0] else ""
    value, limit = with_unit(worst[1], signal.unit), with_unit(bound, signal.unit)
    if value == limit:
        unit = f" {signal.unit}" if signal.unit not in ("", "ratio") else ""
        value, limit = f"{worst[1]:.9g}{unit}", f"{bound:.9g}{unit}"
    return f"{member}{value} {'<' if signal.good is Side.AT_LEAST else '>'} {limit}"


def with_unit(value: float, unit: str) -> str:
    """A figure as screens write it: seconds as a duration, a ratio in percent, another unit behind a space."""
    match unit:
        case "s" if 60 <= value < math.inf:
            return humanize(value)
        case "s":
            return f"{value:.3g}s"
        case "ratio":
            return f"{value * 100:.3g}%"
        case "%":
            return f"{value:.3g}%"
    return f"{value:.3g} {unit}".rstrip()

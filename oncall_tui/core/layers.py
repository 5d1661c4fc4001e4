"""A model's five layers, each judged for itself: a model may be up, fast, fed fresh data, undrifted, and wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.assess import EndpointStatus, ServiceStatus, SignalStatus
from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.readings import SignalReading, SliReading
from oncall_tui.core.slo import SloKind
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.state import State


class Layer(StrEnum):
    """What a model stands on, from the outside in."""

    ENDPOINT = "endpoint"
    SERVING = "serving"
    DATA = "data"
    DRIFT = "drift"
    ACCURACY = "accuracy"


_SIGNALS: Mapping[Layer, tuple[SignalKind, ...]] = {
    Layer.ENDPOINT: (),
    Layer.SERVING: (
        SignalKind.LATENCY,
        SignalKind.ERRORS,
        SignalKind.THROUGHPUT,
        SignalKind.INFRASTRUCTURE,
        SignalKind.OTHER,
    ),
    Layer.DATA: (SignalKind.FRESHNESS, SignalKind.QUALITY),
    Layer.DRIFT: (SignalKind.DRIFT, SignalKind.PREDICTION),
    Layer.ACCURACY: (SignalKind.ACCURACY,),
}
"""The kinds of signals in each, that whose figure speaks for the layer first."""
_SLOS: Mapping[SloKind, Layer] = {
    SloKind.ACCURACY: Layer.ACCURACY,
    SloKind.FRESHNESS: Layer.DATA,
    SloKind.DRIFT: Layer.DRIFT,
}
"""Every other kind of SLO is about serving."""


@dataclass(frozen=True, slots=True)
class LayerStatus:
    """One layer now. state: of the worst of it, UNKNOWN for what may not be believed; reason: why, '' for nothing.

    speaker: the part whose figure stands for the layer. at: of when that figure is, unix seconds; None for never.
    judged: whether anything of it has a bound, an objective or a probe; what has none is only shown.
    """

    layer: Layer
    state: State
    reason: str
    speaker: EndpointStatus | SignalStatus | SloStatus
    at: float | None
    judged: bool


def layers_of(snapshot: Snapshot, status: ServiceStatus) -> dict[Layer, LayerStatus]:
    """The layers of a service that anything measures, by name; what nothing measures is left out."""
    found = {}
    for layer in Layer:
        known = _endpoint(status) if layer is Layer.ENDPOINT else _measured(snapshot, status, layer)
        if known is not None:
            found[layer] = known
    return found


def _endpoint(status: ServiceStatus) -> LayerStatus | None:
    if not status.endpoints:
        return None
    worst = min(status.endpoints, key=lambda one: one.state)
    at = worst.probe.at if worst.probe else None
    return LayerStatus(Layer.ENDPOINT, worst.state, worst.reason, worst, at, True)


def _measured(snapshot: Snapshot, status: ServiceStatus, layer: Layer) -> LayerStatus | None:
    kinds = _SIGNALS[layer]
    signals = [one for one in status.signals if one.signal.kind in kinds]
    slos = [one for one in status.slos if _SLOS.get(one.slo.kind, Layer.SERVING) is layer]
    parts = [(one.state, f"{one.slo.name}: {one.reason}" if one.reason else "") for one in slos]
    parts += [(one.state, f"{one.signal.name}: {one.reason}" if one.reason else "") for one in signals]
    if not parts:
        return None
    state, reason = min(parts, key=lambda part: part[0])
    speaker = _speaker(signals, slos, kinds)
    judged = bool(slos) or any(one.signal.warn is not None or one.signal.crit is not None for one in signals)
    return LayerStatus(layer, state, reason, speaker, _had_at(snapshot, speaker), judged)


def _speaker(
    signals: Iterable[SignalStatus], slos: Iterable[SloStatus], kinds: tuple[SignalKind, ...]
) -> SignalStatus | SloStatus:
    """The worst signal; where an SLO is worse than all, a signal of what that is about; without one, the SLO."""
    worst_slo = min(slos, key=lambda one: one.state, default=None)
    ordered = sorted(signals, key=lambda one: (one.state, kinds.index(one.signal.kind)))
    if worst_slo is None:
        return ordered[0]
    if ordered and ordered[0].state <= worst_slo.state:
        return ordered[0]
    about = [one for one in ordered if one.signal.kind.value == worst_slo.slo.kind.value]
    return about[0] if about else worst_slo if worst_slo.state is not State.OK or not ordered else ordered[0]


def _had_at(snapshot: Snapshot, speaker: SignalStatus | SloStatus) -> float | None:
    if isinstance(speaker, SignalStatus):
        reading: SignalReading | SliReading = SignalReading(speaker.signal.service, speaker.signal.name)
        delay = speaker.signal.label_delay
    else:
        reading, delay = SliReading(speaker.slo.id, min(speaker.slo.windows)), speaker.slo.label_delay
    figure = snapshot.figures.get(reading)
    return figure.value.at - delay if figure is not None and figure.value is not None else None

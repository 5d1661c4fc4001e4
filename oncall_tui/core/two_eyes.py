"""Two eyes: our own probe and Prometheus look at the same server, and what they say must agree.

Where they do not, neither is believed in silence and nothing is averaged: it is a condition of its own, with what each
side says and how old that is. A probe that fails while Prometheus scrapes on may mean a broken way from here; one that
succeeds while Prometheus sees nothing means that everything built on its figures is blind.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.catalogue import UP, VERSIONS, Endpoint, Protocol, Service, Signal, SignalKind
from oncall_tui.core.duration import humanize
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Members, SignalReading
from oncall_tui.core.snapshot import RECENT, Snapshot

LEAST_PROBES = 10
"""Probes from which on their p95 says something."""
LEAST_LATENCY = 0.1
"""Seconds a probe's p95 must reach to be called slow: below, a far network explains any factor."""

_TWICE = 2
"""Readings in a row that must disagree, where so many were had: a scrape may fall into the midst of a change."""
_UNDIMINISHED = 0.95
"""Share of its recent most that traffic must keep to count as going on: a rate over minutes outlives what it counts."""
_TRAFFIC_READINGS = 3

_ABOUT_THE_MODEL = frozenset({Protocol.HTTP, Protocol.TF_SERVING})
_ABOUT_THE_MODEL_BY_NAME = frozenset({Protocol.KSERVE_V2, Protocol.TRITON, Protocol.MLSERVER, Protocol.TORCHSERVE})
"""Whose version is the model's, the latter where they are asked by its name; that of all others is the server's own."""


class Matter(StrEnum):
    """What the two disagree about."""

    UP = "up"
    VERSION = "version"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Both sides in a few words, each with its age in seconds."""

    matter: Matter
    probe: str
    probe_age: float
    prometheus: str
    prometheus_age: float

    def __str__(self) -> str:
        return (
            f"probe and Prometheus disagree: {self.probe} ({humanize(self.probe_age)} ago), "
            f"Prometheus {self.prometheus} ({humanize(self.prometheus_age)} ago)"
        )


def compared(service: Service) -> tuple[SignalReading, ...]:
    """What is asked of Prometheus to compare a service's probes with, beside its signals; nothing without endpoints."""
    if not service.endpoints or not service.compared:
        return ()
    asked = (signal for signal in (service.up, service.versions) if signal is not None)
    return tuple(SignalReading(service.name, signal.name) for signal in asked)


def disagreements(snapshot: Snapshot, endpoint: Endpoint, probe: Probe) -> tuple[Disagreement, ...]:
    """Where the probe and Prometheus say different things. The probe must be young enough to be believed.

    What Prometheus does not tell, or tells only in a figure that may not be trusted, cannot disagree.
    """
    service = snapshot.catalogue.service(endpoint.service)
    if service is None or not service.compared:
        return ()
    found = (_up(snapshot, service, probe), _version(snapshot, endpoint, probe), _latency(snapshot, service, probe))
    return tuple(one for one in found if one is not None)


def _up(snapshot: Snapshot, service: Service, probe: Probe) -> Disagreement | None:
    reading = SignalReading(service.name, UP)
    readings = _lately(snapshot, reading, probe)
    if not readings:
        return _traffic(snapshot, service, probe) if service.up is None else None
    ups = [max(members.values.values()) > 0 for members in readings]
    if probe.live is False and all(ups):
        said = f"the probe says down: {probe.error}" if probe.error else "the probe says down"
        return _between(snapshot, Matter.UP, said, probe, "says up", readings[-1])
    if probe.live is True and not any(ups):
        return _between(snapshot, Matter.UP, "the probe says it lives", probe, "cannot scrape it", readings[-1])
    return None


def _traffic(snapshot: Snapshot, service: Service, probe: Probe) -> Disagreement | None:
    """Where `up` is not asked: requests that go on undiminished while the probe finds nobody."""
    signal = _first(service, SignalKind.THROUGHPUT)
    if probe.live is not False or signal is None:
        return None
    reading = SignalReading(service.name, signal.name)
    members = snapshot.members(reading)
    figure = snapshot.figures.get(reading)
    recent = [sum(one.values.values()) for one in figure.recent] if figure else []
    if members is None or len(recent) < _TRAFFIC_READINGS or recent[-1] <= 0:
        return None
    if recent[-1] < _UNDIMINISHED * max(recent):
        return None
    unit = f" {signal.unit}" if signal.unit else ""
    said = f"the probe says down: {probe.error}" if probe.error else "the probe says down"
    return _between(snapshot, Matter.UP, said, probe, f"sees {recent[-1]:.3g}{unit} of traffic", members)


def _version(snapshot: Snapshot, endpoint: Endpoint, probe: Probe) -> Disagreement | None:
    of_the_model = endpoint.protocol in _ABOUT_THE_MODEL or (
        endpoint.protocol in _ABOUT_THE_MODEL_BY_NAME and bool(endpoint.model)
    )
    readings = _lately(snapshot, SignalReading(endpoint.service, VERSIONS), probe)
    if not probe.version or not of_the_model or not readings:
        return None
    serving = [_serving(members) for members in readings]
    if any(_plain(probe.version) in (_plain(one) for one in versions) for versions in serving) or not serving[-1]:
        return None
    seen = f"version {', '.join(serving[-1][:3])}"
    said = f"the probe sees version {probe.version}"
    return _between(snapshot, Matter.VERSION, said, probe, seen, readings[-1])


def _serving(members: Members) -> list[str]:
    return sorted(version for version, value in members.values.items() if version and value > 0)


def _plain(version: str) -> str:
    return version.strip().lower().removeprefix("v")


def _latency(snapshot: Snapshot, service: Service, probe: Probe) -> Disagreement | None:
    """A look is cheaper than an inference: that it is faster means nothing, that it is far slower does."""
    signal = next((one for one in service.signals if one.kind is SignalKind.LATENCY and one.unit in _SECONDS), None)
    p95 = probe.p95
    if signal is None or p95 is None or len(probe.latencies) < LEAST_PROBES:
        return None
    members = snapshot.members(SignalReading(service.name, signal.name))
    if members is None or p95 < LEAST_LATENCY:
        return None
    seconds = max(members.values.values()) * _SECONDS[signal.unit]
    if not 0 < seconds * service.latency_factor < p95:
        return None
    said = f"the probe's p95 is {p95:.3g}s"
    return _between(snapshot, Matter.LATENCY, said, probe, f"has {signal.name} at {seconds:.3g}s", members)


_SECONDS = {"s": 1.0, "ms": 0.001}


def _first(service: Service, kind: SignalKind) -> Signal | None:
    return next((signal for signal in service.signals if signal.kind is kind), None)


def _lately(snapshot: Snapshot, reading: SignalReading, probe: Probe) -> list[Members]:
    """The readings to hold against the probe, newest last: all since the last one before it, two where there are two.

    Nothing when the newest may not be trusted, and when the two did not look at the same: when what the probe found is
    newer than the readings, or all that are remembered are newer than the probe.
    """
    newest = snapshot.members(reading)
    figure = snapshot.figures.get(reading)
    if newest is None or figure is None:
        return []
    recent = figure.recent or (newest,)
    if len(recent) < _TWICE:
        return list(recent)
    before = [index for index, members in enumerate(recent) if members.at <= probe.at]
    if (not before and len(recent) >= RECENT) or (probe.since is not None and probe.since > recent[-_TWICE].at):
        return []
    return list(recent[min(before[-1] if before else 0, len(recent) - _TWICE) :])


def _between(snapshot: Snapshot, matter: Matter, said: str, probe: Probe, told: str, members: Members) -> Disagreement:
    ages = (max(0.0, snapshot.at - probe.at), max(0.0, snapshot.at - members.at))
    return Disagreement(matter, said, ages[0], told, ages[1])

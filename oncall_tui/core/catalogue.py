"""What is watched: services with their SLOs, signals and endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from oncall_tui.core.binned import BinnedDrift
from oncall_tui.core.canary import Canary
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.slo import NO_LABELS, Side, Slo
from oncall_tui.core.state import State


class ServiceKind(StrEnum):
    """What a service is to the fleet."""

    MODEL = "model"
    FEATURE_STORE = "feature-store"
    PIPELINE = "pipeline"
    GATEWAY = "gateway"
    OTHER = "other"


class SignalKind(StrEnum):
    """What a signal measures; it picks the column it is shown in and its default thresholds."""

    ACCURACY = "accuracy"
    DRIFT = "drift"
    FRESHNESS = "freshness"
    LATENCY = "latency"
    THROUGHPUT = "throughput"
    ERRORS = "errors"
    PREDICTION = "prediction"
    QUALITY = "quality"
    INFRASTRUCTURE = "infrastructure"
    OTHER = "other"


MORE_IS_BETTER = (SignalKind.ACCURACY, SignalKind.THROUGHPUT)
"""Kinds whose good values lie above their bounds, unless a signal says otherwise."""


class Protocol(StrEnum):
    """How a model endpoint is asked about its health."""

    HTTP = "http"
    KSERVE_V2 = "kserve_v2"
    TRITON = "triton"
    VLLM = "vllm"
    TORCHSERVE = "torchserve"
    TF_SERVING = "tf_serving"
    MLSERVER = "mlserver"
    TGI = "tgi"
    SGLANG = "sglang"
    RAY_SERVE = "ray_serve"
    BENTOML = "bentoml"
    MLFLOW = "mlflow"
    OLLAMA = "ollama"
    LLAMA_CPP = "llama_cpp"
    SAGEMAKER = "sagemaker"


@dataclass(frozen=True, slots=True)
class Signal:
    """One measured quantity of a service, judged by thresholds rather than by a budget.

    query: instant PromQL. by: the label that tells its members apart (a feature name), '' for a single
    value. A value beyond warn (beyond crit) on the bad side is WARN (CRIT); None: that threshold is not set.
    good: the side on which good values lie. past_weeks: how many weeks of its own past it is held against, 0 for
    none; past_spreads: from how many of its usual spreads on it has left it. recipe: where it was not written but comes
    from a recipe, that one's name: what of a recipe was never exported is not missed.
    """

    service: str
    name: str
    kind: SignalKind
    query: str
    by: str = ""
    unit: str = ""
    good: Side = Side.AT_MOST
    warn: float | None = None
    crit: float | None = None
    past_weeks: int = 0
    past_spreads: float = 5.0
    recipe: str = ""
    label_delay: int = 0
    """Seconds until its value is known for good: what is judged is the value of so long ago."""
    binned: BinnedDrift | None = None
    """What its counts are held against, where its value is a drift computed from a histogram."""

    def breach(self, value: float) -> tuple[State, float] | None:
        """The worst threshold that a value lies beyond, with its state; None when it is in bounds."""
        for state, bound in ((State.CRIT, self.crit), (State.WARN, self.warn)):
            if bound is not None and (value < bound if self.good is Side.AT_LEAST else value > bound):
                return state, bound
        return None


VERSIONS = "@versions"
"""The name of the signal whose members are a service's versions; no configured signal can have it."""
UP = "@up"
"""The same of the signal that says whether Prometheus reaches a service."""


LATENCY_FACTOR = 5.0
"""A look that takes five times what inferences take is no matter of chance."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model server address. interval and timeout in seconds; model: its name, where the protocol wants one.

    metrics: where its own metrics are, a path below url or a URL of its own, '' for nowhere. tls_warn: seconds before
    its certificate ends from which on that is a warning. canary: the request with a known answer, None for none.
    """

    service: str
    name: str
    protocol: Protocol
    url: str
    model: str = ""
    interval: float = 15.0
    timeout: float = 5.0
    metrics: str = ""
    tls_warn: float = 14 * 86_400.0
    canary: Canary | None = None

    @property
    def id(self) -> str:
        """'service/name', unique in a catalogue."""
        return f"{self.service}/{self.name}"


OWNER_LABELS = ("service", "sloth_service", "model")
"""Labels by which an alert is a service's where no matchers say otherwise."""


@dataclass(frozen=True, slots=True)
class Service:
    """What has SLOs. source: the name of the Prometheus that knows it. matchers: which alerts are its own."""

    name: str
    kind: ServiceKind = ServiceKind.OTHER
    team: str = ""
    source: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, compare=False)
    depends_on: tuple[str, ...] = ()
    slos: tuple[Slo, ...] = ()
    signals: tuple[Signal, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    matchers: tuple[Matcher, ...] = ()
    versions: Signal | None = None
    """Which versions serve: one member for each, named VERSIONS. Asked over time, for the marks on charts."""
    up: Signal | None = None
    """Whether Prometheus reaches it: above 0 where it does, named UP."""
    beside: tuple[Signal, ...] = ()
    """What an investigation asks besides (core/beside.py); their names begin with '@', which no configured one does."""
    version_label: str = ""
    """The label by which its signals' own series say which version they are of; '' where that is not known."""
    latency_factor: float = LATENCY_FACTOR
    """How many times slower than the latency signal probes are when the two disagree."""
    compared: bool = True
    """Whether what probes find is held against what Prometheus says."""

    def owns(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels is this service's: by its matchers, or by the usual label names."""
        if self.matchers:
            return all(matcher.matches(labels) for matcher in self.matchers)
        return any(labels.get(label) == self.name for label in OWNER_LABELS)


GRAPH = "@graph"
"""The name of the signal, of no service, whose members are the edges of the service graph."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Where who calls whom is told. source: the name of the Prometheus; names: of the metric -> of the catalogue."""

    signal: Signal
    source: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is watched. graph: where dependencies are told that nobody wrote; None for nowhere."""

    services: tuple[Service, ...] = ()
    graph: Graph | None = None
    _services: Mapping[str, Service] = field(init=False, repr=False, compare=False)
    _slos: Mapping[str, Slo] = field(init=False, repr=False, compare=False)
    _places: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _choosy: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Of two with one name the first counts. Thousands of SLOs are looked up in every poll.
        object.__setattr__(self, "_services", {one.name: one for one in reversed(self.services)})
        object.__setattr__(self, "_slos", {one.id: one for one in reversed(list(self.slos()))})
        # Thousands of alerts are each looked up once a poll: by name, and one by one only where matchers are written.
        places = range(len(self.services) - 1, -1, -1)
        plain = {self.services[place].name: place for place in places if not self.services[place].matchers}
        object.__setattr__(self, "_places", plain)
        object.__setattr__(self, "_choosy", tuple(n for n, one in enumerate(self.services) if one.matchers))

    def slos(self) -> Iterator[Slo]:
        """Every SLO, in the order of the services."""
        return (slo for service in self.services for slo in service.slos)

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, in the order of the services."""
        return (endpoint for service in self.services for endpoint in service.endpoints)

    def split(self, members: Mapping[str, tuple[Slo, ...]]) -> Catalogue:
        """The same with what is given (by SLO id) in the place of SLOs."""
        services = (
            replace(service, slos=tuple(one for slo in service.slos for one in members.get(slo.id, (slo,))))
            for service in self.services
        )
        return replace(self, services=tuple(services))

    def service(self, name: str) -> Service | None:
        """The service of that name, if there is one."""
        return self._services.get(name)

    def slo(self, slo_id: str) -> Slo | None:
        """The SLO of that id, if there is one."""
        return self._slos.get(slo_id)

    def signal(self, service: str, name: str) -> Signal | None:
        """The signal of that name, a service's versions among them, if there is one."""
        if (service, name) == ("", GRAPH):
            return self.graph.signal if self.graph else None
        known = self.service(service)
        if known is not None and name.startswith("@"):
            every = (known.versions, known.up, *known.beside)
            return next((one for one in every if one is not None and one.name == name), None)
        return next((signal for signal in known.signals if signal.name == name), None) if known else None

    def owner(self, labels: Mapping[str, str]) -> Service | None:
        """The first service whose alert carries these labels."""
        named = (self._places.get(labels[label]) for label in OWNER_LABELS if label in labels)
        place = min((one for one in named if one is not None), default=len(self.services))
        for choosy in self._choosy:
            if choosy > place:
                break
            if self.services[choosy].owns(labels):
                return self.services[choosy]
        return self.services[place] if place < len(self.services) else None

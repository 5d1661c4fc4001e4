"""Services as they are written in a configuration, and what they become in the core."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from oncall_tui.config.beside import USUAL_LABELS, DeploysConfig, InfoConfig, labels_of
from oncall_tui.config.endpoints import EndpointConfig
from oncall_tui.config.fields import LabelName, MatcherText, Name, Number, Seconds, StepVariable
from oncall_tui.config.histogram_drift import HistogramDriftConfig
from oncall_tui.config.http_config import Model
from oncall_tui.config.promql import Query
from oncall_tui.config.recipes import NamedRecipe, recipe_info, recipe_signals, recipe_versions, version_label
from oncall_tui.config.slos import SloConfig, kind_in_name
from oncall_tui.core.baseline import OUT, WEEKS
from oncall_tui.core.beside import alerted_signal, deploys_signal
from oncall_tui.core.catalogue import (
    LATENCY_FACTOR,
    MORE_IS_BETTER,
    UP,
    VERSIONS,
    Service,
    ServiceKind,
    Signal,
    SignalKind,
)
from oncall_tui.core.matchers import Matcher, parse_matchers
from oncall_tui.core.slo import Side

DRIFT_WARN = 0.1
"""Above this PSI a distribution has moved; 0.25 is where many act."""

_IN_SECONDS = (SignalKind.LATENCY, SignalKind.FRESHNESS)


def _off(value: object) -> object:
    """A document has words, and this one is meant."""
    return False if value == "false" else value


class PastConfig(Model):
    """How a signal is held against its own past: weeks of it, and usual spreads from which on it has left it."""

    weeks: Annotated[int, Field(ge=3, le=12)] = WEEKS
    spreads: Annotated[float, Field(ge=2, le=100)] = OUT


class SignalConfig(Model):
    """One measured quantity, judged by thresholds. Exactly one of query and histogram says what is measured."""

    name: Name
    kind: SignalKind | None = None
    query: Query | None = None
    histogram: HistogramDriftConfig | None = None
    by: LabelName | None = None
    unit: str | None = None
    good: Side | None = None
    warn: Number | None = None
    crit: Number | None = None
    label_delay: Seconds | None = None
    past: Annotated[PastConfig | Literal[False] | None, BeforeValidator(_off)] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> SignalConfig:
        if (self.query is None) is (self.histogram is None):
            raise ValueError("expected exactly one of query and histogram")
        if self.histogram is not None and self.label_delay is not None:
            raise ValueError("label_delay: drift needs no labels")
        if self.histogram is not None and (self.kind or SignalKind.DRIFT) is not SignalKind.DRIFT:
            raise ValueError("histogram: a distance between histograms is a drift, and kind says otherwise")
        return self

    @model_validator(mode="after")
    def _crit_is_worse(self) -> SignalConfig:
        if self.warn is not None and self.crit is not None:
            beyond = self.warn - self.crit if self._good() is Side.AT_MOST else self.crit - self.warn
            if beyond > 0:
                raise ValueError(f"expected crit to be worse than warn (good values are {self._good().value} them)")
        return self

    def _kind(self) -> SignalKind:
        named = SignalKind.DRIFT if self.histogram else kind_in_name(self.name, SignalKind, SignalKind.OTHER)
        return self.kind or named

    def _good(self) -> Side:
        return self.good or (Side.AT_LEAST if self._kind() in MORE_IS_BETTER else Side.AT_MOST)

    def _warn(self) -> float | None:
        if self.warn is None and self._kind() is SignalKind.DRIFT and self._good() is Side.AT_MOST:
            return DRIFT_WARN if self.crit is None else min(DRIFT_WARN, self.crit)
        return self.warn

    def signal(self, service: str) -> Signal:
        """As the core has it."""
        by, past = self.by or "", self._past()
        query = self.histogram.query(by) if self.histogram else self.query
        assert query is not None, "validated: exactly one"
        return Signal(
            service=service,
            name=self.name,
            kind=self._kind(),
            query=query,
            by=by,
            unit=self.unit if self.unit is not None else "s" if self._kind() in _IN_SECONDS else "",
            good=self._good(),
            warn=self._warn(),
            crit=self.crit,
            label_delay=self.label_delay or 0,
            past_weeks=past.weeks if past else 0,
            past_spreads=past.spreads if past else OUT,
            binned=self.histogram.binned(by) if self.histogram else None,
        )

    def _past(self) -> PastConfig | None:
        """How it is held against its past. A drift computed against a reference is held against a past as it is."""
        if self.past is None:
            return None if self.histogram else PastConfig()
        return self.past or None


class VersionsConfig(Model):
    """Where to read which versions serve: each change becomes a mark on the charts.

    label: what the signals' own series call their version, where that is not `by`.
    """

    query: Query
    by: LabelName
    label: LabelName | None = None

    def signal(self, service: str) -> Signal:
        """As the core has it: one member a version, however many series carry it."""
        query = f"{self.query}\n" if "#" in self.query else self.query  # or a comment would swallow the bracket
        return Signal(service, VERSIONS, SignalKind.OTHER, f"max by ({self.by}) ({query})", by=self.by)


class TwoEyesConfig(Model):
    """What our probes are held against beside versions. up: above 0 where Prometheus reaches the service.

    latency_factor: how many times slower than the latency signal probes are when that is told. enabled: whether
    anything is compared at all.
    """

    enabled: bool = True
    up: Query | None = None
    latency_factor: Annotated[float, Field(gt=1, le=1_000)] = LATENCY_FACTOR

    def signal(self, service: str) -> Signal | None:
        """The query for `up`, as the core has it."""
        if self.up is None or not self.enabled:
            return None
        query = f"{self.up}\n" if "#" in self.up else self.up
        return Signal(service, UP, SignalKind.OTHER, f"max({query})", good=Side.AT_LEAST)


class ServiceConfig(Model):
    """What has SLOs: a model, a feature store, a pipeline, a gateway. variables: for runbook steps."""

    name: Name
    kind: ServiceKind = ServiceKind.OTHER
    team: str = ""
    source: str | None = None
    labels: dict[LabelName, str] = Field(default_factory=dict)
    variables: dict[StepVariable, str] = Field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    alerts: Annotated[tuple[MatcherText, ...], Field(min_length=1)] | None = None
    endpoints: tuple[EndpointConfig, ...] = ()
    signals: tuple[SignalConfig, ...] = ()
    recipes: tuple[NamedRecipe, ...] = ()
    versions: VersionsConfig | None = None
    deploys: DeploysConfig | None = None
    info: tuple[InfoConfig, ...] = ()
    two_eyes: TwoEyesConfig = TwoEyesConfig()
    slos: tuple[SloConfig, ...] = ()

    def _matchers(self) -> tuple[Matcher, ...]:
        return tuple(matcher for text in self.alerts or () for matcher in parse_matchers(text))

    def _signals(self) -> tuple[Signal, ...]:
        own = tuple(signal.signal(self.name) for signal in self.signals)
        return (*own, *recipe_signals(self.recipes, self.name, [signal.name for signal in own]))

    def _beside(self) -> tuple[Signal, ...]:
        """Alerts, deploys and labels, those of the info metric that tells versions among them."""
        info = [(one.query, one.labels) for one in self.info]
        if self.versions is not None:
            info.append((self.versions.query, (self.versions.by, *USUAL_LABELS)))
        info += recipe_info(self.recipes, self.name)
        deploys = (deploys_signal(self.name, self.deploys.query, self.deploys.by or ""),) if self.deploys else ()
        return (alerted_signal(self.name, self._matchers()), *deploys, *labels_of(self.name, info))

    def service(self, source: str, endpoint_interval: int) -> Service:
        """As the core has it. source and endpoint_interval (seconds): for what names none."""
        return Service(
            name=self.name,
            kind=self.kind,
            team=self.team,
            source=self.source or source,
            labels=self.labels,
            depends_on=self.depends_on,
            slos=tuple(slo.slo(self.name) for slo in self.slos),
            signals=self._signals(),
            endpoints=tuple(endpoint.endpoint(self.name, endpoint_interval) for endpoint in self.endpoints),
            matchers=self._matchers(),
            versions=self.versions.signal(self.name) if self.versions else recipe_versions(self.recipes, self.name),
            up=self.two_eyes.signal(self.name),
            beside=self._beside(),
            version_label=(self.versions.label or self.versions.by) if self.versions else version_label(self.recipes),
            latency_factor=self.two_eyes.latency_factor,
            compared=self.two_eyes.enabled,
        )

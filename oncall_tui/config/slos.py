"""SLOs as they are written in a configuration, and what they become in the core."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from oncall_tui.config.fields import HistogramName, LabelName, Name, Number, Objective, Seconds, Share, Threshold
from oncall_tui.config.http_config import Model
from oncall_tui.config.promql import Query, Selector, VectorSelector, WindowedQuery
from oncall_tui.core.burn import DAY, Severity, Tier, policy_for, windows_of
from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import (
    EventsSli,
    LatencySli,
    NativeLatencySli,
    NoDataPolicy,
    RatioSli,
    Side,
    Sli,
    SlicesSli,
    Slo,
    SloKind,
)

Kind = TypeVar("Kind", bound=StrEnum)

SLI_KEYS = (
    "events",
    "latency",
    "latency_native",
    "at_least",
    "at_most",
    "throughput",
    "accuracy",
    "freshness",
    "drift",
    "error_ratio",
)
_MADE_OF = {"latency": SloKind.LATENCY, "latency_native": SloKind.LATENCY, "events": SloKind.AVAILABILITY} | {
    kind: SloKind(kind) for kind in ("throughput", "accuracy", "freshness", "drift")
}
DRIFT_CRIT = 0.25
"""The PSI above which a distribution is commonly held to have shifted."""

_ALSO_CALLED = {
    **{"error": "errors", "staleness": "freshness", "psi": "drift", "predictions": "prediction"},
    **dict.fromkeys(("queue", "gpu", "cpu", "memory", "restarts"), "infrastructure"),
}


def kind_in_name(name: str, kinds: type[Kind], otherwise: Kind) -> Kind:
    """The kind a name speaks of: 'latency-p99' is about latency. otherwise: for a name that tells nothing."""
    words = {_ALSO_CALLED.get(word, word) for word in re.split(r"[-_.]", name.lower())}
    return next((kind for kind in kinds if kind.value in words), otherwise)


class EventsConfig(Model):
    """Bad (or good) events and all events."""

    total: WindowedQuery
    error: WindowedQuery | None = None
    good: WindowedQuery | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> EventsConfig:
        if (self.error is None) is (self.good is None):
            raise ValueError("expected exactly one of error and good beside total")
        return self


class LatencyConfig(Model):
    """A histogram and the seconds above which a request is bad."""

    histogram: HistogramName
    threshold: Threshold
    selector: Selector = ""


class SlicesConfig(Model):
    """An instant query, the bound its value keeps to, and the length of a slice in seconds."""

    query: Query
    bound: Number
    slice: Seconds = 60

    def sli(self, side: Side) -> Sli:
        """As the core has it."""
        return SlicesSli(self.query, self.bound, side, self.slice)


class ThroughputConfig(Model):
    """A slice is bad in which fewer than at_least events came a second, told by a counter over `over` seconds."""

    counter: VectorSelector
    at_least: Number
    over: Seconds = 300
    slice: Seconds = 60

    def sli(self) -> Sli:
        """As the core has it."""
        query = f"sum(rate({self.counter}[{format_duration(self.over)}]))"
        return SlicesSli(query, self.at_least, Side.AT_LEAST, self.slice)


class AccuracyConfig(Model):
    """A slice is bad in which a quality metric, of which more is better, is below at_least."""

    query: Query
    at_least: Number
    slice: Seconds = 60

    def sli(self) -> Sli:
        """As the core has it."""
        return SlicesSli(self.query, self.at_least, Side.AT_LEAST, self.slice)


class FreshnessConfig(Model):
    """A slice is bad in which the newest value is older than `within` seconds.

    age is a query that gives seconds; timestamp one that gives the unix time of the newest value. Exactly one.
    """

    within: Seconds
    age: Query | None = None
    timestamp: Query | None = None
    slice: Seconds = 60

    @model_validator(mode="after")
    def _one_of_two(self) -> FreshnessConfig:
        if (self.age is None) is (self.timestamp is None):
            raise ValueError("expected exactly one of age and timestamp")
        return self

    def sli(self) -> Sli:
        """As the core has it."""
        query = f"time() - ({self.timestamp})" if self.age is None else self.age
        return SlicesSli(query, float(self.within), Side.AT_MOST, self.slice)


class DriftConfig(Model):
    """A slice is bad in which the distance of any series from its reference is above at_most."""

    query: Query
    at_most: Number = DRIFT_CRIT
    slice: Seconds = 60

    def sli(self) -> Sli:
        """As the core has it."""
        return SlicesSli(self.query, self.at_most, Side.AT_MOST, self.slice)


class TierConfig(Model):
    """One multiwindow alert: windows in seconds, and the share of the budget gone when it fires."""

    severity: Severity
    long: Seconds
    short: Seconds
    budget_spent: Share

    @model_validator(mode="after")
    def _short_is_shorter(self) -> TierConfig:
        if self.short >= self.long:
            raise ValueError("the short window is not shorter than the long one")
        return self

    def tier(self) -> Tier:
        """As the core has it."""
        return Tier(self.severity, self.long, self.short, self.budget_spent)


class SloConfig(Model):
    """One objective of a service."""

    name: Name
    kind: SloKind | None = None
    objective: Objective
    period: Seconds = 30 * DAY
    description: str = ""
    labels: dict[LabelName, str] = Field(default_factory=dict)
    recorded: bool = True
    events: EventsConfig | None = None
    latency: LatencyConfig | None = None
    latency_native: LatencyConfig | None = None
    at_least: SlicesConfig | None = None
    at_most: SlicesConfig | None = None
    throughput: ThroughputConfig | None = None
    accuracy: AccuracyConfig | None = None
    freshness: FreshnessConfig | None = None
    drift: DriftConfig | None = None
    error_ratio: WindowedQuery | None = None
    period_error_ratio: Query | None = None
    by: tuple[LabelName, ...] = ()
    no_data: NoDataPolicy = NoDataPolicy.UNKNOWN
    min_events: Annotated[int, Field(ge=0)] = 0
    label_delay: Seconds | None = None
    consequences: dict[Severity, str] = Field(default_factory=dict)
    burn_tiers: Annotated[tuple[TierConfig, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> SloConfig:
        written = [key for key in SLI_KEYS if getattr(self, key) is not None]
        if len(written) != 1:
            found = f"got {' and '.join(written)}" if written else "got none of them"
            raise ValueError(f"expected exactly one of {', '.join(SLI_KEYS)}, {found}")
        if self.period_error_ratio is not None and self.error_ratio is None:
            raise ValueError("period_error_ratio goes with error_ratio, and stands in for it over the period")
        *burn_windows, _ = windows = windows_of(self._tiers() or policy_for(self.period), self.period)
        if windows[-1] > self.period:
            longest = format_duration(windows[-1])
            raise ValueError(f"expected a period of at least {longest}, its longest burn window (or burn_tiers to fit)")
        sli = self._sli()
        if isinstance(sli, SlicesSli) and burn_windows and sli.slice > burn_windows[0]:
            shortest = format_duration(burn_windows[0])
            raise ValueError(f"expected a slice of at most {shortest}, its shortest burn window")
        if self.min_events and isinstance(sli, (SlicesSli, RatioSli)):
            raise ValueError("min_events: only events and latency are counted; this SLI has no number of events")
        return self

    def _tiers(self) -> tuple[Tier, ...] | None:
        return None if self.burn_tiers is None else tuple(tier.tier() for tier in self.burn_tiers)

    def _sli(self) -> Sli:
        if self.events:
            return EventsSli(self.events.total, self.events.error, self.events.good)
        if self.latency:
            return LatencySli(self.latency.histogram, self.latency.threshold, self.latency.selector)
        if self.latency_native:
            native = self.latency_native
            return NativeLatencySli(native.histogram, native.threshold, native.selector)
        if self.at_least:
            return self.at_least.sli(Side.AT_LEAST)
        if self.at_most:
            return self.at_most.sli(Side.AT_MOST)
        if sugar := self.throughput or self.accuracy or self.freshness or self.drift:
            return sugar.sli()
        assert self.error_ratio is not None, "validated: exactly one"
        return RatioSli(self.error_ratio, self.period_error_ratio or "")

    def _kind(self) -> SloKind:
        written = next(key for key in SLI_KEYS if getattr(self, key) is not None)
        by_type = _MADE_OF.get(written, SloKind.OTHER)
        return self.kind or kind_in_name(self.name, SloKind, by_type)

    def slo(self, service: str) -> Slo:
        """As the core has it."""
        return Slo(
            service=service,
            name=self.name,
            kind=self._kind(),
            objective=self.objective,
            period=self.period,
            sli=self._sli(),
            description=self.description,
            labels=self.labels,
            tiers=self._tiers(),
            recorded=self.recorded,
            no_data=self.no_data,
            min_events=self.min_events,
            consequences=self.consequences,
            by=self.by,
            label_delay=self.label_delay or 0,
        )

"""What an SLO is: an indicator, an objective and a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from oncall_tui.core.burn import Tier, policy_for, windows_of

NO_LABELS: Mapping[str, str] = MappingProxyType({})


class SloKind(StrEnum):
    """What an SLO promises; it names the row and picks its units."""

    AVAILABILITY = "availability"
    LATENCY = "latency"
    ACCURACY = "accuracy"
    THROUGHPUT = "throughput"
    FRESHNESS = "freshness"
    DRIFT = "drift"
    OTHER = "other"


class Side(StrEnum):
    """On which side of a bound a good value lies."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class EventsSli:
    """Bad (or good) events over all events: two PromQL expressions in which $window stands for the window.

    Exactly one of error and good is set.
    """

    total: str
    error: str | None = None
    good: str | None = None


@dataclass(frozen=True, slots=True)
class LatencySli:
    """Requests slower than threshold seconds are bad, from a classic histogram's buckets.

    histogram is the base name (no _bucket); selector holds further matchers ('service="ranker"').
    threshold must be one of the histogram's own le bounds: between bounds nobody knows.
    """

    histogram: str
    threshold: float
    selector: str = ""


@dataclass(frozen=True, slots=True)
class SlicesSli:
    """Time slices: a slice is bad while any series of query is out of bounds; one with no value does not count.

    query is an instant PromQL expression; slice is the slice's length in seconds.
    """

    query: str
    bound: float
    side: Side
    slice: int = 60


@dataclass(frozen=True, slots=True)
class RatioSli:
    """A PromQL expression that gives the error ratio itself, with $window for the window."""

    error_ratio: str


Sli = EventsSli | LatencySli | SlicesSli | RatioSli


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective of one service. objective is the good fraction wanted, 0..1; period is in seconds."""

    service: str
    name: str
    kind: SloKind
    objective: float
    period: int
    sli: Sli
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, compare=False)
    tiers: tuple[Tier, ...] | None = None
    """Alert tiers of its own; None takes the usual ones for the period."""
    recorded: bool = True
    """Whether rules recorded under Sloth's names may answer in place of the raw query."""

    @property
    def id(self) -> str:
        """'service/name', unique in a catalogue."""
        return f"{self.service}/{self.name}"

    @property
    def policy(self) -> tuple[Tier, ...]:
        """The alert tiers in force."""
        return policy_for(self.period) if self.tiers is None else self.tiers

    @property
    def windows(self) -> tuple[int, ...]:
        """Every window this SLO is asked over, in seconds, shortest first; the last is the period."""
        return windows_of(self.policy, self.period)

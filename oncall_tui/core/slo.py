"""What an SLO is: an indicator, an objective and a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from oncall_tui.core.burn import Severity, Tier, policy_for, windows_of

NO_LABELS: Mapping[str, str] = MappingProxyType({})
NO_WORDS: Mapping[Severity, str] = MappingProxyType({})


class SloKind(StrEnum):
    """What an SLO promises; it names the row and picks its units."""

    AVAILABILITY = "availability"
    LATENCY = "latency"
    ACCURACY = "accuracy"
    THROUGHPUT = "throughput"
    FRESHNESS = "freshness"
    DRIFT = "drift"
    OTHER = "other"


class NoDataPolicy(StrEnum):
    """What a window counts as in which the source says there is nothing: no series, or no traffic.

    It never covers a query that failed or a figure that is stale: there nobody said anything.
    """

    UNKNOWN = "unknown"
    GOOD = "good"
    BAD = "bad"


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
class NativeLatencySli:
    """Requests slower than threshold seconds are bad, from a native histogram: any threshold will do.

    Between two bounds the server interpolates (histogram_fraction), so the figure is as exact as the buckets are fine.
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
    """A PromQL expression that gives the error ratio itself, with $window for the window.

    over_period answers for the SLO's whole period where another expression does ('' where the same one does).
    """

    error_ratio: str
    over_period: str = ""


Sli = EventsSli | LatencySli | NativeLatencySli | SlicesSli | RatioSli


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective of one service. objective is the good fraction wanted, 0..1; period is in seconds.

    A grouped SLO (`by` names labels) is a template: each set of values of these labels has a budget of its own.
    What is judged are its members, which carry their values in `group`.
    """

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
    no_data: NoDataPolicy = NoDataPolicy.UNKNOWN
    min_events: int = 0
    """A tier whose long window saw fewer events than this does not fire: 'too few'. 0: no such guard."""
    consequences: Mapping[Severity, str] = field(default_factory=lambda: NO_WORDS, compare=False)
    """What a team has agreed to do when a tier of this severity fires, in words ('freeze deploys')."""
    by: tuple[str, ...] = ()
    group: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    label_delay: int = 0
    """Seconds until what an event was is known. Every window ends so long before now: what is younger is not judged."""
    origin: str = ""
    """Where it was defined, for people: 'slos/ranker.yaml (Sloth)'; '' for the configuration itself."""

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def id(self) -> str:
        """'service/name', for a member 'service/name{handler=/rank}'; unique in a catalogue."""
        members = ",".join(f"{label}={value}" for label, value in self.group.items())
        return f"{self.service}/{self.name}" + (f"{{{members}}}" if members else "")

    @property
    def is_template(self) -> bool:
        """Whether it stands for members that are not known: it cannot be measured itself."""
        return bool(self.by) and not self.group

    def raised(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels speaks of this SLO, and of this group of it."""
        named = self.name in (labels.get("slo"), labels.get("sloth_slo"))
        return named and all(labels.get(label, "") == value for label, value in self.group.items())

    @property
    def policy(self) -> tuple[Tier, ...]:
        """The alert tiers in force."""
        return policy_for(self.period) if self.tiers is None else self.tiers

    @property
    def windows(self) -> tuple[int, ...]:
        """Every window this SLO is asked over, in seconds, shortest first; the last is the period."""
        return windows_of(self.policy, self.period)

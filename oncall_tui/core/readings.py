"""What can be asked of a metrics source, and what can come back: the port's vocabulary.

A reading is asked in the domain's terms, never in PromQL. An outcome is a value with its provenance, or
one of two ways of having none: NoData (the source answered: there is nothing) and Failed (it did not).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from oncall_tui.core.comparison import Comparison
from oncall_tui.core.slo import Slo

NO_COMPARISONS: Mapping[str, Comparison] = MappingProxyType({})


class Origin(StrEnum):
    """How a figure came to be."""

    RAW = "raw"
    RECORDED = "recorded"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class SliReading:
    """The error ratio of an SLO over a window (seconds), now. Answered by a Sample."""

    slo: str
    window: int


@dataclass(frozen=True, slots=True)
class SignalReading:
    """A signal's value now, one per member. Answered by Members."""

    service: str
    signal: str


@dataclass(frozen=True, slots=True)
class SeriesReading:
    """A reading over time: the span (seconds) that ends now, one point every step seconds. Answered by a Series.

    every: seconds between two times it is wanted anew, where that is not each step; 0 for each step.
    """

    of: SliReading | SignalReading
    span: int
    step: int
    every: int = 0


@dataclass(frozen=True, slots=True)
class CountsReading:
    """Bad and total events (or slices) of an SLO in consecutive slices of step seconds over the span that ends now.

    Answered by a Series of two lines, 'bad' and 'total', on the same timestamps.
    """

    slo: str
    span: int
    step: int


@dataclass(frozen=True, slots=True)
class HistoryReading:
    """How far back the series of an SLO reach within its period, in seconds. Answered by a Sample.

    It is told in steps of a 240th of the period, never more than there is.
    """

    slo: str


Reading = SliReading | SignalReading | SeriesReading | CountsReading | HistoryReading


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a figure comes from: the source, the query (PromQL) for this reading alone, and how it was had.

    note: what else a person must know of it ('asked in 4 pieces of 7d12h'), '' for nothing.
    """

    source: str
    query: str
    origin: Origin = Origin.RAW
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One finite number. at: unix seconds it is true of.

    total: for an error ratio, how many events there were in the window, extrapolated as increase() does; None where
    they are not counted (time slices, a ratio, a recorded rule).
    """

    value: float
    at: float
    provenance: Provenance
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Members:
    """One finite number per member (a feature, say); the member of a signal without `by` is ''.

    Empty only for a drift computed from histograms of which no feature can be told.

    comparisons: of a drift computed from histograms, what each number rests on; a feature of which none can be told has
    a comparison alone. reference_at: unix seconds at which its reference was asked for, None where it is stored.
    """

    values: Mapping[str, float]
    at: float
    provenance: Provenance
    comparisons: Mapping[str, Comparison] = field(default_factory=lambda: NO_COMPARISONS)
    reference_at: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Points over time per member: {member: ((unix seconds, value), ...)}, oldest first.

    Steps without a value are missing, NaN never stands in for them. Never empty.
    """

    lines: Mapping[str, tuple[tuple[float, float], ...]]
    at: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class NoData:
    """The source answered, and there is nothing to see: no series, only NaN, no traffic."""

    reason: str
    at: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer for this reading: what went wrong and what to do about it."""

    error: str
    hint: str
    at: float
    provenance: Provenance


Value = Sample | Members | Series
Outcome = Value | NoData | Failed


@dataclass(frozen=True, slots=True)
class Grouped:
    """The members that a grouped SLO has now. complaint: why they may not be all of them; '' when they are."""

    members: tuple[Slo, ...]
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Readout:
    """A metrics source's answer to one poll.

    outcomes has an entry for every reading asked. warnings are the source's own (partial responses).
    skew: its clock minus ours in seconds, None if it does not tell. requests: how many it took.
    unasked: readings that failed for want of time alone, and are due still. retry_after: for how many seconds the
    source wants to be left alone, 0.0 for none.
    """

    outcomes: Mapping[Reading, Outcome]
    warnings: tuple[str, ...] = ()
    skew: float | None = None
    requests: int = 0
    unasked: frozenset[Reading] = frozenset()
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class CostPart:
    """What one part of a poll costs. name: 'window 5m', 'signals', 'recorded'.

    samples: what the server touched for it, None where it does not tell. every: the reading whose pace it keeps, or
    the seconds between two such requests (0: in every poll); None: once only.
    """

    name: str
    requests: int
    samples: int | None
    every: Reading | float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a poll of everything costs a source that was never asked before, part by part."""

    parts: tuple[CostPart, ...]

    @property
    def requests(self) -> int:
        """Requests in all."""
        return sum(part.requests for part in self.parts)

    @property
    def samples(self) -> int | None:
        """Samples in all that tell; None where none does."""
        told = [part.samples for part in self.parts if part.samples is not None]
        return sum(told) if told else None

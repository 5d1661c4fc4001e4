"""What a server is found to know of a fleet that nobody configured. Plain values; every text is untrusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncall_tui.core.burn import Tier
from oncall_tui.core.catalogue import Protocol, ServiceKind, SignalKind
from oncall_tui.core.slo import NO_LABELS, EventsSli, LatencySli, SloKind

Identity = tuple[tuple[str, str], ...]
"""The labels, with their values, that tell one service's series and alerts from others'."""


@dataclass(frozen=True, slots=True)
class FoundSlo:
    """An SLO that somebody records. objective: 0..1; period in seconds; the expressions are PromQL.

    tiers: None where the usual ones for the period are recorded. kind: None where nothing tells. remarks: what to know.
    """

    name: str
    objective: float
    period: int
    error_ratio: str
    period_error_ratio: str = ""
    by: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] | None = None
    kind: SloKind | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    origin: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundSignal:
    """A quantity that is measured. by: the label that tells its members apart, '' for a single value."""

    name: str
    kind: SignalKind
    query: str
    by: str = ""
    unit: str = ""
    warn: float | None = None
    crit: float | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ProposedSlo:
    """An SLO that the metrics would allow, and nobody has promised: its objective is not ours to choose."""

    name: str
    sli: EventsSli | LatencySli
    remark: str = ""


@dataclass(frozen=True, slots=True)
class FoundEndpoint:
    """Where a model server is scraped: it may answer there, and it may not be reachable from here."""

    protocol: Protocol
    url: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class FoundRecipe:
    """Ready-made signals that fit, by their name; identity: whose series they are of."""

    name: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class FoundService:
    """What has SLOs or signals. name: as the labels say it, in any characters."""

    name: str
    identity: Identity = ()
    kind: ServiceKind = ServiceKind.OTHER
    slos: tuple[FoundSlo, ...] = ()
    signals: tuple[FoundSignal, ...] = ()
    proposals: tuple[ProposedSlo, ...] = ()
    endpoints: tuple[FoundEndpoint, ...] = ()
    remarks: tuple[str, ...] = ()
    recipes: tuple[FoundRecipe, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything found on one server. remarks: what could not be asked or is left out. requests: how many it took.

    alertmanagers: base URLs of those to ask.
    """

    url: str
    services: tuple[FoundService, ...] = ()
    alertmanagers: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    requests: int = 0

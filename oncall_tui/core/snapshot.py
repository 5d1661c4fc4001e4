"""The immutable view of everything at one moment, each part with its own age and its own trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum

from oncall_tui.core.alerts import Alert, AlertGroup, Silence
from oncall_tui.core.canary import CanaryResult
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.dead_man import Heartbeat
from oncall_tui.core.duration import humanize
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Failed, Members, NoData, Reading, Sample, Series, Value
from oncall_tui.core.routing import Routing

STALE_AFTER_POLLS = 3
"""A figure older than this many of its own intervals is not trusted."""

RECENT = 5
"""Values of a signal that are remembered, to tell a move from a spike."""

SKEW_LIMIT = 30.0
"""Seconds between a source's clock and ours from which on it is told."""


class SourceKind(StrEnum):
    """What a source is."""

    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"
    ENDPOINTS = "endpoints"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How one source does. interval: seconds between polls; answered_at: unix seconds of the last answer.

    failures counts in a row. next_at: when it is asked next, None while paused. skew: its clock minus ours, seconds.
    cluster: of an Alertmanager, the cluster it is in: the source of its alerts and silences; '' of any other source.
    """

    name: str
    kind: SourceKind
    url: str
    interval: float
    answered_at: float | None = None
    failures: int = 0
    error: str = ""
    hint: str = ""
    next_at: float | None = None
    warnings: tuple[str, ...] = ()
    skew: float | None = None
    version: str = ""
    requests: int = 0
    """Requests the last poll took."""
    cluster: str = ""

    @property
    def trouble(self) -> str:
        """What its last poll failed with, without its own name in front; '' if it did not fail."""
        return self.error.removeprefix(f"{self.name}: ")

    def live(self, now: float) -> bool:
        """Whether it answered within its last three intervals."""
        return self.answered_at is not None and now - self.answered_at <= STALE_AFTER_POLLS * self.interval

    def silence(self, now: float) -> str:
        """How long it has said nothing, in words."""
        return "no answer yet" if self.answered_at is None else f"no answer for {humanize(now - self.answered_at)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """The latest that is known of one reading. every: seconds between polls of it.

    value is the last that was had; trouble is why the newest attempt gave none (None: it gave one). recent: for a
    signal, the last RECENT values that were had, oldest first, value among them.
    """

    every: float
    source: str
    value: Value | None = None
    trouble: NoData | Failed | None = None
    recent: tuple[Members, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything known at one moment (unix seconds). Missing figures and probes have not been asked for yet.

    demo: whether any of it is simulated. replay: of a recording that plays, how it does ('10x', 'paused').
    """

    at: float
    catalogue: Catalogue
    sources: Mapping[str, SourceHealth] = field(default_factory=dict)
    figures: Mapping[Reading, Figure] = field(default_factory=dict)
    _: KW_ONLY
    alerts: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()
    """Alerts that resolved a moment ago, the last first; none of them is among alerts."""
    begun: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How often an alert was seen to begin within the last hour, by its key, where that is more than once."""
    groups: tuple[AlertGroup, ...] = ()
    silences: tuple[Silence, ...] = ()
    expired: tuple[Silence, ...] = ()
    """Silences that ended lately."""
    snoozed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Until when (unix seconds) an alert is snoozed on this machine, by its key."""
    heartbeats: tuple[Heartbeat, ...] = ()
    """How each dead-man switch does at each cluster; what is missing is among the alerts, too."""
    routings: Mapping[str, Routing] = field(default_factory=dict)
    """The routes of each cluster of Alertmanagers that told them."""
    probes: Mapping[str, Probe] = field(default_factory=dict)
    canaries: Mapping[str, CanaryResult] = field(default_factory=dict)
    demo: bool = False
    paused: bool = False
    replay: str = ""

    def trusted(self, reading: Reading) -> Value | None:
        """The reading's value if it may be believed now: its source answers and it is neither missing nor stale."""
        figure = self.figures.get(reading)
        if figure is None or figure.value is None or self.doubt(reading):
            return None
        return figure.value

    def doubt(self, reading: Reading) -> str:
        """Why the reading may not be believed now, in a few words; '' when it may."""
        figure = self.figures.get(reading)
        if figure is None:
            return self._none_answered() or "not asked yet"
        if isinstance(figure.trouble, NoData):
            return figure.trouble.reason
        source = self.sources.get(figure.source)
        if source is not None and not source.live(self.at):
            return f"{source.name}: {source.trouble or 'no answer'}"
        if figure.value is None:
            return figure.trouble.error if figure.trouble else "not asked yet"
        if self.at - figure.value.at > STALE_AFTER_POLLS * figure.every:
            return figure.trouble.error if figure.trouble else "stale"
        return ""

    def _none_answered(self) -> str:
        """Why nothing could be asked: what the first failed with where no Prometheus ever answered; else ''."""
        asked = [source for source in self.sources.values() if source.kind is SourceKind.PROMETHEUS]
        if not asked or any(source.answered_at is not None or not source.failures for source in asked):
            return ""
        return f"{asked[0].name}: {asked[0].trouble}"

    def alerts_doubt(self) -> str:
        """Why the list of alerts may lack some now, in a few words; '' when every cluster of Alertmanagers answers.

        One member that answers speaks for its cluster. Where none is configured, no list of alerts is ever complete.
        """
        if not any(source.kind is SourceKind.ALERTMANAGER for source in self.sources.values()):
            return "no Alertmanager is configured"
        silent = [source for source in self.silent() if source.kind is SourceKind.ALERTMANAGER]
        return "; ".join(f"{source.name}: {source.trouble or source.silence(self.at)}" for source in silent)

    def clusters(self) -> tuple[str, ...]:
        """The names of all clusters of Alertmanagers; one that stands alone is a cluster too."""
        return tuple(dict.fromkeys(source.cluster for source in self.sources.values() if source.cluster))

    def silent(self) -> tuple[SourceHealth, ...]:
        """The sources that do not answer and for which no other answers."""
        spoken_for = {source.cluster for source in self.sources.values() if source.cluster and source.live(self.at)}
        return tuple(one for one in self.sources.values() if not one.live(self.at) and one.cluster not in spoken_for)

    def late(self, now: float) -> bool:
        """Whether the poller itself has fallen behind: it takes a snapshot at least once an interval."""
        pulse = min((source.interval for source in self.sources.values()), default=15.0)
        return now - self.at > STALE_AFTER_POLLS * pulse

    def sample(self, reading: Reading) -> Sample | None:
        """The trusted value of a reading that is answered by a Sample."""
        value = self.trusted(reading)
        return value if isinstance(value, Sample) else None

    def members(self, reading: Reading) -> Members | None:
        """The trusted value of a reading that is answered by Members."""
        value = self.trusted(reading)
        return value if isinstance(value, Members) else None

    def series(self, reading: Reading) -> Series | None:
        """The trusted value of a reading that is answered by a Series."""
        value = self.trusted(reading)
        return value if isinstance(value, Series) else None

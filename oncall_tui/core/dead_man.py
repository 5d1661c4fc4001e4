"""Dead-man switches: alerts that always fire, so that their absence tells that no alert may be arriving at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from oncall_tui.core.alerts import Alert
from oncall_tui.core.matchers import Matcher

OURS = "this dashboard"
"""The source of the alerts that the dashboard raises itself."""


@dataclass(frozen=True, slots=True)
class DeadMan:
    """name: as people call it. matchers: what the always-firing alert satisfies.

    after: seconds of absence from which on it is missing: an Alertmanager that was restarted is told anew within a
    minute or two. clusters: of Alertmanagers that must have it; () for all.
    """

    name: str
    matchers: tuple[Matcher, ...]
    after: float = 180.0
    clusters: tuple[str, ...] = ()


class Pulse(StrEnum):
    """BEATING: it fires. UNSURE: it does not, not for long enough, or its Alertmanagers do not answer. MISSING."""

    BEATING = "beating"
    UNSURE = "unsure"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One switch at one cluster. absent_since: unix seconds since which it is looked for in vain, None while it fires.

    seen_at: when it was seen last, None for never since this program began.
    """

    switch: DeadMan
    cluster: str
    pulse: Pulse
    absent_since: float | None = None
    seen_at: float | None = None

    @property
    def alert(self) -> Alert | None:
        """The alert that it is missing, a page of the dashboard's own; None while it is not."""
        if self.pulse is not Pulse.MISSING or self.absent_since is None:
            return None
        name, since = self.switch.name, self.absent_since
        seen = "It was never seen since oncall-tui began"
        if self.seen_at is not None:
            seen = f"It was last seen at {datetime.fromtimestamp(self.seen_at, UTC):%H:%M:%SZ on %Y-%m-%d}"
        labels = {"alertname": f"{name}Missing", "severity": "page", "cluster": self.cluster, "switch": name}
        words = {
            "summary": f"{name}, which always fires, is not at {self.cluster}: no alert may be arriving there at all",
            "description": f"{seen}. Does Prometheus run, evaluate its rules, and reach this Alertmanager? "
            f"Nobody can say whether other alerts of {self.cluster} are all there are.",
        }
        return Alert(OURS, f"dead-man:{name}:{self.cluster}", labels, words, starts_at=since, updated_at=since)


class Heartbeats:
    """Remembers when each switch was seen last at each cluster."""

    def __init__(self, switches: Sequence[DeadMan] = ()) -> None:
        self._switches = tuple(switches)
        self._seen: dict[tuple[str, str], float] = {}
        self._absent: dict[tuple[str, str], float] = {}
        self._looked: dict[tuple[str, str], tuple[Sequence[Alert], bool]] = {}

    def look(
        self,
        clusters: Sequence[str],
        answering: Mapping[str, Sequence[Alert]],
        now: float,
        cluster_of: Callable[[str], str] = str,
    ) -> tuple[Heartbeat, ...]:
        """How each switch does at each cluster that it is for.

        answering: the alerts of every cluster that answers. Of one that does not nothing is known: it is not blamed.
        cluster_of: the cluster that an Alertmanager of a name is in; '' for what is no Alertmanager's name.
        """
        return tuple(
            self._beat(switch, cluster, answering.get(cluster), now)
            for switch in self._switches
            for cluster in dict.fromkeys(cluster_of(name) or name for name in switch.clusters or clusters)
        )

    def _beat(self, switch: DeadMan, cluster: str, alerts: Sequence[Alert] | None, now: float) -> Heartbeat:
        key = (switch.name, cluster)
        if alerts is not None:
            if self._has(key, switch, alerts):
                self._seen[key] = now
                self._absent.pop(key, None)
                return Heartbeat(switch, cluster, Pulse.BEATING, None, now)
            self._absent.setdefault(key, now)
        since = self._absent.get(key)
        missing = alerts is not None and since is not None and now - since >= switch.after
        return Heartbeat(switch, cluster, Pulse.MISSING if missing else Pulse.UNSURE, since, self._seen.get(key))

    def _has(self, key: tuple[str, str], switch: DeadMan, alerts: Sequence[Alert]) -> bool:
        """Whether it is among them; thousands that are the very ones of the last time are not looked through again."""
        looked = self._looked.get(key)
        if looked is None or looked[0] is not alerts:
            found = any(all(matcher.matches(alert.labels) for matcher in switch.matchers) for alert in alerts)
            looked = self._looked[key] = (alerts, found)
        return looked[1]

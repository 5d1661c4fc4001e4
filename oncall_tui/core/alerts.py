"""Alerts, silences, and what an acknowledgement is: a short silence whose comment starts with ACK!."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.routing import Routing
from oncall_tui.core.slo import NO_LABELS

ACK_PREFIX = "ACK!"
"""What kthxbye extends and karma shows as an acknowledgement."""

KEPT_MARK = "(kept while firing"
"""Stands in the comment of an acknowledgement that is extended as long as what it hides fires."""


class Phase(StrEnum):
    """What has become of an alert, loudest first."""

    FIRING = "firing"
    ACKNOWLEDGED = "acked"
    PENDING = "pending"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    MUTED = "muted"
    """By a time interval of its route."""
    RESOLVED = "resolved"
    """It fires no more; kept for a while so that it can be seen."""


class Urgency(StrEnum):
    """How an alert's severity label is understood."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


_PAGE = frozenset({"page", "critical", "crit", "emergency", "fatal", "p1", "sev1"})
_INFO = frozenset({"info", "none", "debug", "notice"})


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as its source tells it. Times are unix seconds; labels and annotations are untrusted text.

    source: name of the Alertmanager, or of the Prometheus for a pending one. silenced_by: silence ids.
    inhibited_by: fingerprints of the alerts that inhibit it. muted_by: names of the time intervals that mute it.
    resolved_at: when it was seen to fire no more, None while it does.
    """

    source: str
    fingerprint: str
    labels: Mapping[str, str] = field(hash=False)
    annotations: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, hash=False)
    starts_at: float = 0.0
    updated_at: float = 0.0
    generator_url: str = ""
    receivers: tuple[str, ...] = ()
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    muted_by: tuple[str, ...] = ()
    pending: bool = False
    resolved_at: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other alert: source and fingerprint. Stable over polls."""
        return (self.source, self.fingerprint)

    @property
    def name(self) -> str:
        """The alertname label; '' if it has none."""
        return self.labels.get("alertname", "")

    @property
    def severity(self) -> str:
        """The severity label as written (Sloth's, where there is no plain one)."""
        return self.labels.get("severity") or self.labels.get("sloth_severity", "")

    @property
    def urgency(self) -> Urgency:
        """The severity as the dashboard counts it; an unknown word is a TICKET, so that it is not lost."""
        return _urgency_of(self.severity)

    @property
    def runbook_url(self) -> str:
        """The link its author gave: the runbook_url annotation or label, else the runbook annotation; '' if none."""
        return (
            self.annotations.get("runbook_url") or self.labels.get("runbook_url") or self.annotations.get("runbook", "")
        )


@lru_cache(maxsize=256)
def _urgency_of(severity: str) -> Urgency:
    word = severity.lower()
    return Urgency.PAGE if word in _PAGE else Urgency.INFO if word in _INFO else Urgency.TICKET


class SilenceState(StrEnum):
    """As Alertmanager says."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence as its Alertmanager tells it. Times are unix seconds; author, comment and annotations are untrusted.

    annotations: structured data beside the comment, which Alertmanager keeps from 0.32 on.
    """

    source: str
    id: str
    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float
    author: str
    comment: str
    state: SilenceState
    updated_at: float = 0.0
    annotations: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, hash=False)

    @property
    def is_ack(self) -> bool:
        """Whether it is an acknowledgement."""
        return self.comment.startswith(ACK_PREFIX)

    @property
    def is_kept(self) -> bool:
        """Whether it is an acknowledgement that is extended while its alerts fire: its end is no end yet."""
        return self.is_ack and KEPT_MARK in self.comment

    def hides(self, labels: Mapping[str, str]) -> bool:
        """Whether every matcher is satisfied, as Alertmanager decides it. Its state is not looked at."""
        return bool(self.matchers) and all(matcher.matches(labels) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class SilenceDraft:
    """A silence to be made, or to be changed. Times are unix seconds.

    id: of the silence to change, '' for a new one. Alertmanager changes author, comment and end in place as long as
    the silence is active and its matchers and start stay; anything else it makes a new silence of, and ends the old.
    annotations: only sent to an Alertmanager that keeps them.
    """

    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float
    author: str
    comment: str
    id: str = ""
    annotations: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, hash=False)

    @property
    def matches_everything(self) -> bool:
        """Whether an alert with no labels at all would be hidden: such a silence hides everything and is refused."""
        return all(matcher.matches(NO_LABELS) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """A group as Alertmanager routes it: its labels, its receiver, its alerts' fingerprints."""

    source: str
    labels: Mapping[str, str] = field(hash=False)
    receiver: str
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertBoard:
    """Everything one Alertmanager said in one poll. skew: its clock minus ours in seconds, None if it does not tell.

    peers: the names its gossip knows, its own among them; () where it does not gossip or has not told yet.
    config: its configuration as YAML, with <secret> in place of secrets; '' where it has not told. routing: the routes
    in it; None where there are none that could be understood.
    silences_error: why silences are lacking, in a few words; '' when all are there.
    silences: those that are not over. expired: those that ended lately, newest first; they hide nothing.
    """

    alerts: tuple[Alert, ...] = ()
    groups: tuple[AlertGroup, ...] = ()
    silences: tuple[Silence, ...] = ()
    version: str = ""
    skew: float | None = None
    peers: tuple[str, ...] = ()
    config: str = ""
    silences_error: str = ""
    expired: tuple[Silence, ...] = ()
    routing: Routing | None = None


def exact_matchers(labels: Mapping[str, str]) -> tuple[Matcher, ...]:
    """Matchers for this very label set, sorted by name; empty labels are left out, as Alertmanager wants."""
    return tuple(Matcher(name, MatchOp.EQUAL, value) for name, value in sorted(labels.items()) if value)


def ack_of(alert: Alert, silences: Iterable[Silence]) -> Silence | None:
    """The acknowledgement that hides the alert, the one that lasts longest; None if nobody has it."""
    acks = [s for s in silences if s.source == alert.source and s.id in alert.silenced_by and s.is_ack]
    return max(acks, key=lambda silence: silence.ends_at, default=None)


def phase_of(alert: Alert, silences: Iterable[Silence]) -> Phase:
    """What has become of the alert, from what its Alertmanager says of it."""
    if alert.resolved_at is not None:
        return Phase.RESOLVED
    if alert.pending:
        return Phase.PENDING
    if alert.silenced_by:
        return Phase.ACKNOWLEDGED if ack_of(alert, silences) else Phase.SILENCED
    if alert.inhibited_by:
        return Phase.INHIBITED
    return Phase.MUTED if alert.muted_by else Phase.FIRING

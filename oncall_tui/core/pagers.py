"""Which open incident of a pager an alert is, and how certain that is.

Alertmanager hashes a group's key before it pages, and tells neither over its API: an incident is found by listing and
comparing. Only a key that the configuration knows how to make is certain; two that fit alike never are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from oncall_tui.core.alerts import Alert, Urgency
from oncall_tui.core.duration import humanize
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.placeholders import Facts

TEXT_LIMIT = 65_536
"""Characters of an incident's details that are searched."""
NEAR = 900.0
"""Seconds after an alert began in which an incident of its own is made, grouping and a pager's delay included."""
BEFORE = 120.0
"""Seconds by which clocks may differ."""

NOTHING: Mapping[str, str] = MappingProxyType({})
_OFTEN_RENAMED = frozenset({"severity", "priority"})
"""Labels that a pager has words of its own for: another value does not mean another alert."""


class IncidentState(StrEnum):
    """What a pager says of an incident, in one set of words."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """How sure it is that an incident is an alert's. UNSURE is never acknowledged unasked."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNSURE = "not certain"


@dataclass(frozen=True, slots=True)
class PagedAlert:
    """An alert with the labels of the group it was sent in, which are none where that is not known."""

    alert: Alert
    group: Mapping[str, str] = field(default_factory=lambda: NOTHING, hash=False)

    def facts(self, author: str = "", note: str = "") -> Facts:
        """What a template may name."""
        alert = self.alert
        words = {
            "fingerprint": alert.fingerprint,
            "source": alert.source,
            "starts_at": datetime.fromtimestamp(alert.starts_at, UTC).isoformat().replace("+00:00", "Z"),
            "generator_url": alert.generator_url,
            "author": author,
            "note": note,
        }
        return Facts(alert.labels, alert.annotations, self.group, words)


@dataclass(frozen=True, slots=True)
class PagedIncident:
    """An incident (or alert, or alert group) as its pager tells it. All text is untrusted.

    id: what the pager's API knows it by. number: what people call it. created_at: unix seconds, 0.0 if not told.
    keys: its deduplication keys. labels: those it carries as such. text: its details. holder: who acknowledged it.
    """

    id: str
    number: str = ""
    title: str = ""
    state: IncidentState = IncidentState.TRIGGERED
    url: str = ""
    created_at: float = 0.0
    keys: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=lambda: NOTHING, hash=False)
    text: str = field(default="", repr=False)
    holder: str = ""

    @property
    def called(self) -> str:
        """'#1423' or whatever it has; never ''."""
        return f"#{self.number}" if self.number else self.id or "it"


@dataclass(frozen=True, slots=True)
class Match:
    """An incident that may be an alert's. why: in words. strength: of two, the greater fits better."""

    incident: PagedIncident
    certainty: Certainty
    why: str
    strength: tuple[int, float] = (0, 0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """What a pager has for one alert, the best first. note: what to know of the search, '' for nothing."""

    matches: tuple[Match, ...] = ()
    note: str = ""

    @property
    def pick(self) -> Match | None:
        """The one that is acknowledged unasked: at least likely, and no other fits as well."""
        if not self.matches or self.matches[0].certainty is Certainty.UNSURE or len(self.alike) > 1:
            return None
        return self.matches[0]

    @property
    def alike(self) -> tuple[Match, ...]:
        """Those that fit as well as the best."""
        return tuple(match for match in self.matches if match.strength == self.matches[0].strength)

    @property
    def doubt(self) -> str:
        """Why there is no pick, in words; '' where there is one."""
        if not self.matches:
            return "no open incident fits"
        if len(self.alike) > 1:
            return f"{len(self.alike)} incidents fit alike"
        return "" if self.pick else self.matches[0].why


@dataclass(frozen=True, slots=True)
class PagerOutcome:
    """What came of acknowledging. incident: as read back, None where it could not be.

    confirmed: the pager shows it as acknowledged. note: why it is not confirmed, or what else to know.
    """

    confirmed: bool
    incident: PagedIncident | None = None
    note: str = ""


def goes_to(alert: Alert, matchers: Sequence[Matcher]) -> bool:
    """Whether an alert is a pager's: it fires and satisfies every matcher; with none, it is a page."""
    if alert.pending:
        return False
    if not matchers:
        return alert.urgency is Urgency.PAGE
    return all(matcher.matches(alert.labels) for matcher in matchers)


def match_incidents(paged: PagedAlert, incidents: Iterable[PagedIncident], key: str = "") -> tuple[Match, ...]:
    """The open incidents that may be the alert's, the best first; of equals the one made nearest to its beginning.

    key: what the configuration makes of the alert as its deduplication key, '' for none.
    """
    found = (_match(paged, incident, key) for incident in incidents if incident.state in _OPEN)
    return tuple(sorted((match for match in found if match), key=lambda match: _order(paged.alert, match)))


def worth_a_look(alerts: Sequence[Alert], incidents: Sequence[PagedIncident], most: int) -> tuple[PagedIncident, ...]:
    """The incidents whose details are worth fetching, at most so many: named in the title first, then near in time."""
    ranked = []
    for incident in incidents:
        best = min((_rank(alert, incident) for alert in alerts), default=(2, 0.0))
        if best[0] < 2:
            ranked.append((best, incident))
    ranked.sort(key=lambda pair: pair[0])
    return tuple(incident for _, incident in ranked[:most])


_OPEN = (IncidentState.TRIGGERED, IncidentState.ACKNOWLEDGED)


def _order(alert: Alert, match: Match) -> tuple[int, float, float]:
    return (-match.strength[0], -match.strength[1], _distance(alert, match.incident))


def _rank(alert: Alert, incident: PagedIncident) -> tuple[int, float]:
    distance = _distance(alert, incident)
    if _titled(alert, incident) is not None:
        return (0, distance)
    return (1 if _near(alert, incident) else 2, distance)


def _match(paged: PagedAlert, incident: PagedIncident, key: str) -> Match | None:
    alert = paged.alert
    if key and key in incident.keys:
        return Match(incident, Certainty.CERTAIN, "it has the key that the configuration makes", (5, 0.0))
    if _another(alert, incident):
        return None
    text = incident.text[:TEXT_LIMIT]
    if alert.fingerprint and _has_word(text, alert.fingerprint):
        return Match(incident, Certainty.LIKELY, "its details name the alert's fingerprint", (4, 0.0))
    labels = {name: value for name, value in alert.labels.items() if value}
    carried = {n for n, value in labels.items() if incident.labels.get(n) == value or _says(text, n, value)}
    if labels and len(carried) == len(labels):
        return Match(incident, Certainty.LIKELY, f"its details carry all {len(labels)} labels", (3, 0.0))
    if paged.group and carried >= {name for name, value in paged.group.items() if value}:
        # The alert may have joined the group after it paged; or this is another Alertmanager's group.
        why = f"its details carry the labels of the alert's group, and {len(carried)} of its own {len(labels)}"
        return Match(incident, Certainty.UNSURE, why, (2, round(len(carried) / len(labels), 3)))
    share = _titled(alert, incident)
    if share is None and "alertname" in carried:
        share = len(carried) / len(labels)
    if share is None:
        return None
    return Match(incident, Certainty.UNSURE, _unsure(alert, incident), (1, round(share, 3)))


def _another(alert: Alert, incident: PagedIncident) -> bool:
    """Whether the incident carries a label of the alert with another value."""
    shared = (alert.labels.keys() & incident.labels.keys()) - _OFTEN_RENAMED
    return any(alert.labels[name] != incident.labels[name] for name in shared)


def _titled(alert: Alert, incident: PagedIncident) -> float | None:
    """The share of the alert's label values in the title, 0..1; None where its name is not in it."""
    if not alert.name or not _has_word(incident.title, alert.name):
        return None
    values = [value for value in alert.labels.values() if value]
    return sum(_has_word(incident.title, value) for value in values) / len(values)


def _unsure(alert: Alert, incident: PagedIncident) -> str:
    where = "title names" if alert.name and _has_word(incident.title, alert.name) else "details name"
    if not incident.created_at or not alert.starts_at:
        return f"only its {where} the alert"
    apart = incident.created_at - alert.starts_at
    when = f"{humanize(abs(apart))} {'after' if apart >= 0 else 'before'} the alert began"
    return f"only its {where} the alert; it was made {when}"


def _near(alert: Alert, incident: PagedIncident) -> bool:
    return bool(incident.created_at) and -BEFORE <= incident.created_at - alert.starts_at <= NEAR


def _distance(alert: Alert, incident: PagedIncident) -> float:
    return abs(incident.created_at - alert.starts_at) if incident.created_at else float("inf")


def _has_word(text: str, word: str) -> bool:
    """Whether word stands in text by itself; case is ignored."""
    folded, sought = text.casefold(), word.casefold()
    at = folded.find(sought)
    while at >= 0:
        before, after = folded[at - 1 : at], folded[at + len(sought) : at + len(sought) + 1]
        if not _joined(before) and not _joined(after):
            return True
        at = folded.find(sought, at + 1)
    return False


def _joined(neighbour: str) -> bool:
    return neighbour.isalnum() or neighbour in ("_", "-") if neighbour else False


def _says(text: str, name: str, value: str) -> bool:
    """Whether text says that the label has the value: name = value, name: value, "name":"value" and their like."""
    if value not in text or name not in text:
        return False
    said = rf"""(?<![\w.-]){re.escape(name)}["']?\s*[=:]\s*["']?{re.escape(value)}(?=["'\s,;}})\]]|$)"""
    return re.search(said, text, re.MULTILINE) is not None

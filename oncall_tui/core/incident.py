"""Incidents, built from what the journal holds and nothing else. Pure; every text of them is untrusted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from oncall_tui.core.events import Event, EventKind, order_of

KINDS = frozenset(
    {
        EventKind.INCIDENT_OPENED,
        EventKind.INCIDENT_JOINED,
        EventKind.INCIDENT_CHANGED,
        EventKind.INCIDENT_MERGED,
        EventKind.INCIDENT_NOTE,
        EventKind.INCIDENT_FINDING,
        EventKind.INCIDENT_EXPORTED,
    }
)
"""Entries that say what an incident is, and what people wrote into it."""
ACTION_KINDS = frozenset({EventKind.ACTION_OPENED, EventKind.ACTION_CLOSED})
WATCHMAN = "oncall-tui"
"""Who does what nobody did: opens by a page, closes when it has been quiet."""


class Status(StrEnum):
    """How far an incident is."""

    OPEN = "open"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How grave it is, worst first."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"


ROLES = ("commander", "operations", "communications", "scribe")
"""The usual ones, offered; any other word will do."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. Times are unix seconds.

    began: when what it is about began, as far as its alerts tell; opened_at: when it was opened here. mitigated_at,
    resolved_at: None while it is not. alerts: fingerprints. roles: who by role. merged: the ids of those that go on in
    this one; into: the id of the one in which this one goes on, '' for none.
    """

    id: str
    title: str
    severity: Severity
    status: Status
    began: float
    opened_at: float
    opened_by: str
    services: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict, hash=False)
    mitigated_at: float | None = None
    resolved_at: float | None = None
    merged: tuple[str, ...] = ()
    into: str = ""

    @property
    def going_on(self) -> bool:
        """Whether it is not over, and not a part of another."""
        return self.status is not Status.RESOLVED and not self.into

    def lasted(self, now: float) -> float:
        """Seconds from its beginning to its end, or until now."""
        return max(0.0, (now if self.resolved_at is None else self.resolved_at) - self.began)


@dataclass(frozen=True, slots=True)
class ActionItem:
    """Something to be done about an incident. closed_at: None while it is open. incident: '' for none."""

    id: str
    text: str
    owner: str
    incident: str
    opened_at: float
    opened_by: str
    closed_at: float | None = None
    closed_by: str = ""


def new_id(at: float, *what: str) -> str:
    """'1126-k3vq': the day (UTC) and four letters made from what; the same for all who open it for the same reason."""
    letters = hashlib.sha256("\0".join((f"{at:.0f}", *what)).encode(errors="replace")).digest()
    alphabet = "abcdefghkmnpqrstvwxyz2345679"
    return datetime.fromtimestamp(at, UTC).strftime("%m%d-") + "".join(alphabet[b % 28] for b in letters[:4])


def incidents(events: Iterable[Event]) -> tuple[Incident, ...]:
    """The incidents that entries tell of, the newest first, merged ones included.

    What is told twice counts once; entries about an incident whose opening is not among them say nothing.
    """
    found: dict[str, Incident] = {}
    for event in sorted(events, key=order_of):
        _take(found, event)
    targets = {one.id: _target(found, one) for one in found.values()}
    for one in list(found.values()):
        target = targets[one.id]
        if target is None:
            found[one.id] = replace(found[one.id], into="")
        elif target != one.id:
            found[target] = _with(found[target], found[one.id])
            found[one.id] = replace(found[one.id], into=target)
    return _newest_first(found.values())


def with_entry(known: Sequence[Incident], event: Event) -> tuple[Incident, ...]:
    """The incidents, newest first, with one more entry about them that merges none: as if all were read again."""
    found = {one.id: one for one in known}
    _take(found, event)
    return _newest_first(found.values())


def _take(found: dict[str, Incident], event: Event) -> None:
    """What an entry says of the incident that it is about; nothing where that was never opened."""
    known = found.get(event.subject)
    if event.kind == EventKind.INCIDENT_OPENED:
        found[event.subject] = _joined(known, event) if known else _opened(event)
    elif known is not None:
        found[event.subject] = _after(known, event)


def _newest_first(found: Iterable[Incident]) -> tuple[Incident, ...]:
    return tuple(sorted(found, key=lambda one: (one.began, one.id), reverse=True))


def actions(events: Iterable[Event]) -> tuple[ActionItem, ...]:
    """The action items that entries tell of, oldest first."""
    found: dict[str, ActionItem] = {}
    for event in sorted(events, key=order_of):
        known = found.get(event.subject)
        if event.kind == EventKind.ACTION_OPENED and known is None:
            text, owner, incident = (text_of(event, name) for name in ("text", "owner", "incident"))
            found[event.subject] = ActionItem(event.subject, text, owner, incident, event.at, event.actor)
        elif event.kind == EventKind.ACTION_CLOSED and known is not None and known.closed_at is None:
            found[event.subject] = replace(known, closed_at=event.at, closed_by=event.actor)
    return tuple(found.values())


def still_open(events: Sequence[Event]) -> Collection[int]:
    """Ids of the entries that retention must carry on: those of incidents that go on, and of open action items."""
    going_on: set[str] = set()
    for one in incidents(events):
        if one.going_on:
            going_on |= {one.id, *one.merged}
    going_on |= {item.id for item in actions(events) if item.closed_at is None}
    return [event.id for event in events if event.subject in going_on]


def text_of(event: Event, name: str) -> str:
    """A text of the payload; '' where there is none."""
    value = event.payload.get(name)
    return value if isinstance(value, str) else ""


def texts_of(event: Event, name: str) -> tuple[str, ...]:
    """A list of texts of the payload; what is none is left out."""
    value = event.payload.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _number(event: Event, name: str) -> float | None:
    value = event.payload.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _opened(event: Event) -> Incident:
    began = _number(event, "began")
    return Incident(
        id=event.subject,
        title=text_of(event, "title") or event.subject,
        severity=_severity(text_of(event, "severity")),
        status=Status.OPEN,
        began=event.at if began is None else began,
        opened_at=event.at,
        opened_by=event.actor,
        services=texts_of(event, "services"),
        alerts=texts_of(event, "alerts"),
    )


def _severity(word: str) -> Severity:
    return Severity(word) if word in list(Severity) else Severity.SEV3


def _joined(known: Incident, event: Event) -> Incident:
    began = _number(event, "began")
    return replace(
        known,
        services=_union(known.services, texts_of(event, "services")),
        alerts=_union(known.alerts, texts_of(event, "alerts")),
        began=known.began if began is None else min(known.began, began),
    )


def _after(known: Incident, event: Event) -> Incident:
    match event.kind:
        case EventKind.INCIDENT_JOINED:
            return _joined(known, event)
        case EventKind.INCIDENT_MERGED:
            return replace(known, into=text_of(event, "into"))
        case EventKind.INCIDENT_CHANGED:
            return _changed(known, event, text_of(event, "field"), text_of(event, "value"))
    return known


def _changed(known: Incident, event: Event, name: str, value: str) -> Incident:
    match name:
        case "status" if value in list(Status):
            return _with_status(known, Status(value), event.at)
        case "severity":
            return replace(known, severity=_severity(value))
        case "title" if value:
            return replace(known, title=value)
        case "role" if role := text_of(event, "role"):
            roles = {**known.roles, role: value}
            return replace(known, roles={role: who for role, who in roles.items() if who})
    return known


def _with_status(known: Incident, status: Status, at: float) -> Incident:
    """An instance that says again what is so already changes no time."""
    if status is known.status:
        return known
    match status:
        case Status.OPEN:
            return replace(known, status=status, mitigated_at=None, resolved_at=None)
        case Status.MITIGATED:
            return replace(known, status=status, mitigated_at=at, resolved_at=None)
        case Status.RESOLVED:
            mitigated = at if known.mitigated_at is None else known.mitigated_at
            return replace(known, status=status, mitigated_at=mitigated, resolved_at=at)


def _target(found: Mapping[str, Incident], one: Incident) -> str | None:
    """The id of the incident in which it goes on in the end, its own where it stands alone.

    None where it was merged into nothing that is known, or in a circle.
    """
    seen, at = {one.id}, one
    while at.into:
        if at.into not in found or at.into in seen:
            return None
        seen.add(at.into)
        at = found[at.into]
    return at.id


def _with(whole: Incident, part: Incident) -> Incident:
    return replace(
        whole,
        services=_union(whole.services, part.services),
        alerts=_union(whole.alerts, part.alerts),
        began=min(whole.began, part.began),
        roles={**part.roles, **whole.roles},
        merged=_union(whole.merged, (part.id,)),
    )


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))

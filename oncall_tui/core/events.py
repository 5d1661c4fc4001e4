"""What the journal keeps: facts, each with its moment, who did it, and what it was about. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NOTHING: Mapping[str, object] = MappingProxyType({})


class EventKind(StrEnum):
    """What happened. An intention is written before the act, its outcome after it, both under the intent's id."""

    ACK_INTENDED = "ack.intended"
    ACK_DONE = "ack.done"
    ACK_FAILED = "ack.failed"
    TAKE_BACK_INTENDED = "take-back.intended"
    TAKE_BACK_DONE = "take-back.done"
    TAKE_BACK_FAILED = "take-back.failed"
    PAGE_ACK_INTENDED = "page.ack.intended"
    PAGE_ACK_DONE = "page.ack.done"
    PAGE_ACK_FAILED = "page.ack.failed"
    """Also, with no intent before it, when no incident was found, or none for certain."""
    SILENCE_INTENDED = "silence.intended"
    """One is to be made, extended, changed or kept (an ack that goes on by itself); the payload's `what` says which."""
    SILENCE_DONE = "silence.done"
    SILENCE_FAILED = "silence.failed"
    SILENCE_END_INTENDED = "silence.end-intended"
    SILENCE_END_DONE = "silence.end-done"
    SILENCE_END_FAILED = "silence.end-failed"
    STEP_INTENDED = "step.intended"
    STEP_ENDED = "step.ended"
    STEP_FAILED = "step.failed"
    """It never started."""
    STEP_CLAIMED = "step.claimed"
    """Of several instances the one whose claim is first runs the diagnosis of this alert."""
    STEP_VERIFIED = "step.verified"
    """What became of the signal that a step was to move."""
    ALERT_STATE = "alert.state"
    """An alert began, changed its phase or ended; as every `.state`, one entry a change, the payload's `state` says to
    what."""
    SLO_STATE = "slo.state"
    SIGNAL_STATE = "signal.state"
    ENDPOINT_STATE = "endpoint.state"
    SOURCE_STATE = "source.state"
    VERSION_STATE = "version.state"
    """Another version of a model answers at an endpoint; the payload's `state` is its name."""
    INCIDENT_OPENED = "incident.opened"
    """As every `incident.`, with the incident's id as its subject."""
    INCIDENT_JOINED = "incident.joined"
    """Further services and alerts belong to it."""
    INCIDENT_CHANGED = "incident.changed"
    """Its status, severity, title or a role: the payload's `field` is now `value`."""
    INCIDENT_MERGED = "incident.merged"
    """It went on as part of another: the payload's `into`."""
    INCIDENT_NOTE = "incident.note"
    INCIDENT_FINDING = "incident.finding"
    INCIDENT_FIGURES = "incident.figures"
    """Error ratios and budgets of its services' SLOs, about once a minute while it lasts."""
    INCIDENT_EXPORTED = "incident.exported"
    ACTION_OPENED = "action.opened"
    """An action item, with its id as its subject."""
    ACTION_CLOSED = "action.closed"
    JOURNAL_TRIMMED = "journal.trimmed"
    """Retention removed the oldest entries, through the payload's `through`."""


STATE_KINDS = frozenset(kind for kind in EventKind if kind.endswith(".state"))
"""What was seen rather than done."""


CARRIED = "carried"
"""In the payload of an entry that retention carried on: the id it had before."""


def order_of(event: Event) -> float:
    """By this, entries stand in the order in which they were first written; those not written yet come last."""
    carried = event.payload.get(CARRIED)
    return float(carried) if isinstance(carried, int) else float(event.id or "inf")


def kinds_under(word: str) -> tuple[str, ...]:
    """The kinds that a word names: itself, or all that begin with it and a dot ('ack': every ack.*)."""
    return tuple(kind for kind in EventKind if kind.startswith(f"{word}.")) or (word,)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry.

    at: unix seconds. kind: an EventKind, or the plain text of one that only a newer version knows.
    actor: who did it. subject: what it was done to, for a person to read. fingerprint: of the alert it was
    about, '' if none. intent: id of the entry that announced it, None for an announcement itself.
    payload: JSON types only. environment: what tells one configuration's fleet from another's in one journal, given by
    the journal where it is ''. id: given by the journal, 0 before that.
    """

    at: float
    kind: str
    actor: str = ""
    service: str = ""
    fingerprint: str = ""
    subject: str = ""
    payload: Mapping[str, object] = field(default_factory=lambda: NOTHING, hash=False)
    intent: int | None = None
    environment: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Soundness:
    """What verifying a journal's chain of hashes found.

    entries: how many there are; first, last: their ids, 0 of none; head: the last hash.
    trimmed: through which id retention removed entries, 0 for none. faults: what is wrong, in words; none: it is sound.
    """

    entries: int
    first: int
    last: int
    head: str
    trimmed: int
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether every entry is there, as it was written."""
        return not self.faults

"""What the journal keeps: facts, each with its moment, who did it, and what it was about."""

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


@dataclass(frozen=True, slots=True)
class Event:
    """One entry.

    at: unix seconds. kind: an EventKind, or the plain text of one that only a newer version knows.
    actor: who did it. subject: what it was done to, for a person to read. fingerprint: of the alert it was
    about, '' if none. intent: id of the entry that announced it, None for an announcement itself.
    payload: JSON types only. id: given by the journal, 0 before that.
    """

    at: float
    kind: str
    actor: str = ""
    service: str = ""
    fingerprint: str = ""
    subject: str = ""
    payload: Mapping[str, object] = field(default_factory=lambda: NOTHING, hash=False)
    intent: int | None = None
    id: int = 0

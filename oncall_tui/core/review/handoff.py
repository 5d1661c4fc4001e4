"""What goes over to whoever has the next shift: what is open, what is fragile, and what nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.incident import ActionItem, Incident
from oncall_tui.core.review.budgets import BudgetLine
from oncall_tui.core.review.review import Review
from oncall_tui.core.silences import SilenceStatus
from oncall_tui.core.step_records import StepRecord, step_records
from oncall_tui.core.steps import StepKind

SHIFT = 12 * 3_600.0
"""Seconds of the next shift, in which a silence that ends is told."""
IN_FLIGHT = 6 * 3_600.0
"""Seconds for which a change counts as in flight: what it breaks may not show at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that changed not long ago. at: unix seconds."""

    at: float
    service: str
    what: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote down. at: unix seconds."""

    at: float
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """The state of things as a shift ends (unix seconds).

    unacknowledged, held: alerts that fire, with nobody on them and with somebody. ending: silences that end within the
    next shift while they hide something. changes: versions and steps of the last hours. fragile: budgets with little
    left, and those that leak.
    """

    at: float
    unacknowledged: tuple[AlertStatus, ...]
    held: tuple[AlertStatus, ...]
    ending: tuple[SilenceStatus, ...]
    changes: tuple[Change, ...]
    fragile: tuple[BudgetLine, ...]
    incidents: tuple[Incident, ...]
    actions: tuple[ActionItem, ...]
    notes: tuple[Note, ...]
    unknown: tuple[str, ...]
    doubt: str = ""
    """Why nobody can say which alerts fire; '' when somebody can."""

    @property
    def nothing_outstanding(self) -> bool:
        """Whether there is nothing to hand over: nothing open, and nothing that nobody can say."""
        return not any(
            (self.unacknowledged, self.held, self.ending, self.incidents, self.actions, self.fragile, self.unknown)
        )


def handoff(found: Review, assessment: Assessment, events: Sequence[Event], shift: float = SHIFT) -> Handoff:
    """What a review leaves open. assessment: of now; events: of the journal, in the order of their writing."""
    firing = [one for one in assessment.alerts if one.alert.urgency is not Urgency.INFO]
    unknown = found.unknown
    if doubt := assessment.snapshot.alerts_doubt() or "":
        unknown = (f"alerts: {doubt}", *unknown)
    return Handoff(
        at=found.until,
        unacknowledged=tuple(one for one in firing if one.phase is Phase.FIRING),
        held=tuple(one for one in firing if one.phase is Phase.ACKNOWLEDGED),
        ending=tuple(one for one in found.silences if one.hidden and 0 < one.left <= shift and not one.kept),
        changes=tuple(_changes(events, found.until)),
        fragile=tuple(one for one in found.budgets if one.fragile or one.leaks),
        incidents=tuple(one for one in found.incidents if one.going_on),
        actions=tuple(one for one in found.actions if one.closed_at is None),
        notes=tuple(_notes(events, found.since)),
        unknown=unknown,
        doubt=doubt,
    )


def _changes(events: Iterable[Event], now: float) -> Iterable[Change]:
    """Versions that took the place of others, and steps that do more than look; the newest first."""
    events = tuple(events)
    found = [
        Change(event.at, event.service, f"{event.subject} is version {event.payload.get('state', '?')}, {was} before")
        for event in events
        if event.kind == EventKind.VERSION_STATE and (was := event.payload.get("was"))
    ]
    found += [
        Change(one.at, one.service, f"{one.runbook}#{one.step} run by {one.actor or 'nobody'}: {_came_of(one)}")
        for one in step_records(events)
        if one.kind != StepKind.DIAGNOSE
    ]
    found.sort(key=lambda change: change.at, reverse=True)
    return (change for change in found if now - IN_FLIGHT <= change.at <= now)


def _came_of(step: StepRecord) -> str:
    """What a step moved, else how it ended."""
    return str(step.outcome or step.summary)


def _notes(events: Iterable[Event], since: float) -> Iterable[Note]:
    for event in events:
        if event.kind == EventKind.INCIDENT_NOTE and event.at >= since:
            yield Note(event.at, event.actor, str(event.payload.get("text", "")))

"""Keeps the history of what is watched: every change of a state goes into the journal, so that it needs no server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from oncall_tui.core.alerts import Alert, Phase, Silence
from oncall_tui.core.assess import Assessment
from oncall_tui.core.errors import OncallError
from oncall_tui.core.events import STATE_KINDS, Event, EventKind
from oncall_tui.core.sightings import (
    RESOLVED,
    Key,
    Sighting,
    alert_sighting,
    is_vague,
    key_of,
    resolved,
    sightings,
    standing_of,
)
from oncall_tui.journal import Journal, Outbox
from oncall_tui.poll.onlooker import Onlooker

PATIENCE = 60.0
"""Seconds for which nobody must be able to say how something is before that is an entry."""
PAUSE = 5.0
"""Seconds between two looks: answers come in many times a poll."""
RELOAD = 60.0
"""Seconds between two looks at what other instances wrote."""
TIDY = 3_600.0
"""Seconds between two times that retention is seen to."""
OVER = 3_600.0
"""Seconds for which an alert that is over is remembered: pods come and go, and their alerts do not come again."""


class History(Onlooker):
    """Is shown assessments and writes what changed. trouble: why it cannot, '' when it can.

    then: called with each assessment once its changes are written, in the same thread; what it raises as OncallError
    is trouble too.
    """

    def __init__(
        self,
        journal: Journal,
        outbox: Outbox,
        *,
        then: Callable[[Assessment], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
        pause: float = PAUSE,
    ) -> None:
        super().__init__()
        self._journal, self._outbox = journal, outbox
        self._then = then
        self._clock = clock
        self._pause = pause
        self._known: dict[Key, Event] = {}
        self._vague_since: dict[Key, float] = {}
        self._looked_at: dict[tuple[str, str], tuple[Alert, Phase, Silence | None, Key]] = {}
        self._loaded_at: float | None = None
        self._loaded_through = 0
        self._tidied_at: float | None = None
        self._other_trouble = ""

    @property
    def trouble(self) -> str:
        """Why the journal cannot be written or read, in one line; '' when it can."""
        return self._outbox.trouble or self._other_trouble

    def wait(self) -> float:
        """Seconds until it looks again."""
        return self._pause

    def look(self, assessment: Assessment) -> None:
        """Write what changed since the last look. Blocks; raises nothing: what is wrong stands in trouble."""
        now = assessment.snapshot.at
        self._outbox.retry()
        steps = (
            lambda: self._load(now),
            lambda: self._write(assessment),
            lambda: self._then(assessment),
            lambda: self._tidy(now),
        )
        # One that fails keeps none of the others from being tried: what was seen is kept until it can be written.
        troubles = [trouble for step in steps if (trouble := _tried(step))]
        self._other_trouble = troubles[0] if troubles else ""

    def close(self) -> str:
        """Write what waits, a last time; what to tell of what could not be written, '' for nothing. Blocks."""
        try:
            saved = self._outbox.save()
        except OSError as error:
            return f"the journal could not be written, and neither could a file in its place: {error}"
        finally:
            self._journal.close()
        return f"the journal could not be written: what was to go there is in {saved}" if saved else ""

    def _write(self, assessment: Assessment) -> None:
        changed = list(self._changes(assessment))
        for event in changed:
            self._known[key_of(event)] = event
        self._outbox.record_changes(changed)

    def _tidy(self, now: float) -> None:
        if self._tidied_at is None or now - self._tidied_at > TIDY:
            self._tidied_at = now
            self._journal.tidy(now)

    def _load(self, now: float) -> None:
        """Learn how things last stood. Where others could not tell and we can, ours is news.

        Whoever forgets that an alert is over writes the same when it fires again.
        """
        if self._loaded_at is not None and now - self._loaded_at < RELOAD:
            return
        first = self._loaded_at is None
        for event in self._journal.latest(STATE_KINDS, self._loaded_through):
            key = key_of(event)
            if first or key not in self._known or is_vague(standing_of(event)):
                self._known[key] = event
            self._loaded_through = max(self._loaded_through, event.id)
        self._known = {key: event for key, event in self._known.items() if not _long_over(event, now)}
        self._loaded_at = now

    def _changes(self, assessment: Assessment) -> Iterator[Event]:
        now = assessment.snapshot.at
        seen: set[Key] = set()
        for one in chain(self._alerts_anew(assessment, seen), sightings(assessment)):
            if self._is_news(one, now):
                known = self._known.get(one.key)
                event = one.entry()
                yield replace(event, payload={**event.payload, "was": standing_of(known)[0]}) if known else event
        if assessment.snapshot.alerts_doubt():
            return  # An alert that nobody can see may fire all the same.
        for key, event in list(self._known.items()):
            if key[0] == EventKind.ALERT_STATE and key not in seen and standing_of(event)[0] != RESOLVED:
                yield resolved(event, now)

    def _alerts_anew(self, assessment: Assessment, seen: set[Key]) -> Iterator[Sighting]:
        """The alerts that are not as they were at the last look; seen takes in the keys of all. There are thousands."""
        several = len(assessment.snapshot.clusters()) > 1
        before, self._looked_at = self._looked_at, {}
        for status in assessment.alerts:
            if status.phase is Phase.PENDING:
                continue
            alert = status.alert
            known = before.get(alert.key)
            if known is None or known[0] is not alert or known[1:3] != (status.phase, status.ack):
                one = alert_sighting(status, assessment.snapshot.at, several)
                known = (alert, status.phase, status.ack, one.key)
                yield one
            self._looked_at[alert.key] = known
            seen.add(known[3])

    def _is_news(self, one: Sighting, now: float) -> bool:
        known = self._known.get(one.key)
        if known is not None and standing_of(known) == one.standing:
            self._vague_since.pop(one.key, None)
            return False
        if one.vague:
            return now - self._vague_since.setdefault(one.key, now) >= PATIENCE
        self._vague_since.pop(one.key, None)
        return known is not None or not one.ordinary


def _long_over(event: Event, now: float) -> bool:
    return event.at < now - OVER and event.kind == EventKind.ALERT_STATE and standing_of(event)[0] == RESOLVED


def _tried(step: Callable[[], None]) -> str:
    try:
        step()
    except OncallError as error:
        return str(error)
    return ""

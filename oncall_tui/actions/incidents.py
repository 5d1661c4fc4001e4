"""Incidents as people handle them: open, note, change, merge, action items. Each is an entry in the journal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from oncall_tui.actions.entry import Reader, Recorder
from oncall_tui.core.errors import ActionError
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.impact import courses, impact
from oncall_tui.core.incident import (
    ACTION_KINDS,
    KINDS,
    ActionItem,
    Incident,
    Severity,
    Status,
    actions,
    incidents,
    new_id,
)
from oncall_tui.core.read_only import refusal
from oncall_tui.core.story import Story
from oncall_tui.core.timeline import LEAD, belonging, timeline

MOST_ENTRIES = 20_000
"""Entries that are read for one incident, or of all incidents for a list of them; the newest."""


AFTERMATH = 3_600.0
"""Seconds after its end within which what came of a step may still become known."""


class Incidents:
    """What there is to know of incidents, and everything a person does to one. Calls of the journal are in a thread.

    Whatever writes raises ActionError when read-only, and OncallError when the journal takes nothing.
    read_only: why nothing may be written, '' where it may.
    """

    def __init__(
        self,
        journal: Reader,
        outbox: Recorder,
        author: str,
        *,
        read_only: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._outbox = outbox
        self._author = author
        self._read_only = read_only
        self._clock = clock

    # Reading

    async def every(self) -> tuple[Incident, ...]:
        """All incidents, the newest first, merged ones included. Raises OncallError."""
        return await asyncio.to_thread(self._every)

    async def story(self, incident_id: str) -> Story | None:
        """One in full, of the whole it goes on in where it was merged; None where there is none. Raises OncallError."""
        return await asyncio.to_thread(self._story, incident_id)

    async def items(self) -> tuple[ActionItem, ...]:
        """All action items, oldest first, closed ones included. Raises OncallError."""
        return actions(await asyncio.to_thread(self._journal.events, None, ACTION_KINDS, MOST_ENTRIES))

    async def version(self) -> int:
        """The id of the newest entry: while it stays, nothing that is told here changed. Raises OncallError."""
        newest = await asyncio.to_thread(self._journal.events, None, None, 1)
        return newest[-1].id if newest else 0

    def _every(self) -> tuple[Incident, ...]:
        return incidents(self._journal.events(kinds=KINDS, limit=MOST_ENTRIES))

    def _story(self, incident_id: str) -> Story | None:
        found = {one.id: one for one in self._every()}
        incident = found.get(incident_id)
        if incident is None:
            return None
        incident = found.get(incident.into, incident)
        now = self._clock()
        until = None if incident.resolved_at is None else incident.resolved_at + AFTERMATH
        around = self._journal.events(incident.began - LEAD, None, MOST_ENTRIES, until=until)
        own = self._journal.events(kinds=KINDS | ACTION_KINDS, limit=MOST_ENTRIES)
        every = sorted({event.id: event for event in (*around, *own)}.values(), key=lambda event: event.id)
        figures = [
            event
            for event in every
            if event.kind == EventKind.INCIDENT_FIGURES and event.subject in (incident.id, *incident.merged)
        ]
        events = [*belonging(incident, every, now), *figures]
        items = tuple(item for item in actions(events) if item.incident in (incident.id, *incident.merged))
        told = timeline(incident, events, now)
        return Story(incident, told, impact(incident, events, now), courses(events), items, now)

    # Writing

    async def open(
        self,
        title: str,
        services: Sequence[str] = (),
        alerts: Mapping[str, float] | None = None,
        severity: Severity = Severity.SEV3,
    ) -> str:
        """Open one; its id. alerts: when each began (unix seconds), by fingerprint."""
        now = self._clock()
        known = alerts or {}
        began = min((at for at in known.values() if 0 < at < now), default=now)
        incident_id = new_id(now, title, self._author)
        payload = {
            "title": title,
            "severity": severity.value,
            "services": list(dict.fromkeys(one for one in services if one)),
            "alerts": list(known),
            "began": began,
            "state": "opened",
        }
        await self._write(EventKind.INCIDENT_OPENED, incident_id, payload)
        return incident_id

    async def note(self, incident_id: str, text: str) -> None:
        """Write a note into it."""
        await self._write(EventKind.INCIDENT_NOTE, incident_id, {"text": _said(text, "a note")})

    async def finding(self, incident_id: str, text: str) -> None:
        """Write what an investigation found into it."""
        await self._write(EventKind.INCIDENT_FINDING, incident_id, {"text": _said(text, "a finding")})

    async def set_status(self, incident_id: str, status: Status) -> None:
        """It is that far now."""
        await self._change(incident_id, "status", status.value)

    async def set_severity(self, incident_id: str, severity: Severity) -> None:
        """It is that grave."""
        await self._change(incident_id, "severity", severity.value)

    async def set_title(self, incident_id: str, title: str) -> None:
        """Call it so."""
        await self._change(incident_id, "title", _said(title, "a title"))

    async def set_role(self, incident_id: str, role: str, who: str = "") -> None:
        """Give a role to somebody, '' for the author."""
        who = who or self._author
        payload = {"field": "role", "role": _said(role, "a role"), "value": who, "state": f"{role} {who}"}
        await self._write(EventKind.INCIDENT_CHANGED, incident_id, payload)

    async def add(self, incident_id: str, services: Sequence[str]) -> None:
        """Have further services belong to it."""
        payload = {"services": list(services), "state": f"joined {' '.join(services)}"}
        await self._write(EventKind.INCIDENT_JOINED, incident_id, payload)

    async def merge(self, incident_id: str, into: str) -> None:
        """Let it go on as part of another. Raises ActionError for one and the same, and for one that is not known."""
        found = {one.id: one for one in await self.every()}
        if into not in found or incident_id not in found:
            raise ActionError(f"there is no incident {into if into not in found else incident_id}")
        if incident_id == into or incident_id in found[into].merged or found[into].into == incident_id:
            raise ActionError(f"{incident_id} is {into} already", "choose two that are apart")
        await self._write(EventKind.INCIDENT_MERGED, incident_id, {"into": into, "state": f"into {into}"})

    async def act(self, text: str, owner: str = "", incident_id: str = "") -> str:
        """Open an action item, about an incident or none; its id. owner: '' for nobody yet."""
        now = self._clock()
        item = "a" + new_id(now, text, self._author, incident_id)
        payload = {"text": _said(text, "what is to be done"), "owner": owner, "incident": incident_id}
        await self._write(EventKind.ACTION_OPENED, item, payload)
        return item

    async def close_action(self, item_id: str, why: str = "") -> ActionItem:
        """It is done. item_id: or the beginning of one. Raises ActionError where none, or several, are so called."""
        fitting = [item for item in await self.items() if item.closed_at is None and item.id.startswith(item_id)]
        if len(fitting) != 1 or not item_id:
            what = "several open action items" if len(fitting) > 1 else "no open action item"
            raise ActionError(f"there is {what} {item_id!r}" if len(fitting) < 2 else f"{what} begin with {item_id!r}")
        item = fitting[0]
        payload = {"incident": item.incident, "text": item.text, "owner": item.owner, "note": why}
        await self._write(EventKind.ACTION_CLOSED, item.id, payload)
        return item

    async def exported(self, incident_id: str, style: str) -> None:
        """Say that it was written down."""
        await self._write(EventKind.INCIDENT_EXPORTED, incident_id, {"format": style})

    async def _change(self, incident_id: str, name: str, value: str) -> None:
        payload = {"field": name, "value": value, "state": f"{name} {value}"}
        await self._write(EventKind.INCIDENT_CHANGED, incident_id, payload)

    async def _write(self, kind: EventKind, subject: str, payload: Mapping[str, object]) -> None:
        if self._read_only:
            raise refusal("nothing is written into an incident", self._read_only)
        event = Event(self._clock(), kind, self._author, subject=subject, payload=payload)
        await asyncio.shield(asyncio.to_thread(self._outbox.record, event))


def _said(text: str, what: str) -> str:
    if not text.strip():
        raise ActionError(f"{what} needs words")
    return text.strip()

"""`oncall-tui journal`: entries as JSON for programs, or as lines for people; what verifying found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from oncall_tui.core.events import Event, Soundness
from oncall_tui.core.text import clean_line
from oncall_tui.reports.columns import columns
from oncall_tui.reports.listing import listing
from oncall_tui.reports.moments import Json, moment

_SHORT = 160
"""Characters of what an entry says beside its columns."""


def entries_json(path: Path, events: Sequence[Event]) -> Iterator[str]:
    """The entries, oldest first. Times are RFC 3339 in UTC; null: not told."""
    return listing({"journal": str(path)}, "entries", map(entry_json, events))


def entry_json(event: Event) -> Json:
    """One entry with everything in it."""
    return {
        "id": event.id,
        "at": moment(event.at),
        "kind": str(event.kind),
        "actor": event.actor or None,
        "service": event.service or None,
        "subject": event.subject or None,
        "fingerprint": event.fingerprint or None,
        "intent": event.intent,
        "environment": event.environment or None,
        "payload": dict(event.payload),
    }


def entries_lines(events: Sequence[Event]) -> list[str]:
    """The entries as a table, oldest first, in local time. Safe to print."""
    if not events:
        return ["no entry"]
    head = ("ID", "WHEN", "KIND", "WHO", "SERVICE", "WHAT", "")
    return [line.rstrip() for line in columns([head, *map(_row, events)])]


def _row(event: Event) -> tuple[str, ...]:
    said = "; ".join(f"{name}={_plain(value)}" for name, value in event.payload.items())
    answers = f"#{event.intent} " if event.intent is not None else ""
    at = datetime.fromtimestamp(event.at).astimezone().isoformat(sep=" ", timespec="seconds")
    return (
        str(event.id),
        at,
        str(event.kind),
        event.actor or "-",
        event.service or "-",
        event.subject or "-",
        clean_line(answers + said, _SHORT),
    )


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def soundness_json(path: Path, found: Soundness) -> Json:
    """What verifying found."""
    return {
        "journal": str(path),
        "sound": found.sound,
        "entries": found.entries,
        "first": found.first or None,
        "last": found.last or None,
        "head": f"{found.last}:{found.head}" if found.last else None,
        "trimmed_through": found.trimmed or None,
        "faults": list(found.faults),
    }


def soundness_lines(path: Path, found: Soundness) -> list[str]:
    """What verifying found, for people. Safe to print."""
    gone = f", those through {found.trimmed} were removed by retention" if found.trimmed else ""
    if found.sound:
        lines = [f"{clean_line(str(path))}: sound, {found.entries} entries{gone}"]
        if found.last:
            lines.append(f"head {found.last}:{found.head}")
        return lines
    lines = [f"{clean_line(str(path))}: NOT sound, {found.entries} entries{gone}"]
    return lines + [f"  {clean_line(fault)}" for fault in found.faults]

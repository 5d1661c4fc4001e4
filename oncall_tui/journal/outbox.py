"""What stands before the journal: takes secrets out, and keeps what could not be written until it can."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from oncall_tui.core.events import Event
from oncall_tui.core.redaction import through
from oncall_tui.journal.file import JournalError, NotAnEntry
from oncall_tui.journal.journal import Journal

MOST_KEPT = 20_000
"""Entries kept while the journal cannot be written; the oldest changes of state are let go first."""


def _as_it_is(text: str) -> str:
    return text


class Outbox:
    """Writes to the journal; any thread may. What fails raises, and is kept all the same and tried again by retry().

    clean: takes secrets out of a text; every text of an entry goes through it.
    """

    def __init__(self, journal: Journal, clean: Callable[[str], str] = _as_it_is) -> None:
        self._journal = journal
        self._clean = clean
        self._lock = threading.Lock()
        self._kept: deque[tuple[Event, bool]] = deque(maxlen=MOST_KEPT)
        self._trouble = ""

    def record(self, event: Event) -> int:
        """As Journal.record. Raises JournalError; the entry is kept then, and written once the journal takes it."""
        return self._write([self._cleaned(event)], change=False)[0]

    def record_changes(self, events: Sequence[Event]) -> tuple[int, ...]:
        """As Journal.record_changes. Raises JournalError; what was not written is kept then."""
        return self._write([self._cleaned(event) for event in events], change=True) if events else ()

    def retry(self) -> None:
        """Try again what is kept. What is wrong then stands in trouble; nothing is raised."""
        with self._lock:
            try:
                while self._kept:
                    event, change = self._kept[0]
                    if change:
                        self._journal.record_changes([event])
                    else:
                        self._journal.record(event)
                    self._kept.popleft()
                self._trouble = ""
            except JournalError as error:
                self._trouble = str(error)

    @property
    def trouble(self) -> str:
        """Why entries wait to be written, in one line; '' when none do."""
        waiting = len(self._kept)
        return f"{waiting} entr{'y waits' if waiting == 1 else 'ies wait'}: {self._trouble}" if waiting else ""

    def save(self) -> Path | None:
        """Try a last time; what still cannot be written goes to a file of its own, one entry a line, for its owner.

        Where that is; None when nothing was left. Raises OSError where that fails too.
        """
        self.retry()
        with self._lock:
            if not self._kept:
                return None
            descriptor, name = tempfile.mkstemp(prefix="oncall-tui-unwritten-", suffix=".jsonl")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                for event, _ in self._kept:
                    file.write(json.dumps(_as_json(event)) + "\n")
            return Path(name)

    def _write(self, events: list[Event], *, change: bool) -> tuple[int, ...]:
        with self._lock:
            try:
                if change:
                    return self._journal.record_changes(events)
                return (self._journal.record(events[0]),)
            except NotAnEntry:
                raise
            except JournalError as error:
                # What follows an intent that is only kept has no id to refer to.
                self._kept.extend((event, change) for event in events)
                self._trouble = str(error)
                raise

    def _cleaned(self, event: Event) -> Event:
        payload = through(self._clean, event.payload)
        assert isinstance(payload, dict)
        return replace(event, subject=self._clean(event.subject), payload=payload)


def _as_json(event: Event) -> dict[str, object]:
    return {
        "at": event.at,
        "kind": str(event.kind),
        "actor": event.actor,
        "service": event.service,
        "fingerprint": event.fingerprint,
        "subject": event.subject,
        "payload": dict(event.payload),
    }

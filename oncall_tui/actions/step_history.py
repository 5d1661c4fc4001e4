"""Which runbook steps ran before, as far as the journal knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from oncall_tui.core.events import Event
from oncall_tui.core.step_records import STEP_KINDS_KEPT, StepRecord, step_records

MOST_ENTRIES = 20_000
"""Entries about steps that are read, the newest; a run has three at most."""


class Reader(Protocol):
    """A Journal, as far as it is read here."""

    def events(
        self, since: float | None = None, kinds: Iterable[str] | None = None, limit: int = 1_000
    ) -> tuple[Event, ...]:
        """The newest limit entries that satisfy all that is given, oldest first. Raises OncallError."""
        ...


class StepHistory:
    """Reads runs of steps from the journal; in a thread."""

    def __init__(self, journal: Reader) -> None:
        self._journal = journal

    async def __call__(self, since: float | None = None) -> tuple[StepRecord, ...]:
        """Every run that began from since (unix seconds) on, oldest first. Raises OncallError."""
        return await asyncio.to_thread(self.read, since)

    def read(self, since: float | None = None) -> tuple[StepRecord, ...]:
        """The same, in the thread that asks."""
        return step_records(self._journal.events(since, STEP_KINDS_KEPT, MOST_ENTRIES))

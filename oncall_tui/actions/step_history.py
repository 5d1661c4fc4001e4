"""Which runbook steps ran before, as far as the journal knows."""

from __future__ import annotations

import asyncio

from oncall_tui.actions.entry import Reader
from oncall_tui.core.step_records import STEP_KINDS_KEPT, StepRecord, step_records

MOST_ENTRIES = 20_000
"""Entries about steps that are read, the newest; a run has three at most."""


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

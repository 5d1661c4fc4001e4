"""Keeps what is seen: each assessment's snapshot goes into a recording, with what happened since the last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from oncall_tui.core.assess import Assessment
from oncall_tui.core.errors import OncallError
from oncall_tui.core.marks import marks
from oncall_tui.core.snapshot import Snapshot

PAUSE = 5.0
"""Seconds between two frames: answers come in many times a poll."""
AFTER_TROUBLE = 60.0
"""Seconds before it is tried again after a frame could not be written."""


class Deck(Protocol):
    """What is recorded on: a file, or the flight recorder."""

    def write(self, snapshot: Snapshot, marks: Iterable[str] = ()) -> None:
        """Add what is seen now. Blocks. Raises OncallError."""

    def close(self) -> None:
        """Finish it. Blocks for a moment."""


class Recorder:
    """Is shown assessments and keeps their snapshots. trouble: why it cannot, in one line, '' when it can."""

    def __init__(self, deck: Deck, *, pause: float = PAUSE, after_trouble: float = AFTER_TROUBLE) -> None:
        self._deck, self._pause, self._after_trouble = deck, pause, after_trouble
        self._last: Assessment | None = None
        self._next: Assessment | None = None
        self._came = asyncio.Event()
        self.trouble = ""

    def show(self, assessment: Assessment) -> None:
        """Keep this assessment's snapshot, soon; a newer one takes its place."""
        if not assessment.snapshot.paused:
            self._next = assessment
            self._came.set()

    async def run(self, told: Callable[[], None] = lambda: None) -> None:
        """Keep what is shown until cancelled. told: called after each frame, and after each that could not be kept."""
        while True:
            await self._came.wait()
            self._came.clear()
            if (assessment := self._next) is not None:
                await asyncio.to_thread(self._keep, assessment)
                told()
            await asyncio.sleep(self._after_trouble if self.trouble else self._pause)

    def close(self) -> None:
        """Finish what is recorded on. Blocks for a moment."""
        self._deck.close()

    def _keep(self, assessment: Assessment) -> None:
        last, self._last = self._last, assessment
        try:
            self._deck.write(assessment.snapshot, marks(last, assessment))
            self.trouble = ""
        except OncallError as error:
            self.trouble = f"nothing is recorded: {error}"

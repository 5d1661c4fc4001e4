"""Who is shown every assessment and does something slow with the newest: what came between is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from oncall_tui.core.assess import Assessment


class Onlooker:
    """Is shown assessments; `look` is called in a thread with the newest, never twice at once."""

    def __init__(self) -> None:
        self._next: Assessment | None = None
        self._came = asyncio.Event()

    def look(self, assessment: Assessment) -> None:
        """Do what is to be done with it. Blocks; raises nothing."""
        raise NotImplementedError

    def wait(self) -> float:
        """Seconds until it is to look again: answers come in many times a poll."""
        raise NotImplementedError

    def show(self, assessment: Assessment) -> None:
        """Look at this assessment, soon; a newer one takes its place. What stands still is no news."""
        if not assessment.snapshot.paused:
            self._next = assessment
            self._came.set()

    async def run(self, told: Callable[[], None] = lambda: None) -> None:
        """Look at what is shown until cancelled. told: called after each look."""
        while True:
            await self._came.wait()
            self._came.clear()
            if (assessment := self._next) is not None:
                await asyncio.to_thread(self.look, assessment)
                told()
            await asyncio.sleep(self.wait())

"""What actions want of the journal: an entry before and one after, a plain word when it takes neither, and what was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from oncall_tui.core.errors import OncallError
from oncall_tui.journal import Event


class Recorder(Protocol):
    """A Journal, as far as an action needs one."""

    def record(self, event: Event) -> int:
        """Write the entry; its id. Raises OncallError."""
        ...


class Reader(Protocol):
    """A Journal, as far as what was done before is read from it."""

    def events(
        self,
        since: float | None = None,
        kinds: Iterable[str] | None = None,
        limit: int = 1_000,
        *,
        until: float | None = None,
        fingerprint: str | None = None,
        after: int | None = None,
    ) -> tuple[Event, ...]:
        """The newest limit entries that satisfy all that is given, oldest first. Raises OncallError."""
        ...


class Entry:
    """The two entries of one action. A journal that fails never stops the action; trouble says so in its result."""

    def __init__(self, journal: Recorder) -> None:
        self._journal = journal
        self.intent: int | None = None
        """The id of what was written before, None where nothing was."""
        self.trouble = ""
        """'' when all was written, else 'journal: not written: <why>'."""

    async def before(self, event: Event) -> None:
        """Write what is about to be done."""
        self.intent = await self._record(event)

    async def after(self, event: Event) -> None:
        """Write what came of it, under the intent. It is written even if the caller is cancelled meanwhile."""
        await asyncio.shield(self._record(replace(event, intent=self.intent)))

    async def _record(self, event: Event) -> int | None:
        try:
            return await asyncio.to_thread(self._journal.record, event)
        except OncallError as error:
            self.trouble = f"journal: not written: {error}"
            return None

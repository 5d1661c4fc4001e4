"""Snapshots become assessments: at once where the alerts are few, in a thread where keys would have to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from oncall_tui.core.assess import Assessment
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.ui.alert_knowledge import MANY, AlertKnowledge, AlertView


class Assessing:
    """Hands views on in the order of their snapshots; one that is overtaken while another is in work is left out.

    begin: runs what it is given beside the screen. done: takes each view.
    """

    def __init__(
        self,
        knowledge: AlertKnowledge,
        begin: Callable[[Coroutine[Any, Any, None]], object],
        done: Callable[[AlertView], None],
    ) -> None:
        self._knowledge = knowledge
        self._begin = begin
        self._done = done
        self._waiting: Snapshot | None = None
        self._working = False
        self._last: Assessment | None = None

    def take(self, snapshot: Snapshot) -> None:
        """A snapshot came."""
        if not self._working and len(snapshot.alerts) < MANY:
            self._finish(self._knowledge.understood(snapshot, self._last))
            return
        self._waiting = snapshot
        if not self._working:
            self._working = True
            self._begin(self._work())

    async def _work(self) -> None:
        try:
            while (snapshot := self._waiting) is not None:
                self._waiting = None
                self._finish(await asyncio.to_thread(self._understand, snapshot))
        finally:
            self._working = False

    def _understand(self, snapshot: Snapshot) -> AlertView:
        view = self._knowledge.understood(snapshot, self._last)
        view.warm()
        return view

    def _finish(self, view: AlertView) -> None:
        self._last = view.assessment
        self._knowledge.take(view)
        self._done(view)

"""Textual's driver, made to bear a terminal that takes nothing for a while, or is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from queue import Empty, Full

from textual.drivers.linux_driver import LinuxDriver

from oncall_tui.ui.terminal_kind import UNKNOWN_KIND, TerminalKind

LOOK_AGAIN = 0.2
"""Seconds between looks at whether a slow terminal has caught up."""
LAST_WORDS = 2.0
"""Seconds that a terminal has for what is written at the end."""


class TerminalDriver(LinuxDriver):
    """Never blocks the program: what a stalled terminal does not take is left out, and painted anew once it does.

    Textual's own waits for room, and with it every poll and every kept acknowledgement. Called in the program's own
    thread: caught_up, when all is to be painted again; hung_up, when the terminal is gone; left_unsaid, when at the end
    it took not even the last words.
    """

    caught_up: Callable[[], object] | None = None
    hung_up: Callable[[], object] | None = None
    left_unsaid: Callable[[], object] | None = None
    _behind = False
    _closed = False

    @property
    def ours(self) -> bool:
        """Whether the terminal is the dashboard's, and not lent to a program that it started."""
        return self._auto_restart

    @property
    def _kind(self) -> TerminalKind:
        return getattr(self._app, "kind", UNKNOWN_KIND)

    def write(self, data: str) -> None:
        """Hand data to the terminal, now or never; what such a terminal does not understand, never."""
        thread = self._writer_thread
        if thread is None or self._closed or not self._kind.understands(data):
            return
        if not thread.is_alive():
            self._gone()
            return
        if self._behind:
            return
        try:
            thread._queue.put_nowait(data)
        except Full:
            self._behind = True
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self._look)

    def start_application_mode(self) -> None:
        """Take the terminal, for the first time or anew."""
        self._closed = False
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Give the terminal back: by now there is nothing else to be said, and it may take its time for it."""
        thread = self._writer_thread
        if thread is not None and self._behind:
            with contextlib.suppress(Empty):
                while True:  # paintings of a screen that goes anyway
                    thread._queue.get_nowait()
        self._behind = False
        if self._kind.bare:  # no other screen to go back to
            self.write("\x1b[H\x1b[J")
        super().stop_application_mode()

    def close(self) -> None:
        """The end, without waiting for a terminal that takes nothing."""
        thread = self._writer_thread
        self._closed = True  # What is painted until it is taken anew has nowhere to go.
        if thread is None or not thread.is_alive():
            return
        with contextlib.suppress(Full):
            thread._queue.put(None, timeout=LAST_WORDS)
            thread.join(LAST_WORDS)
        if thread.is_alive() and self.left_unsaid is not None:
            self.left_unsaid()

    def _look(self) -> None:
        thread = self._writer_thread
        if thread is None or not self._behind:
            return
        if not thread.is_alive():
            self._gone()
        elif thread._queue.empty():
            self._behind = False
            if self.caught_up is not None:
                self.caught_up()
        else:
            asyncio.get_running_loop().call_later(LOOK_AGAIN, self._look)

    def _gone(self) -> None:
        self._closed = True
        if self.hung_up is not None:
            self.hung_up()

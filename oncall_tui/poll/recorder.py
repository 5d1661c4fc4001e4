"""Keeps what is seen: each assessment's snapshot goes into a recording, with what happened since the last."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol

from oncall_tui.core.assess import Assessment
from oncall_tui.core.errors import OncallError
from oncall_tui.core.marks import marks
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.poll.onlooker import Onlooker

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


class Recorder(Onlooker):
    """Is shown assessments and keeps their snapshots. trouble: why it cannot, in one line, '' when it can."""

    def __init__(self, deck: Deck, *, pause: float = PAUSE, after_trouble: float = AFTER_TROUBLE) -> None:
        super().__init__()
        self._deck, self._pause, self._after_trouble = deck, pause, after_trouble
        self._last: Assessment | None = None
        # It may be closed while a frame is being written in another thread: that one is written to its end.
        self._lock, self._closed = threading.Lock(), False
        self.trouble = ""

    def wait(self) -> float:
        """Seconds until the next frame."""
        return self._after_trouble if self.trouble else self._pause

    def close(self) -> None:
        """Finish what is recorded on. Blocks for a moment. What is seen after that is not kept."""
        with self._lock:
            self._closed = True
            self._deck.close()

    def look(self, assessment: Assessment) -> None:
        """Keep its snapshot. Blocks; raises nothing: what is wrong stands in trouble."""
        with self._lock:
            if self._closed:
                return
            last, self._last = self._last, assessment
            try:
                self._deck.write(assessment.snapshot, marks(last, assessment))
                self.trouble = ""
            except OncallError as error:
                self.trouble = f"nothing is recorded: {error}"

"""Garbage collection when nobody types: with thousands of alerts a full one takes a tenth of a second."""

from __future__ import annotations

import gc
import time

QUIET = 3.0
"""Seconds without a key after which nobody is taken to type."""

EVERY, AT_LAST = 30.0, 600.0
"""Seconds between full collections when nobody types, and after which there is one whatever anybody does."""

_NEVER = 1_000_000


class Housekeeping:
    """Takes full collections over from the interpreter while it is open, and does them in quiet moments."""

    def __init__(self) -> None:
        self._before = gc.get_threshold()
        self._typed_at = self._collected_at = time.monotonic()
        gc.set_threshold(*self._before[:2], _NEVER)

    def typed(self) -> None:
        """Somebody pressed a key."""
        self._typed_at = time.monotonic()

    def look(self) -> bool:
        """Collect now if it is time to; whether it did."""
        now = time.monotonic()
        since = now - self._collected_at
        if since < EVERY or (now - self._typed_at < QUIET and since < AT_LAST):
            return False
        gc.collect()
        self._collected_at = time.monotonic()
        return True

    def close(self) -> None:
        """Leave it to the interpreter again."""
        gc.set_threshold(*self._before)

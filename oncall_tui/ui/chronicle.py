"""What the dashboard saw of itself, for the debug log: sources that fall silent and come back, what it told."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

    from oncall_tui.core.assess import Assessment
    from oncall_tui.core.snapshot import SourceHealth

EVERY = 60.0
"""Seconds between two lines about the whole."""

_log = logging.getLogger("oncall_tui.seen")


class Chronicle:
    """Writes to the log what changed since the last assessment; costs nothing while there is no debug log."""

    def __init__(self) -> None:
        self._sources: dict[str, SourceHealth] = {}
        self._counted_at = 0.0

    def saw(self, assessment: Assessment) -> None:
        """There is a new assessment."""
        if not _log.isEnabledFor(logging.INFO):
            return
        for name, health in assessment.snapshot.sources.items():
            self._tell(self._sources.get(name), health)
            self._sources[name] = health
        if time.monotonic() - self._counted_at > EVERY:
            self._counted_at = time.monotonic()
            counts = len(assessment.services), len(assessment.alerts), len(assessment.snapshot.figures)
            _log.info(
                "%s: %d services, %d alerts, %d figures; %d tasks, %d MB",
                assessment.state.name,
                *counts,
                len(asyncio.all_tasks()),
                memory_mb(),
            )

    def told(self, text: str) -> None:
        """The person was told this."""
        _log.info("told: %s", text)

    def _tell(self, before: SourceHealth | None, now: SourceHealth) -> None:
        if now.failures and (before is None or before.failures != now.failures):
            _log.warning("%s failed, %d in a row: %s", now.name, now.failures, now.error)
        elif before is not None and before.failures and not now.failures:
            _log.info("%s answers again", now.name)
        elif before is None or before.answered_at != now.answered_at:
            _log.debug("%s answered, %d requests", now.name, now.requests)
        if before is not None and before.warnings != now.warnings and now.warnings:
            _log.warning("%s warns: %s", now.name, "; ".join(now.warnings[:5]))


def log_end(app: App[int]) -> None:
    """How the dashboard ended; of a crash, where."""
    crash = getattr(app, "_exception", None)
    if crash is None:
        _log.info("ends with %s", app.return_code)
    else:
        _log.critical("ended by %s", type(crash).__name__, exc_info=crash)


def memory_mb() -> int:
    """Megabytes of memory that the process holds now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096 // 1_000_000
    except (OSError, ValueError, IndexError):
        return 0

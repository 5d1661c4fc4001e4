"""How often each thing is asked: tiers by window, jitter, and back-off when a source does not answer."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.readings import CountsReading, HistoryReading, Reading, SeriesReading, SignalReading, SliReading

SLOWEST = 300.0
"""No figure is older than this by plan; a 30d figure does not move faster."""

JITTER = 0.1
"""Fraction of a delay by which it is stretched or shrunk, so that many dashboards do not poll in step."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds throughout. interval: between polls; max_backoff: the ceiling between polls of a failing source.

    deadline: how long one poll of one source may take before it counts as failed.
    """

    interval: float = 15.0
    max_backoff: float = 300.0
    deadline: float = 30.0

    def every(self, reading: Reading) -> float:
        """Seconds between polls of a reading: a window w every clamp(w/60, interval, 5 min), a series every step."""
        match reading:
            case SliReading(window=window):
                wanted = window / 60
            case SeriesReading(step=step) | CountsReading(step=step):
                wanted = float(step)
            case SignalReading():
                wanted = self.interval
            case HistoryReading():
                wanted = SLOWEST
        return max(self.interval, min(wanted, SLOWEST))

    def delay(self, interval: float, failures: int, chance: float) -> float:
        """Seconds to wait before the next poll of a source. failures: in a row; chance: uniform in 0..1.

        Doubles with each failure after the second, so that a blip costs nothing, up to max_backoff.
        """
        backed_off = min(interval * 2.0 ** min(max(failures - 2, 0), 32), max(self.max_backoff, interval))
        return backed_off * (1 + JITTER * (2 * chance - 1))

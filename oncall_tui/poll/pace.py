"""How often each thing is asked: tiers by window, jitter, and back-off when a source does not answer."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.readings import (
    Cost,
    CostPart,
    CountsReading,
    HistoryReading,
    Reading,
    SeriesReading,
    SignalReading,
    SliReading,
)

SLOWEST = 300.0
"""No figure is older than this by plan; a 30d figure does not move faster."""

JITTER = 0.1
"""Fraction of a delay by which it is stretched or shrunk, so that many dashboards do not poll in step."""

REST = 0.25
"""Fraction of a delay for which a source is left alone after an answer, however long that took."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a source bears a minute. samples: None where the server does not count them."""

    requests: float
    samples: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds throughout. interval: between polls; max_backoff: the ceiling between polls of a failing source.

    deadline: how long one poll of one source may take before it counts as failed.
    """

    interval: float = 15.0
    max_backoff: float = 300.0
    deadline: float = 30.0

    def every(self, reading: Reading) -> float:
        """Seconds between polls of a reading: a window w every clamp(w/60, interval, 5 min), a series every step.

        One that says itself how often it is wanted is asked so often, however seldom.
        """
        match reading:
            case SeriesReading(every=every) if every:
                return max(self.interval, float(every))
            case SliReading(window=window):
                wanted = window / 60
            case SeriesReading(step=step) | CountsReading(step=step):
                wanted = float(step)
            case SignalReading():
                wanted = self.interval
            case HistoryReading():
                wanted = SLOWEST
        return max(self.interval, min(wanted, SLOWEST))

    def per_minute(self, cost: Cost) -> Load:
        """What a source bears in the long run, when everything in the cost is asked at its own pace."""
        times = [(part, 60 / seconds) for part in cost.parts if (seconds := self._between(part)) is not None]
        told = [part.samples * often for part, often in times if part.samples is not None]
        return Load(sum(part.requests * often for part, often in times), sum(told) if told else None)

    def _between(self, part: CostPart) -> float | None:
        """Seconds between two times a part is asked; None for what is asked once."""
        if part.every is None:
            return None
        return max(self.interval, part.every) if isinstance(part.every, (int, float)) else self.every(part.every)

    def delay(
        self, interval: float, failures: int, chance: float, retry_after: float = 0.0, took: float = 0.0
    ) -> float:
        """Seconds to wait before the next poll of a source. failures: in a row; chance: uniform in 0..1.

        took: seconds that the last poll lasted, which count as waited: else the figures of a source that answers
        slowly would be out of date before the next are there. It is given a rest all the same.
        Doubles with each failure after the second, so that a blip costs nothing, up to max_backoff. retry_after: for
        how long the source wants to be left alone, which it is, up to max_backoff too.
        """
        most = max(self.max_backoff, interval)
        backed_off = min(interval * 2.0 ** min(max(failures - 2, 0), 32), most)
        wait = backed_off * (1 + JITTER * (2 * chance - 1))
        return max(wait - took, REST * wait, min(retry_after, most))

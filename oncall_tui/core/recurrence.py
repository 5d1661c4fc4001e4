"""How often an alert's condition began to hold, hour by hour, from what Prometheus keeps for its own restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.core.burn import DAY, HOUR

SPAN = 30 * DAY
"""Seconds looked back."""

_EARLY = 300.0
"""Seconds before an hour in which what is first seen in it may have begun: the time between two evaluations."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """began: (end of an hour in unix seconds, how often it began in it), oldest first, hours without any left out.

    It counts what was pending and never fired, too. at: unix seconds. since: the beginning of the oldest hour at whose
    end Prometheus has a record of any alert, or in which it has one of this: before that nobody knows.
    """

    at: float
    since: float
    began: tuple[tuple[float, int], ...]

    def count(self, span: float) -> int:
        """How often it began within the last span seconds; at least so often where it does not reach as far."""
        return sum(count for end, count in self.began if end > self.at - span)

    def reaches(self, span: float) -> bool:
        """Whether there are records over the whole span."""
        return self.since <= self.at - span + HOUR

    def by_day(self) -> list[int]:
        """How often it began in each of the last 30 times 24 hours, oldest first."""
        days = [0] * (SPAN // DAY)
        for end, count in self.began:
            days[-1 - min(len(days) - 1, int((self.at - end) // DAY))] += count
        return days


def begun(changes: Points, first: Points, last: Points) -> dict[float, int]:
    """How often one alert began in each hour, by the hour's end.

    Each hour's figures of the moment since which the condition holds: how often it changed, the first and the last.
    What holds on from the hour before has not begun in it; of the oldest hour the moment itself tells.
    """
    changed, ended = dict(changes), dict(last)
    counts: dict[float, int] = {}
    before: float | None = None
    for hour, began in sorted(first):
        again = int(changed.get(hour, 0)) if ended.get(hour, began) != began else 0
        fresh = began != before if before is not None else began >= hour - HOUR - _EARLY
        if again + fresh:
            counts[hour] = again + fresh
        before = ended.get(hour, began)
    return counts


def merged(counts: Sequence[Mapping[float, int]]) -> tuple[tuple[float, int], ...]:
    """The counts of several series of one alert (replicas tell the same) as one: the most that any tells."""
    hours = sorted({hour for one in counts for hour in one})
    return tuple((hour, max(one.get(hour, 0) for one in counts)) for hour in hours)

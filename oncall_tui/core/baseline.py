"""A signal against its own past at the same hour: what would be usual now, and how far from it a value lies.

Robust on purpose: medians and MAD, so that last week's incident does not teach that incidents are usual.
Source: Rousseeuw and Croux, Alternatives to the Median Absolute Deviation (1993), for 1.4826, which makes MAD
comparable to a standard deviation.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from statistics import median

from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.slo import Side

Points = Sequence[tuple[float, float]]
"""(unix seconds, value), oldest first; steps without a value are missing."""

DAY = 86_400
WEEK = 7 * DAY
WEEKS = 4
"""Weeks of past looked at, unless told otherwise."""
WIDTH = 1_800
"""Seconds to each side of the same moment in the past that count as the same time of day."""
OCCASIONS = 3
"""Times the same hour must have been seen before it says anything: with two, one odd week is half of the truth."""
OUT = 5.0
"""Deviations from which on a value is out of band. Not 3: a band of one hour in four weeks rests on few points."""

MAD_TO_SIGMA = 1.4826


class Season(StrEnum):
    """Which past a band was made of."""

    WEEKDAY = "same hour and weekday"
    DAY = "same hour of the days before"


@dataclass(frozen=True, slots=True)
class Band:
    """What is usual: center, and spread as a robust standard deviation, in the signal's unit; spread > 0.

    points: values it was made of; occasions: weeks (or days) they come from.
    """

    center: float
    spread: float
    points: int
    occasions: int
    season: Season

    def deviation(self, value: float) -> float:
        """How many spreads the value lies above (or, negative, below) what is usual."""
        return (value - self.center) / self.spread

    def edge(self, side: Side) -> float:
        """The last value in band on the bad side: below for what should be AT_LEAST, above for AT_MOST."""
        return self.center + (OUT if side is Side.AT_MOST else -OUT) * self.spread


@dataclass(frozen=True, slots=True)
class Grain:
    """The smallest spread worth its name: a share of the center, or an amount in the signal's unit, whichever is more.

    A signal that never moves has no spread at all, and its first harmless step would be infinitely unusual.
    """

    share: float
    amount: float

    def at(self, center: float) -> float:
        """The spread that a band around center has at least."""
        return max(self.share * abs(center), self.amount)


GRAINS = {
    SignalKind.ACCURACY: Grain(0.004, 0.002),
    SignalKind.DRIFT: Grain(0.05, 0.01),
    SignalKind.FRESHNESS: Grain(0.05, 1.0),
    SignalKind.LATENCY: Grain(0.04, 0.001),
    SignalKind.THROUGHPUT: Grain(0.04, 0.01),
    SignalKind.ERRORS: Grain(0.05, 0.0005),
    SignalKind.PREDICTION: Grain(0.04, 0.001),
    SignalKind.QUALITY: Grain(0.05, 0.5),
    SignalKind.INFRASTRUCTURE: Grain(0.04, 1e-9),
    SignalKind.OTHER: Grain(0.04, 1e-9),
}
"""By kind: one part in 250 of accuracy counts, of latency it does not. Latency in seconds, errors as a ratio."""


def band_at(points: Points, at: float, grain: Grain, *, weeks: int = WEEKS, width: int = WIDTH) -> Band | None:
    """What is usual at a moment, from the same hour and weekday of the weeks before.

    With fewer than OCCASIONS of those, from the same hour of the days before, up to two weeks; None when that is too
    little as well. Nothing from the last width seconds before `at` is used: the present is no part of its own past.
    """
    for season, period, back in ((Season.WEEKDAY, WEEK, weeks), (Season.DAY, DAY, 14)):
        slots = [_slot(points, at - k * period, width) for k in range(1, back + 1)]
        seen = [slot for slot in slots if slot]
        if len(seen) >= (OCCASIONS if season is Season.WEEKDAY else OCCASIONS + 2):
            return _band(seen, _restlessness(tuple(points), period), grain, season)
    return None


def history_wanted(weeks: int = WEEKS) -> int:
    """Seconds of past that a band of so many weeks looks at."""
    return weeks * WEEK + WIDTH


def missing_history(points: Points, at: float) -> float:
    """Seconds of past that are still wanted before anything can be said; 0.0 when there is enough."""
    wanted = (OCCASIONS + 2) * DAY
    have = at - points[0][0] if points else 0.0
    return max(0.0, wanted - have)


def _slot(points: Points, around: float, width: int) -> list[float]:
    first = bisect_left(points, (around - width, -math.inf))
    last = bisect_right(points, (around + width, math.inf))
    return [value for _, value in points[first:last]]


@lru_cache(maxsize=1_024)
def _restlessness(points: tuple[tuple[float, float], ...], period: int) -> float:
    """By how much the signal usually differs from itself a period before, as a standard deviation; 0.0 if never seen.

    One hour of four weeks is too little to tell a spread from; this is told from all hours. Differences of two values
    are the square root of 2 wider than each.
    """
    step = points[1][0] - points[0][0] if len(points) > 1 else float(period)
    differences, earlier = [], 0
    for at, value in points:
        while points[earlier][0] < at - period - step / 2:
            earlier += 1
        if points[earlier][0] <= at - period + step / 2:
            differences.append(abs(value - points[earlier][1]))
    return MAD_TO_SIGMA * median(differences) / math.sqrt(2) if differences else 0.0


def _band(slots: Sequence[Sequence[float]], restlessness: float, grain: Grain, season: Season) -> Band:
    """The widest of what is told of the spread: within the hour and from one occasion to the next, or in general."""
    middles = [median(slot) for slot in slots]
    center = median(middles)
    within = MAD_TO_SIGMA * median(
        [abs(value - middle) for slot, middle in zip(slots, middles, strict=True) for value in slot]
    )
    between = MAD_TO_SIGMA * median([abs(middle - center) for middle in middles]) * (1 + 2 / len(middles))
    spread = max(math.hypot(within, between), restlessness, grain.at(center))
    return Band(center, spread, sum(map(len, slots)), len(slots), season)


@dataclass(frozen=True, slots=True)
class Departure:
    """A signal out of its band: value is the median of what was last seen, deviation its distance in spreads."""

    value: float
    deviation: float
    band: Band


def departure(band: Band, recent: Sequence[float], bad: Side | None, *, out: float = OUT) -> Departure | None:
    """Whether the last few values lie out of band; None when they do not, or there are none.

    recent: the newest values, any order; their median decides, so that one spike is none. bad: on which side values
    are bad: AT_LEAST when low ones are, AT_MOST when high ones are, None for both.
    """
    if not recent:
        return None
    value = median(recent)
    deviation = band.deviation(value)
    if (bad is Side.AT_MOST and deviation < 0) or (bad is Side.AT_LEAST and deviation > 0):
        return None
    return Departure(value, deviation, band) if abs(deviation) >= out else None

"""When a signal first left its usual range: change-points on range data, each with its uncertainty.

Method. Values are put in spreads from what is usual (core/baseline.py, or the first part of the range where there is
no such past) and clipped, so that no single spike decides. A two-sided CUSUM finds that the signal left (Page,
Continuous Inspection Schemes, 1954); where it left is then the change-point of highest likelihood around the
CUSUM's own start, of a step in the mean or of a ramp, and the interval is every change-point less than 2 below it in
log-likelihood (about 95 %, by Wilks' theorem). It ends when the signal has been back in range for a while, and does not
leave it on the same side again at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from oncall_tui.core.baseline import MAD_TO_SIGMA, Band, Grain, Points

CLIP = 6.0
"""Spreads beyond which further does not count for more."""
SLACK = 1.0
"""Spreads a value may be off without counting: shifts of less than twice this are not looked for."""
ALARM = 12.0
"""CUSUM at which a signal has left: three values at the clip, or a dozen that are two spreads off."""
BACK = 2.5
"""Spreads within which a value is back in range."""
HOLD = 5
"""Values in a row that must be back before it is over."""
MARGIN = 6
"""Values before the CUSUM began and after it rang among which the change is looked for."""
LEAST = 2.0
"""Spreads that half of what is out must be out by: less is a signal that only swings more than it used to."""
FEWEST = 12
"""Values without which nothing is said."""
MEAN_TO_SIGMA = 1.2533
"""What makes a mean distance comparable to a standard deviation."""
_LIKELY = 2.0


@dataclass(frozen=True, slots=True)
class Excursion:
    """One time a signal was out of range.

    at: when it most likely left; earliest, latest: the interval it left in (all unix seconds, within the steps of
    the data). until: when it was back, None while it is out. level: the median deviation while it was out, in
    spreads, signed. values: how many points it is out for. before_range: it was out at the first point already, so
    that it may have left at any time before.
    """

    at: float
    earliest: float
    latest: float
    until: float | None
    level: float
    values: int
    before_range: bool = False

    @property
    def uncertainty(self) -> float:
        """Half the interval in which it left, in seconds."""
        return (self.latest - self.earliest) / 2


def deviations(points: Points, band: Band) -> list[tuple[float, float]]:
    """The points in spreads from what is usual."""
    return [(at, band.deviation(value)) for at, value in points]


def deviations_of_itself(points: Points, grain: Grain, *, quiet: float = 1 / 3) -> list[tuple[float, float]]:
    """The points in robust spreads from the first part of the range: for a signal without a past to compare with.

    What had left before the range began cannot be seen so. [] for fewer than FEWEST points. The MAD of a count that
    mostly stays the same is 0, though it does move: there the mean distance counts (Iglewicz and Hoaglin, How to Detect
    and Handle Outliers, 1993).
    """
    if len(points) < FEWEST:
        return []
    first = [value for _, value in points[: max(FEWEST // 2, int(len(points) * quiet))]]
    center = median(first)
    distances = [abs(value - center) for value in first]
    spread = max(MAD_TO_SIGMA * median(distances) or MEAN_TO_SIGMA * fmean(distances), grain.at(center))
    return [(at, (value - center) / spread) for at, value in points]


def excursions(points: Sequence[tuple[float, float]]) -> tuple[Excursion, ...]:
    """Every time the signal left its range and for how long, oldest first; points: (unix seconds, deviation)."""
    if len(points) < FEWEST:
        return ()
    clipped = [max(-CLIP, min(CLIP, deviation)) for _, deviation in points]
    found: list[Excursion] = []
    place = 0
    while (alarm := _alarm(clipped, place)) is not None:
        began, rang, sign = alarm
        end = _end(clipped, rang, sign)
        while (again := _alarm(clipped, end)) is not None and again[2] == sign and again[0] <= end + HOLD:
            end = _end(clipped, again[1], sign)  # a slow decline dips back into range, and has not ended
        excursion = _excursion(points, clipped, (place, began, rang, end))
        if abs(excursion.level) >= LEAST:
            found.append(excursion)
        place = end
    return tuple(found)


def _alarm(values: Sequence[float], place: int) -> tuple[int, int, int] | None:
    """Where the CUSUM last was at zero before it rang, where it rang, and on which side; from place on."""
    high = low = 0.0
    high_from = low_from = place
    for i in range(place, len(values)):
        high = max(0.0, high + values[i] - SLACK)
        low = max(0.0, low - values[i] - SLACK)
        if high == 0.0:
            high_from = i + 1
        if low == 0.0:
            low_from = i + 1
        if high >= ALARM or low >= ALARM:
            return (high_from, i, 1) if high >= low else (low_from, i, -1)
    return None


def _end(values: Sequence[float], rang: int, sign: int) -> int:
    """The first of HOLD values that are back in range, or of any beyond it on the other side; the length if none."""
    back = 0
    for i in range(rang + 1, len(values)):
        back = back + 1 if values[i] * sign <= BACK else 0
        if back == HOLD:
            return i - HOLD + 1
    return len(values)


def _excursion(
    points: Sequence[tuple[float, float]], clipped: Sequence[float], places: tuple[int, int, int, int]
) -> Excursion:
    floor, began, rang, end = places
    at, earliest, latest = _change(clipped, max(floor, began - MARGIN), rang, min(end, rang + MARGIN))
    out = [deviation for _, deviation in points[at:end]]
    return Excursion(
        at=points[at][0],
        # It left between the last value in range and the first out of it.
        earliest=points[max(earliest - 1, 0)][0],
        latest=points[latest][0],
        until=points[end][0] if end < len(points) else None,
        level=median(out),
        values=len(out),
        before_range=earliest == 0,
    )


def _change(values: Sequence[float], first: int, rang: int, last: int) -> tuple[int, int, int]:
    """The likeliest place in values[first:last] at which a step or a ramp began, and the first and last likely ones."""
    places = range(first, min(rang, last - 1) + 1)
    gains = [(_step_gain(values[i:last]), _ramp_gain(values[i:last])) for i in places]
    best = max(max(pair) for pair in gains)
    likely = [i for i, pair in zip(places, gains, strict=True) if max(pair) > best - _LIKELY]
    at = next(i for i, pair in zip(places, gains, strict=True) if max(pair) == best)
    return at, likely[0], likely[-1]


def _step_gain(tail: Sequence[float]) -> float:
    """Log-likelihood gained over 'still zero' by a step to a free mean: S^2 / 2n, of unit variance."""
    return sum(tail) ** 2 / (2 * len(tail))


def _ramp_gain(tail: Sequence[float]) -> float:
    """The same by a ramp of free slope: (sum of k z_k)^2 / (2 * sum of k^2)."""
    n = len(tail)
    return sum(k * value for k, value in enumerate(tail, 1)) ** 2 / (n * (n + 1) * (2 * n + 1) / 3)

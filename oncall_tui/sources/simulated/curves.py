"""The fleet's arithmetic: levels that change over time, traffic, and the exact integral of one times the other.

Time here is *story time*: seconds since the epoch of the story, negative in its past. Everything is closed
form, so that a counter at any moment costs the same and equals the integral of its rate.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

Knots = Sequence[tuple[float, float]]
DAY = 86_400.0
WEEK = 7 * DAY


@dataclass(frozen=True)
class Curve:
    """A piecewise linear level: knots are (story time, level), in order; flat before the first and after the last."""

    knots: tuple[tuple[float, float], ...]

    @cached_property
    def times(self) -> tuple[float, ...]:
        """The knots' times."""
        return tuple(time for time, _ in self.knots)

    def at(self, s: float) -> float:
        """The level at story time s; 0.0 for a curve of no knots."""
        if not self.knots:
            return 0.0
        i = bisect_right(self.times, s)
        if i == 0 or i == len(self.knots):
            return self.knots[max(0, i - 1)][1]
        (t0, v0), (t1, v1) = self.knots[i - 1], self.knots[i]
        return v0 + (v1 - v0) * (s - t0) / (t1 - t0)

    def healed(self, at: float, recovery: float) -> Curve:
        """The same until at, from there down to nothing within recovery seconds."""
        kept = tuple(knot for knot in self.knots if knot[0] < at)
        return Curve((*kept, (at, self.at(at)), (at + recovery, 0.0)))


def total_of(curves: Iterable[Curve], ceiling: float = math.inf) -> Curve:
    """The sum of the curves, cut off at ceiling."""
    curves = tuple(curves)
    times = sorted({time for curve in curves for time in curve.times})
    return Curve(tuple((time, min(ceiling, sum(curve.at(time) for curve in curves))) for time in times))


@dataclass(frozen=True, slots=True)
class Wave:
    """One sine: amplitude is relative to what it modulates, omega in radians per second."""

    amplitude: float
    omega: float
    phase: float

    def at(self, s: float) -> float:
        """Its value at story time s."""
        return self.amplitude * math.sin(self.omega * s + self.phase)


def ripple(rng: random.Random, *shape: tuple[float, float]) -> tuple[Wave, ...]:
    """Small noise: a wave per (amplitude, period in seconds), its phase and a tenth of its period by chance."""
    return tuple(
        Wave(amplitude, math.tau / (period * rng.uniform(0.9, 1.1)), rng.uniform(0, math.tau))
        for amplitude, period in shape
    )


@dataclass(frozen=True, slots=True)
class Traffic:
    """A rate per second about a mean; the waves' amplitudes sum to less than 1, so that it never falls to zero."""

    mean: float
    waves: tuple[Wave, ...]

    def rate(self, s: float) -> float:
        """Per second at story time s."""
        return self.mean * (1 + sum(wave.at(s) for wave in self.waves))

    def count(self, a: float, b: float) -> float:
        """The integral of the rate from a to b."""
        cos = math.cos
        swing = 0.0
        for wave in self.waves:
            w, p = wave.omega, wave.phase
            swing += wave.amplitude * (cos(w * a + p) - cos(w * b + p)) / w
        return self.mean * (b - a + swing)

    def moment(self, a: float, b: float) -> float:
        """The integral of (s - a) * rate from a to b."""
        sin, cos = math.sin, math.cos
        swing = 0.0
        for wave in self.waves:
            w, end = wave.omega, wave.omega * b + wave.phase
            swing += wave.amplitude * ((sin(end) - sin(w * a + wave.phase)) / w - (b - a) * cos(end)) / w
        return self.mean * ((b - a) ** 2 / 2 + swing)


class Flow:
    """A share of a traffic, counted since origin: the integral of rate * share, share being a Curve of 0..1."""

    def __init__(self, traffic: Traffic, share: Curve, origin: float) -> None:
        self.traffic = traffic
        self.share = share
        starts = [origin, *(time for time in share.times if time > origin)]
        self._starts = starts
        self._levels = [share.at(time) for time in starts]
        self._slopes = [
            (v1 - v0) / (t1 - t0)
            for t0, t1, v0, v1 in zip(starts, starts[1:], self._levels, self._levels[1:], strict=False)
        ] + [0.0]
        self._before = [0.0]
        for i, end in enumerate(starts[1:]):
            self._before.append(self._before[-1] + self._piece(i, end))

    def _piece(self, i: int, end: float) -> float:
        start, level, slope = self._starts[i], self._levels[i], self._slopes[i]
        amount = level * self.traffic.count(start, end) if level else 0.0
        return amount + slope * self.traffic.moment(start, end) if slope else amount

    def total(self, s: float) -> float:
        """How much has flowed from the origin to s; nothing before the origin."""
        i = bisect_right(self._starts, s) - 1
        return self._before[i] + self._piece(i, s) if i >= 0 else 0.0


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A latency distribution: median in seconds and spread (sigma of the logarithm)."""

    median: float
    spread: float

    def below(self, bound: float) -> float:
        """The share at or below bound seconds; 1.0 for infinity."""
        if math.isinf(bound):
            return 1.0
        return 0.5 * (1 + math.erf(math.log(bound / self.median) / (self.spread * math.sqrt(2))))

    @property
    def mean(self) -> float:
        """In seconds."""
        return self.median * math.exp(self.spread**2 / 2)

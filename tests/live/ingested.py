"""Samples that a test ingests, and what can be said of them without PromQL: plain Python over (time, value) lists.

Times are unix milliseconds, as Prometheus keeps them; windows are seconds. Two answers exist for a counter: what
happened, by the samples alone, and what a server makes of them by its own rules: Prometheus' (2.42), which
extrapolates, or VictoriaMetrics' (1.79), which does not.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

LOOKBACK = 300_000
"""Milliseconds for which Prometheus takes a sample as the present value."""

Samples = list[tuple[int, float]]


@dataclass(frozen=True, eq=False)
class Line:
    """One series: its metric, its labels, and its samples, oldest first."""

    metric: str
    labels: Mapping[str, str]
    samples: Samples

    @property
    def name(self) -> str:
        return self.metric + "{" + ",".join(f'{label}="{value}"' for label, value in self.labels.items()) + "}"


@dataclass
class Ingested:
    """Everything that was put into a server."""

    lines: list[Line] = field(default_factory=list)

    def add(self, metric: str, samples: Samples, **labels: str) -> Line:
        self.lines.append(Line(metric, labels, samples))
        return self.lines[-1]

    def openmetrics(self) -> str:
        """As promtool takes it: seconds, to the millisecond, all series of a metric together."""
        return self._text(lambda at: f"{at / 1000:.3f}")

    def exposition(self) -> str:
        """As VictoriaMetrics' /api/v1/import/prometheus takes it: milliseconds. NaN says nothing there either."""
        return self._text(str)

    def _text(self, moment: Callable[[int], str]) -> str:
        lines = sorted(self.lines, key=lambda line: line.metric)
        return "".join(f"{one.name} {value!r} {moment(at)}\n" for one in lines for at, value in one.samples)


def server_time(at: float) -> int:
    """The millisecond that Prometheus evaluates at when asked for unix time `at` with three decimals."""
    fraction, whole = math.modf(float(f"{at:.3f}"))
    nanoseconds = int(math.floor(fraction * 1000 + 0.5) / 1000 * 1e9)
    return int(whole) * 1000 + nanoseconds // 1_000_000


def within(samples: Samples, start: int, end: int) -> Samples:
    """The samples from start to end, both included, as 2.x takes a range."""
    return samples[bisect_left(samples, (start, -math.inf)) : bisect_right(samples, (end, math.inf))]


def risen(samples: Samples) -> float:
    """How much a counter rose from the first sample to the last; what falls was reset, and starts again from zero."""
    return sum(now - before if now >= before else now for (_, before), (_, now) in pairwise(samples))


def happened(samples: Samples, at: int, window: int) -> float:
    """Events within the window by the samples alone: each rise is spread evenly between its two samples.

    A series that begins within the window began at zero: its first value is a rise too, at that very moment. A
    sample that is NaN says nothing.
    """
    start = at - window * 1000
    samples = [sample for sample in samples if not math.isnan(sample[1])]
    first = samples[0]
    total = first[1] if start < first[0] <= at else 0.0
    low = max(0, bisect_right(samples, (start, math.inf)) - 1)
    high = bisect_left(samples, (at, -math.inf)) + 1
    part = samples[low:high]
    for (then, before), (now, value) in pairwise(part):
        rise = value - before if value >= before else value
        total += rise * max(0, min(now, at) - max(then, start)) / (now - then)
    return total


def extrapolated(samples: Samples, at: int, window: int) -> float | None:
    """increase() by Prometheus' rule; None where fewer than two samples lie in the window.

    What rose between the first and the last sample is stretched to the window's ends, where these are less than 1.1
    times the mean interval away; otherwise by half an interval. Never back beyond where the counter was zero.
    """
    start = at - window * 1000
    inside = within(samples, start, at)
    if len(inside) < 2:
        return None
    (first, low), (last, _) = inside[0], inside[-1]
    rose = _risen_as_prometheus(inside)
    sampled = (last - first) / 1000
    interval = sampled / (len(inside) - 1)
    before, after = (first - start) / 1000, (at - last) / 1000
    if rose > 0 and low >= 0:
        before = min(before, sampled * (low / rose))
    stretched = sampled
    for gap in (before, after):
        stretched += gap if gap < interval * 1.1 else interval / 2
    return rose * (stretched / sampled)


def _risen_as_prometheus(inside: Samples) -> float:
    """last - first, plus what was lost at each reset: NaN where either end is NaN, and blind to a reset beside one."""
    rose = inside[-1][1] - inside[0][1]
    previous = inside[0][1]
    for _, value in inside:
        if value < previous:
            rose += previous
        previous = value
    return rose


def latest(samples: Samples, at: int) -> float | None:
    """The value a gauge has now: the newest sample unless it is older than five minutes."""
    index = bisect_right(samples, (at, math.inf)) - 1
    return samples[index][1] if index >= 0 and samples[index][0] >= at - LOOKBACK else None


def moments(at: int, window: int, step: int) -> Iterator[int]:
    """The moments at which Prometheus evaluates a subquery [window:step]: multiples of step, both ends included."""
    pace = step * 1000
    first = -(-(at - window * 1000) // pace) * pace
    return iter(range(first, at + 1, pace))


def victoria_increase(samples: Samples, at: int, window: int) -> float | None:
    """increase() by VictoriaMetrics' rule: from the last sample before the window to the last one in it.

    Nothing is extrapolated. A series that begins in the window began at zero, and NaN is no sample.
    """
    known = [sample for sample in samples if not math.isnan(sample[1])]
    low, high = (bisect_right(known, (moment, math.inf)) for moment in (at - window * 1000, at))
    if low == high:
        return None
    return risen([known[low - 1] if low else (0, 0.0), *known[low:high]])


def extrapolated_rate(samples: Samples, at: int, window: int) -> float | None:
    """rate() by Prometheus' rule: the increase, per second of the window."""
    rose = extrapolated(samples, at, window)
    return None if rose is None else rose / window


def victoria_rate(samples: Samples, at: int, window: int) -> float | None:
    """rate() by VictoriaMetrics' rule: what rose, per second between the first and the last sample.

    The last sample before the window is the first one where it lies within about an interval of it: an interval and
    a half, a quarter or an eighth, the longer it is the less. None with fewer than two samples.
    """
    known = [sample for sample in samples if not math.isnan(sample[1])]
    start = at - window * 1000
    low, high = (bisect_right(known, (moment, math.inf)) for moment in (start, at))
    inside = known[low:high]
    if not inside:
        return None
    if low:
        pauses = sorted(now - then for (then, _), (now, _) in pairwise(known[max(0, low - 20) : high]))
        usual = pauses[len(pauses) * 6 // 10]
        reach = usual * (1.5 if usual <= 16_000 else 1.25 if usual <= 32_000 else 1.125)
        if known[low - 1][0] > start - reach:
            inside = [known[low - 1], *inside]
    if len(inside) < 2:
        return None
    return risen(inside) / ((inside[-1][0] - inside[0][0]) / 1000)


def victoria_latest(samples: Samples, at: int) -> float | None:
    """A gauge in a subquery of one-minute steps: its newest sample of the last minute that is a number.

    So it is where samples come every few seconds; where they are sparser, VictoriaMetrics guesses a longer span.
    """
    known = [value for _, value in within(samples, at - 59_999, at) if not math.isnan(value)]
    return known[-1] if known else None


def victoria_moments(at: int, window: int, step: int) -> Iterator[int]:
    """As moments, without a step at the very start of the window."""
    return (moment for moment in moments(at, window, step) if moment > at - window * 1000)


@dataclass(frozen=True)
class Rules:
    """How a server reads samples: a counter's increase and rate, a gauge's value, and a subquery's moments."""

    increase: Callable[[Samples, int, int], float | None]
    rate: Callable[[Samples, int, int], float | None]
    latest: Callable[[Samples, int], float | None]
    moments: Callable[[int, int, int], Iterator[int]]


PROMETHEUS = Rules(extrapolated, extrapolated_rate, latest, moments)
VICTORIA = Rules(victoria_increase, victoria_rate, victoria_latest, victoria_moments)

# The figures

Judge = Callable[[int, Rules], bool | None]
"""Whether the slice that ends at a moment (ms) is good; None: it has no value."""


def ratio_happened(part: Iterable[Line], total: Iterable[Line], at: int, window: int) -> float | None:
    """part over total by what happened; None without events."""
    whole = sum(happened(one.samples, at, window) for one in total)
    return sum(happened(one.samples, at, window) for one in part) / whole if whole else None


def ratio_by_rule(part: Iterable[Line], total: Iterable[Line], at: int, window: int, rules: Rules) -> float | None:
    """part over total as two sums of increases; None where the total has no value, or is 0 or NaN."""
    wholes = [rise for one in total if (rise := rules.increase(one.samples, at, window)) is not None]
    parts = [rise for one in part if (rise := rules.increase(one.samples, at, window)) is not None]
    whole = math.fsum(wholes)
    return math.fsum(parts) / whole if wholes and whole and not math.isnan(whole) else None


def bad_slices(good: Judge, at: int, window: int, step: int, rules: Rules = PROMETHEUS) -> float | None:
    """The share of bad slices among those that have a value."""
    verdicts = [known for moment in rules.moments(at, window, step) if (known := good(moment, rules)) is not None]
    return 1 - sum(verdicts) / len(verdicts) if verdicts else None


def changes(good: Judge, at: int, window: int, step: int) -> int:
    """How often the verdict changes within the window, from one slice to the next."""
    verdicts = [good(moment, PROMETHEUS) for moment in moments(at, window, step)]
    return sum(before is not now for before, now in pairwise(verdicts))


def worst(lines: Sequence[Line], pick: Callable[[Iterable[float]], float], at: int, rules: Rules) -> float | None:
    """The worst value now among the lines that have one that is a number."""
    values = [value for one in lines if (value := rules.latest(one.samples, at)) is not None and not math.isnan(value)]
    return pick(values) if values else None

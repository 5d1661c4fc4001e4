"""How far one distribution has moved from another, from counts in the same bins.

reference and current are counts per bin, in the same order: finite, non-negative, and fractional if they like
(Prometheus' increase() extrapolates). Only shares matter, so the two sides may differ in size.

Every distance is None when there is too little to say it: fewer than `minimum` events on a side, or fewer than two
bins, between which nothing can move. None is not 0: a distance nobody measured is no proof of calm. ValueError is
for what no histogram gives: sides of unequal length, negative, infinite or NaN counts.

Which to choose: PSI has thresholds everyone knows (0.1, 0.25) and suits bins of any kind. Jensen-Shannon is bounded,
and calm about empty bins. Kolmogorov-Smirnov and Wasserstein want ordered bins; the latter speaks the feature's own
unit. All of them are blind to what moves within a bin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import NormalDist

MINIMUM = 500.0
"""Events wanted on each side. With ten bins and 500 on both, chance alone gives a PSI of 0.036 (psi_noise_floor);
with 200 it would give 0.09, as good as the usual threshold."""

EPSILON = 1e-4
"""The share an empty bin is given, so that PSI stays finite: the usual choice."""

CONFIDENCE = 0.99
"""How sure one wants to be that a PSI is no chance before it is called a move."""

EXPECTED = 10.0
"""Events that a bin should hold, for chi-squared to describe what chance does to it.

Measured on even and on long-tailed distributions: chance is then above its limit 0.8 to 1.6 times in 100, 1 being
meant; with the usual 5 it is up to 2.8 times.
"""


@dataclass(frozen=True, slots=True)
class Bins:
    """A histogram: counts[i] events above bounds[i - 1], up to and including bounds[i]. The last bound is +Inf."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def total(self) -> float:
        """Events in all bins."""
        return sum(self.counts)

    @property
    def midpoints(self) -> tuple[float, ...]:
        """Where each bin's events are taken to lie, for wasserstein.

        The middle of the bin; the open last one lies at its lower bound; the first begins at 0 if its bound is
        positive and else lies at its bound: histogram_quantile() takes them so too. 0 for a lone +Inf bin.
        """
        finite = self.bounds[:-1]
        if not finite:
            return (0.0,)
        first = finite[0] / 2 if finite[0] > 0 else finite[0]
        return (first, *(low + (high - low) / 2 for low, high in pairwise(finite)), finite[-1])


def from_cumulative(buckets: Mapping[float, float]) -> Bins:
    """The bins of a classic Prometheus histogram: {le: events up to it}, in any order.

    A bucket below a smaller one (a reset, scrapes a moment apart) counts as level with it, as in
    histogram_quantile(), so no bin is negative. Raises ValueError without a +Inf bucket (events beyond the last
    bound would be missing), for a NaN bound and for a NaN or infinite count.
    """
    if math.inf not in buckets:
        raise ValueError("a histogram has a +Inf bucket, this one has none")
    if not all(map(math.isfinite, buckets.values())) or any(map(math.isnan, buckets)):
        raise ValueError("the bounds and counts of a histogram are numbers, and its counts are finite")
    bounds = tuple(sorted(buckets))
    levels = accumulate((buckets[bound] for bound in bounds), max, initial=0.0)
    return Bins(bounds, tuple(upper - lower for lower, upper in pairwise(levels)))


def align(reference: Bins, current: Bins) -> tuple[Bins, Bins]:
    """Both on the bounds that they share: bins between two shared bounds become one.

    With no finite bound in common one bin is left, of which every distance is None.
    """
    known = set(current.bounds)
    shared = tuple(bound for bound in reference.bounds if bound in known)
    return coarsened(reference, shared), coarsened(current, shared)


def coarsened(bins: Bins, bounds: tuple[float, ...]) -> Bins:
    """The same events in fewer bins. bounds: some of its own, ascending, the last of them +Inf."""
    if bounds == bins.bounds:
        return bins
    counts, left = [], iter(zip(bins.bounds, bins.counts, strict=True))
    for bound in bounds:
        count = 0.0
        for upper, events in left:
            count += events
            if upper == bound:
                break
        counts.append(count)
    return Bins(bounds, tuple(counts))


def psi(reference: Sequence[float], current: Sequence[float], *, minimum: float = MINIMUM) -> float | None:
    """Population stability index: sum((c - r) * ln(c / r)) over the shares r and c of each bin. No unit.

    0 for equal shares; symmetric; below 0.1 stable, from 0.25 on a marked shift; it has no fixed upper end, and is
    always finite: an empty bin counts as a share of EPSILON, or as a millionth of the side's smallest share where that
    is no larger than EPSILON itself, as Evidently has it.
    Source: Siddiqi, Credit Risk Scorecards, ch. 6. It is the Jeffreys divergence of the two.
    """
    shares = _shares(reference, current, minimum)
    if shares is None:
        return None
    pairs = zip(*map(_without_zeros, shares), strict=True)
    return math.fsum((c - r) * (math.log(c) - math.log(r)) for r, c in pairs)


def psi_noise_floor(bins: int, reference_events: float, current_events: float) -> float:
    """The PSI that chance alone gives on average: (bins - 1) * (1/n_ref + 1/n_cur). Inf with no events on a side.

    What lies near it says nothing. Source: Yurdakul, Statistical Properties of Population Stability Index (2018):
    PSI is distributed as (1/n + 1/m) times chi-squared with bins - 1 degrees of freedom.
    """
    if reference_events <= 0 or current_events <= 0:
        return math.inf
    return (bins - 1) * (1 / reference_events + 1 / current_events)


def psi_noise_limit(
    bins: int, reference_events: float, current_events: float, *, confidence: float = CONFIDENCE
) -> float:
    """The PSI that chance alone stays below with this confidence (0..1, exclusive). Inf with no events on a side.

    The quantile of what psi_noise_floor is the mean of. It takes the events to be independent of each other: where one
    user sends many alike, chance does more than this. Bins want EXPECTED events each (see without_sparse).
    """
    if reference_events <= 0 or current_events <= 0:
        return math.inf
    return _chi_squared(bins - 1, confidence) * (1 / reference_events + 1 / current_events)


def _chi_squared(degrees: int, quantile: float) -> float:
    """The quantile of chi-squared, to 3%; 0 without a degree of freedom.

    Source: Wilson and Hilferty, The Distribution of Chi-square (1931).
    """
    if degrees < 1:
        return 0.0
    if degrees == 1:
        return NormalDist().inv_cdf((1 + quantile) / 2) ** 2
    spread = 2 / (9 * degrees)
    return degrees * max(0.0, 1 - spread + NormalDist().inv_cdf(quantile) * math.sqrt(spread)) ** 3


def without_sparse(reference: Bins, current: Bins, *, expected: float = EXPECTED) -> tuple[Bins, Bins]:
    """Both (on the same bounds) with neighbouring bins joined until the smaller side may expect so many events in each.

    A bin counts by the larger of its two shares: one that is empty on one side and full on the other stays as it is, so
    nothing that moved is hidden. Sides with fewer events than that end in one bin.
    Source: Cochran, Some Methods for Strengthening the Common Chi-squared Tests (1954).
    """
    r_total, c_total = reference.total, current.total
    fewest = min(r_total, c_total)
    if fewest <= 0:
        return reference, current
    kept: list[float] = []
    r_held = c_held = 0.0
    for bound, r, c in zip(reference.bounds, reference.counts, current.counts, strict=True):
        r_held += r / r_total
        c_held += c / c_total
        if max(r_held, c_held) * fewest >= expected:
            kept.append(bound)
            r_held = c_held = 0.0
    # What is left over at the upper end goes to the bin below it, which then ends where everything does.
    bounds = (*kept[:-1], math.inf)
    return coarsened(reference, bounds), coarsened(current, bounds)


def js_distance(reference: Sequence[float], current: Sequence[float], *, minimum: float = MINIMUM) -> float | None:
    """Jensen-Shannon distance: the square root of the divergence in bits. 0 (equal) .. 1 (nothing in common).

    Symmetric, and a metric. Source: Endres and Schindelin, A New Metric for Probability Distributions (2003);
    equal to scipy.spatial.distance.jensenshannon(r, c, base=2).
    """
    shares = _shares(reference, current, minimum)
    if shares is None:
        return None
    terms = []
    for r, c in zip(*shares, strict=True):
        middle = (r + c) / 2
        terms += [share * math.log2(share / middle) for share in (r, c) if share > 0]
    return math.sqrt(min(1.0, max(0.0, math.fsum(terms) / 2)))


def ks_statistic(reference: Sequence[float], current: Sequence[float], *, minimum: float = MINIMUM) -> float | None:
    """Kolmogorov-Smirnov: the largest gap between the two cumulative distributions, 0..1. Symmetric.

    Bins in ascending order. It sees the gap at the bins' bounds only, so it never overstates that of the raw values.
    """
    shares = _shares(reference, current, minimum)
    return None if shares is None else min(1.0, max(map(abs, _gaps(*shares))))


def wasserstein(
    reference: Sequence[float], current: Sequence[float], positions: Sequence[float], *, minimum: float = MINIMUM
) -> float | None:
    """Wasserstein-1 (earth mover's) distance, in the unit of positions: how far the mass moved on average.

    positions: where each bin's events lie, ascending (Bins.midpoints). 0 .. last - first; symmetric; of a
    distribution shifted by d it is d. Equal to scipy.stats.wasserstein_distance with counts as weights.
    Raises ValueError too when positions do not fit the bins, do not ascend or are not finite.
    """
    if len(positions) != len(reference) or not all(map(math.isfinite, positions)):
        raise ValueError("every bin has one finite position")
    widths = [right - left for left, right in pairwise(positions)]
    if any(width < 0 for width in widths):
        raise ValueError("positions ascend")
    shares = _shares(reference, current, minimum)
    if shares is None:
        return None
    return math.fsum(abs(gap) * width for gap, width in zip(_gaps(*shares), widths, strict=False))


def _shares(
    reference: Sequence[float], current: Sequence[float], minimum: float
) -> tuple[list[float], list[float]] | None:
    """Both sides as shares that sum to 1; None when there is too little to compare."""
    if len(reference) != len(current):
        raise ValueError(f"the sides have {len(reference)} and {len(current)} bins: align them first")
    if not all(math.isfinite(count) and count >= 0 for count in (*reference, *current)):
        raise ValueError("counts are finite and not negative")
    events = math.fsum(reference), math.fsum(current)
    if len(reference) < 2 or min(events) <= 0 or min(events) < minimum:
        return None
    return [count / events[0] for count in reference], [count / events[1] for count in current]


def _without_zeros(shares: list[float]) -> list[float]:
    if all(shares):
        return shares
    smallest = min(share for share in shares if share)
    stand_in = EPSILON if smallest > EPSILON else max(smallest / 1e6, math.ulp(0.0))
    return [share or stand_in for share in shares]


def _gaps(reference: list[float], current: list[float]) -> list[float]:
    """Current minus reference, cumulated, at each bin's upper bound."""
    return list(accumulate(c - r for r, c in zip(reference, current, strict=True)))

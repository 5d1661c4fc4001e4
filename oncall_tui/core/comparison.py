"""One feature's distribution now against its reference: the distances, what they rest on, or why there are none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from oncall_tui.core.drift import (
    MINIMUM,
    Bins,
    align,
    from_cumulative,
    js_distance,
    ks_statistic,
    psi,
    psi_noise_floor,
    psi_noise_limit,
    wasserstein,
    without_sparse,
)

OUT_OF_ORDER = 0.05
"""The part of all events by which a bucket may lie below a smaller one: increase() extrapolates each on its own."""

Buckets = Mapping[float, float]
"""A classic histogram: {le: events up to it}, +Inf among them."""


class Unusable(ValueError):
    """Why buckets say nothing of a distribution, in a few words."""


@dataclass(frozen=True, slots=True)
class Distances:
    """How far two distributions lie apart, by core.drift's functions on the same bins.

    noise_floor: the PSI that chance alone gives on average; noise_limit: what it stays below 99 times in 100.
    wasserstein in the feature's own unit. shift: by how many of the reference's standard deviations the mean moved,
    up or (negative) down; None where the reference has no spread.
    """

    psi: float
    js: float
    ks: float
    wasserstein: float
    noise_floor: float
    noise_limit: float
    shift: float | None

    @property
    def within_noise(self) -> bool:
        """Whether chance alone may well have given this PSI."""
        return self.psi <= self.noise_limit


@dataclass(frozen=True, slots=True)
class Comparison:
    """A feature's two sides. reference, current: as compared, on the bounds that both have, sparse bins joined.

    A side is None where there is none that could be used. distances: None where there are none, and then trouble says
    why; few: that too few events are all that is wrong. note: what else a person must know of the bins.
    """

    reference: Bins | None = None
    current: Bins | None = None
    distances: Distances | None = None
    trouble: str = ""
    few: bool = False
    note: str = ""


def usable(buckets: Buckets) -> Bins:
    """The bins of a side. Raises Unusable, with a reason of its own for each way of saying nothing."""
    if not buckets:
        raise Unusable("no buckets")
    if any(map(math.isnan, buckets)):
        raise Unusable("a bucket whose `le` is no number")
    if not all(map(math.isfinite, buckets.values())):
        raise Unusable("NaN or Inf in its buckets")
    if math.inf not in buckets:
        raise Unusable("no +Inf bucket: what lies beyond the last bound is missing")
    if len(buckets) == 1:
        raise Unusable("only a +Inf bucket: nothing in it can move")
    highest = 0.0
    for bound in sorted(buckets):
        if highest - buckets[bound] > OUT_OF_ORDER * max(highest, buckets[math.inf]):
            raise Unusable("a bucket holds less than a smaller one: do replicas have different `le`?")
        highest = max(highest, buckets[bound])
    return from_cumulative(buckets)


def compare(
    reference: Bins | Unusable | None, current: Bins | Unusable | None, *, minimum: float = MINIMUM
) -> Comparison:
    """The two sides of a feature compared. None: nothing is known of that side; Unusable: what is known says nothing.

    minimum: events wanted on each side. Never raises for what usable() let through.
    """
    sides = _comparable(reference, current, minimum)
    if sides.trouble or sides.reference is None or sides.current is None:
        return sides
    return replace(sides, distances=_distances(sides.reference, sides.current))


def psi_between(reference: Bins | Unusable | None, current: Bins | Unusable | None, *, minimum: float) -> float | None:
    """The PSI that compare() finds, and nothing else of it: for thousands of them over time. None where it has none."""
    sides = _comparable(reference, current, minimum)
    if sides.trouble or sides.reference is None or sides.current is None:
        return None
    return psi(sides.reference.counts, sides.current.counts, minimum=0.0)


def _comparable(reference: Bins | Unusable | None, current: Bins | Unusable | None, minimum: float) -> Comparison:
    """Both sides on the bins on which they are compared, or why they are not."""
    sides = Comparison(
        reference if isinstance(reference, Bins) else None, current if isinstance(current, Bins) else None
    )
    if isinstance(current, Unusable):
        return replace(sides, trouble=str(current))
    if isinstance(reference, Unusable):
        return replace(sides, trouble=f"its reference has {reference}")
    if reference is None:
        return replace(sides, trouble="no reference to compare with" if current else "neither side has any data")
    if current is None:
        return replace(sides, trouble="gone: it is in the reference, and nothing of it is seen now")
    return _aligned(reference, current, minimum)


def _aligned(reference: Bins, current: Bins, minimum: float) -> Comparison:
    old, new = align(reference, current)
    sides = Comparison(old, new, note=_shared(reference, current, old))
    if len(old.bounds) < 2:
        trouble = "its buckets and the reference's share no `le`"
        return replace(sides, reference=reference, current=current, trouble=trouble, note="")
    few = [
        f"{side.total:.0f} events {when}"
        for side, when in ((new, "now"), (old, "in the reference"))
        if side.total < max(minimum, 1.0)
    ]
    if few:
        return replace(sides, trouble=f"too few: {' and '.join(few)}, {minimum:.0f} wanted", few=True)
    whole = len(old.bounds)
    old, new = without_sparse(old, new)
    sides = replace(sides, reference=old, current=new)
    if len(old.bounds) < 2:
        return replace(sides, trouble="nearly all events lie in one bucket: finer `le` are wanted to see a move")
    if len(old.bounds) < whole:
        joined = f"{whole} bins joined to {len(old.bounds)} that hold enough events"
        sides = replace(sides, note=f"{sides.note}; {joined}" if sides.note else joined)
    return sides


def _shared(reference: Bins, current: Bins, aligned: Bins) -> str:
    known = len(set(reference.bounds) | set(current.bounds)) - 1
    shared = len(aligned.bounds) - 1
    return "" if shared == known else f"the two have different `le`: compared on the {shared} of {known} they share"


def _distances(old: Bins, new: Bins) -> Distances:
    """Of two sides with events and with bins between which they can move."""
    index, js, ks = (measure(old.counts, new.counts, minimum=0.0) for measure in (psi, js_distance, ks_statistic))
    moved = wasserstein(old.counts, new.counts, old.midpoints, minimum=0.0)
    assert index is not None
    assert js is not None
    assert ks is not None
    assert moved is not None
    bins = len(old.bounds)
    floor, limit = (noise(bins, old.total, new.total) for noise in (psi_noise_floor, psi_noise_limit))
    return Distances(index, js, ks, moved, floor, limit, _shift(old, new))


def _shift(old: Bins, new: Bins) -> float | None:
    middle = _mean(old)
    variance = math.fsum(n * (x - middle) ** 2 for n, x in zip(old.counts, old.midpoints, strict=True)) / old.total
    return (_mean(new) - middle) / math.sqrt(variance) if variance > 0 else None


def _mean(bins: Bins) -> float:
    return math.fsum(n * x for n, x in zip(bins.counts, bins.midpoints, strict=True)) / bins.total

"""What a comparison means for a feature: whether its drift earns a colour, and the order in which to look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.binned import BinnedDrift
from oncall_tui.core.catalogue import Signal
from oncall_tui.core.comparison import Comparison
from oncall_tui.core.readings import Members
from oncall_tui.core.state import State


class Standing(StrEnum):
    """How a feature stands, in the words of the screen."""

    DRIFTS = "drifts"
    IN_BOUNDS = "in bounds"
    WITHIN_NOISE = "within noise"
    TOO_FEW = "too few"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FeatureStatus:
    """One feature now. weight: its share of all importance, None if not known.

    counts: whether its state is its signal's too: what nobody can tell of a feature that matters little does not.
    """

    name: str
    state: State
    standing: Standing
    reason: str
    comparison: Comparison
    weight: float | None = None
    counts: bool = True

    @property
    def psi(self) -> float | None:
        """Its PSI; None where there is none."""
        return self.comparison.distances.psi if self.comparison.distances else None


def judge_features(signal: Signal, members: Members) -> tuple[FeatureStatus, ...]:
    """Every feature of a signal whose drift is computed, the one to look at first in front.

    A PSI colours when it is over a threshold and more than chance gives. Below what chance gives it is 'within noise',
    which is no news, good or bad, where chance alone reaches the lowest threshold.
    """
    binned = signal.binned
    assert binned is not None
    judged = [_judged(signal, binned, name, one) for name, one in members.comparisons.items()]
    even = 1 / max(1, len(judged))
    return tuple(sorted(judged, key=lambda one: _urgency(one, even)))


def _urgency(one: FeatureStatus, even: float) -> tuple[State, bool, float, str]:
    weight = even if one.weight is None else one.weight
    return one.state, not one.counts, -(one.psi or 0.0) * weight, one.name


def _judged(signal: Signal, binned: BinnedDrift, name: str, comparison: Comparison) -> FeatureStatus:
    weight, minor, distances = binned.weight(name), binned.is_minor(name), comparison.distances
    if distances is None:
        standing = Standing.TOO_FEW if comparison.few else Standing.UNKNOWN
        return FeatureStatus(name, State.UNKNOWN, standing, comparison.trouble, comparison, weight, counts=not minor)
    lowest = min((bound for bound in (signal.warn, signal.crit) if bound is not None), default=None)
    if distances.within_noise:
        limit = f"chance alone gives up to {distances.noise_limit:.2g}"
        if lowest is not None and distances.noise_limit >= lowest:
            told = f"{distances.psi:.2g} is within noise: {limit} with so few events"
            return FeatureStatus(name, State.UNKNOWN, Standing.WITHIN_NOISE, told, comparison, weight, counts=not minor)
        return FeatureStatus(name, State.OK, Standing.WITHIN_NOISE, f"within noise: {limit}", comparison, weight)
    breach = signal.breach(distances.psi)
    if breach is None:
        return FeatureStatus(name, State.OK, Standing.IN_BOUNDS, "in bounds", comparison, weight)
    state, bound = breach
    told = f"{distances.psi:.3g} > {bound:.3g}"
    if state is State.CRIT and minor:
        assert weight is not None
        state, told = State.WARN, f"{told}, with {weight:.1%} of importance"
    return FeatureStatus(name, state, Standing.DRIFTS, told, comparison, weight)


def drift_verdict(features: Sequence[FeatureStatus]) -> tuple[State, str]:
    """What all features come to, and why; UNKNOWN of none. features: as judge_features orders them."""
    counting = [one for one in features if one.counts]
    if not counting:
        return State.UNKNOWN, "no feature that matters can be judged" if features else "no feature is known"
    worst = min(counting, key=lambda one: one.state)
    if worst.state is State.OK:
        noise = all(one.standing is Standing.WITHIN_NOISE for one in counting)
        return State.OK, "within noise" if noise else "in bounds"
    others = sum(one.state is worst.state for one in counting) - 1
    more = f" (and {others} more)" if others else ""
    name = f"{worst.name} " if worst.name else ""
    return worst.state, f"{name}{worst.reason}{more}"

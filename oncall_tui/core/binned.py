"""How the drift of a signal is computed from histograms, where no gauge tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from oncall_tui.core.comparison import Buckets, Comparison, Unusable, compare, psi_between, usable
from oncall_tui.core.drift import MINIMUM, Bins

NO_BINS: Mapping[str, Bins] = MappingProxyType({})
NO_WEIGHTS: Mapping[str, float] = MappingProxyType({})

MINOR = 0.05
"""A feature with a smaller share of all importance colours nothing more than WARN."""


@dataclass(frozen=True, slots=True)
class BinnedDrift:
    """What a signal's counts are held against. Its query gives the counts of now, by its `by` label and `le`.

    window: seconds that those cover. query: PromQL for the reference's counts, of the same shape; '' where they are
    stored, by feature. words: what the reference is, for people ('the same hours 7d before'). moves: whether it moves
    with time; else start and end (unix seconds) say of when it is, where that is known. minimum: events wanted on each
    side. importance: of features, in any unit; minor: the share of it below which a feature is of little import.
    """

    window: int
    words: str
    query: str = ""
    stored: Mapping[str, Bins] = field(default_factory=lambda: NO_BINS, hash=False)
    moves: bool = False
    start: float | None = None
    end: float | None = None
    minimum: float = MINIMUM
    importance: Mapping[str, float] = field(default_factory=lambda: NO_WEIGHTS, hash=False)
    minor: float = MINOR

    def weight(self, feature: str) -> float | None:
        """The feature's share of all importance, 0..1; None where it has none that is known."""
        whole = sum(self.importance.values())
        return self.importance[feature] / whole if feature in self.importance and whole > 0 else None

    def is_minor(self, feature: str) -> bool:
        """Whether the feature is known to matter little."""
        weight = self.weight(feature)
        return weight is not None and weight < self.minor

    def comparisons(
        self, reference: Mapping[str, Bins | Unusable], current: Mapping[str, Buckets]
    ) -> dict[str, Comparison]:
        """Every feature of either side compared, by name."""
        now = {feature: sides_of(buckets) for feature, buckets in current.items()}
        return {
            feature: compare(reference.get(feature), now.get(feature), minimum=self.minimum)
            for feature in sorted({*reference, *now})
        }

    def psis(self, reference: Mapping[str, Bins | Unusable], current: Mapping[str, Buckets]) -> dict[str, float]:
        """The PSI of every feature that has one, by name."""
        found = {
            feature: psi_between(reference.get(feature), sides_of(buckets), minimum=self.minimum)
            for feature, buckets in current.items()
        }
        return {feature: value for feature, value in found.items() if value is not None}


def sides_of(buckets: Buckets) -> Bins | Unusable:
    """A side's bins, or why it says nothing."""
    try:
        return usable(buckets)
    except Unusable as why:
        return why

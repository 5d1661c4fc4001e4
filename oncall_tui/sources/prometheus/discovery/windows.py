"""Recorded windows: how names spell them, and the alert tiers that they allow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from oncall_tui.core.burn import Tier, policy_for
from oncall_tui.core.duration import format_duration, name_duration, parse_duration
from oncall_tui.sources.prometheus.discovery.rules import Pair


@dataclass(frozen=True, slots=True)
class Fit:
    """tiers: those whose windows are recorded, None for the usual ones of the period. remarks: what is missing."""

    tiers: tuple[Tier, ...] | None
    remarks: tuple[str, ...] = ()

    @property
    def hopeless(self) -> bool:
        """Whether no tier can be judged at all."""
        return self.tiers == ()


def window_of(name: str, prefix: str) -> int | None:
    """Seconds of the window that a metric's name ends with; None where it ends with none."""
    try:
        return parse_duration(name.removeprefix(prefix)) if name.startswith(prefix) else None
    except ValueError:
        return None


def spelt(windows: Mapping[int, str], prefix: str) -> set[int]:
    """The windows whose name is the one that $window will make. windows: seconds -> metric."""
    return {seconds for seconds, metric in windows.items() if metric == prefix + name_duration(seconds)}


def told_tiers(pairs: Iterable[Pair], windows: Mapping[int, str], period: int) -> tuple[Tier, ...]:
    """The tiers that alert rules speak of. windows: seconds -> metric."""
    seconds = {metric: window for window, metric in windows.items()}
    tiers = []
    for pair in pairs:
        if not all(metric in seconds for metric in pair.metrics):
            continue
        short, long = sorted(seconds[metric] for metric in pair.metrics)
        spent = float(f"{pair.factor * long / period:.6g}")
        if short < long and 0 < spent <= 1:
            tiers.append(Tier(pair.severity, long, short, spent))
    return tuple(dict.fromkeys(tiers))


def fit(period: int, recorded: Collection[int], told: tuple[Tier, ...] = ()) -> Fit:
    """The tiers to judge an SLO by: those that alert rules tell, else the usual ones, as far as they are recorded."""
    usual = policy_for(period)
    wanted = told or usual
    kept = tuple(tier for tier in wanted if {tier.long, tier.short} <= {*recorded} and tier.long <= period)
    lacking = sorted({w for tier in wanted for w in (tier.long, tier.short)} - {*recorded})
    remarks: tuple[str, ...] = ()
    if len(kept) < len(wanted):
        missing = f"not recorded: {', '.join(map(format_duration, lacking))}" if lacking else "longer than the period"
        remarks = (f"{len(wanted) - len(kept)} of {len(wanted)} burn tiers cannot be judged ({missing})",)
    return Fit(None if set(kept) == set(usual) else kept, remarks)

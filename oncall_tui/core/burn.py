"""Error budgets and multiwindow, multi-burn-rate alerting.

Source of every formula: Google, The Site Reliability Workbook, chapter 5, "Alerting on SLOs".
All windows and periods are seconds; all ratios are bad / total, 0..1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

HOUR = 3_600
DAY = 86_400


class Severity(StrEnum):
    """How loud a tier is: a page wakes somebody, a ticket waits for the morning."""

    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Tier:
    """One multiwindow alert: it fires while the long and the short window both burn above its factor.

    budget_spent is the fraction of the whole budget gone when the long window has burnt at the factor.
    """

    severity: Severity
    long: int
    short: int
    budget_spent: float

    def factor(self, period: int) -> float:
        """The burn rate that spends budget_spent of the period's budget within the long window."""
        return self.budget_spent * period / self.long


MONTHLY = (
    Tier(Severity.PAGE, HOUR, 5 * 60, 0.02),
    Tier(Severity.PAGE, 6 * HOUR, 30 * 60, 0.05),
    Tier(Severity.TICKET, DAY, 2 * HOUR, 0.10),
    Tier(Severity.TICKET, 3 * DAY, 6 * HOUR, 0.10),
)
"""The workbook's table 5-8: at 30 days its factors are 14.4, 6, 3 and 1."""

WEEKLY = (
    Tier(Severity.PAGE, HOUR, 5 * 60, 0.08),
    Tier(Severity.PAGE, 6 * HOUR, 30 * 60, 0.125),
    Tier(Severity.TICKET, DAY, 2 * HOUR, 0.20),
    Tier(Severity.TICKET, 3 * DAY, 6 * HOUR, 0.42),
)
"""For short periods, where MONTHLY would page at burn rates near 1. Factors at 7 days: 13.44, 3.5, 1.4, 0.98."""


def policy_for(period: int) -> tuple[Tier, ...]:
    """The tiers for an SLO period: WEEKLY up to 14 days, MONTHLY beyond."""
    return WEEKLY if period <= 14 * DAY else MONTHLY


def windows_of(policy: tuple[Tier, ...], period: int) -> tuple[int, ...]:
    """Every window the policy and the budget need, shortest first, each once."""
    return tuple(sorted({w for tier in policy for w in (tier.long, tier.short)} | {period}))


def error_budget(objective: float) -> float:
    """The fraction of events that may be bad. Raises ValueError unless 0 < objective < 1."""
    if not 0 < objective < 1:
        raise ValueError(f"an objective lies between 0 and 1, not at {objective!r}")
    return 1 - objective


def burn_rate(error_ratio: float, objective: float) -> float:
    """How many times faster than allowed the error budget is spent.

    error_ratio: bad / total over one window, 0..1. objective: 0 < o < 1.
    Returns a multiple of the budget's even pace: 1.0 spends it exactly in the SLO period.
    Raises ValueError outside those ranges (NaN is outside).
    """
    if not 0 <= error_ratio <= 1:
        raise ValueError(f"an error ratio lies between 0 and 1, not at {error_ratio!r}")
    return error_ratio / error_budget(objective)


def budget_remaining(period_error_ratio: float, objective: float) -> float:
    """What is left of the error budget, 1.0 = all of it; negative when overspent.

    period_error_ratio: bad / total over the whole SLO period. Raises ValueError as burn_rate does.
    """
    return 1 - burn_rate(period_error_ratio, objective)


def time_to_exhaustion(remaining: float, burn: float, period: int) -> float | None:
    """Seconds until the budget is gone at the present burn rate.

    0.0 when it is gone already; None when nothing burns. It takes the budget as spent from now on and
    none won back, so with a rolling period it is the soonest moment, not a forecast.
    """
    if remaining <= 0:
        return 0.0
    return remaining * period / burn if burn > 0 else None


class Verdict(StrEnum):
    """What one tier says.

    FROZEN: it fired when its figures were last known, and nothing has been heard since that would end it.
    TOO_FEW: it burns, but on fewer events than the SLO wants to see before it calls anybody.
    """

    FIRING = "firing"
    FROZEN = "frozen"
    QUIET = "quiet"
    TOO_FEW = "too few"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many events a tier's long window saw (None: not counted), and how many it must see to fire."""

    seen: float | None
    wanted: int

    @property
    def too_few(self) -> bool:
        """Whether there are known to be too few to judge by."""
        return self.seen is not None and self.seen < self.wanted


@dataclass(frozen=True, slots=True)
class TierVerdict:
    """A tier held against the burn rates of its two windows (None: no trusted figure).

    held: whether it would fire on the figures as they were last known. traffic: None where no minimum is set.
    """

    tier: Tier
    factor: float
    long_burn: float | None
    short_burn: float | None
    reachable: bool
    """False where even 100 % errors burn below the factor: this tier can never fire for this objective."""
    held: bool = False
    traffic: Traffic | None = None

    @property
    def verdict(self) -> Verdict:
        """FIRING when both windows burn above the factor, QUIET when one is known not to, else as it was last."""
        legs = (self.long_burn, self.short_burn)
        if any(leg is not None and leg <= self.factor for leg in legs):
            return Verdict.QUIET
        if None in legs:
            return Verdict.FROZEN if self.held else Verdict.UNKNOWN
        return Verdict.TOO_FEW if self.traffic is not None and self.traffic.too_few else Verdict.FIRING

    @property
    def fires(self) -> bool:
        """Whether its alert stands: it fires, or fired when it was last heard of."""
        return self.verdict in (Verdict.FIRING, Verdict.FROZEN)


def judge(tier: Tier, period: int, objective: float, ratios: Mapping[int, float | None]) -> TierVerdict:
    """Hold a tier against the error ratios by window (seconds -> ratio; missing or None: unknown)."""

    def burn(window: int) -> float | None:
        ratio = ratios.get(window)
        return None if ratio is None else burn_rate(ratio, objective)

    factor = tier.factor(period)
    return TierVerdict(tier, factor, burn(tier.long), burn(tier.short), factor * error_budget(objective) < 1)


def burn_down(counts: tuple[tuple[float, float, float], ...], objective: float) -> tuple[tuple[float, float], ...]:
    """The budget left over time, for a chart: ((unix time, remaining), ...).

    counts: (unix time, bad, total) of consecutive slices that cover the SLO period, oldest first. The
    budget is that of the whole period's traffic, so the last point equals budget_remaining. Empty when
    there was no traffic at all.
    """
    allowed = error_budget(objective) * sum(total for _, _, total in counts)
    if allowed <= 0:
        return ()
    spent, line = 0.0, []
    for at, bad, _ in counts:
        spent += bad
        line.append((at, 1 - spent / allowed))
    return tuple(line)

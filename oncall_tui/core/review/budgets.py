"""What a stretch of time cost the error budgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from oncall_tui.core.assess import Assessment
from oncall_tui.core.burn import burn_rate
from oncall_tui.core.slo import Slo
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.state import State

WEEK = 7 * 86_400
LEAK = 0.1
"""A budget that lost so much of itself in a week, while no alert fired for it, leaks."""
FRAGILE = 0.25
"""A budget with less left than this is fragile."""


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One SLO. Shares are of its whole error budget: 0.1 is a tenth.

    spent: in the time looked at; left: at its end; week_ago: left a week before that. Each None where it is not known,
    and `why` says why. leaks: whether it lost budget all week and nobody was told.
    """

    slo: Slo
    state: State
    spent: float | None
    left: float | None
    week_ago: float | None
    why: str = ""
    leaks: bool = False

    @property
    def trend(self) -> float | None:
        """How much more is left than a week before; negative for less."""
        return None if self.left is None or self.week_ago is None else self.left - self.week_ago

    @property
    def fragile(self) -> bool:
        """Whether there is little left to lose."""
        return self.left is not None and self.left < FRAGILE


def spent_share(error_ratio: float, slo: Slo, seconds: float) -> float:
    """The share of a period's budget that so many seconds at an error ratio spend, at traffic as even as can be."""
    return burn_rate(error_ratio, slo.objective) * seconds / slo.period


def budget_lines(
    assessment: Assessment,
    seconds: float,
    spent: Callable[[str], float | str],
    week_ago: Callable[[str], float | None],
    told: Callable[[SloStatus], bool],
) -> tuple[BudgetLine, ...]:
    """A line for each SLO, the one that spent most in front, and behind those of which it is not known.

    spent: the error ratio over the time by the SLO's id, or why there is none; week_ago: the share left then; told:
    whether an alert of it fired in that week.
    """
    lines = (_line(one, seconds, spent(one.slo.id), week_ago(one.slo.id), told(one)) for one in _slos(assessment))
    return tuple(sorted(lines, key=lambda one: (one.spent is None, -(one.spent or 0.0), one.slo.id)))


def _slos(assessment: Assessment) -> Iterable[SloStatus]:
    return (slo for service in assessment.services for slo in service.slos)


def _line(status: SloStatus, seconds: float, spent: float | str, week_ago: float | None, told: bool) -> BudgetLine:
    share = None if isinstance(spent, str) else spent_share(spent, status.slo, seconds)
    left = status.remaining
    leaks = left is not None and week_ago is not None and week_ago - left >= LEAK and not told
    why = spent if isinstance(spent, str) else "" if left is not None else status.doubt or status.reason
    return BudgetLine(status.slo, status.state, share, left, week_ago, why, leaks)

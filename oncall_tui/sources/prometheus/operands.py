"""The two operands of an events SLI, divided here: what is missing is told apart from what is zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

from oncall_tui.core.catalogue import Signal
from oncall_tui.core.slo import EventsSli, Slo
from oncall_tui.sources.prometheus.planner import Row

AGGREGATE = "aggregate it, with sum() or max() say, until one series is left"


class Nothing(Exception):
    """There is nothing to see; why."""


class Wrong(Exception):
    """The answer is not one to this question."""

    def __init__(self, error: str, hint: str) -> None:
        super().__init__(error)
        self.error, self.hint = error, hint


def one_of(rows: Sequence[Row]) -> Row | None:
    """The only row, None if there is none or it is empty. Raises Wrong when there are several."""
    if len(rows) > 1:
        raise Wrong(f"{len(rows)} series where one is wanted", AGGREGATE)
    return rows[0] if rows and rows[0].points else None


def divided(of: Slo | Signal, part: Sequence[Row], total: Sequence[Row], *, certain: bool) -> list[Row]:
    """The error ratio as one row, point by point where total has one; NaN where there was no traffic.

    certain: a missing point of part is 0. Otherwise it is not known, and left out. Raises Nothing, saying
    which of the two is missing, and Wrong when they do not go together.
    """
    assert isinstance(of, Slo)
    assert isinstance(of.sli, EventsSli)
    whole, some = one_of(total), one_of(part)
    if whole is None:
        raise Nothing("no series for the total query")
    name = "good" if of.sli.error is None else "error"
    if some is None and not certain:
        idle = all(value == 0 for _, value in whole.points)
        raise Nothing("no traffic" if idle else f"traffic, but no series for the {name} query")
    if some is not None and _matching(some) != _matching(whole):
        raise Wrong(f"the {name} and the total series differ in their labels", AGGREGATE)
    known = dict(some.points) if some else {}
    points = []
    for at, events in whole.points:
        if at in known or certain:
            ratio = _over(known.get(at, 0.0), events)
            points.append((at, ratio if name == "error" else 1 - ratio))
    return [Row({}, tuple(points))]


def _over(part: float, total: float) -> float:
    """part / total as PromQL divides."""
    if total:
        return part / total
    return math.nan if not part or math.isnan(part) else math.copysign(math.inf, part)


def _matching(row: Row) -> dict[str, str]:
    """The labels that a division would match on."""
    return {name: value for name, value in row.labels.items() if name != "__name__"}

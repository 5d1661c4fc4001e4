"""The two operands of an error ratio, divided here: what is missing is told apart from what is zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

from oncall_tui.core.slo import EventsSli, LatencySli, Sli, SlicesSli
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.promql import Operands

_NO_TOTAL: dict[type, str] = {EventsSli: "no series for the total query", SlicesSli: "no slice has a value"}
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


def divided(operands: Operands, sli: Sli, part: Sequence[Row], total: Sequence[Row]) -> list[Row]:
    """The error ratio as one row, point by point where total has one; NaN where there was no traffic.

    A missing point of part is 0 where the operands are certain of it. Otherwise it is not known, and left out.
    Raises Nothing, saying which of the two is missing, and Wrong when they do not go together.
    """
    whole, some = one_of(total), one_of(part)
    if whole is None:
        raise Nothing(_NO_TOTAL.get(type(sli), "no series"))
    if some is None and not operands.certain:
        idle = all(value == 0 for _, value in whole.points)
        raise Nothing("no traffic" if idle else f"traffic, but {_absent(sli)}")
    if some is not None and some.labels != whole.labels and _matching(some) != _matching(whole):
        name = "good" if operands.good else "error"
        raise Wrong(f"the {name} and the total series differ in their labels", AGGREGATE)
    known = dict(some.points) if some else {}
    points = []
    for at, events in whole.points:
        if at in known or operands.certain:
            ratio = _over(known.get(at, 0.0), events)
            points.append((at, 1 - ratio if operands.good else ratio))
    return [Row({}, tuple(points))]


def events_in(operands: Operands, total: Sequence[Row], window: int) -> float | None:
    """How many events a window (seconds) saw, from the newest point of total; None where that is no number."""
    row = one_of(total)
    value = row.points[-1][1] * (window if operands.per_second else 1) if row else math.nan
    return value if math.isfinite(value) and value >= 0 else None


def numbers_only(operands: Operands, part: Sequence[Row], total: Sequence[Row]) -> None:
    """Raises Wrong where a side is NaN now although nothing says that there was no traffic.

    A counter that has a NaN among its samples does that: what happened is not known, and no policy for missing data
    may call it good.
    """
    whole, some = one_of(total), one_of(part)
    events = whole.points[-1][1] if whole else 0.0
    name = "good" if operands.good else "error"
    for side, value in (("total", events), (name, some.points[-1][1] if some else 0.0)):
        if events != 0 and math.isnan(value):
            raise Wrong(f"the {side} is not a number (NaN)", "one of its series has a sample that is NaN")


def _absent(sli: Sli) -> str:
    if isinstance(sli, EventsSli):
        return f"no series for the {'good' if sli.error is None else 'error'} query"
    return no_bucket(sli) if isinstance(sli, LatencySli) else "no native histogram"


def no_bucket(sli: LatencySli) -> str:
    """What is missing where there is traffic and none of it is counted up to the threshold."""
    return f"no bucket le={sli.threshold:g}"


def _over(part: float, total: float) -> float:
    """part / total as PromQL divides."""
    if total:
        return part / total
    return math.nan if not part or math.isnan(part) else math.copysign(math.inf, part)


def _matching(row: Row) -> dict[str, str]:
    """The labels that a division would match on."""
    return {name: value for name, value in row.labels.items() if name != "__name__"}

"""Grouped SLOs: which groups there are, and the SLO of one group.

A grouped SLO is split by asking, now and then, which values its labels have had within its period; each set of values
becomes an SLO of its own, whose queries select that group alone. The planner asks them together again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import Grouped
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Sli, SlicesSli, Slo
from oncall_tui.sources.prometheus import printing, promql, tree
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.reach import search_step

MOST_GROUPS = 200
"""Members of one SLO; what goes beyond is said, not watched."""

_STAND_IN = "7777777s"
"""What stands for $window while a query is taken apart: a duration that nobody writes and no other unit equals."""

_WINDOW = "$window"


class Unsplittable(ValueError):
    """A query that cannot be narrowed to one group."""


def groups_query(slo: Slo) -> str | None:
    """Which groups there were within the period; None where the SLO's query cannot be read."""
    selector = promql.selector_of(slo.sli)
    if selector is None:
        return None
    over = f"[{format_duration(slo.period)}:{format_duration(search_step(slo.period))}]"
    # A group that began after the last whole step is seen only by a look at now.
    return f"count by ({', '.join(slo.by)}) (max_over_time({selector}{over}) or {selector})"


def grouped(slo: Slo, rows: Iterable[Row]) -> Grouped:
    """The members of a template, in the order of their labels' values. Raises Unsplittable."""
    found = sorted({tuple(row.labels.get(label, "") for label in slo.by) for row in rows})
    kept = [member(slo, dict(zip(slo.by, values, strict=True))) for values in found[:MOST_GROUPS]]
    more = len(found) - len(kept)
    complaint = f"{slo.id}: {more} more groups than the {MOST_GROUPS} that are watched" if more else ""
    return Grouped(tuple(kept), complaint)


def member(slo: Slo, group: Mapping[str, str]) -> Slo:
    """The SLO of one group. Raises Unsplittable."""
    return replace(slo, sli=_narrowed(slo.sli, group), group=group)


def _narrowed(sli: Sli, group: Mapping[str, str]) -> Sli:
    match sli:
        case EventsSli(total, error, good):
            return EventsSli(
                _query(total, group),
                None if error is None else _query(error, group),
                None if good is None else _query(good, group),
            )
        case LatencySli() | NativeLatencySli():
            own = ",".join(f"{label}={printing.quote(value)}" for label, value in group.items())
            written = sli.selector.strip().strip(",").strip()
            return replace(sli, selector=f"{written},{own}" if written else own)
        case SlicesSli():
            return replace(sli, query=_query(sli.query, group))
        case RatioSli(ratio, over_period):
            return RatioSli(_query(ratio, group), over_period and _query(over_period, group))


def _query(text: str, group: Mapping[str, str]) -> str:
    """The query for one group: a matcher more in every selector, and no label of the group in any `by` or `without`."""
    node = tree.parse(text.replace(_WINDOW, _STAND_IN))
    if node is None:
        raise Unsplittable("it cannot be read as PromQL")
    own = [f"{label}={printing.quote(value)}" for label, value in group.items()]

    def matchers(selector: tree.Tree) -> str:
        return ",".join([*(part for part in [printing.matchers_of(selector)] if part), *own])

    def clause(aggregation: tree.Tree) -> str:
        if aggregation.modifier is None:
            return ""
        labels = [label for label in aggregation.modifier.labels if label not in group]
        if str(aggregation.modifier.type).endswith("By"):
            return f" by ({', '.join(labels)}) " if labels else ""
        return f" without ({', '.join([*labels, *group])}) "

    try:
        shown = printing.show(node, matchers, clause)
    except printing.Unwritable as error:
        raise Unsplittable(f"it has a part that cannot be narrowed to one group: {error}") from None
    return shown.replace(_STAND_IN, _WINDOW)

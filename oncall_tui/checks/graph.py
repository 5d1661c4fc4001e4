"""Whether the service graph tells dependencies, and whether they make circles with those that are written."""

from __future__ import annotations

from collections.abc import Iterator

from oncall_tui.checks.written import cycle_findings
from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import Failed, Outcome, Series
from oncall_tui.core.service_graph import edges_in, with_edges
from oncall_tui.core.topology import topology_of
from oncall_tui.reports.check import Finding, Result

_MOST_NAMES = 10
"""Unknown names that are told."""


def graph_findings(outcome: Outcome | None, catalogue: Catalogue, where: Whereabouts) -> Iterator[Finding]:
    """What came of asking for the graph."""
    place = where.place("service_graph")
    if isinstance(outcome, Failed):
        yield Finding("graph", "service_graph", Result.FAILED, outcome.error, place, outcome.hint)
        return
    if not isinstance(outcome, Series):
        do = "is the metric scraped, and are client and server its labels? Within an hour nobody called anybody"
        yield Finding("graph", "service_graph", Result.WARNING, "it tells no call", place, do)
        return
    edges = edges_in(outcome, catalogue)
    if edges.unknown:
        more = len(edges.unknown) - _MOST_NAMES
        told = ", ".join(edges.unknown[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
        do = "where one is a service of another name here, say so in its `names`"
        yield Finding("graph", "names", Result.OK, f"no service is called {told}", place, do)
    state = Result.OK if edges.calls else Result.WARNING
    what = f"{edges.count} dependencies between services that are watched"
    yield Finding("graph", "service_graph", state, what, place)
    known = set(topology_of(catalogue).cycles())
    both = with_edges(catalogue, edges)
    if set(topology_of(both).cycles()) != known:
        yield from cycle_findings(both, where)

"""Keeps the dependencies that a service-graph metric tells, and adds them to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import Outcome, Reading, Series
from oncall_tui.core.service_graph import READING, Edges, edges_in, with_edges


class GraphWatch:
    """The edges as last told. Where nobody calls anybody for an hour, or nobody answers, the last ones stay."""

    def __init__(self) -> None:
        self._edges = Edges()

    def take(self, outcomes: Mapping[Reading, Outcome], catalogue: Catalogue) -> bool:
        """Take in what was answered; whether there are other dependencies now."""
        answer = outcomes.get(READING)
        if not isinstance(answer, Series):
            return False
        before, self._edges = self._edges, edges_in(answer, catalogue)
        return self._edges.calls != before.calls

    def on(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue with what the graph tells."""
        return with_edges(catalogue, self._edges)

"""The PromQL of SLIs, as rules want it."""

from __future__ import annotations

from oncall_tui.core.inputs import Inputs
from oncall_tui.core.ports import NotARule
from oncall_tui.core.slo import SlicesSli, Slo
from oncall_tui.sources.prometheus import printing, promql
from oncall_tui.sources.prometheus.grouping import by_labels
from oncall_tui.sources.prometheus.inputs import inputs_of


class RuleQueries:
    """Implements core.ports.SliQueries: the very expressions that are asked where nothing is recorded."""

    def ratio(self, slo: Slo, window: int) -> str:
        """The error ratio over a window (seconds). Raises NotARule."""
        return _grouped(slo, promql.ratio_of(slo, window))

    def events(self, slo: Slo, window: int) -> str | None:
        """The number of all events in a window (seconds), None where the SLI counts none. Raises NotARule."""
        counted = None if isinstance(slo.sli, SlicesSli) else promql.counts(slo.sli, window)
        return None if counted is None else _grouped(slo, counted[1])

    def inputs(self, slo: Slo, rate: float) -> Inputs:
        """What drives the SLI in a test of its rules. rate: events a second, if it counts any."""
        return inputs_of(slo, rate)


def _grouped(slo: Slo, text: str) -> str:
    try:
        return by_labels(text, slo.by)
    except printing.Unwritable as what:
        raise NotARule(f"its query cannot be grouped by {', '.join(slo.by)} ({what})") from None

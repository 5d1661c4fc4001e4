"""The PromQL of SLIs, as rules want it."""

from __future__ import annotations

from oncall_tui.core.duration import format_duration
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
        return _matured(slo, _grouped(slo, promql.ratio_of(slo, window)))

    def events(self, slo: Slo, window: int) -> str | None:
        """The number of all events in a window (seconds), None where the SLI counts none. Raises NotARule."""
        counted = None if isinstance(slo.sli, SlicesSli) else promql.counts(slo.sli, window)
        return None if counted is None else _matured(slo, _grouped(slo, counted[1]))

    def inputs(self, slo: Slo, rate: float) -> Inputs:
        """What drives the SLI in a test of its rules. rate: events a second, if it counts any."""
        if slo.label_delay:
            return Inputs(why=f"it is judged {format_duration(slo.label_delay)} late, when its labels are there")
        return inputs_of(slo, rate)


def _matured(slo: Slo, text: str) -> str:
    """The expression as it was when the labels of its window had come: one evaluation of it, so long ago."""
    return f"last_over_time(({text})[1m:1m] offset {format_duration(slo.label_delay)})" if slo.label_delay else text


def _grouped(slo: Slo, text: str) -> str:
    try:
        return by_labels(text, slo.by)
    except printing.Unwritable as what:
        raise NotARule(f"its query cannot be grouped by {', '.join(slo.by)} ({what})") from None

"""The burn rate over time against the factors that page and ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oncall_tui.ui.render.axes import Points
from oncall_tui.ui.render.charts import Mark, Period, Threshold, burn_chart, with_estimates
from oncall_tui.ui.widgets.time_chart import ChartView


class BurnChart(ChartView):
    """A curve for the short window and one for the long."""

    def show(
        self,
        curves: Mapping[str, Points],
        thresholds: Sequence[Threshold],
        period: Period,
        *,
        marks: Sequence[Mark] = (),
        trouble: str = "",
        due: float | None = None,
    ) -> None:
        """Show these burn rates, the short window's first; see render.charts.burn_chart.

        due: unix seconds after which labels are still on their way; None where all have come.
        """
        chart = burn_chart(curves, thresholds, period, marks=marks, trouble=trouble)
        self.show_drawing(chart if due is None else with_estimates(chart, due))

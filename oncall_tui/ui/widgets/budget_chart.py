"""How the error budget went, and when it will be gone."""

from __future__ import annotations

from collections.abc import Sequence

from oncall_tui.ui.render.axes import Points
from oncall_tui.ui.render.charts import Mark, Period, budget_chart
from oncall_tui.ui.widgets.time_chart import ChartView


class BudgetChart(ChartView):
    """What was left of the budget over the period, and a dotted line to where it ends."""

    def show(
        self,
        points: Points,
        period: Period,
        *,
        name: str = "left",
        exhausted_in: float | None = None,
        marks: Sequence[Mark] = (),
        trouble: str = "",
    ) -> None:
        """Show this budget; see render.charts.budget_chart."""
        chart = budget_chart(points, period, name=name, exhausted_in=exhausted_in, marks=marks, trouble=trouble)
        self.show_drawing(chart)

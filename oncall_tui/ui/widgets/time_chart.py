"""Charts over time: braille curves in the theme's colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oncall_tui.ui.render.axes import Points
from oncall_tui.ui.render.charts import Chart, Mark, Period, Threshold, time_chart
from oncall_tui.ui.render.plot import draw
from oncall_tui.ui.render.spans import Line
from oncall_tui.ui.widgets.drawing import Drawing


class ChartView(Drawing[Chart]):
    """Shows a Chart in whatever room it has."""

    DEFAULT_CSS = "ChartView { height: 1fr; width: 1fr; background: $background; color: $foreground; }"

    def drawn(self, what: Chart, width: int, height: int) -> tuple[Line, ...]:
        """The lines of the chart."""
        return draw(what, width, height)


class TimeChart(ChartView):
    """Named curves over time, in a unit."""

    def show(
        self,
        title: str,
        curves: Mapping[str, Points],
        unit: str,
        period: Period,
        *,
        thresholds: Sequence[Threshold] = (),
        marks: Sequence[Mark] = (),
        trouble: str = "",
    ) -> None:
        """Show these curves; see render.charts.time_chart."""
        self.show_drawing(time_chart(title, curves, unit, period, thresholds=thresholds, marks=marks, trouble=trouble))

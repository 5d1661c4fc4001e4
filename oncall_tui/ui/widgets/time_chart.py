"""Charts over time: braille curves in the theme's colours, painted again only where they changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from oncall_tui.ui.render.axes import Points
from oncall_tui.ui.render.charts import Chart, Mark, Period, Threshold, time_chart
from oncall_tui.ui.render.plot import draw
from oncall_tui.ui.render.spans import EMPTY, Line
from oncall_tui.ui.widgets.painter import Painter


class ChartView(Widget):
    """Shows a Chart in whatever room it has. Showing an equal chart again costs nothing."""

    DEFAULT_CSS = "ChartView { height: 1fr; width: 1fr; background: $background; color: $foreground; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._chart: Chart | None = None
        self._lines: tuple[Line, ...] = ()
        self._drawn_for = Size(0, 0)
        self._painter = Painter(self)

    def show_chart(self, chart: Chart) -> None:
        """Show this chart; only lines that differ from what is on screen are painted again."""
        if chart == self._chart:
            return
        self._chart = chart
        before, size = self._lines, self.size
        if size != self._drawn_for:
            self.refresh()
            return
        self._draw()
        left, top = self.gutter.left, self.gutter.top
        for y, line in enumerate(self._lines):
            if line != before[y]:
                self.refresh(Region(left, top + y, size.width, 1))

    def _draw(self) -> None:
        self._drawn_for = self.size
        self._lines = draw(self._chart, *self.size) if self._chart is not None else (EMPTY,) * self.size.height

    def render_line(self, y: int) -> Strip:
        """One line of the chart."""
        if self.size != self._drawn_for:
            self._draw()
        line = self._lines[y] if y < len(self._lines) else EMPTY
        return self._painter.strip(line, self.rich_style, self.size.width)


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
        self.show_chart(time_chart(title, curves, unit, period, thresholds=thresholds, marks=marks, trouble=trouble))

"""Many small charts one beside and below the other, as many in a row as the width carries."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Grid, VerticalScroll

from oncall_tui.ui.render.charts import Chart
from oncall_tui.ui.widgets.time_chart import ChartView

ONE_WIDE = 64
"""Cells a chart has at least where there are several in a row."""
LOWEST, HIGHEST = 7, 16
"""Lines a chart has at least, however many there are, and at most, however few."""


class ChartGrid(VerticalScroll):
    """Shows charts in their order; what does not fit is scrolled to. Showing equal charts again costs nothing."""

    DEFAULT_CSS = """
    ChartGrid { height: 1fr; scrollbar-size-vertical: 1; }
    ChartGrid > Grid { height: auto; grid-gutter: 0 2; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._grid = Grid()
        self._views: list[ChartView] = []

    def compose(self) -> ComposeResult:
        """The grid inside the scroll."""
        yield self._grid

    def show(self, charts: Sequence[Chart]) -> None:
        """Show these charts."""
        for view in self._views[len(charts) :]:
            view.remove()
        del self._views[len(charts) :]
        fresh = [ChartView() for _ in charts[len(self._views) :]]
        self._views += fresh
        if fresh:
            self._grid.mount(*fresh)
        self._lay_out()
        for view, chart in zip(self._views, charts, strict=True):
            view.show_drawing(chart)

    def on_resize(self) -> None:
        """As many in a row as there is room for."""
        self._lay_out()

    def _lay_out(self) -> None:
        if not self._views or not self.size:
            return
        columns = max(1, min(self.size.width // ONE_WIDE, len(self._views)))
        rows = -(-len(self._views) // columns)
        height = min(HIGHEST, max(LOWEST, self.size.height // rows))
        self._grid.styles.grid_size_columns = columns
        self._grid.styles.grid_rows = str(height)

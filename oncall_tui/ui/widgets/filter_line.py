"""The line that stands below the tabs as long as a filter is on."""

from __future__ import annotations

from textual.strip import Strip
from textual.widget import Widget

from oncall_tui.ui.render.filter_line import Tally, filter_line
from oncall_tui.ui.widgets.painter import Painter


class FilterLine(Widget):
    """Takes no room without a filter."""

    DEFAULT_CSS = """
    FilterLine { height: 1; display: none; background: $panel; }
    FilterLine.-on { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[str, Tally | None, str] = ("", None, "")
        self._painter = Painter(self)

    def show(self, text: str, tally: Tally | None, clears: str) -> None:
        """Speak of this filter; '' for none. tally: None while nothing is known. clears: the key that clears it."""
        if (text, tally, clears) != self._shown:
            self._shown = (text, tally, clears)
            self.set_class(bool(text), "-on")
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        return self._painter.strip(filter_line(*self._shown, width), self.rich_style, width)

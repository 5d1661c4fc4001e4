"""What may follow and what is wrong, just above the line that is typed in; it lies over the table and moves nothing."""

from __future__ import annotations

from textual.strip import Strip
from textual.widget import Widget

from oncall_tui.core.completion import Candidate
from oncall_tui.ui.render.filter_line import candidate_lines, pointing
from oncall_tui.ui.render.spans import Line
from oncall_tui.ui.widgets.painter import Painter

MOST_LINES = 6


class Candidates(Widget):
    """At most six lines, fewer on a low screen; none when there is nothing to say."""

    DEFAULT_CSS = """
    Candidates {
        layer: above; dock: bottom; margin: 0 0 2 0; height: 1; display: none; background: $surface-lighten-1;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[Line, ...] = ()
        self._painter = Painter(self)

    def show(self, candidates: tuple[Candidate, ...], chosen: int, complaint: str, at: int) -> None:
        """Show these, one of them chosen, and below them the complaint, which is about cell `at` of the line below."""
        size = self.screen.size
        told = [pointing(complaint, at, size.width)] if complaint else []
        room = max(1, min(MOST_LINES, size.height // 4)) - len(told)
        offered = candidate_lines(candidates, chosen, room, size.width) if room > 0 else []
        lines = (*offered, *told)
        if lines == self._lines:
            return
        self._lines = lines
        self.display = bool(lines)
        self.styles.height = max(1, len(lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of them."""
        line = self._lines[y] if y < len(self._lines) else ()
        return self._painter.strip(line, self.rich_style, self.size.width)

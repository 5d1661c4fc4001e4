"""What fills its room with lines made from a value, and is painted again only where they changed."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from oncall_tui.ui.render.spans import EMPTY, Line
from oncall_tui.ui.widgets.painter import Painter

Shown = TypeVar("Shown")


class Drawing(Widget, Generic[Shown]):
    """Shows a value in whatever room it has. Showing an equal one again costs nothing."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._shown: Shown | None = None
        self._lines: tuple[Line, ...] = ()
        self._drawn_for = Size(0, 0)
        self._painter = Painter(self)

    def drawn(self, what: Shown, width: int, height: int) -> tuple[Line, ...]:
        """The value in exactly height lines of width cells."""
        raise NotImplementedError

    def show_drawing(self, what: Shown | None) -> None:
        """Show this; only lines that differ from what is on screen are painted again. None: nothing."""
        if what == self._shown:
            return
        self._shown = what
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
        empty = (EMPTY,) * self.size.height
        self._lines = self.drawn(self._shown, *self.size) if self._shown is not None else empty

    def render_line(self, y: int) -> Strip:
        """One line of it."""
        if self.size != self._drawn_for:
            self._draw()
        line = self._lines[y] if y < len(self._lines) else EMPTY
        return self._painter.strip(line, self.rich_style, self.size.width)

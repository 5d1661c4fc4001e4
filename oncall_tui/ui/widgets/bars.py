"""The tab line under the status strip and the key hints at the bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span, width_of
from oncall_tui.ui.widgets.painter import Painter


class TabBar(Widget):
    """The screens by number, the current one marked; on the right what is filtered, and over what time."""

    DEFAULT_CSS = "TabBar { height: 1; background: $surface; }"

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, titles: Mapping[str, str], current: str) -> None:
        super().__init__()
        self._titles = dict(titles)
        self._current = current
        self._note: Line = ()
        self._painter = Painter(self)

    def show(self, note: Line) -> None:
        """Show this note on the right."""
        if note != self._note:
            self._note = note
            self.refresh()

    def _tabs(self) -> list[tuple[str, Line]]:
        """The tabs as wide as they fit: with room about them, closer together, or the others' numbers alone."""
        numbers = {name: f" {title.split()[0]}" for name, title in self._titles.items()}
        shapes = (
            {name: f" {title} " for name, title in self._titles.items()},
            {name: f" {title}" for name, title in self._titles.items()},
            numbers | ({self._current: f" {self._titles[self._current]} "} if self._current in self._titles else {}),
        )
        words = next((one for one in shapes if sum(map(len, one.values())) <= self.size.width), shapes[-1])
        return [(name, span(word, Role.BADGE if name == self._current else Role.MUTED)) for name, word in words.items()]

    def render_line(self, y: int) -> Strip:
        """The bar."""
        left = join([line for _, line in self._tabs()], "")
        room = self.size.width - width_of(left) - 1
        note = fitted(self._note, min(room, width_of(self._note))) if room > 0 else ()
        gap = max(0, self.size.width - width_of(left) - width_of(note))
        return self._painter.strip((*left, (" " * gap, Role.TEXT), *note), self.rich_style, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        left = 0
        for name, line in self._tabs():
            left += width_of(line)
            if event.x < left:
                self.post_message(self.Chosen(name))
                return


class HintBar(Widget):
    """What the keys do here, as many as fit, the most needed first."""

    DEFAULT_CSS = "HintBar { height: 1; background: $panel; }"

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[tuple[str, str], ...] = ()
        self._painter = Painter(self)

    def show(self, hints: Sequence[tuple[str, str]]) -> None:
        """Show these (key, what it does) pairs."""
        if (fresh := tuple(hints)) != self._hints:
            self._hints = fresh
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The bar."""
        line: Line = ()
        for key, what in self._hints:
            hint = join([outside(f" {key}", Role.ACCENT), outside(what, Role.MUTED)])
            if width_of(line) + width_of(hint) > self.size.width:
                break
            line = (*line, *hint)
        return self._painter.strip(line, self.rich_style, self.size.width)

"""Choose a moment of a recording by what happened there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets.option_list import Option

from oncall_tui.ui.render.spans import Role, fitted, join, outside, span
from oncall_tui.ui.screens.picker import Picker
from oncall_tui.ui.widgets.menu import Menu
from oncall_tui.ui.widgets.painter import to_content


class MarkPicker(Picker[float]):
    """Dismissed with the moment (unix seconds) that is chosen, or None when the one shown is to stay.

    marks: in order, text from outside. now: the moment that is shown; the cursor begins at the last mark before it.
    """

    def __init__(self, marks: Sequence[tuple[float, str]], now: float) -> None:
        super().__init__()
        self._marks, self._now = tuple(marks), now

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical() as box:
            box.border_title = "What happened"
            box.border_subtitle = "enter goes there · esc stays"
            yield Menu(markup=False)

    def on_mount(self) -> None:
        """List them, the cursor where the recording is."""
        self._list(max(0, sum(at <= self._now for at, _ in self._marks) - 1))

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self._list(self.query_one(Menu).highlighted or 0)

    def _list(self, place: int) -> None:
        options = self.query_one(Menu)
        options.clear_options()
        options.add_options([Option(self._row(at, text)) for at, text in self._marks])
        options.highlighted = place

    def _row(self, at: float, text: str) -> Content:
        passed = Role.MUTED if at > self._now else Role.STRONG
        moment = span(datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%M:%SZ"), passed)
        return to_content([fitted(join([moment, outside(text)]), self.row_width())])

    def on_option_list_option_selected(self, event: Menu.OptionSelected) -> None:
        """Go to the one under the cursor."""
        self.dismiss(self._marks[event.option_index][0])

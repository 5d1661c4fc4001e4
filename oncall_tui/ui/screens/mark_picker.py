"""Choose a moment of a recording by what happened there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from oncall_tui.ui.render.spans import Role, fitted, join, outside, span
from oncall_tui.ui.widgets.painter import to_content


class MarkPicker(ModalScreen[float | None]):
    """Dismissed with the moment (unix seconds) that is chosen, or None when the one shown is to stay.

    marks: in order, text from outside. now: the moment that is shown; the cursor begins at the last mark before it.
    """

    DEFAULT_CSS = """
    MarkPicker { align: center middle; background: $background 40%; }
    MarkPicker > Vertical {
        width: 90%; max-width: 110; height: auto; max-height: 100%;
        border: round $accent; border-title-color: $accent; border-subtitle-color: $muted; background: $surface;
    }
    MarkPicker OptionList {
        height: auto; max-height: 100%; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
    }
    MarkPicker OptionList:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move('down')", "Down", show=False),
        Binding("k", "move('up')", "Up", show=False),
        Binding("escape,q", "dismiss(None)", "Leave", show=False),
    ]

    def __init__(self, marks: Sequence[tuple[float, str]], now: float) -> None:
        super().__init__()
        self._marks, self._now = tuple(marks), now

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical() as box:
            box.border_title = "What happened"
            box.border_subtitle = "enter goes there · esc stays"
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        """List them, the cursor where the recording is."""
        self._list(max(0, sum(at <= self._now for at, _ in self._marks) - 1))

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self._list(self.query_one(OptionList).highlighted or 0)

    def _list(self, place: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._row(at, text)) for at, text in self._marks])
        options.highlighted = place

    def _row(self, at: float, text: str) -> Content:
        width = max(20, min(110, self.size.width * 9 // 10) - 4)
        passed = Role.MUTED if at > self._now else Role.STRONG
        moment = span(datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%M:%SZ"), passed)
        return to_content([fitted(join([moment, outside(text)]), width)])

    def action_move(self, where: str) -> None:
        """Move the cursor: 'down' or 'up'."""
        options = self.query_one(OptionList)
        moves = {"down": options.action_cursor_down, "up": options.action_cursor_up}
        moves[where]()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to the one under the cursor."""
        self.dismiss(self._marks[event.option_index][0])

"""What the dashboard owes the terminal it runs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import App

from oncall_tui.core.text import clean_block
from oncall_tui.ui.outlet import Outlet

if TYPE_CHECKING:
    from textual.filter import LineFilter


class OnTerminal(App[int]):
    """Paints only what the terminal can show, and hands it no control sequence from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.outlet = Outlet(lambda: self.theme_variables, colourless=self.no_color)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What everything painted passes last."""
        return self.outlet.filters(super().get_line_filters())

    def copy_to_clipboard(self, text: str) -> None:
        """Hand text to the terminal's clipboard, safe to be pasted anywhere."""
        super().copy_to_clipboard(clean_block(text))

"""The box that things are picked from, over the screen they are picked for."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from oncall_tui.ui.screens.sheet import Sheet

Picked = TypeVar("Picked")

MARGINS = 4
"""Cells of a row that the box's frame and the list's own edges take."""


class Picker(Sheet[Picked | None], Generic[Picked]):
    """Dismissed with what is picked, or None when all is to stay as it was. Composes a Vertical with a Menu in it."""

    DEFAULT_CSS = """
    Picker { background: $background 40%; }
    Picker > Vertical { max-height: 100%; padding: 0; }
    Picker Lines { height: auto; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Leave", show=False)]

    def row_width(self) -> int:
        """Cells of a row, at this size of the screen."""
        return max(20, min(110, self.size.width * 9 // 10) - MARGINS)

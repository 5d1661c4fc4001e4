"""A list to choose from in a sheet, moved through with the keys of every other list here."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class Menu(OptionList):
    """As high as its entries, without a frame: the sheet around it has one. Entries are given as content, no markup."""

    DEFAULT_CSS = """
    Menu { height: auto; max-height: 100%; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1; }
    Menu:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("g", "first", "First", show=False),
        Binding("G", "last", "Last", show=False),
    ]

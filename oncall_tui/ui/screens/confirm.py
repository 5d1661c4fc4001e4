"""A question before something wide or dangerous: it shows what would be touched, and wants more than a reflex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from oncall_tui.ui.render.spans import Line, Role, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines


class Confirm(Sheet[bool]):
    """`y` goes on; esc, n and q do not. Enter does nothing: it is what a reflex presses."""

    DEFAULT_CSS = """
    Confirm > Vertical { max-width: 100; border: round $state-warn; }
    Confirm VerticalScroll { height: auto; max-height: 16; }
    Confirm #question { text-style: bold; }
    Confirm #answers { dock: bottom; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes", show=False),
        Binding("n,q,escape", "dismiss(False)", "No", show=False),
    ]

    def __init__(self, question: Line, details: Sequence[Line], yes: str) -> None:
        super().__init__()
        self._question, self._details, self._yes = question, tuple(details), yes

    def compose(self) -> ComposeResult:
        """The question, what it touches, the answers."""
        with Vertical():
            yield Lines(id="question")
            with VerticalScroll():
                yield Lines(id="details")
            yield Lines(id="answers")

    def on_mount(self) -> None:
        """Write it."""
        self.query_one("#question", Lines).show([self._question])
        self.query_one("#details", Lines).show(self._details)
        answers = ((" y ", Role.ACCENT), (self._yes, Role.TEXT), ("    esc ", Role.ACCENT), ("leave it", Role.TEXT))
        self.query_one("#answers", Lines).show([span(""), answers])

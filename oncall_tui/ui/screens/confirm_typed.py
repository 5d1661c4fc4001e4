"""A question before something that may do harm: going on takes a word typed, which no reflex does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.field import Field
from oncall_tui.ui.widgets.lines import Lines


class ConfirmTyped(Sheet[bool]):
    """Dismissed with True once word was typed and entered; esc leaves. what: what the word is, for the question."""

    DEFAULT_CSS = """
    ConfirmTyped > Vertical { max-width: 100; border: round $state-crit; }
    ConfirmTyped VerticalScroll { height: auto; max-height: 14; }
    ConfirmTyped #question { text-style: bold; }
    ConfirmTyped #below { height: 3; dock: bottom; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "No", show=False),
        Binding("pageup", "page(-1)", "Back", show=False),
        Binding("pagedown", "page(1)", "On", show=False),
    ]

    def __init__(self, question: Line, details: Sequence[Line], word: str, what: str) -> None:
        super().__init__()
        self._question, self._details, self._word, self._what = question, tuple(details), word, what

    def compose(self) -> ComposeResult:
        """The question, what it touches, the word, how it is answered."""
        with Vertical():
            yield Lines(id="question")
            with VerticalScroll(can_focus=False):
                yield Lines(id="details")
            with Vertical(id="below"):
                yield Lines(id="wanted")
                yield Field()
                yield Lines(id="keys")

    def on_mount(self) -> None:
        """Write it."""
        self.query_one("#question", Lines).show([self._question])
        self.query_one("#details", Lines).show(self._details)
        wanted = [span(f"Type {self._what} to run it:", Role.WARN), outside(self._word, Role.STRONG)]
        self.query_one("#wanted", Lines).show([join(wanted)])
        self._tell(span(""))
        self.query_one(Field).focus()

    def _tell(self, line: Line) -> None:
        keys = [span("enter", Role.ACCENT), span("runs it", Role.MUTED), span("esc", Role.ACCENT)]
        self.query_one("#keys", Lines).show([join([*keys, span("leaves it", Role.MUTED), line])])

    def action_page(self, step: int) -> None:
        """Read on in what will run."""
        self.query_one(VerticalScroll).scroll_relative(y=10 * step, animate=False)

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Go on only with the very word."""
        if event.value.strip() == self._word:
            self.dismiss(True)
        else:
            self._tell(span("that is not it", Role.CRIT))
            self.app.bell()

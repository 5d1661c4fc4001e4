"""For how long: one line, with a few usual answers a key away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.field import Field
from oncall_tui.ui.widgets.lines import Lines

PRESETS = ("1h", "4h", "24h")


class AskEnd(Sheet[str | None]):
    """Dismissed with what was typed, once it can be read, or None.

    told: what an answer would come to; raises ValueError for one that cannot be read.
    """

    DEFAULT_CSS = """
    AskEnd { background: $background 40%; }
    AskEnd > Vertical { max-width: 90; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", show=False),
        Binding("down", "preset(1)", "Next usual answer", show=False),
        Binding("up", "preset(-1)", "Previous usual answer", show=False),
    ]

    def __init__(self, question: Line, told: Callable[[str], Sequence[Line]]) -> None:
        super().__init__()
        self._question, self._told = question, told

    def compose(self) -> ComposeResult:
        """The question, the answer, what it comes to, the keys."""
        with Vertical():
            yield Lines(id="question")
            yield Field(PRESETS[0], select_on_focus=True)
            yield Lines(id="told")
            yield Lines(id="keys")

    def on_mount(self) -> None:
        """Begin with the first usual answer, selected, so that typing replaces it."""
        self.query_one("#question", Lines).show([self._question])
        keys = [span("↑ ↓", Role.ACCENT), span(" ".join(PRESETS), Role.MUTED), span("enter", Role.ACCENT)]
        keys += [span("does it", Role.MUTED), span("esc", Role.ACCENT), span("leaves it", Role.MUTED)]
        self.query_one("#keys", Lines).show([join(keys)])
        self._redraw()

    def action_preset(self, step: int) -> None:
        """The next usual answer."""
        field = self.query_one(Field)
        place = PRESETS.index(field.value) + step if field.value in PRESETS else 0
        field.value = PRESETS[place % len(PRESETS)]

    def _redraw(self) -> bool:
        """Tell what the answer comes to; whether it can be read."""
        try:
            lines, good = self._told(self.query_one(Field).value), True
        except ValueError as error:
            lines, good = [outside(str(error), Role.WARN)], False
        self.query_one("#told", Lines).show(lines)
        return good

    def on_input_changed(self) -> None:
        """Every letter counts."""
        self._redraw()

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Take the answer."""
        if self._redraw():
            self.dismiss(event.value)
        else:
            self.app.bell()

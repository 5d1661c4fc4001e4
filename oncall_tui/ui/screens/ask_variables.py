"""What a step still has to be told: one line each, and nothing goes on until every answer fits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from oncall_tui.core.variables import Variable
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.field import Field
from oncall_tui.ui.widgets.lines import Lines


class AskVariables(Sheet[dict[str, str] | None]):
    """Dismissed with an answer for each variable, by name, or None."""

    DEFAULT_CSS = """
    AskVariables { background: $background 40%; }
    AskVariables > Vertical { max-width: 90; }
    AskVariables VerticalScroll { height: auto; max-height: 18; }
    AskVariables Field { margin: 0 0 1 0; }
    AskVariables Field:focus { background: $surface-lighten-2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", show=False),
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
    ]

    def __init__(self, title: Line, variables: Iterable[Variable]) -> None:
        super().__init__()
        self._title, self._variables = title, tuple(variables)

    def compose(self) -> ComposeResult:
        """The step, a question and a line for each variable, the keys."""
        with Vertical():
            yield Lines(id="title")
            with VerticalScroll(can_focus=False):
                for place, variable in enumerate(self._variables):
                    yield Lines(id=f"question-{place}")
                    yield Field(variable.default or "", password=variable.secret, id=f"answer-{place}")
            yield Lines(id="keys")

    def on_mount(self) -> None:
        """Ask; what fits is said at once."""
        self.query_one("#title", Lines).show([self._title])
        keys = [span("enter", Role.ACCENT), span("goes on", Role.MUTED), span("↑ ↓", Role.ACCENT)]
        keys += [span("between them", Role.MUTED), span("esc", Role.ACCENT), span("leaves it", Role.MUTED)]
        self.query_one("#keys", Lines).show([join(keys)])
        for place in range(len(self._variables)):
            self._question(place, "")
        self.query_one("#answer-0", Field).focus()

    def _question(self, place: int, mistake: str) -> None:
        variable = self._variables[place]
        told = outside(mistake, Role.WARN) if mistake else outside(variable.wanted, Role.MUTED)
        asked = outside(variable.prompt) if variable.prompt else ()
        self.query_one(f"#question-{place}", Lines).show([join([outside(variable.name, Role.STRONG), asked, told])])

    def on_input_changed(self, event: Field.Changed) -> None:
        """A mistake is told as long as it stands, and not before a letter was typed."""
        place = int(str(event.input.id).rpartition("-")[2])
        self._question(place, self._variables[place].mistake(event.value) if event.value else "")

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Go on to the first answer that does not fit; with none, the step has all it needs."""
        answers = [self.query_one(f"#answer-{place}", Field) for place in range(len(self._variables))]
        for place, (variable, answer) in enumerate(zip(self._variables, answers, strict=True)):
            if mistake := variable.mistake(answer.value):
                if answer is event.input:
                    self._question(place, mistake)
                    self.app.bell()
                answer.focus()
                return
        self.dismiss({one.name: answer.value for one, answer in zip(self._variables, answers, strict=True)})

"""`y`: an alert as text, Markdown, or a command, by the terminal's own clipboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets.option_list import Option

from oncall_tui.ui.render.alert_copy import CopyForm
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.menu import Menu
from oncall_tui.ui.widgets.painter import to_content


class CopyAlertScreen(Sheet[None]):
    """Enter, or a form's number, copies; what would be copied stands below."""

    DEFAULT_CSS = """
    CopyAlertScreen > Vertical { width: 94%; max-width: 118; }
    CopyAlertScreen VerticalScroll { height: auto; max-height: 12; margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close", show=False),
        *(Binding(str(number), f"copy({number - 1})", "Copy", show=False) for number in range(1, 5)),
    ]

    def __init__(self, what: str, forms: Sequence[CopyForm]) -> None:
        super().__init__()
        self._what = what
        self._forms = tuple(forms)

    def compose(self) -> ComposeResult:
        """The forms, what is to be copied, the keys."""
        with Vertical():
            yield Lines(id="title")
            yield Menu(
                *(Option(to_content([_row(number, form)])) for number, form in enumerate(self._forms, 1)), markup=False
            )
            with VerticalScroll(can_focus=False):
                yield Lines(id="text")
            yield Lines(id="keys")

    def on_mount(self) -> None:
        """Write it."""
        self.query_one("#title", Lines).show([join([span("COPY", Role.HEADING), outside(self._what, Role.STRONG)])])
        keys = [("enter 1-4", "copies (OSC 52)"), ("esc", "close")]
        told = [join([span(key, Role.ACCENT), span(words, Role.MUTED)]) for key, words in keys]
        self.query_one("#keys", Lines).show([join([*told, span("no credentials are in it", Role.MUTED)], "   ")])
        self.query_one(Menu).highlighted = 0
        self.query_one(Menu).focus()

    def on_option_list_option_highlighted(self, event: Menu.OptionHighlighted) -> None:
        """Another form: what it says."""
        form = self._forms[event.option_index]
        lines = [outside(line) for line in form.text.split("\n")]
        self.query_one("#text", Lines).show(lines if form.text else [outside(f"? {form.why}", Role.UNKNOWN)])

    def on_option_list_option_selected(self, event: Menu.OptionSelected) -> None:
        """Copy it."""
        self.action_copy(event.option_index)

    def action_copy(self, place: int) -> None:
        """Copy the form at this place."""
        form = self._forms[place]
        if not form.text:
            self.oncall.complain(f"no {form.name} to copy: {form.why}")
            return
        self.app.copy_to_clipboard(form.text)
        self.oncall.say(f"{self._what} as {form.name} was handed to the terminal's clipboard (OSC 52)")
        self.dismiss(None)


def _row(number: int, form: CopyForm) -> Line:
    role = Role.TEXT if form.text else Role.MUTED
    return join([span(str(number), Role.ACCENT), outside(form.name, role)])

"""Choose a theme by looking at it: the whole screen behind wears the one under the cursor."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets.option_list import Option

from oncall_tui.core.state import State
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render.spans import STATE_GLYPHS, Role, join, outside, span
from oncall_tui.ui.screens.picker import Picker
from oncall_tui.ui.theming import Look, ThemeShelf
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.menu import Menu

_ROW = 50
"""Cells a theme is shown in; beside them the cursor can be seen."""


class ThemePicker(Picker[str]):
    """The themes there are. Dismissed with the name of the one chosen, or None when all is to stay as it was."""

    DEFAULT_CSS = """
    ThemePicker > Vertical { width: 58; max-width: 100%; }
    ThemePicker Lines { dock: bottom; max-height: 3; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Leave", show=False)]

    def __init__(self, shelf: ThemeShelf) -> None:
        super().__init__()
        self._looks, self._problems = shelf.all()
        self._before = ""
        self._leaving = False

    def compose(self) -> ComposeResult:
        """The list, and under it what is wrong with themes that are not in it."""
        with Vertical() as box:
            box.border_title = "Theme"
            box.border_subtitle = "j k look · enter keep · esc leave"
            yield Menu(*(Option(_presented(look), id=look.name) for look in self._looks), markup=False)
            yield Lines()

    def on_mount(self) -> None:
        """Make every theme known to the app and put the cursor on the one in force."""
        self._before = self.app.theme
        for look in self._looks:
            self.app.register_theme(look.theme)
        names = [look.name for look in self._looks]
        self._list.highlighted = names.index(self._before) if self._before in names else None
        problems = [join([span("!", Role.WARN), outside(problem.message, Role.MUTED)]) for problem in self._problems]
        lines = self.query_one(Lines)
        lines.display = bool(problems)
        lines.show(problems)

    @property
    def _list(self) -> Menu:
        return self.query_one(Menu)

    def on_option_list_option_highlighted(self, event: Menu.OptionHighlighted) -> None:
        """Wear the theme under the cursor."""
        if event.option_id is not None and not self._leaving:
            self.app.theme = event.option_id

    def on_option_list_option_selected(self, event: Menu.OptionSelected) -> None:
        """Keep it."""
        if event.option_id is not None:
            self._leaving = True
            self.app.theme = event.option_id
            self.dismiss(event.option_id)

    def action_leave(self) -> None:
        """Everything as it was."""
        self._leaving = True
        self.app.theme = self._before
        self.dismiss(None)


def _presented(look: Look) -> Content:
    """Two lines on the theme's own ground in its own colours: what it is, and the five states."""
    ground = look.theme.background
    title = f" {clean_line(look.title, _ROW // 2)} "
    words = [(title, f"bold {look.theme.accent}"), (clean_line(look.description, _ROW), f"{look.theme.foreground}")]
    states = [
        (f" {STATE_GLYPHS[state]} {state.name} ", f"bold {look.variable(f'state-{state.name.lower()}')}")
        for state in State
    ]
    rows = []
    for row in (words, states):
        text = Content.assemble(*row).truncate(_ROW, ellipsis=True, pad=True)
        rows.append(Content.assemble("  ", text.stylize_before(f"on {ground}")))
    return Content("\n").join(rows)

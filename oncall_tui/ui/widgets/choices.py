"""A short list in which each entry is in or out: space changes it, enter is left to the sheet around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets.option_list import Option

from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.widgets.menu import Menu
from oncall_tui.ui.widgets.painter import to_content


class Choices(Menu):
    """Entries are text from outside. What is in and what is out is told with show(); it never changes by itself."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "change", "In or out", show=False)]

    class Toggled(Message):
        """The person wants the entry at this place to be in where it is out, and the reverse."""

        def __init__(self, choices: Choices, place: int) -> None:
            super().__init__()
            self.choices, self.place = choices, place

        @property
        def control(self) -> Choices:
            """The list it happened in."""
            return self.choices

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, entries: Sequence[str], *, id: str | None = None) -> None:
        self._entries = tuple(entries)
        self._on: tuple[bool, ...] = (False,) * len(self._entries)
        super().__init__(
            *(Option(to_content([self._drawn(place)])) for place in range(len(entries))), id=id, markup=False
        )

    def _drawn(self, place: int) -> Line:
        on = self._on[place]
        mark = span("✓" if on else "·", Role.ACCENT if on else Role.MUTED)
        return join([mark, outside(self._entries[place], Role.TEXT if on else Role.MUTED)])

    def show(self, on: Sequence[bool]) -> None:
        """Show which entries are in."""
        before, self._on = self._on, tuple(on)
        for place, (old, new) in enumerate(zip(before, self._on, strict=True)):
            if old != new:
                self.replace_option_prompt_at_index(place, to_content([self._drawn(place)]))

    def on_focus(self) -> None:
        """There is a cursor as soon as keys come here."""
        if self.highlighted is None and self._entries:
            self.highlighted = 0

    def action_change(self) -> None:
        """Ask for the entry under the cursor to change."""
        if self.highlighted is not None:
            self.post_message(self.Toggled(self, self.highlighted))

    def action_select(self) -> None:
        """Enter."""
        self.post_message(self.Submitted())

    def on_option_list_option_selected(self, event: Menu.OptionSelected) -> None:
        """A click on an entry changes it."""
        event.stop()
        self.post_message(self.Toggled(self, event.option_index))

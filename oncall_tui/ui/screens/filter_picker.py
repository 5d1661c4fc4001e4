"""Choose a saved filter: its name, its text, and how much it shows now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets.option_list import Option

from oncall_tui.ui.render.filter_line import Tally
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span
from oncall_tui.ui.saved_filters import SavedFilter, SavedFilters
from oncall_tui.ui.screens.picker import Picker
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.menu import Menu
from oncall_tui.ui.widgets.painter import to_content

Counting = Callable[[str], Tally | str]
"""What a filter's text would show now, or what is wrong with it there."""


class FilterPicker(Picker[str]):
    """Dismissed with the text of the filter that is chosen, or None when all is to stay as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "forget", "Forget a saved one", show=False),
        *(Binding(str(number), f"pick({number})", f"Pick number {number}", show=False) for number in range(1, 10)),
    ]

    def __init__(self, filters: SavedFilters, counting: Counting, save_key: str) -> None:
        super().__init__()
        self._filters, self._counting, self._save_key = filters, counting, save_key
        self._known: tuple[SavedFilter, ...] = ()
        self._counts: dict[str, Tally | str] = {}

    def compose(self) -> ComposeResult:
        """The list, and what to say when there is nothing in it."""
        with Vertical() as box:
            box.border_title = "Filters"
            box.border_subtitle = "1-9 or enter apply · x forget · esc leave"
            yield Menu(markup=False)
            yield Lines()

    def on_mount(self) -> None:
        """List them at once, and count what each shows after that."""
        self._list()
        self.run_worker(self._count(), exclusive=True)

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self._list()

    def _list(self) -> None:
        self._known = self._filters.all()
        options, place = self.query_one(Menu), self.query_one(Menu).highlighted
        options.clear_options()
        options.add_options([Option(self._row(number, one)) for number, one in enumerate(self._known, 1)])
        options.highlighted = min(place or 0, len(self._known) - 1) if self._known else None
        hint = join([span("No filter is saved:", Role.MUTED), outside(self._save_key, Role.ACCENT)])
        hint = join([hint, span("saves the one that is on.", Role.MUTED)])
        self.query_one(Lines).show([] if self._known else [hint])
        self.query_one(Lines).display = not self._known

    async def _count(self) -> None:
        for one in self._filters.all():
            self._counts[one.text] = self._counting(one.text)
            await asyncio.sleep(0)  # Keys come first.
        self._list()

    def _row(self, number: int, one: SavedFilter) -> Content:
        count = self._counts.get(one.text)
        width = self.row_width() - 1
        if isinstance(count, Tally):
            shows = span(f"{count.kept} of {count.total} {count.what}", Role.STRONG)
        else:
            shows = outside("not here" if count else "…", Role.MUTED)
        origin = span("config" if one.configured else "saved", Role.MUTED)
        line: Line = join(
            [
                span(str(number) if number < 10 else " ", Role.ACCENT),
                fitted(outside(one.name, Role.STRONG), min(18, width // 4)),
                fitted(outside(one.text), max(8, width - min(18, width // 4) - 32)),
                fitted(shows, 19, right=True),
                origin,
            ]
        )
        return to_content([fitted(line, width)])

    def action_pick(self, number: int) -> None:
        """Apply the one of that number."""
        if number <= len(self._known):
            self.dismiss(self._known[number - 1].text)

    def on_option_list_option_selected(self, event: Menu.OptionSelected) -> None:
        """Apply the one under the cursor."""
        self.action_pick(event.option_index + 1)

    def action_forget(self) -> None:
        """Forget the one under the cursor; what it said is told, should it have been a slip."""
        place = self.query_one(Menu).highlighted
        if place is None:
            return
        one = self._known[place]
        if complaint := self._filters.forget(one.name):
            self.oncall.complain(complaint)
        else:
            self.oncall.say(f"forgot {one.name}: {one.text}", seconds=10)
            self._list()

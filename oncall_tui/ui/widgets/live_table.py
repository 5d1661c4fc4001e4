"""The table every screen shares: virtual, and it repaints only the lines that changed.

Textual's DataTable measures every row and repaints itself whole for one cell; over SSH, with thousands of
alerts, neither will do. Here a row is drawn when it is on screen, and a new table is compared with what
was painted line by line.
"""

from __future__ import annotations

import math
import time
from collections.abc import Hashable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from oncall_tui.ui.keys import TABLE_KEYS
from oncall_tui.ui.render.columns import Column, Row, Table, fit, heading, row_line
from oncall_tui.ui.render.spans import Line, Role, fitted, join, span
from oncall_tui.ui.widgets.painter import Painter

_MARK, _SOME = "✓", "-"
"""Beside a marked row, and beside a heading of which some members are."""


class LiveTable(ScrollView, can_focus=True):
    """Rows with a cursor that follows the row's key, not its place, and marks to act on many at once."""

    DEFAULT_CSS = """
    LiveTable { height: 1fr; background: $background; scrollbar-size-vertical: 1; overflow-x: hidden; }
    LiveTable > .live-table--header { background: $surface; }
    LiveTable > .live-table--cursor { background: $surface-lighten-1; }
    LiveTable:focus > .live-table--cursor { background: $cursor; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"live-table--header", "live-table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [*TABLE_KEYS]

    class Highlighted(Message):
        """The cursor came to another row, or to none."""

        def __init__(self, table: LiveTable, key: Hashable | None) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> LiveTable:
            """The table it happened in."""
            return self.table

    class Opened(Message):
        """A row was opened with enter or a click on the cursor."""

        def __init__(self, table: LiveTable, key: Hashable) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> LiveTable:
            """The table it happened in."""
            return self.table

    def __init__(self, *, marking: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._marking = marking
        self._table = Table((), ())
        self._index: dict[Hashable, int] = {}
        self._cursor: Hashable | None = None
        self._cursor_row = 0
        self._moved = False
        self._marked: set[Hashable] = set()
        self._layout: tuple[tuple[Column, int], ...] = ()
        self._painted: dict[int, tuple[Line, bool]] = {}
        self._lines: dict[int, Line] = {}
        self._touched_at = -math.inf
        self._painter = Painter(self)

    # What the screen tells and asks

    def show(self, table: Table) -> None:
        """Show this table; only lines that differ from what is on screen are painted again."""
        resized = len(table.rows) != len(self._table.rows)
        relaid = table.columns != self._table.columns
        in_view = self._in_view(self._cursor_row)
        height = self._cursor_row - int(self.scroll_offset.y)
        self._table = table
        self._lines.clear()
        self._index = {key: place for place, key in enumerate(table.keys())}
        self._marked = {key for key in self._marked if key in self._index or key in table.markable}
        if relaid:
            self._relayout()
        if resized:
            self.virtual_size = Size(self._width, len(table.rows) + 1)
        self._settle_cursor()
        if in_view and not self._in_view(self._cursor_row):
            self.scroll_to(y=max(0, self._cursor_row - height), animate=False)
        self._repaint(everything=relaid)

    @property
    def quiet_for(self) -> float:
        """Seconds since somebody moved the cursor or marked something."""
        return time.monotonic() - self._touched_at

    def touch(self) -> None:
        """Somebody is choosing here."""
        self._touched_at = time.monotonic()

    @property
    def cursor(self) -> Hashable | None:
        """The key of the row under the cursor; None when there is no row."""
        return self._cursor

    @property
    def place(self) -> int:
        """The place of the cursor's row; 0 when there is no row."""
        return self._cursor_row

    @property
    def marked(self) -> frozenset[Hashable]:
        """The keys of the marked rows."""
        return frozenset(self._marked)

    def clear_marks(self) -> None:
        """Unmark every row."""
        self._marked.clear()
        self._lines.clear()
        self._repaint()

    # Cursor

    def _settle_cursor(self) -> None:
        """After new rows: stay on the same key; if it is gone, at the same height. Until it is moved, on the first."""
        place = self._index.get(self._cursor) if self._moved and self._cursor is not None else None
        if place is None:
            place = self._nearest(min(self._cursor_row, len(self._table.rows) - 1))
        key = self._table.rows[place].key if place is not None else None
        changed = key != self._cursor
        self._cursor, self._cursor_row = key, place or 0
        if changed:
            self.post_message(self.Highlighted(self, key))

    def _nearest(self, place: int) -> int | None:
        rows = self._table.rows
        after = next((i for i in range(max(place, 0), len(rows)) if rows[i].selectable), None)
        return after if after is not None else next((i for i in range(place, -1, -1) if rows[i].selectable), None)

    def move_to(self, key: Hashable) -> None:
        """Put the cursor on the row of that key, if there is one."""
        if key in self._index:
            self._move(self._index[key])

    def hold(self) -> None:
        """Something is done to the row under the cursor: the cursor goes where that row goes, as once it was moved."""
        self.touch()
        self._moved = self._cursor is not None

    def _in_view(self, place: int) -> bool:
        top = int(self.scroll_offset.y)
        return top <= place < top + max(1, self.size.height - 1)

    def _move(self, place: int) -> None:
        rows = self._table.rows
        self.touch()
        if not (0 <= place < len(rows)) or not rows[place].selectable or rows[place].key == self._cursor:
            return
        self._cursor, self._cursor_row, self._moved = rows[place].key, place, True
        self._repaint()
        top, height = int(self.scroll_offset.y), max(1, self.size.height - 1)
        if place < top:
            self.scroll_to(y=place if place > 1 else 0, animate=False)
        elif place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False)
        self.post_message(self.Highlighted(self, self._cursor))

    def action_cursor(self, step: int) -> None:
        """Move by one row, over headings."""
        place = self._cursor_row + step
        while 0 <= place < len(self._table.rows) and not self._table.rows[place].selectable:
            place += step
        self._move(place)

    def action_edge(self, direction: int) -> None:
        """To the first or the last row."""
        place = self._nearest(0 if direction < 0 else len(self._table.rows) - 1)
        if place is not None:
            self._move(place)

    def action_page(self, direction: int) -> None:
        """By a screenful."""
        last = len(self._table.rows) - 1
        place = self._nearest(max(0, min(last, self._cursor_row + direction * max(1, self.size.height - 2))))
        if place is not None:
            self._move(place)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self._cursor is not None:
            self.hold()
            self.post_message(self.Opened(self, self._cursor))

    def action_mark(self) -> None:
        """Mark or unmark the row under the cursor, and go on to the next; a heading marks its members, or is opened."""
        self.touch()
        if not self._table.rows:
            return
        row = self._table.rows[self._cursor_row]
        if row.whole and not row.members:
            self.action_open()
        elif self._marking and self._cursor is not None:
            members = row.members or (self._cursor,)
            if self._marked.issuperset(members):
                self._marked.difference_update(members)
            else:
                self._marked.update(members)
            self._lines.clear()
            self._repaint()
            self.action_cursor(1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; a click on the cursor opens it."""
        place = int(event.y - 1 + self.scroll_offset.y)
        if event.y >= 1 and 0 <= place < len(self._table.rows) and self._table.rows[place].selectable:
            if self._table.rows[place].key == self._cursor:
                self.action_open()
            else:
                self._move(place)

    # Painting

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width or self.size.width

    def _relayout(self) -> None:
        self._layout = fit(self._table.columns, max(0, self._width - (2 if self._marking else 0)))
        self._painted.clear()
        self._lines.clear()

    def on_resize(self) -> None:
        """Lay the columns out for the new width."""
        self._relayout()
        self.virtual_size = Size(self._width, len(self._table.rows) + 1)
        self.refresh()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """What was painted stands elsewhere now."""
        super().watch_scroll_y(old, new)
        self._painted.clear()

    def notify_style_update(self) -> None:
        """A new theme repaints everything."""
        super().notify_style_update()
        self._painted.clear()

    def _repaint(self, *, everything: bool = False) -> None:
        if everything or not self._painted:
            self._painted.clear()
            self.refresh()
            return
        for y in range(self.size.height):
            if self._painted.get(y) != self._drawn(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def _drawn(self, y: int) -> tuple[Line, bool]:
        """The line at screen height y, and whether the cursor is on it."""
        if y == 0:
            line = heading(self._layout)
            return (join([span("  "), line], "") if self._marking else line), False
        rows = self._table.rows
        place = y - 1 + int(self.scroll_offset.y)
        if not rows:
            empty = self._table.empty
            return (fitted(empty[y - 2], self._width) if 0 <= y - 2 < len(empty) else ()), False
        if place >= len(rows):
            return (), False
        if place not in self._lines:
            self._lines[place] = self._row(rows[place])
        return self._lines[place], place == self._cursor_row

    def _row(self, row: Row) -> Line:
        if not self._marking or not row.selectable or (row.whole and not row.members):
            return row_line(row, self._layout, self._width)
        marked = sum(key in self._marked for key in row.members or (row.key,)) if self._marked else 0
        sign = _MARK if marked and marked == len(row.members or (row.key,)) else _SOME if marked else " "
        return ((f"{sign} ", Role.ACCENT), *row_line(row, self._layout, self._width - 2))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        drawn = self._drawn(y)
        self._painted[y] = drawn
        line, under_cursor = drawn
        style = self.rich_style
        if y == 0:
            style += self.get_component_rich_style("live-table--header", partial=True)
        elif under_cursor:
            style += self.get_component_rich_style("live-table--cursor", partial=True)
        return self._painter.strip(line, style, self.size.width)

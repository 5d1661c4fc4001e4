"""Screen 8: Silences, with what each hides now, until when, who made it and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from oncall_tui.core.alerts import Silence
from oncall_tui.core.assess import Assessment
from oncall_tui.core.silences import SilenceStatus, Standing, facts
from oncall_tui.ui.keeping import how_kept
from oncall_tui.ui.keys import SILENCES_KEYS
from oncall_tui.ui.render import silences as silences_render
from oncall_tui.ui.render.empties import nobody_knows
from oncall_tui.ui.render.silences import Order
from oncall_tui.ui.render.spans import Line, Role, join, plain, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class SilencesScreen(OncallScreen):
    """Active, pending, ending and lately expired silences; below, the selected one in full with what it hides."""

    NAME = "silences"
    ROWS = ("silences", "ending")
    HELP_TEXT = (
        "∅ active  ▲ ends soon while what it hides still fires  ◌ pending  ○ expired within a day  ◐ an ack; "
        "kept: it is extended while its alerts fire. `s` opens the editor, `+` gives another end, `e` edits (in place "
        "where only end, comment or author change), `c` makes it again, `x` ends it and shows first what rings again."
    )
    HINTS = (
        ("silence", "new"),
        ("extend", "extend"),
        ("edit", "edit"),
        ("expire", "end"),
        ("recreate", "again"),
        ("sort", "sort"),
        ("mark", "mark"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*SILENCES_KEYS]
    DEFAULT_CSS = """
    SilencesScreen #detail { height: auto; max-height: 50%; padding: 0 1; border-top: solid $surface-lighten-1; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def __init__(self) -> None:
        super().__init__()
        self._order = Order.ATTENTION

    def body(self) -> Iterable[Widget]:
        """The table, and the selected silence below it."""
        yield LiveTable(marking=True, id="silences")
        yield Lines(id="detail")

    def draw(self, assessment: Assessment) -> None:
        """One row a silence."""
        kept = silences_render.ordered(self.kept(self.rows(assessment)), self._order)
        key = self.oncall.key_of("silence")
        none = f"There is no silence, and none ended within a day; {key} makes one."
        none = nobody_knows(assessment.snapshot) or none
        self.query_one(LiveTable).show(silences_render.table(kept, self.empty(none)))
        self._draw_detail(assessment)

    def _draw_detail(self, assessment: Assessment) -> None:
        status = self._under_cursor()
        room, width = max(6, self.size.height // 2 - 2), self.size.width - 2
        lines = []
        if status is not None:
            keeping = how_kept(self.oncall.desk.keeper, status.silence)
            lines = silences_render.detail(status, assessment.snapshot.at, width, room, keeping)
        self.query_one("#detail", Lines).show(lines)

    def _note(self) -> Line:
        assessment = self.oncall.assessment
        every = self.oncall.silence_watch.survey(assessment) if assessment else ()
        ending = sum(status.standing is Standing.ENDING and not status.kept for status in every)
        order = f"by {self._order.value}" if self._order is not Order.ATTENTION else ""
        return join(
            [
                span(f"{ending} ending", Role.WARN) if ending else (),
                span(order, Role.ACCENT) if order else (),
                super()._note(),
            ],
            "  ",
        )

    # What the filter looks at

    def rows(self, assessment: Assessment) -> Sequence[SilenceStatus]:
        """Every silence."""
        return self.oncall.silence_watch.survey(assessment)

    def labels_of(self, row: SilenceStatus) -> Mapping[str, str]:
        """What its matchers want exactly, its state, author and source."""
        return facts(row)[0]

    def words_of(self, row: SilenceStatus) -> Iterable[str]:
        """What the screen says of it."""
        return (*facts(row)[1], plain(silences_render.badge(row)))

    def is_loud(self, row: SilenceStatus) -> bool:
        """What ends soon while something it hides fires."""
        return row.standing is Standing.ENDING

    # Order

    def sort_words(self) -> Sequence[str]:
        """Every order."""
        return tuple(Order)

    def sort_by(self, name: str) -> str:
        """Stand in the order of that name, '' for the next; returns what is wrong with the name, '' if nothing."""
        every = list(Order)
        if name and name not in every:
            return f"no order {name!r}: {', '.join(Order)}"
        self._order = Order(name) if name else every[(every.index(self._order) + 1) % len(every)]
        self.update()
        return ""

    # The row under the cursor

    def on_live_table_highlighted(self) -> None:
        """Another silence: its detail."""
        if self.oncall.assessment is not None:
            self._draw_detail(self.oncall.assessment)

    def on_live_table_opened(self) -> None:
        """Open it in the editor."""
        self.action_edit()

    def _statuses(self) -> tuple[SilenceStatus, ...]:
        assessment = self.oncall.assessment
        return self.oncall.silence_watch.survey(assessment) if assessment is not None else ()

    def _under_cursor(self) -> SilenceStatus | None:
        key = self.query_one(LiveTable).cursor
        return next((status for status in self._statuses() if status.key == key), None)

    def in_hand(self) -> tuple[SilenceStatus, ...]:
        """The marked silences, else the one under the cursor."""
        marked = self.query_one(LiveTable).marked
        if marked:
            return tuple(status for status in self._statuses() if status.key in marked)
        status = self._under_cursor()
        return (status,) if status else ()

    def silences_in_hand(self) -> tuple[Silence, ...]:
        """The marked silences, else the one under the cursor; acknowledgements too."""
        return tuple(status.silence for status in self.in_hand())

    def acted(self) -> None:
        """Let go of the marks."""
        self.query_one(LiveTable).clear_marks()

    def action_extend(self) -> None:
        """Give the silences in hand another end."""
        from oncall_tui.ui.silencing import extend_selection

        extend_selection(self.oncall, self.in_hand())

    def action_recreate(self) -> None:
        """Make the silence under the cursor again, in the editor."""
        from oncall_tui.ui.silencing import recreate

        recreate(self.oncall, self._under_cursor())

    def action_edit(self) -> None:
        """Edit the silence under the cursor."""
        from oncall_tui.ui.silencing import edit

        edit(self.oncall, self._under_cursor())

"""Screen 3: every SLO with all its windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.state import State
from oncall_tui.ui.keys import SLOS_KEYS
from oncall_tui.ui.render import slos as slos_render
from oncall_tui.ui.render.empties import NO_SLO
from oncall_tui.ui.render.slo_order import Entry, Grouping, Sort, arranged
from oncall_tui.ui.render.slos import Heading
from oncall_tui.ui.render.spans import Line, Role, join, outside, plain, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class SlosScreen(OncallScreen):
    """One row an SLO, in an order and under headings of one's choice, which stay while the program runs."""

    NAME = "slos"
    ROWS = ("SLOs", "CRIT")
    HELP_TEXT = (
        "The window columns hold burn rates: 1 spends the budget exactly in the SLO's period. A page needs 1h and 5m "
        "(or 6h and 30m) above their factor; a coloured figure is above it. FROZEN: it fired when data went missing. "
        "TOO FEW: it burns, on fewer events than it wants to see. good* and bad*: no data, which counts so. Enter "
        "opens the charts, or shuts and opens a heading. The filter knows slo=, kind= (the SLO's), service=, "
        "service_kind=, team=, state=, labels, and words such as frozen."
    )
    HINTS = (
        ("open", "open"),
        ("explain", "explain"),
        ("sort", "sort"),
        ("group", "group"),
        ("acknowledge", "ack"),
        ("runbook", "runbook"),
    )
    DEFAULT_CSS = """
    SlosScreen #notes { height: auto; max-height: 3; border-top: solid $surface-lighten-1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*SLOS_KEYS]
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def __init__(self) -> None:
        super().__init__()
        self._sort = Sort.WORST
        self._grouping = Grouping.NONE
        self._shut: set[str] = set()

    def body(self) -> Iterable[Widget]:
        """The table, and what the row under the cursor has no cells for."""
        yield LiveTable(id="slos")
        yield Lines(id="notes")

    def draw(self, assessment: Assessment) -> None:
        """One row an SLO."""
        kept = self.kept(self.rows(assessment))
        groups = arranged(kept, self._sort, self._grouping)
        empty = self.empty(NO_SLO)
        headings = self._grouping is not Grouping.NONE
        self.query_one(LiveTable).show(slos_render.table(groups, empty, headings=headings, shut=self._shut))
        self._draw_notes()

    def _draw_notes(self) -> None:
        status = self.slo_in_hand()
        heading = isinstance(self.query_one(LiveTable).cursor, Heading)
        shuts = join([outside(self.oncall.key_of("open"), Role.ACCENT), span("shuts and opens it", Role.MUTED)])
        self.query_one("#notes", Lines).show([slos_render.notes(status) if status else shuts if heading else ()])

    def _note(self) -> Line:
        order = "worst first" if self._sort is Sort.WORST else f"by {self._sort.value}"
        under = f" in {self._grouping.value}s" if self._grouping is not Grouping.NONE else ""
        return join([span(order + under, Role.ACCENT), super()._note()], "  ")

    # What the filter looks at

    def rows(self, assessment: Assessment) -> Sequence[Entry]:
        """Every SLO."""
        return [Entry(service, slo) for service in assessment.services for slo in service.slos]

    def labels_of(self, row: Entry) -> Mapping[str, str]:
        """The labels of it and of its service, and what both are."""
        service, slo = row.service.service, row.slo.slo
        return {
            **service.labels,
            **slo.labels,
            **slo.group,
            "service": slo.service,
            "service_kind": service.kind.value,
            "team": service.team,
            "slo": slo.name,
            "kind": slo.kind.value,
            "state": row.slo.state.name,
        }

    def words_of(self, row: Entry) -> Iterable[str]:
        """What the screen says of it."""
        status = row.slo
        slo = status.slo
        firing = (verdict.verdict.value for verdict in status.verdicts if verdict.fires)
        notes, badge = plain(slos_render.notes(status)), plain(slos_render.badge(status))
        return (slo.id, slo.description, slo.origin, status.reason, notes, badge, *firing)

    def is_loud(self, row: Entry) -> bool:
        """What is critical."""
        return row.slo.state is State.CRIT

    # Order and headings

    def sort_words(self) -> Sequence[str]:
        """Every order."""
        return tuple(Sort)

    def group_words(self) -> Sequence[str]:
        """Every kind of headings."""
        return tuple(Grouping)

    def sort_by(self, name: str) -> str:
        """Stand in the order of that name, '' for the next; returns what is wrong with the name, '' if nothing."""
        if name and name not in list(Sort):
            return f"no order {name!r}: {', '.join(Sort)}"
        self._sort = Sort(name) if name else _after(self._sort)
        self.update()
        return ""

    def group_by(self, name: str) -> str:
        """Stand under headings of that name, all open, '' for the next; returns what is wrong with the name."""
        if name and name not in list(Grouping):
            return f"no headings {name!r}: {', '.join(Grouping)}"
        self._grouping = Grouping(name) if name else _after(self._grouping)
        self._shut.clear()
        self.update()
        return ""

    # The row under the cursor

    def on_live_table_highlighted(self) -> None:
        """Another row: its notes."""
        self._draw_notes()

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Open the SLO; shut or open a heading."""
        if isinstance(event.key, Heading):
            self._shut ^= {event.key.name}
            self.update()
        else:
            self.oncall.open_slo(str(event.key))

    def slo_in_hand(self) -> SloStatus | None:
        """The SLO under the cursor."""
        key = self.query_one(LiveTable).cursor
        return self.oncall.assessment.slo(key) if self.oncall.assessment and isinstance(key, str) else None

    def service_in_hand(self) -> str:
        """The service of the SLO under the cursor, or of its heading."""
        key = self.query_one(LiveTable).cursor
        if isinstance(key, Heading):
            return key.name if self._grouping is Grouping.SERVICE else ""
        status = self.slo_in_hand()
        return status.slo.service if status else ""

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alerts that speak of the SLO under the cursor."""
        assessment, status = self.oncall.assessment, self.slo_in_hand()
        return assessment.alerts_of_slo(status.slo.id) if assessment and status else ()


_Choice = TypeVar("_Choice", Sort, Grouping)


def _after(choice: _Choice) -> _Choice:
    """The one after it, round and round."""
    every = list(type(choice))
    return every[(every.index(choice) + 1) % len(every)]

"""Screen 6: Incident. Every incident, and the timeline of the selected one as it grows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.incident import Incident
from oncall_tui.ui.keys import INCIDENT_KEYS
from oncall_tui.ui.render import incidents as render
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable

WIDE = 150
"""Cells from which the timeline stands beside the list."""


class IncidentScreen(OncallScreen):
    """The list, those that go on first; the selected one with its impact and its timeline, the newest on top."""

    NAME = "incident"
    ROWS = ("incidents", "open")
    HELP_TEXT = (
        "The timeline grows by itself: alerts, burn states, versions, acks, steps with output, notes, findings, of the "
        "incident's services and alerts. A page opens an incident or joins one about a service near it; what has been "
        "quiet is mitigated, then resolved. `enter` shows the output of steps, `tab` goes to the timeline. "
        ":role ROLE WHO, :title, :involve SERVICE, :action TEXT @owner, :done ID, :merge ID, :status, :severity."
    )
    HINTS = (
        ("note", "note"),
        ("status", "status"),
        ("severity", "severity"),
        ("command_it", "command"),
        ("export", "export"),
        ("merge", "merge"),
        ("open_incident", "new"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *INCIDENT_KEYS,
        Binding("tab", "app.focus_next", "Next pane", show=False),
    ]
    DEFAULT_CSS = """
    IncidentScreen #panes { layout: vertical; height: 1fr; }
    IncidentScreen #incidents { height: auto; min-height: 2; max-height: 40%; }
    IncidentScreen #story { height: 1fr; border-top: solid $surface-lighten-1; }
    IncidentScreen #head { height: auto; max-height: 50%; padding: 0 1; }
    IncidentScreen #scroll { height: 1fr; padding: 0 1; }
    IncidentScreen #moments { height: auto; }
    IncidentScreen.-wide #panes { layout: horizontal; }
    IncidentScreen.-wide #incidents { width: 2fr; height: 1fr; max-height: 100%; }
    IncidentScreen.-wide #story { width: 3fr; border-top: none; border-left: solid $surface-lighten-1; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def __init__(self) -> None:
        super().__init__()
        self._details = False

    def body(self) -> Iterable[Widget]:
        """The list, and the selected one."""
        with Container(id="panes"):
            yield LiveTable(marking=True, id="incidents")
            with Vertical(id="story"):
                yield Lines(id="head")
                with VerticalScroll(id="scroll"):
                    yield Lines(id="moments")

    def on_mount(self) -> None:
        """Read them."""
        super().on_mount()
        self.oncall.incident_book.refresh()

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        self.oncall.incident_book.rest()

    def on_resize(self) -> None:
        """Side by side where there is room."""
        self.set_class(self.size.width >= WIDE, "-wide")

    def draw(self, assessment: Assessment) -> None:
        """One row an incident; below or beside it the selected one."""
        book = self.oncall.incident_book
        kept = sorted(self.kept(self.rows(assessment)), key=lambda one: not one.going_on)
        key = self.oncall.key_of("open_incident")
        none = f"No incident. A page that fires opens one; {key} on an alert or a service does, too."
        none = "Reading the journal…" if not book.read else none
        table = self.query_one(LiveTable)
        empty = (outside(f"Nobody can say: {book.trouble}", Role.CRIT),) if book.trouble else self.empty(none)
        table.show(render.table(kept, self.oncall.clock(), empty))
        table.styles.height = None if self.has_class("-wide") else len(kept) + 1 if kept else 3
        book.want(str(table.cursor or ""))
        self._draw_story()

    def _draw_story(self) -> None:
        book, cursor = self.oncall.incident_book, self.query_one(LiveTable).cursor
        story = book.story
        if story is None or cursor not in (story.incident.id, *story.incident.merged):
            self.query_one("#head", Lines).show([])
            self.query_one("#moments", Lines).show([])
            return
        trouble = [outside(f"not up to date: {book.trouble}", Role.CRIT)] if book.trouble else []
        self.query_one("#head", Lines).show([*trouble, *render.head(story)])
        self.query_one("#moments", Lines).show(render.moments(story, details=self._details))

    def _note(self) -> Line:
        going_on = len(self.oncall.incident_book.going_on)
        return join([span(f"{going_on} open", Role.WARN) if going_on else (), super()._note()], "  ")

    # What the filter looks at

    def rows(self, assessment: Assessment) -> Sequence[Incident]:
        """Every incident, merged ones aside."""
        return [one for one in self.oncall.incident_book.every if not one.into]

    def labels_of(self, row: Incident) -> Mapping[str, str]:
        """What it is."""
        return {
            "id": row.id,
            "status": row.status.value,
            "severity": row.severity.value,
            "service": row.services[0] if row.services else "",
            "commander": row.roles.get("commander", ""),
        }

    def words_of(self, row: Incident) -> Iterable[str]:
        """What it is called, and about."""
        return (row.title, *row.services)

    def is_loud(self, row: Incident) -> bool:
        """What goes on."""
        return row.going_on

    # The row under the cursor

    def on_live_table_highlighted(self) -> None:
        """Another incident: its timeline."""
        if self.is_current:
            self.oncall.incident_book.want(str(self.query_one(LiveTable).cursor or ""))
        self._draw_story()

    def on_live_table_opened(self) -> None:
        """Show or hide the output of steps."""
        self._details = not self._details
        self._draw_story()

    def incident_in_hand(self) -> Incident | None:
        """The incident under the cursor."""
        key = self.query_one(LiveTable).cursor
        return next((one for one in self.oncall.incident_book.every if one.id == key), None)

    def marked_ids(self) -> tuple[str, ...]:
        """The ids of the marked ones."""
        return tuple(sorted(map(str, self.query_one(LiveTable).marked)))

    def service_in_hand(self) -> str:
        """The first service that the incident is about."""
        one = self.incident_in_hand()
        return one.services[0] if one is not None and one.services else ""

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """Its alerts that still fire."""
        one, assessment = self.incident_in_hand(), self.oncall.assessment
        if one is None or assessment is None:
            return ()
        return tuple(status for status in assessment.alerts if status.alert.fingerprint in one.alerts)

    def acted(self) -> None:
        """Let go of the marks."""
        self.query_one(LiveTable).clear_marks()

    # Keys

    def action_status(self) -> None:
        """Open, mitigated, resolved, and open again."""
        from oncall_tui.ui.incidents import set_status

        set_status(self.oncall)

    def action_severity(self) -> None:
        """The next severity."""
        from oncall_tui.ui.incidents import set_severity

        set_severity(self.oncall)

    def action_command_it(self) -> None:
        """Take command."""
        from oncall_tui.ui.incidents import set_role

        set_role(self.oncall)

    def action_export(self) -> None:
        """Write it down."""
        from oncall_tui.ui.incidents import export

        export(self.oncall)

    def action_merge(self) -> None:
        """Merge the marked into the selected."""
        from oncall_tui.ui.incidents import merge

        merge(self.oncall)

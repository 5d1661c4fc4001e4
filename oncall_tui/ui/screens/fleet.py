"""Screen 1: the Fleet, worst first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import Assessment
from oncall_tui.ui.render import alerts as alerts_render
from oncall_tui.ui.render import fleet as fleet_render
from oncall_tui.ui.render.drift import drift_readings
from oncall_tui.ui.render.empties import NO_SERVICE
from oncall_tui.ui.render.spans import Line, Role, join, span
from oncall_tui.ui.screens.services import ServicesScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable

WIDE = 150
"""Cells from which the selected service's detail stands beside the table."""


class FleetScreen(ServicesScreen):
    """One row a service; below, the loudest alerts; beside, on a wide screen, everything about the selected service."""

    NAME = "fleet"
    HELP_TEXT = (
        "One row a service, worst first. The row's state is its worst part; WHY (or the pane beside) says which."
    )
    HINTS = (
        ("acknowledge", "ack"),
        ("runbook", "runbook"),
        ("open", "open"),
        ("explain", "explain"),
        ("take_back", "un-ack"),
    )
    DEFAULT_CSS = """
    FleetScreen #side { width: 68; display: none; border-left: solid $surface-lighten-1; padding: 0 1; }
    FleetScreen.-wide #side { display: block; }
    FleetScreen #glance {
        height: auto; max-height: 60%; border-top: solid $surface-lighten-1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def body(self) -> Iterable[Widget]:
        """The table, the pane beside it, and the alerts below."""
        with Horizontal():
            with Vertical():
                yield LiveTable(id="fleet")
                yield Lines(id="glance")
            with VerticalScroll(id="side", can_focus=False):
                yield Lines(id="detail")

    def on_resize(self, event: events.Resize) -> None:
        """Show the pane beside the table where there is room for it."""
        self.set_class(event.size.width >= WIDE, "-wide")
        self.update()

    def draw(self, assessment: Assessment) -> None:
        """One row a service."""
        kept = self.kept(assessment.services)
        lookback = self.oncall.lookback
        readings = [reading for status in assessment.services for reading in drift_readings(status, lookback)]
        self.oncall.watch_readings(self.NAME, readings)
        empty = self.empty(NO_SERVICE)
        self.query_one(LiveTable).show(fleet_render.table(assessment, kept, lookback, empty))
        self.draw_detail(assessment)

    def draw_detail(self, assessment: Assessment) -> None:
        """The service under the cursor: why it is as it is, and what it is made of."""
        status = assessment.service(self.service_in_hand())
        wide = self.has_class("-wide")
        if status is not None and wide:
            self.query_one("#detail", Lines).show(fleet_render.detail(assessment, status))
        why = [] if wide or status is None else [fleet_render.why(status)]
        room = max(3, self.size.height - len(assessment.services) - len(why) - 7 - bool(self.filter_text))
        firing = [alert for alert in assessment.alerts if self.keeps_alert(alert)]
        glance = alerts_render.glance(assessment, firing, room, self.oncall.has_runbook)
        hidden = self._hidden(assessment)
        self.query_one("#glance", Lines).show([*why, join([span("ALERTS", Role.HEADING), hidden]), *glance])

    def _hidden(self, assessment: Assessment) -> Line:
        """How many firing alerts the filter keeps out of the list below; nothing when it is none."""
        firing = (alert for alert in assessment.alerts if alert.phase is Phase.FIRING)
        hidden = sum(alert.alert.urgency is not Urgency.INFO and not self.keeps_alert(alert) for alert in firing)
        return span(f"the filter hides {hidden} that fire", Role.WARN) if hidden else ()

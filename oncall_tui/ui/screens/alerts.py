"""Screen 2: Alerts, loudest first, with what becomes of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.render import alerts as alerts_render
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class AlertsScreen(OncallScreen):
    """Firing, acknowledged, pending, silenced and inhibited alerts; below, the selected one in full."""

    NAME = "alerts"
    HELP_TEXT = (
        "● firing  ◐ acked (by whom, until when)  ◌ pending (holds, not yet long enough)  ∅ silenced  ⊘ inhibited. "
        "`a` posts a silence of this very label set, whose comment starts with ACK!; space marks several. "
        "Where pagers are configured, the page is acknowledged there, too; `:page` shows first which. "
        "`s` opens a silence of its labels, `x` ends the one that hides it."
    )
    HINTS = (
        ("acknowledge", "ack"),
        ("take_back", "un-ack"),
        ("silence", "silence"),
        ("runbook", "runbook"),
        ("mark", "mark"),
        ("open", "service"),
    )
    DEFAULT_CSS = """
    AlertsScreen #detail { height: auto; max-height: 45%; padding: 0 1; border-top: solid $surface-lighten-1; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def body(self) -> Iterable[Widget]:
        """The table, and the selected alert below it."""
        yield LiveTable(marking=True, id="alerts")
        yield Lines(id="detail")

    def draw(self, assessment: Assessment) -> None:
        """One row an alert."""
        kept = [status for status in assessment.alerts if self.keeps_alert(status)]
        doubt = assessment.snapshot.alerts_doubt()
        empty = self.empty(f"Nobody can say: {doubt}" if doubt else "No alert is firing, pending or silenced.")
        self.query_one(LiveTable).show(alerts_render.table(assessment, kept, self.oncall.has_runbook, empty))
        self._draw_detail(assessment)

    def _draw_detail(self, assessment: Assessment) -> None:
        status = self._status(assessment, self.query_one(LiveTable).cursor)
        self.query_one("#detail", Lines).show(alerts_render.detail(assessment, status) if status else [])

    def on_live_table_highlighted(self) -> None:
        """Another alert: its detail."""
        if self.oncall.assessment is not None:
            self._draw_detail(self.oncall.assessment)

    def on_live_table_opened(self) -> None:
        """Open the SLO the alert speaks of, or its service's worst."""
        for status in self._under_cursor():
            self.oncall.open_slo_of(status)

    @staticmethod
    def _status(assessment: Assessment, key: object) -> AlertStatus | None:
        return next((status for status in assessment.alerts if status.alert.key == key), None)

    def _under_cursor(self) -> tuple[AlertStatus, ...]:
        assessment = self.oncall.assessment
        status = self._status(assessment, self.query_one(LiveTable).cursor) if assessment else None
        return (status,) if status else ()

    def slo_in_hand(self) -> SloStatus | None:
        """The SLO the alert under the cursor names, else its service's worst."""
        assessment = self.oncall.assessment
        status = next(iter(self.alerts_in_hand()), None)
        return assessment.slo_of(status) if assessment and status else None

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The marked alerts, else the one under the cursor."""
        marked = self.query_one(LiveTable).marked
        assessment = self.oncall.assessment
        if marked and assessment is not None:
            return tuple(status for status in assessment.alerts if status.alert.key in marked)
        return self._under_cursor()

    def service_in_hand(self) -> str:
        """The service of the alert under the cursor."""
        return next((status.service for status in self._under_cursor()), "")

    def acted(self) -> None:
        """Let go of the marks."""
        self.query_one(LiveTable).clear_marks()

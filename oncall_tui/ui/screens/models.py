"""Screen 4: models and what they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import VerticalScroll
from textual.widget import Widget

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.ui.render import models as models_render
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class ModelsScreen(OncallScreen):
    """One row a service with its layers; below, the selected one's signals, worst first, over time."""

    NAME = "models"
    HELP_TEXT = (
        "Each layer stands for itself: the endpoint as our own probe sees it, then accuracy, drift (worst feature), "
        "freshness and serving figures as Prometheus has them. '–' is measured but not known; '-' is not measured."
    )
    HINTS = (("open", "SLO"), ("runbook", "runbook"), ("acknowledge", "ack"))
    DEFAULT_CSS = """
    ModelsScreen #signals { height: auto; max-height: 50%; border-top: solid $surface-lighten-1; padding: 0 1; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def body(self) -> Iterable[Widget]:
        """The table, and the selected service's signals below it."""
        yield LiveTable(id="models")
        with VerticalScroll(id="signals", can_focus=False):
            yield Lines(id="detail")

    def draw(self, assessment: Assessment) -> None:
        """One row for each service that has an endpoint or a signal."""
        kept = [s for s in assessment.services if (s.endpoints or s.signals) and self.keeps_service(s)]
        self.oncall.watch_readings(self.NAME, models_render.readings(kept, self.oncall.lookback))
        empty = self.empty("No service has an endpoint or a signal: add them in the config.")
        self.query_one(LiveTable).show(models_render.table(assessment, kept, self.oncall.lookback, empty))
        self._draw_detail(assessment)

    def _draw_detail(self, assessment: Assessment) -> None:
        status = assessment.service(self.service_in_hand())
        width = self.size.width - 4
        lines = models_render.detail(assessment, status, self.oncall.lookback, width) if status else []
        self.query_one("#detail", Lines).show(lines)

    def on_live_table_highlighted(self) -> None:
        """Another service: its signals."""
        if self.oncall.assessment is not None:
            self._draw_detail(self.oncall.assessment)

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Open the service's worst SLO."""
        status = self.oncall.assessment.service(str(event.key)) if self.oncall.assessment else None
        if status is not None and status.worst_slo is not None:
            self.oncall.open_slo(status.worst_slo.slo.id)

    def service_in_hand(self) -> str:
        """The service under the cursor."""
        return str(self.query_one(LiveTable).cursor or "")

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The service's firing and acknowledged alerts."""
        assessment = self.oncall.assessment
        status = assessment.service(self.service_in_hand()) if assessment else None
        loud = (Phase.FIRING, Phase.ACKNOWLEDGED)
        return tuple(alert for alert in status.alerts if alert.phase in loud) if status else ()

"""Screen 3: every SLO with all its windows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.render import slos as slos_render
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.live_table import LiveTable


class SlosScreen(OncallScreen):
    """One row an SLO, worst first."""

    NAME = "slos"
    HELP_TEXT = (
        "The window columns hold burn rates: 1 spends the budget exactly in the SLO's period. A page needs 1h and 5m "
        "(or 6h and 30m) above their factor; a coloured figure is above it. Enter opens the charts and the PromQL."
    )
    HINTS = (("open", "open"), ("acknowledge", "ack"), ("runbook", "runbook"))
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def body(self) -> Iterable[Widget]:
        """The table."""
        yield LiveTable(id="slos")

    def draw(self, assessment: Assessment) -> None:
        """One row an SLO."""
        kept = [slo for status in assessment.services if self.keeps_service(status) for slo in status.slos]
        kept.sort(key=_worst_first)
        empty = self.empty("No SLO is configured: add some under `slos:` of a service in the config.")
        self.query_one(LiveTable).show(slos_render.table(kept, empty))

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Open the SLO."""
        self.oncall.open_slo(str(event.key))

    def service_in_hand(self) -> str:
        """The service of the SLO under the cursor."""
        return str(self.query_one(LiveTable).cursor or "").partition("/")[0]

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alerts that speak of the SLO under the cursor."""
        return self.oncall.alerts_of_slo(str(self.query_one(LiveTable).cursor or ""))


def _worst_first(status: SloStatus) -> tuple[int, float, str]:
    return (status.state, status.remaining if status.remaining is not None else 2.0, status.slo.id)

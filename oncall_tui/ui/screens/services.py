"""What Fleet and Models share: a table of services, whose cursor says what the keys act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.state import State
from oncall_tui.ui.render.explain import Explanation, explain_signals
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.live_table import LiveTable


class ServicesScreen(OncallScreen):
    """A screen with one table, whose rows' keys are services' names, and a pane about the one under the cursor."""

    ROWS = ("services", "CRIT")

    def rows(self, assessment: Assessment) -> Sequence[ServiceStatus]:
        """Every service."""
        return assessment.services

    def labels_of(self, row: ServiceStatus) -> Mapping[str, str]:
        """Its labels, and what it is."""
        service = row.service
        return {
            **service.labels,
            "service": service.name,
            "team": service.team,
            "kind": service.kind.value,
            "state": row.state.name,
        }

    def is_loud(self, row: ServiceStatus) -> bool:
        """What is critical."""
        return row.state is State.CRIT

    def draw_detail(self, assessment: Assessment) -> None:
        """Show the service under the cursor in the pane."""
        raise NotImplementedError

    def on_live_table_highlighted(self) -> None:
        """Another service: its detail."""
        if self.oncall.assessment is not None:
            self.draw_detail(self.oncall.assessment)

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Open the service."""
        self.open_service(str(event.key))

    def open_service(self, name: str) -> None:
        """Open the service's worst SLO."""
        if (worst := self.slo_in_hand()) is not None:
            self.oncall.open_slo(worst.slo.id)
        else:
            self.oncall.complain(f"{name} has no SLO to open: write one under its `slos:`")

    def service_in_hand(self) -> str:
        """The service under the cursor."""
        return str(self.query_one(LiveTable).cursor or "")

    def slo_in_hand(self) -> SloStatus | None:
        """The service's worst SLO."""
        status = self.oncall.assessment.service(self.service_in_hand()) if self.oncall.assessment else None
        return status.worst_slo if status else None

    def explanation(self) -> Explanation | None:
        """The worst SLO's figures; of a service without one, its signals'."""
        assessment = self.oncall.assessment
        status = assessment.service(self.service_in_hand()) if assessment else None
        if assessment is not None and status is not None and status.worst_slo is None and status.signals:
            return explain_signals(assessment, status.service.name, status.signals)
        return super().explanation()

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The service's firing and acknowledged alerts, loudest first."""
        assessment = self.oncall.assessment
        status = assessment.service(self.service_in_hand()) if assessment else None
        loud = (Phase.FIRING, Phase.ACKNOWLEDGED)
        return tuple(alert for alert in status.alerts if alert.phase in loud) if status else ()

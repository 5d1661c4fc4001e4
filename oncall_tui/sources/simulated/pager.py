"""The simulated fleet's pager: an incident for each group that has a page, and nobody's phone rings."""

from __future__ import annotations

from collections.abc import Sequence

from oncall_tui.core.alerts import Alert, AlertBoard, Urgency
from oncall_tui.core.pagers import Found, IncidentState, PagedAlert, PagedIncident, PagerOutcome, match_incidents
from oncall_tui.sources.simulated.alerts import SimulatedAlertmanager

FIRST_NUMBER = 1423


class SimulatedPager:
    """Implements core.ports.Pager over what the simulated Alertmanager sends. Its name says that it is none."""

    name = "PagerDuty (demo)"
    kind = "simulated"

    def __init__(self, alertmanager: SimulatedAlertmanager) -> None:
        self._alertmanager = alertmanager
        self._numbers: dict[str, int] = {}
        self._taken: dict[str, str] = {}

    async def find(self, alerts: Sequence[PagedAlert]) -> tuple[Found, ...]:
        """The open incidents, compared as a real pager's are."""
        incidents = self._incidents(await self._alertmanager.board())
        return tuple(Found(match_incidents(paged, incidents)) for paged in alerts)

    async def acknowledge(self, incident: PagedIncident, paged: PagedAlert, author: str, note: str) -> PagerOutcome:
        """It is the author's from now on."""
        self._taken.setdefault(incident.id, author)
        board = await self._alertmanager.board()
        seen = next((one for one in self._incidents(board) if one.id == incident.id), None)
        return PagerOutcome(seen is not None, seen, "" if seen else "it was resolved meanwhile")

    async def greet(self) -> str | None:
        """It is always there."""
        return "simulated"

    async def close(self) -> None:
        """Nothing is held."""

    def _incidents(self, board: AlertBoard) -> list[PagedIncident]:
        alerts = {alert.fingerprint: alert for alert in board.alerts}
        found = []
        for group in board.groups:
            pages = [alerts[one] for one in group.fingerprints if alerts[one].urgency is Urgency.PAGE]
            if pages:
                found.append(self._incident(f"{group.receiver} {sorted(group.labels.items())}", pages))
        return found

    def _incident(self, key: str, pages: Sequence[Alert]) -> PagedIncident:
        number = self._numbers.setdefault(key, FIRST_NUMBER + len(self._numbers))
        return PagedIncident(
            id=f"DEMO{number}",
            number=str(number),
            title=f"{pages[0].name} ({pages[0].labels.get('service', '')})",
            state=IncidentState.ACKNOWLEDGED if f"DEMO{number}" in self._taken else IncidentState.TRIGGERED,
            created_at=min(alert.starts_at for alert in pages),
            text="\n".join(f"{name} = {value}" for alert in pages for name, value in alert.labels.items()),
            holder=self._taken.get(f"DEMO{number}", ""),
        )

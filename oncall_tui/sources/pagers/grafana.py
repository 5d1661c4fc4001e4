"""Grafana IRM and OnCall: alert groups are listed, compared, acknowledged as the token's user, and read back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from oncall_tui.config.pagers import GrafanaConfig
from oncall_tui.core.pagers import IncidentState, PagedIncident
from oncall_tui.sources.pagers._api import PagerApi, segment
from oncall_tui.sources.pagers._listing import MOST, PATIENCE, Listing, ListingPager, with_text
from oncall_tui.sources.pagers._token import authorized, token_of

_GROUPS_PATH = "/api/v1/alert_groups/"
_HINTS = {
    401: "check token; Grafana Cloud wants grafana_url, and a service account's token as authorization (Bearer)",
    403: "acknowledging wants a user's token: a service account's may not be enough",
    404: "check url: it is OnCall's own API URL, not Grafana's",
}


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Alert(_Wire):
    payload: Any = None


class _Links(_Wire):
    web: str | None = None


class _Group(_Wire):
    id: Annotated[str, Field(min_length=1)]
    alert_group_number: int | None = None
    title: str | None = None
    state: str
    created_at: AwareDatetime | None = None
    acknowledged_by: str | None = None
    permalinks: _Links | None = None
    last_alert: _Alert | None = None

    def core(self) -> PagedIncident:
        incident = PagedIncident(
            id=self.id,
            number="" if self.alert_group_number is None else str(self.alert_group_number),
            title=self.title or "",
            state=_STATES.get(self.state, IncidentState.UNKNOWN),
            url=(self.permalinks.web if self.permalinks else None) or "",
            created_at=self.created_at.timestamp() if self.created_at else 0.0,
            holder=self.acknowledged_by or "",
        )
        return with_text(incident, self.last_alert.payload) if self.last_alert else incident


class _Groups(_Wire):
    results: list[_Group]
    next: str | None = None


class _Alerts(_Wire):
    results: list[_Alert]


_STATES = {
    "new": IncidentState.TRIGGERED,
    "firing": IncidentState.TRIGGERED,
    "acknowledged": IncidentState.ACKNOWLEDGED,
    "resolved": IncidentState.RESOLVED,
}
_GROUPS, _GROUP, _ALERTS = TypeAdapter(_Groups), TypeAdapter(_Group), TypeAdapter(_Alerts)


class Grafana(ListingPager):
    """OnCall's HTTP API, which IRM keeps. token goes into the Authorization header as it is."""

    kind = "Grafana IRM"

    def __init__(self, config: GrafanaConfig, patience: Sequence[float] = PATIENCE) -> None:
        always = {"X-Grafana-URL": config.grafana_url} if config.grafana_url else {}
        api = PagerApi(
            config.called,
            config,
            base=lambda: config.url,
            headers=authorized(config, lambda token: token, always),
            secrets=token_of(config),
            hints=_HINTS,
        )
        super().__init__(config.called, api, None, patience)
        self._integration = config.integration

    async def _open(self, keys: Sequence[str]) -> Listing:
        ringing, taken = await asyncio.gather(self._of_state("new"), self._of_state("acknowledged"))
        notes = dict.fromkeys(one.note for one in (ringing, taken) if one.note)
        return Listing((*ringing.incidents, *taken.incidents), "; ".join(notes))

    async def _of_state(self, state: str) -> Listing:
        what = "list alert groups"
        narrowed = [("integration_id", self._integration)] if self._integration else []
        listed: list[PagedIncident] = []
        page, more = 1, True
        while more and len(listed) < MOST:
            asked = [("state", state), ("page", str(page)), *narrowed]
            groups = self._api.read(_GROUPS, await self._api.ask("GET", _GROUPS_PATH, what, params=asked), what)
            listed += [group.core() for group in groups.results]
            page, more = page + 1, groups.next is not None and bool(groups.results)
        return Listing(tuple(listed), f"only {len(listed)} {state} ones were looked at" if more else "")

    async def _details(self, incident: PagedIncident) -> PagedIncident:
        if incident.text:
            return incident
        what = f"the alerts of {incident.called}"
        response = await self._api.ask("GET", "/api/v1/alerts/", what, params=[("alert_group_id", incident.id)])
        for alert in self._api.read(_ALERTS, response, what).results:
            incident = with_text(incident, alert.payload)
        return incident

    async def _send(self, incident: PagedIncident, author: str, note: str) -> str:
        path = f"{_GROUPS_PATH}{segment(incident.id)}/acknowledge"
        await self._api.ask("POST", path, f"acknowledge {incident.called}")
        return ""

    async def _look(self, incident: PagedIncident) -> PagedIncident | None:
        what = f"read {incident.called} back"
        response = await self._api.ask("GET", f"{_GROUPS_PATH}{segment(incident.id)}", what, allow=(404,))
        return None if response.status_code == 404 else self._api.read(_GROUP, response, what).core()

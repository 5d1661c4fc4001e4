"""PagerDuty over its REST API: incidents are listed, compared, acknowledged in somebody's name, and read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from oncall_tui.config.pagers import PagerDutyConfig
from oncall_tui.core.pagers import IncidentState, PagedIncident
from oncall_tui.sources.pagers._api import PagerApi, segment
from oncall_tui.sources.pagers._listing import MOST, PAGE, PATIENCE, Listing, ListingPager, with_text
from oncall_tui.sources.pagers._token import authorized, token_of

_ACCEPT = "application/vnd.pagerduty+json;version=2"
_HINTS = {
    400: "an account's token needs `email:` of a user who may acknowledge it",
    401: "check token: it is sent as 'Token token=...'",
    402: "the account's plan does not include this",
    403: "the token may be read-only, or its user may not see this service",
    404: "it may have been merged or deleted: look at PagerDuty",
}


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Named(_Wire):
    summary: str | None = None


class _Acknowledgement(_Wire):
    acknowledger: _Named | None = None


class _Incident(_Wire):
    id: Annotated[str, Field(min_length=1)]
    incident_number: int | None = None
    title: str | None = None
    status: str
    html_url: str | None = None
    created_at: AwareDatetime | None = None
    incident_key: str | None = None
    acknowledgements: list[_Acknowledgement] | None = None

    def core(self) -> PagedIncident:
        holders = [one.acknowledger.summary for one in self.acknowledgements or () if one.acknowledger]
        return PagedIncident(
            id=self.id,
            number="" if self.incident_number is None else str(self.incident_number),
            title=self.title or "",
            state=_STATES.get(self.status, IncidentState.UNKNOWN),
            url=self.html_url or "",
            created_at=self.created_at.timestamp() if self.created_at else 0.0,
            keys=(self.incident_key,) if self.incident_key else (),
            holder=holders[-1] or "" if holders else "",
        )


class _Incidents(_Wire):
    incidents: list[_Incident]
    more: bool = False


class _One(_Wire):
    incident: _Incident


class _Alert(_Wire):
    summary: str | None = None
    alert_key: str | None = None
    body: dict[str, Any] | None = None


class _Alerts(_Wire):
    alerts: list[_Alert]


_STATES = {
    "triggered": IncidentState.TRIGGERED,
    "acknowledged": IncidentState.ACKNOWLEDGED,
    "resolved": IncidentState.RESOLVED,
}
_INCIDENTS, _ONE, _ALERTS = TypeAdapter(_Incidents), TypeAdapter(_One), TypeAdapter(_Alerts)


class PagerDuty(ListingPager):
    """PagerDuty's REST API v2. The token may be a user's, or the account's together with a user's email."""

    kind = "PagerDuty"

    def __init__(self, config: PagerDutyConfig, patience: Sequence[float] = PATIENCE) -> None:
        headers = authorized(config, lambda token: f"Token token={token}", {"Accept": _ACCEPT})
        api = PagerApi(
            config.called,
            config,
            base=lambda: config.url,
            headers=headers,
            secrets=token_of(config),
            hints=_HINTS,
        )
        super().__init__(config.called, api, config.key, patience)
        self._email = config.email or ""
        self._narrowed = [
            *(("service_ids[]", one) for one in config.services),
            *(("team_ids[]", one) for one in config.teams),
        ]

    async def _open(self, keys: Sequence[str]) -> Listing:
        # By key first: the server itself compares those of the alerts below an incident, too.
        by_key = [replace(one, keys=(*one.keys, key)) for key in keys for one in await self._keyed(key)]
        listed: list[PagedIncident] = []
        more = True
        while more and len(listed) < MOST:
            page = await self._list([("offset", str(len(listed)))])
            listed += [one.core() for one in page.incidents]
            more = page.more and bool(page.incidents)
        merged = {one.id: one for one in (*listed, *by_key)}
        return Listing(
            tuple(merged.values()), f"only the newest {len(listed)} open ones were looked at" if more else ""
        )

    async def _keyed(self, key: str) -> tuple[PagedIncident, ...]:
        page = await self._list([("incident_key", key)])
        return tuple(one.core() for one in page.incidents)

    async def _list(self, parameters: list[tuple[str, str]]) -> _Incidents:
        what = "list incidents"
        asked = [
            ("statuses[]", "triggered"),
            ("statuses[]", "acknowledged"),
            ("date_range", "all"),
            ("sort_by", "created_at:desc"),
            ("limit", str(PAGE)),
            *self._narrowed,
            *parameters,
        ]
        return self._api.read(_INCIDENTS, await self._api.ask("GET", "/incidents", what, params=asked), what)

    async def _details(self, incident: PagedIncident) -> PagedIncident:
        what = f"the alerts of {incident.called}"
        response = await self._api.ask(
            "GET", f"/incidents/{segment(incident.id)}/alerts", what, params=[("limit", str(PAGE))]
        )
        alerts = self._api.read(_ALERTS, response, what).alerts
        keys = tuple(alert.alert_key for alert in alerts if alert.alert_key)
        known = replace(incident, keys=(*incident.keys, *keys))
        for told in _told(alerts):
            known = with_text(known, told)
        # Labels of one alert are not the incident's where it has several.
        return known if len(alerts) == 1 else replace(known, labels=incident.labels)

    async def _send(self, incident: PagedIncident, author: str, note: str) -> str:
        reference = {"id": incident.id, "type": "incident_reference", "status": "acknowledged"}
        headers = {"From": self._email} if self._email else {}
        what = f"acknowledge {incident.called}"
        await self._api.ask("PUT", "/incidents", what, json={"incidents": [reference]}, headers=headers)
        return ""

    async def _look(self, incident: PagedIncident) -> PagedIncident | None:
        what = f"read {incident.called} back"
        response = await self._api.ask("GET", f"/incidents/{segment(incident.id)}", what, allow=(404,))
        return None if response.status_code == 404 else self._api.read(_ONE, response, what).incident.core()


def _told(alerts: Sequence[_Alert]) -> Iterator[object]:
    """What events carried: custom details, as Alertmanager sends them or as anybody else does."""
    for alert in alerts:
        body = alert.body or {}
        yield alert.summary or ""
        yield body.get("details")
        yield body.get("cef_details")

"""Jira Service Management's operations, and Opsgenie, whose API they grew from: both take a request and do it later."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasPath, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from oncall_tui.config.pagers import JiraConfig, OpsgenieConfig
from oncall_tui.core.errors import Refused, SourceError
from oncall_tui.core.pagers import IncidentState, PagedIncident
from oncall_tui.core.text import clean_line
from oncall_tui.sources._auth import basic_header
from oncall_tui.sources.pagers._api import PagerApi, segment
from oncall_tui.sources.pagers._listing import MOST, PAGE, PATIENCE, Listing, ListingPager, with_text
from oncall_tui.sources.pagers._token import authorized, token_of

QUEUE_PATIENCE = (0.1, 0.4, 0.8, 1.5, 3.0)
"""Seconds before each question whether a request was done."""
NOTE_LIMIT = 5_000
"""Characters of a note."""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Report(_Wire):
    acknowledgedBy: str | None = None  # noqa: N815 - the API's own names, here and below


class _Alert(_Wire):
    id: Annotated[str, Field(min_length=1)]
    tinyId: str | int | None = None  # noqa: N815
    alias: str | None = None
    message: str | None = None
    status: str
    acknowledged: bool = False
    createdAt: AwareDatetime | None = None  # noqa: N815
    owner: str | None = None
    report: _Report | None = None
    tags: list[str] | None = None
    description: str | None = None
    details: dict[str, Any] | None = None
    extraProperties: dict[str, Any] | None = None  # noqa: N815

    def core(self) -> PagedIncident:
        taken = self.acknowledged or self.status == "acked"
        state = IncidentState.ACKNOWLEDGED if taken else IncidentState.TRIGGERED
        incident = PagedIncident(
            id=self.id,
            number=str(self.tinyId or ""),
            title=self.message or "",
            state=IncidentState.RESOLVED if self.status == "closed" else state,
            created_at=self.createdAt.timestamp() if self.createdAt else 0.0,
            keys=(self.alias,) if self.alias else (),
            holder=((self.report.acknowledgedBy if self.report else None) or self.owner or "") if taken else "",
        )
        for told in (self.details, self.extraProperties, self.tags, self.description):
            incident = with_text(incident, told)
        return incident


class _Values(_Wire):
    listed: list[_Alert] = Field(validation_alias="values")
    next: str | None = Field(None, validation_alias=AliasPath("links", "next"))


class _Data(_Wire):
    listed: list[_Alert] = Field(validation_alias="data")
    next: str | None = Field(None, validation_alias=AliasPath("paging", "next"))


class _OneInData(_Wire):
    data: _Alert


class _Queued(_Wire):
    requestId: Annotated[str, Field(min_length=1)]  # noqa: N815


class _Status(_Wire):
    isSuccess: bool | None = None  # noqa: N815
    success: bool | None = None
    status: str | None = None


class _StatusAnswer(_Status):
    data: _Status | None = None


_VALUES, _DATA = TypeAdapter[_Values | _Data](_Values), TypeAdapter[_Values | _Data](_Data)
_ALERT, _ONE_IN_DATA = TypeAdapter[_Alert | _OneInData](_Alert), TypeAdapter[_Alert | _OneInData](_OneInData)
_QUEUED, _STATUS = TypeAdapter(_Queued), TypeAdapter(_StatusAnswer)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Where the two differ. limit: the parameter for a page's size. by: what every path to one alert needs."""

    limit: str
    many: TypeAdapter[_Values | _Data]
    one: TypeAdapter[_Alert | _OneInData]
    by: tuple[tuple[str, str], ...] = ()


_JIRA = _Dialect("size", _VALUES, _ALERT)
_OPSGENIE = _Dialect("limit", _DATA, _ONE_IN_DATA, (("identifierType", "id"),))


class _Alerts(ListingPager):
    """Alerts of either. queue: seconds before each question whether a request was done."""

    def __init__(
        self,
        name: str,
        api: PagerApi,
        dialect: _Dialect,
        key: str | None,
        patience: Sequence[float],
        queue: Sequence[float],
    ) -> None:
        super().__init__(name, api, key, patience)
        self._dialect = dialect
        self._queue = tuple(queue)

    async def _open(self, keys: Sequence[str]) -> Listing:
        what = "list alerts"
        listed: list[PagedIncident] = []
        more = True
        while more and len(listed) < MOST:
            asked = {"query": "status:open", "sort": "createdAt", "order": "desc", "offset": str(len(listed))}
            asked[self._dialect.limit] = str(PAGE)
            response = await self._api.ask("GET", "/alerts", what, params=asked)
            page = self._api.read(self._dialect.many, response, what)
            listed += [alert.core() for alert in page.listed]
            more = page.next is not None and bool(page.listed)
        return Listing(tuple(listed), f"only the newest {len(listed)} open ones were looked at" if more else "")

    async def _details(self, incident: PagedIncident) -> PagedIncident:
        return await self._look(incident) or incident

    async def _send(self, incident: PagedIncident, author: str, note: str) -> str:
        what = f"acknowledge {incident.called}"
        body = {"user": clean_line(author, 100), "source": "oncall-tui", "note": clean_line(note, NOTE_LIMIT)}
        path = f"/alerts/{segment(incident.id)}/acknowledge"
        response = await self._api.ask("POST", path, what, json=body, params=self._dialect.by)
        return await self._done(self._api.read(_QUEUED, response, what).requestId, what)

    async def _done(self, request: str, what: str) -> str:
        """Ask until the request was done; what to know of it. Raises Refused when it was not."""
        for seconds in self._queue:
            await asyncio.sleep(seconds)
            try:
                response = await self._api.ask("GET", f"/alerts/requests/{segment(request)}", what, allow=(404,))
            except SourceError as error:
                return f"what became of the request could not be asked: {error.message}"
            if response.status_code == 404:  # still waiting its turn
                continue
            answer = self._api.read(_STATUS, response, what)
            told = answer.data or answer
            if False in (told.isSuccess, told.success):
                raise Refused(f"{self.name}: {what}: {clean_line(told.status or 'the request failed', 200)}")
            return ""
        return "the request still waits its turn"

    async def _look(self, incident: PagedIncident) -> PagedIncident | None:
        what = f"read {incident.called} back"
        path = f"/alerts/{segment(incident.id)}"
        response = await self._api.ask("GET", path, what, params=self._dialect.by, allow=(404,))
        if response.status_code == 404:
            return None
        answer = self._api.read(self._dialect.one, response, what)
        return (answer.data if isinstance(answer, _OneInData) else answer).core()


class Jira(_Alerts):
    """Jira Service Management's operations: alerts of one site (cloud_id), as the account that the token is of."""

    kind = "Jira Service Management"

    def __init__(
        self, config: JiraConfig, patience: Sequence[float] = PATIENCE, queue: Sequence[float] = QUEUE_PATIENCE
    ) -> None:
        hints = {
            401: "check email and token (an API token of that account)",
            403: "the account may not see or acknowledge these alerts",
            404: "check cloud_id: https://SITE.atlassian.net/_edge/tenant_info tells it",
        }
        api = PagerApi(
            config.called,
            config,
            base=lambda: f"{config.url}/jsm/ops/api/{config.cloud_id}/v1",
            headers=authorized(config, lambda token: basic_header(config.email or "", token), _JSON),
            secrets=token_of(config),
            hints=hints,
        )
        super().__init__(config.called, api, _JIRA, config.key, patience, queue)


class Opsgenie(_Alerts):
    """Opsgenie's alert API v2, which ends in April 2027."""

    kind = "Opsgenie"

    def __init__(
        self, config: OpsgenieConfig, patience: Sequence[float] = PATIENCE, queue: Sequence[float] = QUEUE_PATIENCE
    ) -> None:
        hints = {
            401: "check token (an API integration's key); the European url is https://api.eu.opsgenie.com",
            403: "the key's integration may not read or acknowledge these alerts",
        }
        api = PagerApi(
            config.called,
            config,
            base=lambda: f"{config.url}/v2",
            headers=authorized(config, lambda token: f"GenieKey {token}", _JSON),
            secrets=token_of(config),
            hints=hints,
        )
        super().__init__(config.called, api, _OPSGENIE, config.key, patience, queue)


_JSON = {"Accept": "application/json"}

"""One Alertmanager, asked over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alerts import Alert, AlertBoard, Silence, SilenceDraft
from oncall_tui.core.errors import Refused, SourceError
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.routing import Routing
from oncall_tui.core.text import clean_line
from oncall_tui.sources.alertmanager import wire
from oncall_tui.sources.alertmanager.drafts import CLASSIC_NAME, silence_body
from oncall_tui.sources.alertmanager.routing import read_routing
from oncall_tui.sources.failures import is_web_page, redact_url, said_by, to_source_error
from oncall_tui.sources.http import async_client

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")

_STATUS_HOLDS = 60.0
"""Seconds until it is asked again for its version, peers and configuration; peers come and go."""

_STATUS_PATIENCE = 2.0
"""Seconds a poll waits for these: the alerts matter more."""

_SEVERAL_SETS = "multiple matcher sets"

EXPIRED_KEPT = 86_400.0
"""Seconds for which a silence that is over is still told, so that it can be made again."""

_SMALL_BODY = 65_536
"""Bytes up to which a body is parsed on the event loop: a thread costs more."""

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,127}\Z")
_PLAIN_VALUE = re.compile(r"[\w .:/@-]+\Z", re.ASCII)
_FILTER_BUDGET = 2_000
"""Characters of filters in one URL."""


class AlertmanagerSource:
    """An Alertmanager 0.25 or later, at a base URL that may have a path prefix.

    name: as configured, the beginning of every message. url: for showing, without credentials.
    clock: unix seconds. Every method raises SourceError, and nothing else, for what the server does.
    """

    def __init__(self, name: str, url: str, http: HttpConfig, *, clock: Callable[[], float] = time.time) -> None:
        self.name = name
        self.url = redact_url(url)
        self._api = url.rstrip("/") + "/api/v2"
        self._http = http
        self._clock = clock
        self._made: httpx.AsyncClient | None = None
        self._told = wire.Told()
        self._routing: Routing | None = None
        self._status_due = 0.0
        self._asking: asyncio.Task[None] | None = None
        self._skew: float | None = None
        self._parsing = asyncio.Lock()
        self._last: dict[str, tuple[bytes, Any]] = {}

    async def board(self) -> AlertBoard:
        """Alerts, groups and silences as of now, asked for at the same time."""
        since = self._clock() + (self._skew or 0.0) - EXPIRED_KEPT
        alerts = asyncio.create_task(self._listed("/alerts", wire.read_alerts))
        groups = asyncio.create_task(self._listed("/alerts/groups", wire.read_groups))
        listed = asyncio.create_task(self._silences(since))
        asked = (alerts, groups, listed, asyncio.create_task(self._refresh_status()))
        # Each ends by itself, within its timeout. Ending the others with the first that fails would cost connections:
        # httpcore loses one that is cancelled between connecting and asking.
        await asyncio.gather(*asked, return_exceptions=True)
        if failures := [failure for one in asked if (failure := one.exception()) is not None]:
            self._status_due = 0.0  # It may come back as another: restarted, with a new name among its peers.
            raise next((one for one in failures if not isinstance(one, SourceError)), failures[0])
        (standing, expired), error = listed.result()
        told = self._told
        return AlertBoard(
            alerts=alerts.result(),
            groups=groups.result(),
            silences=standing,
            version=told.version,
            skew=self._skew,
            peers=told.peers,
            config=told.config,
            silences_error=error,
            expired=expired,
            routing=self._routing,
        )

    async def post_silence(self, draft: SilenceDraft) -> str:
        """Make the silence; its id. A draft that is invalid, or would hide everything, is Refused unsent."""
        body = silence_body(draft, version=self._told.version, now=self._clock(), skew=self._skew or 0.0)
        response = await self._ask("POST", "/silences", json=body)
        return await self._parse(wire.read_posted, response)

    async def silence(self, silence_id: str) -> Silence | None:
        """Read one silence back, expired ones too; None if there is none of that id."""
        if not _ID.match(silence_id):
            return None
        response = await self._ask("GET", f"/silence/{silence_id}", allow=(404, 422))
        # 422: it is no UUID, so it cannot be there.
        return None if response.status_code in (404, 422) else await self._parse(wire.read_silence, response)

    async def expire_silence(self, silence_id: str) -> None:
        """End it now; ending an ended one is no error, an unknown one is Refused."""
        if not _ID.match(silence_id):
            raise self._no_silence(silence_id)
        response = await self._ask("DELETE", f"/silence/{silence_id}", allow=(404, 422, 500))
        if response.is_success:
            return
        # 0.25 answers 500 for an id that it does not know.
        if response.status_code != 500 or "not found" in said_by(response):
            raise self._no_silence(silence_id)
        raise to_source_error(response, f"{self.name}: DELETE /silence")

    async def alert(self, fingerprint: str, labels: Mapping[str, str]) -> Alert | None:
        """Read one alert back; None when it fires no more. labels: the alert's, so that no other is sent."""
        response = await self._ask("GET", "/alerts", params=[("filter", one) for one in _filters(labels)])
        alerts = await self._parse(wire.read_alerts, response)
        return next((alert for alert in alerts if alert.fingerprint == fingerprint), None)

    async def close(self) -> None:
        """Let go of connections."""
        if self._asking is not None:
            self._asking.cancel()
        if self._made is not None:
            await self._made.aclose()
            self._made = None

    # Asking

    def _client(self) -> httpx.AsyncClient:
        if self._made is None:
            self._made = async_client(self._http)
        return self._made

    async def _ask(self, method: str, path: str, *, allow: tuple[int, ...] = (), **request: Any) -> httpx.Response:
        """One request; its response if that is 2xx or one of allow."""
        client = self._client()
        import httpx  # loaded with the first client, not before the first frame

        what = f"{self.name}: {method} {path}"
        sent = self._clock()
        try:
            response = await client.request(method, self._api + path, **request)
        except (httpx.HTTPError, httpx.InvalidURL, SourceError, OSError, ValueError) as problem:
            raise to_source_error(problem, what) from None
        self._notice_clock(response, sent)
        if response.status_code in allow or (response.is_success and not is_web_page(response)):
            return response
        raise to_source_error(response, what)

    async def _read(self, path: str, parse: Callable[[bytes, str], _T], **request: Any) -> _T:
        return await self._parse(parse, await self._ask("GET", path, **request))

    async def _listed(self, path: str, parse: Callable[[bytes, str], _T]) -> _T:
        """As _read; where the body is the last one's, the very answer of the last time.

        Thousands of alerts are megabytes that are the same in most polls, and long to make sense of. They are parsed
        one body after the other: both at once would take twice the memory.
        """
        body = (await self._ask("GET", path)).content
        if len(body) <= _SMALL_BODY:
            return parse(body, self.name)
        async with self._parsing:
            digest = await asyncio.to_thread(_digest, body)
            last = self._last.get(path)
            if last is None or last[0] != digest:
                last = self._last[path] = (digest, await asyncio.to_thread(parse, body, self.name))
        answer: _T = last[1]
        return answer

    async def _parse(self, parse: Callable[[bytes, str], _T], response: httpx.Response) -> _T:
        body = response.content
        if len(body) <= _SMALL_BODY:
            return parse(body, self.name)
        return await asyncio.to_thread(parse, body, self.name)

    async def _silences(self, since: float) -> tuple[tuple[tuple[Silence, ...], tuple[Silence, ...]], str]:
        """The silences that stand and those that ended since then, and why they are lacking.

        Alertmanager 0.32 lists none of them where it holds one that this API cannot tell, one of several matcher sets;
        the alerts are to be seen all the same.
        """
        try:
            return await self._read("/silences", partial(wire.read_silences, since=since)), ""
        except Refused as refusal:
            if _SEVERAL_SETS not in refusal.message:
                raise
            return ((), ()), f"its silences cannot be listed: {refusal.message.partition(': GET /silences: ')[2]}"

    async def _refresh_status(self) -> None:
        """Learn now and then what it tells of itself. No poll fails for it, and only the first waits a little."""
        if time.monotonic() < self._status_due:
            return
        self._status_due = time.monotonic() + _STATUS_HOLDS
        first, self._asking = self._asking is None, asyncio.create_task(self._ask_status())
        if first:
            await self._asking

    async def _ask_status(self) -> None:
        patience = min(_STATUS_PATIENCE, self._http.timeout)
        with contextlib.suppress(SourceError):
            told = await self._read("/status", wire.read_status, timeout=patience)
            if told.config != self._told.config:
                self._routing = await asyncio.to_thread(read_routing, told.config)
            self._told = told

    def _notice_clock(self, response: httpx.Response, sent: float) -> None:
        """Keep the server's clock minus ours, good to a second: the Date header drops the fraction."""
        try:
            date = parsedate_to_datetime(response.headers["date"])
        except (KeyError, ValueError):
            return
        self._skew = date.timestamp() + 0.5 - (sent + self._clock()) / 2

    def _no_silence(self, silence_id: str) -> Refused:
        shown = clean_line(silence_id, 60)
        return Refused(f"{self.name}: there is no silence {shown!r}", "it may have ended long ago: refresh the list")


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _filters(labels: Mapping[str, str]) -> Iterator[str]:
    """Matchers that narrow the answer to the alert's neighbours, alertname first.

    Only names and values that the parsers of all versions read alike: a filter misread would make a firing alert
    look gone, and the fingerprint decides anyway.
    """
    left = _FILTER_BUDGET
    for name in sorted(labels, key=lambda name: (name != "alertname", name)):
        if CLASSIC_NAME.match(name) and _PLAIN_VALUE.match(labels[name]):
            matcher = str(Matcher(name, MatchOp.EQUAL, labels[name]))
            left -= len(matcher)
            if left >= 0:
                yield matcher

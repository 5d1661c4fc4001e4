"""A server's own metrics: read seldom, bounded, and no part of whether it is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oncall_tui.core.catalogue import Endpoint
from oncall_tui.core.errors import Malformed, SourceError
from oncall_tui.core.server_metrics import Reading, read
from oncall_tui.core.text import clean_line
from oncall_tui.sources.endpoints.asking import Asker, Request, address, target

SELDOM = 60.0
"""Seconds between two looks at one server's metrics: they are large, and Prometheus has their course."""

_ERROR_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of a server's own metrics. request: what was asked just now, '' for nothing; error: what of it."""

    reading: Reading | None = None
    error: str = ""
    request: str = ""


class OwnMetrics:
    """Remembers the last reading of every endpoint. clock: unix seconds."""

    def __init__(self, asker: Asker, clock: Callable[[], float]) -> None:
        self._asker = asker
        self._clock = clock
        self._known: dict[Endpoint, Own] = {}
        self._asked: dict[Endpoint, float] = {}

    async def look(self, endpoint: Endpoint) -> Own:
        """The newest that is known, asked anew when it is time. Never raises."""
        now = self._clock()
        known = self._known.get(endpoint, Own())
        if endpoint in self._asked and now - self._asked[endpoint] < SELDOM:
            return Own(known.reading, known.error)
        self._asked[endpoint] = now
        request = ""
        try:
            away = endpoint.metrics.startswith(("http://", "https://"))
            url = address(endpoint.metrics) if away else target(endpoint, endpoint.metrics)
            asked = Request("GET", url, endpoint.timeout)
            request = str(asked)
            found = Own(await self._reading(endpoint, asked, now, known.reading), request=request)
        except SourceError as error:
            found = Own(known.reading, clean_line(error.message, _ERROR_LIMIT), request)
        self._known[endpoint] = found
        return found

    async def _reading(self, endpoint: Endpoint, request: Request, now: float, before: Reading | None) -> Reading:
        """Raises SourceError."""
        answer = await self._asker.ask(endpoint, request)
        if not answer.ok:
            raise Malformed(f"{request}: {answer}")
        if not answer.whole:
            raise Malformed(f"{request}: its metrics are too large; raise its max_response_mb")
        return read(endpoint.protocol, answer.body.decode("utf-8", "replace"), now, before)

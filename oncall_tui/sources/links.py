"""Whether a web page is still there. No credentials are sent: the page belongs to whoever wrote the link."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import SourceError
from oncall_tui.core.text import clean_line
from oncall_tui.sources.failures import redact_url, to_source_error
from oncall_tui.sources.http import async_client

if TYPE_CHECKING:
    import httpx

TIMEOUT = 8
"""Seconds for one page, both of its requests each."""
AT_ONCE = 8
"""Pages asked for at the same time."""


class Presence(StrEnum):
    """Whether a page is there. UNCLEAR: somebody answered, but not so that one could tell."""

    THERE = "there"
    GONE = "gone"
    UNCLEAR = "unclear"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Page:
    """What came of looking. what: in words; hint: what to do about it."""

    presence: Presence
    what: str
    hint: str = ""


class Links:
    """Looks at pages, a bounded number at once."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._client = async_client(HttpConfig(timeout=TIMEOUT, proxy_from_environment=True))

    async def look(self, url: str) -> Page:
        """Ask for one page: by HEAD, and by GET where HEAD is not answered with a success. Never raises."""
        import httpx  # loaded with the client

        async with self._turn:
            try:
                status, location = await self._status("HEAD", url)
                if status >= 400 and status not in (401, 403):
                    status, location = await self._status("GET", url)
            except (httpx.HTTPError, httpx.InvalidURL, SourceError, OSError, ValueError) as problem:
                error = to_source_error(problem, redact_url(url))
                return Page(Presence.UNREACHABLE, error.message, "can it be reached from where the on-call works?")
        return _page(status, location)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def _status(self, method: str, url: str) -> tuple[int, str]:
        """The status and where it redirects to; the body stays where it is."""
        request: httpx.Request = self._client.build_request(method, url)
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response.status_code, response.headers.get("location", "")


def _page(status: int, location: str) -> Page:
    if status < 300:
        return Page(Presence.THERE, f"HTTP {status}")
    if status < 400:
        to = clean_line(redact_url(location), 200)
        return Page(
            Presence.UNCLEAR, f"HTTP {status}: it redirects to {to}", "see there, and write that URL if it lasts"
        )
    if status in (404, 410):
        return Page(
            Presence.GONE, f"HTTP {status}: there is no such page", "mend the link before the night it is needed"
        )
    if status in (401, 403):
        return Page(Presence.UNCLEAR, f"HTTP {status}: it wants a login", "open it once in a browser")
    return Page(Presence.UNCLEAR, f"HTTP {status}", "try it again later")

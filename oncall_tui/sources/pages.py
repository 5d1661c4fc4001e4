"""Pages of Markdown over HTTP(S), fetched without credentials and kept as files: an alert may name any host."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.private_folder import make_private_folder
from oncall_tui.core.errors import Malformed, Refused, SourceError, Unauthorized
from oncall_tui.core.text import clean_line
from oncall_tui.core.web_pages import WebPage, raw_url
from oncall_tui.sources.failures import redact_url, to_source_error
from oncall_tui.sources.http import async_client

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10
"""Seconds for one page."""
SIZE_MB = 1
KEPT = 200
"""Pages that are kept, the newest."""
_TEXT = ("text/markdown", "text/x-markdown", "text/plain", "application/octet-stream", "")
_BROWSER = "open the link in a browser"


class Pages:
    """Fetches and keeps pages in folder. No credentials and no cookies are sent to any host."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def kept(self, url: str) -> WebPage | None:
        """The copy that was fetched last; None where there is none, or none that can be read."""
        try:
            told = json.loads(self._file(url).read_text(encoding="utf-8"))
            page = WebPage(str(told["url"]), str(told["text"]), float(told["fetched_at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return page if page.url == url else None

    async def fetch(self, url: str) -> WebPage:
        """The page as it is now, kept for later. Raises SourceError."""
        import httpx  # loaded with the client

        what = redact_url(url)
        asked = raw_url(url)
        _check(asked, what)
        cfg = HttpConfig(timeout=TIMEOUT, max_response_mb=SIZE_MB, proxy_from_environment=True)
        try:
            # A client of its own each time: what one page sets as a cookie reaches no other.
            async with async_client(cfg) as client:
                accept = {"Accept": "text/markdown, text/plain;q=0.9, */*;q=0.1"}
                response = await client.send(client.build_request("GET", asked, headers=accept))
        except SourceError:
            raise
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
            raise to_source_error(problem, what) from None
        page = WebPage(url, _text(response, what), self._clock())
        with contextlib.suppress(OSError):  # It is there to be read all the same.
            await asyncio.to_thread(self._keep, page)
        return page

    def _file(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode(errors='replace')).hexdigest()}.json"

    def _keep(self, page: WebPage) -> None:
        make_private_folder(self._folder)
        told = json.dumps({"url": page.url, "text": page.text, "fetched_at": page.fetched_at})
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(told)
            Path(name).replace(self._file(page.url))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        files = sorted(self._folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
        for old in files[:-KEPT]:
            old.unlink(missing_ok=True)


def _check(url: str, what: str) -> None:
    """Refuse what is not to be asked. Raises Refused."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        unfit = parts.scheme not in ("http", "https") or not host
        named = parts.username is not None or parts.password is not None
    except ValueError:
        unfit, named, host = True, False, ""
    if unfit:
        raise Refused(f"{what}: is no web link")
    if named:
        raise Refused(f"{what}: the link carries credentials and is not fetched", "mend the link")
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_link_local:
            raise Refused(f"{what}: an address of this machine's own network is not fetched", "mend the link")


def _text(response: httpx.Response, what: str) -> str:
    status = response.status_code
    if status in (404, 410):
        raise Refused(f"{what}: HTTP {status}: there is no such page", "mend the link before the night it is needed")
    if status in (401, 403):
        raise Unauthorized(f"{what}: HTTP {status}: it wants a login, and none is ever sent", _BROWSER)
    if 300 <= status < 400:
        to = clean_line(redact_url(str(response.headers.get("location", ""))), 200)
        raise Refused(f"{what}: it redirects to {to}, maybe to log in", _BROWSER)
    if status >= 400:
        raise to_source_error(response, what)
    kind = str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()
    body = response.content
    if kind == "text/html" or body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        login = b'type="password"' in body.lower() or b"type=password" in body.lower()
        page = "a login page" if login else "a web page, no Markdown"
        raise Malformed(f"{what}: {page}", _BROWSER)
    if kind not in _TEXT or b"\0" in body:
        what_else = clean_line(kind, 60) if kind not in _TEXT else ""
        raise Malformed(f"{what}: {what_else or 'binary'}, no Markdown", _BROWSER)
    return body.decode("utf-8", "replace")

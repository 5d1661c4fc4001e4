"""Whether a runbook's web page is still there, asked without credentials and never for long."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from oncall_tui.sources.links import Links, Page, Presence


class Wiki(ThreadingHTTPServer):
    """Answers by path; seen: method, path and headers of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Wiki

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        status = {"/no-head": 405 if self.command == "HEAD" else 200, "/slow": 200}.get(self.path)
        if self.path == "/slow":
            time.sleep(0.3)
        status = status or int(self.path.strip("/") or 200)
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "https://login.example.org/?next=secret")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def wiki() -> Iterator[Wiki]:
    server = Wiki()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def looked(*urls: str) -> list[Page]:
    async def look() -> list[Page]:
        links = Links()
        try:
            return list(await asyncio.gather(*(links.look(url) for url in urls)))
        finally:
            await links.close()

    return asyncio.run(look())


@pytest.mark.parametrize(
    ("path", "presence", "what"),
    [
        ("/200", Presence.THERE, "HTTP 200"),
        ("/no-head", Presence.THERE, "HTTP 200"),
        ("/404", Presence.GONE, "HTTP 404: there is no such page"),
        ("/410", Presence.GONE, "HTTP 410: there is no such page"),
        ("/401", Presence.UNCLEAR, "HTTP 401: it wants a login"),
        ("/403", Presence.UNCLEAR, "HTTP 403: it wants a login"),
        ("/302", Presence.UNCLEAR, "HTTP 302: it redirects to https://login.example.org/"),
        ("/500", Presence.UNCLEAR, "HTTP 500"),
    ],
)
def test_a_page_is_there_gone_or_unclear(wiki: Wiki, path: str, presence: Presence, what: str) -> None:
    (page,) = looked(wiki.url + path)
    assert (page.presence, page.what) == (presence, what)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://no-such-host.invalid/", "http://[::1", "http://"])
def test_what_cannot_be_reached_is_told_and_nothing_is_raised(url: str) -> None:
    (page,) = looked(url)
    assert page.presence is Presence.UNREACHABLE
    assert page.what


def test_no_credentials_are_sent(wiki: Wiki) -> None:
    looked(wiki.url + "/401")
    assert not {name.lower() for _, _, headers in wiki.seen for name in headers} & {"authorization", "cookie"}


def test_pages_are_looked_at_side_by_side(wiki: Wiki) -> None:
    begun = time.monotonic()
    pages = looked(*[wiki.url + "/slow"] * 8)
    assert {page.presence for page in pages} == {Presence.THERE}
    assert time.monotonic() - begun < 8 * 0.3

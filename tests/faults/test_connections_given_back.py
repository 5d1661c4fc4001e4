"""However a poll of an Alertmanager fails, its connections are given back: a night of failures costs no descriptor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import SourceError
from oncall_tui.sources.alertmanager import AlertmanagerSource


class Handler(BaseHTTPRequestHandler):
    """Answers every question with the same, and keeps the connection."""

    protocol_version = "HTTP/1.1"
    status, body = 503, b"{}"

    def do_GET(self) -> None:
        with suppress(OSError):
            self.send_response(self.status)
            self.send_header("Content-Length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Handler]]]:
    handler = type("Fresh", (Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads = True
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", handler
        http.shutdown()


def held(source: AlertmanagerSource) -> tuple[int, int]:
    """Connections that are taken, and questions that hold one."""
    pools = [inner._pool for inner in source._made._transport._inner.values()]  # type: ignore[union-attr, attr-defined]
    taken = sum(not one.is_idle() for pool in pools for one in pool.connections)
    return taken, sum(len(pool._requests) for pool in pools)


@pytest.mark.parametrize(
    ("status", "body"), [(503, b"{}"), (200, b"<html>sign in</html>"), (404, b"x" * 20_000)], ids=["503", "page", "404"]
)
async def test_polls_that_fail_hold_no_connection(server: tuple[str, type[Handler]], status: int, body: bytes) -> None:
    url, handler = server
    handler.status, handler.body = status, body
    source = AlertmanagerSource("am", url, HttpConfig(timeout=5))
    for _ in range(40):
        with pytest.raises(SourceError):
            await source.board()
    await asyncio.sleep(0.3)
    assert held(source) == (0, 0)
    await source.close()


async def test_polls_that_are_called_off_hold_no_question(server: tuple[str, type[Handler]]) -> None:
    source = AlertmanagerSource("am", server[0], HttpConfig(timeout=5))
    for delay in range(40):
        poll = asyncio.create_task(source.board())
        await asyncio.sleep(delay / 4_000)
        poll.cancel()
        with suppress(asyncio.CancelledError, SourceError):
            await poll
    await asyncio.sleep(0.3)
    assert held(source)[1] == 0
    await source.close()

"""However a poll of an Alertmanager fails, its connections are given back: a night of failures costs no descriptor."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import SourceError
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.sources.http import async_client


class Handler(BaseHTTPRequestHandler):
    """Answers every question with the same, and keeps the connection unless told otherwise."""

    protocol_version = "HTTP/1.1"
    status, body, keeps = 503, b"{}", True
    connected = 0
    counting = threading.Lock()

    def setup(self) -> None:
        super().setup()
        with self.counting:
            type(self).connected += 1

    def finish(self) -> None:
        with self.counting:
            type(self).connected -= 1
        super().finish()

    def do_GET(self) -> None:
        with suppress(OSError):
            self.send_response(self.status)
            self.send_header("Content-Length", str(len(self.body)))
            if not self.keeps:
                self.send_header("Connection", "close")
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
    kept = source._made._transport._pools.values()  # type: ignore[union-attr, attr-defined]
    pools = [pool._inner._pool for pool in kept]
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


async def test_a_time_limit_that_ends_between_connecting_and_asking_costs_no_connection(
    server: tuple[str, type[Handler]],
) -> None:
    url, handler = server
    handler.keeps = False  # so that every question connects
    client = async_client(HttpConfig(timeout=5))
    for turns in [*range(20)] * 2:
        asked = asyncio.create_task(client.get(url, timeout=0.02))
        for _ in range(turns):
            await asyncio.sleep(0)
        time.sleep(0.025)  # the loop hangs
        with suppress(httpx.TimeoutException):
            await asked
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not handler.connected:
            break
    assert handler.connected == 0
    assert (await client.get(url)).status_code == 503
    await client.aclose()


async def test_a_question_that_is_called_off_leaves_the_others_in_peace(server: tuple[str, type[Handler]]) -> None:
    url, handler = server
    handler.body = b"x" * 20_000_000
    client = async_client(HttpConfig(timeout=30))
    async with client.stream("GET", url) as slow:
        called_off = asyncio.create_task(client.get(url))
        for _ in range(3):
            await asyncio.sleep(0)
        called_off.cancel()
        with suppress(asyncio.CancelledError):
            await called_off
        assert len((await client.get(url)).content) == 20_000_000  # on other connections
        assert len(await slow.aread()) == 20_000_000
    await client.aclose()


async def test_an_answer_is_let_go_without_the_garbage_collector(server: tuple[str, type[Handler]]) -> None:
    client = async_client(HttpConfig(timeout=5))
    gc.disable()
    try:
        answer = weakref.ref(await client.get(server[0]))
        assert answer() is None
    finally:
        gc.enable()
    await client.aclose()

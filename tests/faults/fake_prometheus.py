"""A server in the place of Prometheus that answers whatever a test wants, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from oncall_tui.config.http_config import BasicAuth, HttpConfig

PASSWORD = "hunter2-hunter2"
Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers with whatever the test wants, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    reply: Reply
    seen: list[dict[str, Any]]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(length).decode())
        self.query = form.get("query", [""])[0]
        url = urlsplit(self.path)
        self.seen.append({"path": url.path, "url_query": url.query, "form": form, "headers": dict(self.headers)})
        if url.path.endswith("/buildinfo"):
            self.send(200, {"status": "success", "data": {"version": "2.42.0"}})
        else:
            type(self).reply(self)

    do_POST = do_GET

    def send(self, status: int, body: object, kind: str = "application/json", **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        with suppress(OSError):
            self.send_response(status)
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in ({"Content-Type": kind, "Content-Length": str(len(data))} | given).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def good(handler: Handler, **extra: object) -> None:
    """One series, 1, for every part of the union that was asked."""
    tags = [part.split('"')[1] for part in handler.query.split('"oncall_reading", ')[1:]]
    metrics = [{"oncall_reading": tag} for tag in tags] or [{}]
    rows = [{"metric": metric, "value": [0, "1"]} for metric in metrics]
    handler.send(200, {"status": "success", "data": {"resultType": "vector", "result": rows}, **extra})


@pytest.fixture
def server() -> Iterator[Callable[[Reply], tuple[str, list[dict[str, Any]]]]]:
    running: list[ThreadingHTTPServer] = []

    def start(reply: Reply) -> tuple[str, list[dict[str, Any]]]:
        seen: list[dict[str, Any]] = []
        handler = type("One", (Handler,), {"reply": staticmethod(reply), "seen": seen})
        running.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        running[-1].daemon_threads = True
        threading.Thread(target=running[-1].serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{running[-1].server_port}", seen

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


Server = Callable[[Reply], tuple[str, list[dict[str, Any]]]]


def config(**more: Any) -> HttpConfig:
    auth = BasicAuth(username="me", password=SecretStr(PASSWORD))
    return HttpConfig(basic_auth=auth, headers={"X-Scope-OrgID": SecretStr("tenant-1")}, **({"timeout": 1} | more))

"""The fleet's HTTP servers on loopback: health routes as each protocol has them, and /metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from oncall_tui.core.catalogue import Catalogue, Endpoint
from oncall_tui.lab import protocols
from oncall_tui.lab.answers import JSON, Answer, Model, as_json
from oncall_tui.lab.ports import HOST, LabPorts, taken
from oncall_tui.lab.stage import Stage
from oncall_tui.sources.simulated.inference import infer
from oncall_tui.sources.simulated.service import Vitals

HEALTH_SHARE = 0.25
"""A health route is cheaper than an inference: this share of a typical request's time."""
SLOWEST = 3.0
"""Seconds a health route takes at most, below the usual probe timeout."""
LARGEST_BODY = 1 << 20

Respond = Callable[[str, str, bytes], Answer | None]
"""(method, path as it was written, body) -> the answer; None: hang up without one, as a server that is down."""


class LoopbackServer:
    """One HTTP server on 127.0.0.1 in threads of its own. Raises ActionError when its port is taken."""

    def __init__(self, who: str, port: int, respond: Respond) -> None:
        handler = type("Handler", (_Handler,), {"respond": staticmethod(respond)})
        try:
            self._server = _Server((HOST, port), handler)
        except OSError as error:
            raise taken(who, port, error) from None
        self.port: int = self._server.server_address[1]
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening. Answers under way are not waited for."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as HTTPServer would."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's trouble."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    respond: Respond
    timeout = 60.0

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._send(as_json({"error": "a Content-Length of at most 1 MiB is needed"}, 413))
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        answer = type(self).respond(self.command, urlsplit(self.path).path, body)
        if answer is None:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def model_server(stage: Stage, service: str, endpoint: Endpoint | None, port: int) -> LoopbackServer:
    """Serve one service: its protocol's routes (if it has an endpoint) and /metrics, up, loading or down as it is."""

    def respond(method: str, path: str, body: bytes) -> Answer | None:
        vitals = stage.vitals(service)
        if not vitals.live:
            return None
        path = unquote(path)
        if path == "/metrics":
            return protocols.exposition(stage.metrics(service))
        if endpoint is None:
            return as_json({"error": "not found"}, 404)
        if method == "POST" and path != "/v2/repository/index":
            return _inferred(endpoint, body, vitals)
        time.sleep(min(SLOWEST, HEALTH_SHARE * vitals.typical))
        return protocols.answer(endpoint.protocol, path, Model(endpoint.model or service, vitals.version, vitals.ready))

    return LoopbackServer(service, port, respond)


def _inferred(endpoint: Endpoint, body: bytes, vitals: Vitals) -> Answer:
    """The answer to an inference, which takes the time that one takes; 503 while the model loads."""
    if not vitals.ready:
        return as_json({"error": "the model is loading"}, 503)
    time.sleep(min(SLOWEST, vitals.typical))
    answer = infer(endpoint.protocol, endpoint.model, vitals.version, body, wrong=vitals.wrong)
    return as_json({"error": "not understood"}, 400) if answer is None else Answer(200, answer, JSON)


def open_fleet(stage: Stage, catalogue: Catalogue, ports: LabPorts) -> list[LoopbackServer]:
    """Start the server of every service. Closes those already open when one cannot be."""
    servers: list[LoopbackServer] = []
    try:
        for service, port in ports.services.items():
            known = catalogue.service(service)
            endpoint = next(iter(known.endpoints), None) if known else None
            servers.append(model_server(stage, service, endpoint, port))
    except BaseException:
        close_all(servers)
        raise
    return servers


def close_all(servers: list[LoopbackServer]) -> None:
    """Close them at the same time: each waits for its own thread."""
    closing = [threading.Thread(target=server.close) for server in servers]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()

"""A model server on a free loopback port that answers from a table."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ModelServer:
    """routes: path -> status, (status, body) or (status, body, headers); a body that is not bytes is sent as JSON.

    What is not in it is 404. asked: the requests, in order, with their query; sent: their bodies. busy: the most at one time.
    """

    def __init__(self, routes: dict[str, object], slow: float = 0.0) -> None:
        self.routes = routes
        self.slow = slow
        self.asked: list[str] = []
        self.sent: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.busy = 0
        self.url = ""
        self._now = 0
        self._lock = threading.Lock()

    def answer(self, request: BaseHTTPRequestHandler, sent: bytes) -> None:
        with self._lock:
            self.sent.append(sent)
            self.headers.append(dict(request.headers))
            self.asked.append(f"{request.command} {request.path}")
            self._now += 1
            self.busy = max(self.busy, self._now)
        time.sleep(self.slow)
        route = self.routes.get(request.path.partition("?")[0], 404)
        status, *rest = route if isinstance(route, tuple) else (route,)
        body = rest[0] if rest else b""
        headers = rest[1] if len(rest) > 1 else {}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        with self._lock:
            self._now -= 1
        request.send_response(status)
        request.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(raw)


@contextmanager
def serving(routes: dict[str, object], slow: float = 0.0) -> Iterator[ModelServer]:
    """The server, running."""
    model_server = ModelServer(routes, slow)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            model_server.answer(self, b"")

        def do_POST(self) -> None:
            model_server.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model_server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield model_server
    finally:
        server.shutdown()
        server.server_close()

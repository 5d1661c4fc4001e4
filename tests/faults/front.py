"""A proxy on loopback that stands before a real server, and misbehaves on command."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host", "proxy-connection"})

Reply = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One connection of a client. A reply may send what it likes, or pass the request on to the real server."""

    protocol_version = "HTTP/1.1"
    front: Front
    body = b""
    query = ""

    def setup(self) -> None:
        super().setup()
        self.front.connections.add(self.connection)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.front.connections.discard(self.connection)

    def do_GET(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.query = parse_qs(self.body.decode("utf-8", "replace")).get("query", [""])[0]
        self.front.asked += 1
        reply = self.front.reply
        with suppress(OSError):  # The client may have had enough.
            (reply or pass_on)(self)

    do_POST = do_DELETE = do_GET

    @property
    def place(self) -> str:
        """The path, without a query; of a proxied request too."""
        return urlsplit(self.path).path

    def ask(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the real server says to this."""
        url = urlsplit(self.path)
        to = HTTPConnection(self.front.upstream.removeprefix("http://"), timeout=20)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            headers.pop("Accept-Encoding", None)
            to.request(self.command, url.path + (f"?{url.query}" if url.query else ""), self.body or None, headers)
            answer = to.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, HTTPException):
            return 502, [("Content-Type", "text/html")], b"<html>Bad Gateway</html>"
        finally:
            to.close()

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        """An answer of ours. headers: with _ for -; they win over those that are worked out."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | given).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def relay(self, status: int, headers: list[tuple[str, str]], body: bytes, date: str = "") -> None:
        """Pass an answer of the real server on. date: in place of its own."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, date if date and name.lower() == "date" else value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def wait(self, seconds: float) -> bool:
        """Do nothing for so long, or until the front behaves again or is closed; whether it still misbehaves."""
        return not self.front.changed.wait(seconds)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def pass_on(request: Request) -> None:
    """Behave."""
    request.relay(*request.ask())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    context: ssl.SSLContext | None = None
    front: Front

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, address = super().get_request()
        if (context := self.front.context) is not None:
            sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return sock, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class Front:
    """Before the server at upstream. context: of TLS, in place of plain HTTP; it may be exchanged.

    reply: what answers in place of the real server; None: that one. asked: how many requests came.
    """

    def __init__(self, upstream: str, context: ssl.SSLContext | None = None) -> None:
        self.upstream, self.context, self.sound = upstream, context, context
        self.reply: Reply | None = None
        self.connections: set[socket.socket] = set()
        self.changed = threading.Event()
        self.asked = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0
        self.listen()

    def listen(self) -> None:
        """Take connections, at the port it always had."""
        handler = type("One", (Request,), {"front": self})
        server = type("Here", (_Server,), {"front": self})(("127.0.0.1", self.port), handler)
        self._server, self.port = server, server.server_port
        self._accept()

    def misbehave(self, reply: Reply | None = None, context: ssl.SSLContext | None = None) -> None:
        """Answer so from now on, and on no connection from before. context: the TLS of new connections."""
        self.changed.clear()
        self.reply, self.context = reply, context or self.sound
        self.cut()

    def behave(self) -> None:
        """Be the real server again, at once also for those who wait."""
        self.reply, self.context = None, self.sound
        self.changed.set()
        if self._server is None:
            self.listen()
        elif self._thread is None:
            self._accept()

    def refuse(self) -> None:
        """Be gone: nobody listens at the port, and every connection is cut."""
        if self._server is not None:
            self.deaf()
            self._server.server_close()
            self._server = None
            self.cut()

    def restart(self) -> None:
        """Go, cutting every connection, and come back at the same port."""
        self.refuse()
        self.listen()

    def deaf(self) -> None:
        """Listen, and take no connection: whoever comes waits."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
            self.cut()

    def cut(self) -> None:
        """End every connection there is."""
        for sock in tuple(self.connections):
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """End it all."""
        self.changed.set()
        self.refuse()

    def _accept(self) -> None:
        assert self._server is not None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()


def http_date(at: float) -> str:
    """The moment as a Date header has it."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(at))

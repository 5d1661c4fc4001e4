"""The dashboard in a browser: textual-serve, behind a key that only who started it knows.

A page that is open elsewhere in the same browser, and another user of this machine, can reach a port on loopback too.
So every request must carry the key (in the first link, then in a cookie), name this server as its host, and come from a
page of its own.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
import shlex
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.server import Server

from oncall_tui.core.errors import OncallError

MOST = 8
"""Browsers at a time: each has a dashboard of its own, which polls."""

_ELSEWHERE = re.compile(r"<link[^>]*https?://fonts\.googleapis[^>]*>")
"""textual-serve's page would tell others of every visit; the policy below forbids it as well."""

_COOKIE = "oncall_tui_key"
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' {socket}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class ServeError(OncallError):
    """The dashboard cannot be served."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is served. public: the URL that browsers use, where that is another (behind a proxy); '' if not."""

    host: str
    port: int
    public: str = ""

    @property
    def url(self) -> str:
        """What a browser opens, without the key."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may name as its host; every one where it listens everywhere and no public URL is given."""
        if not self.public and self.host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
            return frozenset()
        own = {urlsplit(self.url).netloc}
        if self.host in ("127.0.0.1", "localhost", "::1"):
            own |= {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        return frozenset(own)


class Served(Server):
    """Runs command once for each browser, as its terminal. key: what a request must carry."""

    def __init__(self, command: Sequence[str], place: Place, key: str) -> None:
        super().__init__(shlex.join(command), place.host, place.port, "oncall-tui", place.url)
        self._place, self._key = place, key
        self._open = 0

    @property
    def link(self) -> str:
        """What is opened first."""
        return f"{self._place.url}/?key={self._key}"

    async def on_startup(self, app: web.Application) -> None:
        """Nothing is printed here."""

    async def application(self) -> web.Application:
        """The web application, guarded."""
        app = await self._make_app()
        app.middlewares.append(self._guard())
        return app

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A terminal for one browser."""
        if self._open >= MOST:
            raise web.HTTPServiceUnavailable(text=f"{MOST} browsers look already: close one")
        self._open += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._open -= 1

    def _guard(self) -> Middleware:
        socket = self._place.url.replace("http", "ws", 1)

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
            if self._place.hosts and host not in self._place.hosts:
                raise web.HTTPForbidden(text="this server is not of that name")
            if origin is not None and urlsplit(origin).netloc != host:
                raise web.HTTPForbidden(text="another site asks for this")
            if request.path == "/" and self._fits(request.query.get("key", "")):
                # Into a cookie at once, so that the key stands in no address bar.
                there = web.HTTPFound("/")
                secure = self._place.url.startswith("https:")
                there.set_cookie(_COOKIE, self._key, httponly=True, samesite="Strict", secure=secure)
                raise there
            if not self._fits(request.cookies.get(_COOKIE, "")):
                raise web.HTTPForbidden(text="open the link that `oncall-tui serve` printed")
            response = await handler(request)
            if isinstance(response, web.Response) and response.content_type == "text/html" and response.text:
                response.text = _ELSEWHERE.sub("", response.text)
            if not response.prepared:
                response.headers["Content-Security-Policy"] = _POLICY.format(socket=socket)
                response.headers["Referrer-Policy"] = "no-referrer"
                response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        return guard

    def _fits(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(errors="replace"), self._key.encode())


async def serve(command: Sequence[str], place: Place, tell: Callable[[str], object]) -> None:
    """Serve until SIGINT or SIGTERM; tell gets the link once it can be opened. Raises ServeError."""
    served = Served(command, place, secrets.token_urlsafe(24))
    runner = web.AppRunner(await served.application(), handle_signals=False, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, place.host, place.port).start()
        except OSError as error:
            message = f"cannot listen on {place.host}:{place.port}: {error.strerror or error}"
            raise ServeError(message, "another --port, or another --host") from None
        tell(served.link)
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        await ended.wait()
    finally:
        with suppress(asyncio.CancelledError):
            await runner.cleanup()

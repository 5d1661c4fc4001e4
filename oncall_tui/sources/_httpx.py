"""httpx under our rules. Imported only when the first client is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import Any

import httpx

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.sources._auth import Tokens, standing_header
from oncall_tui.sources._withheld import without_secrets
from oncall_tui.sources.credentials import tls_context
from oncall_tui.sources.failures import redact_url, to_source_error
from oncall_tui.sources.limits import Inflater
from oncall_tui.sources.routes import MAX_REDIRECTS, REDIRECTS, followed, proxy_for

_CLOSING: set[asyncio.Future[None]] = set()
"""What nobody waits for any more, held until it is done."""


def _by_itself(work: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
    """Let it be done whoever is cancelled."""
    task = asyncio.ensure_future(work)
    _CLOSING.add(task)
    task.add_done_callback(_CLOSING.discard)
    return task


class _Auth(httpx.Auth):
    def __init__(self, cfg: HttpConfig) -> None:
        self._cfg = cfg
        self._tokens = Tokens(cfg.oauth2) if cfg.oauth2 else None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if self._tokens is None:
            if header := standing_header(self._cfg):
                request.headers["Authorization"] = header
            yield request
            return
        header = self._tokens.header()
        if header is None:
            form, headers = self._tokens.request()
            # A bare Request: the source's own headers are not for the token server.
            answer = yield httpx.Request("POST", self._tokens.url, data=form, headers=headers)
            await answer.aread()
            if answer.status_code != 200:
                raise to_source_error(answer, "oauth2")
            header = self._tokens.keep(answer.json())
        request.headers["Authorization"] = header
        response = yield request
        if response.status_code == 401:
            self._tokens.forget()


class _Pool:
    """Connections of one kind, and how many requests use them: given up, it is closed when the last of these is over.

    httpcore 1 loses a connection whose request is cancelled between connecting and asking: it counts as taken for
    ever, and with a hundred of them nothing is asked any more. So a pool in which a request was cancelled is given up.
    """

    def __init__(self, inner: httpx.AsyncHTTPTransport) -> None:
        self._inner = inner
        self._users = 0
        self.given_up = False

    async def ask(self, request: httpx.Request) -> httpx.Response:
        """The response; whoever has it calls `over` when it is closed."""
        self._users += 1
        try:
            return await self._inner.handle_async_request(request)
        except BaseException as error:
            self.given_up = self.given_up or isinstance(error, asyncio.CancelledError)
            self.over()
            raise

    def over(self) -> None:
        """A request needs its connection no more."""
        self._users -= 1
        if self.given_up and not self._users:
            _by_itself(self._inner.aclose())

    async def aclose(self) -> None:
        """Close every connection, used or not."""
        await self._inner.aclose()


class _Plain(httpx.AsyncByteStream):
    """The body as it was before compression, counted."""

    def __init__(self, body: httpx.AsyncByteStream, inflater: Inflater, pool: _Pool) -> None:
        self._body, self._inflater, self._pool = body, inflater, pool
        self._closing: asyncio.Future[None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield self._inflater.feed(chunk)
        self._inflater.end()

    async def aclose(self) -> None:
        """Give the connection back. A cancellation in the midst of that would leave it taken for ever (httpcore 1)."""
        if self._closing is None:
            self._closing = _by_itself(self._give_back())
        await asyncio.shield(self._closing)

    async def _give_back(self) -> None:
        try:
            await self._body.aclose()
        finally:
            self._pool.over()


class _Transport(httpx.AsyncBaseTransport):
    """Chooses the proxy, verifies TLS by the configuration, and bounds what comes back."""

    def __init__(self, cfg: HttpConfig) -> None:
        self._cfg = cfg
        self._pools: dict[tuple[bool, str | None], _Pool] = {}

    def _for(self, url: str, tls: bool) -> _Pool:
        proxy = proxy_for(url, self._cfg)
        key = (tls, proxy)
        if key not in self._pools or self._pools[key].given_up:
            verify = tls_context(self._cfg.tls_config) if tls else False
            self._pools[key] = _Pool(httpx.AsyncHTTPTransport(verify=verify, proxy=proxy, trust_env=False))
        return self._pools[key]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        tls = request.url.scheme == "https"
        if tls and self._cfg.tls_config.server_name:
            request.extensions = {**request.extensions, "sni_hostname": self._cfg.tls_config.server_name}
        pool = self._for(str(request.url), tls)
        response = await pool.ask(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        what = redact_url(str(request.url))
        cap = self._cfg.max_response_mb * 1_000_000
        try:
            inflater = Inflater(response.headers.get("content-encoding", ""), cap, what)
        except BaseException:
            await _Plain(response.stream, Inflater("", cap, what), pool).aclose()
            raise
        headers = [(k, v) for k, v in response.headers.multi_items() if k not in ("content-encoding", "content-length")]
        stream = _Plain(response.stream, inflater, pool)
        return httpx.Response(response.status_code, headers=headers, stream=stream, extensions=response.extensions)

    async def aclose(self) -> None:
        await asyncio.gather(*(pool.aclose() for pool in self._pools.values()))


class BoundedClient(httpx.AsyncClient):
    """An AsyncClient whose every request is over, one way or another, within its timeout."""

    def __init__(self, cfg: HttpConfig) -> None:
        headers = {name: value.get_secret_value() for name, value in cfg.headers.items()}
        auth = _Auth(cfg) if cfg.oauth2 or cfg.basic_auth or cfg.authorization else None
        self._cfg = cfg
        super().__init__(
            transport=_Transport(cfg),
            auth=auth,
            timeout=float(cfg.timeout),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": "oncall-tui", "Accept-Encoding": "gzip", **headers},
        )

    async def send(self, request: httpx.Request, **kwargs: Any) -> httpx.Response:
        """Send, following redirects that stay with the host. Raises what httpx raises, and SourceError."""
        limit = request.extensions.get("timeout", {}).get("read")
        kwargs["follow_redirects"] = False
        try:
            async with asyncio.timeout(limit):
                response = await super().send(request, **kwargs)
                for _ in range(MAX_REDIRECTS):
                    onward = _onward(request, response)
                    if onward is None:
                        break
                    await response.aclose()
                    request = onward
                    response = await super().send(request, **kwargs)
        except TimeoutError:
            raise httpx.ReadTimeout("not whole within its timeout", request=request) from None
        if response.is_closed:  # read whole
            # httpx lets the stream refer to its response: megabytes would wait for the garbage collector.
            response.stream = httpx.ByteStream(b"")
            if response.status_code >= 400:
                sent = str(response.request.headers.get("Authorization", ""))
                response._content = without_secrets(response.content, self._cfg, sent)
        return response


def _onward(request: httpx.Request, response: httpx.Response) -> httpx.Request | None:
    location = response.headers.get("location")
    if response.status_code not in REDIRECTS or not location:
        return None
    url = request.url.join(location)
    if not followed(str(request.url), str(url)):
        return None
    return httpx.Request(
        request.method, url, headers=request.headers, content=request.content, extensions=request.extensions
    )

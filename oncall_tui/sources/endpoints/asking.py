"""One request to one endpoint: bounded in time and size, never redirected, and until when its certificate is valid."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.catalogue import Endpoint
from oncall_tui.core.errors import Malformed, Refused, SourceError
from oncall_tui.sources._withheld import without_secrets
from oncall_tui.sources.endpoints.certificate import expiry
from oncall_tui.sources.endpoints.steps import Answer
from oncall_tui.sources.failures import to_source_error
from oncall_tui.sources.http import async_client

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. url: as made by target. timeout: seconds for all of it."""

    method: str
    url: httpx.URL
    timeout: float
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.url.raw_path.partition(b'?')[0].decode('ascii')}"


class Asker:
    """Keeps a connection pool for each endpoint, so that a hundred hung ones take nothing from the one that answers.

    http: how to talk to an endpoint; its max_response_mb is what is kept of one answer.
    """

    def __init__(self, http: Callable[[Endpoint], HttpConfig]) -> None:
        self._http = http
        self._clients: dict[Endpoint, httpx.AsyncClient] = {}

    async def ask(self, endpoint: Endpoint, request: Request) -> Answer:
        """The answer, whatever its status. Raises SourceError."""
        client = self._client(endpoint)
        import httpx  # loaded with the first client, not before the first frame

        started = time.monotonic()
        try:
            async with asyncio.timeout(request.timeout):
                built = client.build_request(
                    request.method,
                    request.url,
                    content=request.body or None,
                    headers=list(request.headers),
                    timeout=request.timeout,
                )
                # Not the bounded client's own send, which follows redirects within a host: a login page is no health.
                # It is bounded here, by the timeout around it and by the cap.
                response = await httpx.AsyncClient.send(client, built, stream=True, follow_redirects=False)
                try:
                    expires = _expires(response)
                    body, whole = await _body(response, self._http(endpoint).max_response_mb * 1_000_000)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, SourceError, OSError, ValueError, TimeoutError) as problem:
            raise to_source_error(problem, str(request)) from None
        if response.status_code >= 400:
            sent = str(response.request.headers.get("Authorization", ""))
            body = without_secrets(body, self._http(endpoint), sent)
        return Answer(response.status_code, body, time.monotonic() - started, whole, expires)

    async def close(self) -> None:
        """Let go of connections."""
        clients = tuple(self._clients.values())
        self._clients.clear()
        await asyncio.gather(*(client.aclose() for client in clients))

    def _client(self, endpoint: Endpoint) -> httpx.AsyncClient:
        if endpoint not in self._clients:
            self._clients[endpoint] = async_client(self._http(endpoint))
        return self._clients[endpoint]


def target(endpoint: Endpoint, path: str) -> httpx.URL:
    """Where a path below the endpoint's own is asked ('' for the URL as it is); '{model}' stands for the model's name.

    Raises Refused for an address that no HTTP request can go to.
    """
    url = address(endpoint.url)
    if not path:
        return url
    base = url.raw_path.partition(b"?")[0].rstrip(b"/")
    written = path.replace("{model}", quote(endpoint.model, safe=""))
    return url.copy_with(raw_path=base + written.encode())


def address(text: str) -> httpx.URL:
    """The text as a URL. Raises Refused for one that no HTTP request can go to."""
    import httpx

    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or (url.port or 1) > 65_535:
        raise Refused("the endpoint's url is not an http address", "write it like http://host:8000")
    return url


def _expires(response: httpx.Response) -> float | None:
    """Until when the connection's certificate is valid, unix seconds; None without TLS, or where it is unreadable."""
    stream = response.extensions.get("network_stream")
    secured = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = secured.getpeercert(True) if secured is not None else None
    return expiry(certificate) if certificate else None


async def _body(response: httpx.Response, cap: int) -> tuple[bytes, bool]:
    """The body up to the cap, and whether that is all of it."""
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > cap:
                return bytes(body[:cap]), False
    except Malformed:
        # The client's own cap, or a compression that it cannot undo: the status stands, the body does not.
        return bytes(body), False
    return bytes(body), True

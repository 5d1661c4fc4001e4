"""Asks model endpoints how they are, each in its own time and none at another's cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.errors import Malformed, Refused, SourceError, TimedOut
from oncall_tui.core.probes import Probe
from oncall_tui.sources.endpoints import http, kserve_v2, tf_serving, torchserve, triton, vllm
from oncall_tui.sources.endpoints.look import Look
from oncall_tui.sources.endpoints.steps import Answer, Step
from oncall_tui.sources.http import async_client, to_source_error

if TYPE_CHECKING:
    import httpx

STEPS: dict[Protocol, tuple[Step, ...]] = {
    Protocol.HTTP: http.STEPS,
    Protocol.KSERVE_V2: kserve_v2.STEPS,
    Protocol.TRITON: triton.STEPS,
    Protocol.VLLM: vllm.STEPS,
    Protocol.TORCHSERVE: torchserve.STEPS,
    Protocol.TF_SERVING: tf_serving.STEPS,
}
BODY_CAP = 1_000_000
"""Bytes kept of one answer: health and metadata are small, and nothing else is read."""


class EndpointProber:
    """A prober for every protocol. http: how to talk to all endpoints, None for the plain defaults.

    clock: unix seconds. Each endpoint has a connection pool of its own, so that a hundred hung ones take
    nothing from the one that answers.
    """

    def __init__(self, http: HttpConfig | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self._http = (http or HttpConfig()).model_copy(update={"max_response_mb": BODY_CAP // 1_000_000})
        self._clock = clock
        self._clients: dict[Endpoint, httpx.AsyncClient] = {}
        self._under_way: dict[Endpoint, asyncio.Task[Probe]] = {}

    async def probe(self, endpoint: Endpoint) -> Probe:
        """One look, over within endpoint.timeout seconds. Never raises.

        Looks at one endpoint never overlap: who asks while one is under way gets that one.
        """
        task = self._under_way.get(endpoint)
        if task is None:
            task = asyncio.create_task(self._probe(endpoint))
            self._under_way[endpoint] = task
            task.add_done_callback(lambda _: self._under_way.pop(endpoint, None))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Let go of connections, and of looks under way."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        clients = tuple(self._clients.values())
        self._clients.clear()
        await asyncio.gather(*(client.aclose() for client in clients))

    async def _probe(self, endpoint: Endpoint) -> Probe:
        look = Look(endpoint, self._clock())
        try:
            async with asyncio.timeout(endpoint.timeout):
                await self._walk(endpoint, look)
        except TimeoutError:
            look.failed(_too_slow(endpoint, look))
        except Exception as bug:  # noqa: BLE001 - a mistake of ours is UNKNOWN on one row, not the end of all polling
            look.unreadable(Malformed(f"the probe itself failed: {type(bug).__name__}"))
        return look.probe()

    async def _walk(self, endpoint: Endpoint, look: Look) -> None:
        """Take the protocol's steps until one gets no answer, or says that there is nobody to ask."""
        steps = [step for step in STEPS[endpoint.protocol] if step.applies(endpoint.model)]
        if not steps:
            look.unreadable(Refused(f"{endpoint.protocol} needs the model's name", "set model: for this endpoint"))
        for step in steps:
            try:
                answer = await self._ask(endpoint, step, look)
            except SourceError as error:
                look.failed(_too_slow(endpoint, look) if isinstance(error, TimedOut) else error)
                return
            try:
                look.found(step.read(answer, endpoint.model), answer)
            except Malformed as error:
                look.unreadable(error)
            if not look.lives:
                return

    async def _ask(self, endpoint: Endpoint, step: Step, look: Look) -> Answer:
        """One GET. Raises SourceError."""
        client = self._client(endpoint)
        import httpx  # loaded with the first client, not before the first frame

        url = _target(endpoint, step)
        look.asking(step, f"GET {url.raw_path.partition(b'?')[0].decode('ascii')}")
        started = time.monotonic()
        try:
            request = client.build_request("GET", url, timeout=endpoint.timeout)
            # Not the bounded client's own send, which follows redirects within a host: a login page is no health.
            # It is bounded here, by the timeout around the whole look and by the cap.
            response = await httpx.AsyncClient.send(client, request, stream=True, follow_redirects=False)
            try:
                body, whole = await _body(response)
            finally:
                await response.aclose()
        except (httpx.HTTPError, SourceError, OSError, ValueError) as problem:
            raise to_source_error(problem, look.request) from None
        return Answer(response.status_code, body, time.monotonic() - started, whole)

    def _client(self, endpoint: Endpoint) -> httpx.AsyncClient:
        if endpoint not in self._clients:
            self._clients[endpoint] = async_client(self._http)
        return self._clients[endpoint]


def _target(endpoint: Endpoint, step: Step) -> httpx.URL:
    """Where a step asks. Raises Refused for an address that no HTTP request can go to."""
    import httpx

    try:
        url = httpx.URL(endpoint.url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or (url.port or 1) > 65_535:
        raise Refused("the endpoint's url is not an http address", "write it like http://host:8000")
    if not step.path:
        return url
    base = url.raw_path.partition(b"?")[0].rstrip(b"/")
    return url.copy_with(raw_path=base + step.path.format(model=quote(endpoint.model, safe="")).encode())


async def _body(response: httpx.Response) -> tuple[bytes, bool]:
    """The body up to the cap, and whether that is all of it."""
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > BODY_CAP:
                return bytes(body[:BODY_CAP]), False
    except Malformed:
        # The client's own cap, or a compression that it cannot undo: the status stands, the body does not.
        return bytes(body), False
    return bytes(body), True


def _too_slow(endpoint: Endpoint, look: Look) -> TimedOut:
    asked = f"{look.request}: no answer within {endpoint.timeout:g}s"
    return TimedOut(asked, "is it overloaded? raise its timeout if it is merely slow")

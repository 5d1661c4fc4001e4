"""Canaries against servers that hang, hang up, answer rubbish or too much; and the bounds that are kept whatever happens."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from oncall_tui.config.http_config import Authorization, HttpConfig
from oncall_tui.core.canary import Canary, CanaryRequest, CanaryResult, CanaryState, Expectation
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.sources.endpoints import EndpointProber
from oncall_tui.sources.endpoints.canary import AT_ONCE

Respond = Callable[[bytes], Awaitable[bytes | None]]
CANARY = Canary(
    CanaryRequest("POST", "/v2/models/{model}/infer", '{"inputs":[1]}', (("X-Key", "s3cret"),)),
    Expectation("$.score", equals="0.9", absolute=0.01),
    timeout=0.5,
)


def answer(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


RIGHT = answer(b'{"score": 0.901}')


@asynccontextmanager
async def server(respond: Respond) -> AsyncIterator[tuple[Endpoint, list[bytes]]]:
    """An endpoint whose server answers as respond does (None: hangs up), and the requests it got."""
    asked: list[bytes] = []
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
            )
            asked.append(head + await reader.readexactly(length))
            if (raw := await respond(asked[-1])) is not None:
                writer.write(raw)
                await writer.drain()
        writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield Endpoint("svc", "ep", Protocol.KSERVE_V2, url, "m", canary=CANARY), asked
    finally:
        for task in tasks:
            task.cancel()
        listening.close()


def says(raw: bytes | None) -> Respond:
    async def respond(_: bytes) -> bytes | None:
        return raw

    return respond


async def hang(_: bytes) -> bytes:
    await asyncio.sleep(30)
    return RIGHT


async def ask(endpoint: Endpoint) -> CanaryResult:
    prober = EndpointProber()
    started = time.monotonic()
    result = await prober.canary(endpoint)
    assert time.monotonic() - started < endpoint.canary.timeout + 1
    await prober.close()
    return result


async def test_a_right_answer_is_right_and_what_was_sent_is_told():
    async with server(says(RIGHT)) as (endpoint, asked):
        result = await ask(endpoint)
    assert (result.state, result.why) == (CanaryState.RIGHT, "")
    assert result.request == f'POST {endpoint.url}/v2/models/m/infer {{"inputs":[1]}}'
    assert result.seconds is not None
    assert asked[0].startswith(b"POST /v2/models/m/infer HTTP/1.1")
    assert asked[0].endswith(b'{"inputs":[1]}')
    assert b"x-key: s3cret" in asked[0].lower()
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize(
    ("raw", "state", "why"),
    [
        (answer(b'{"score": 0.3}'), CanaryState.WRONG, "expected 0.9 ±0.01, got 0.3"),
        (answer(b'{"score": null}'), CanaryState.WRONG, "expected 0.9 ±0.01, got null"),
        (answer(b"{}"), CanaryState.WRONG, "there is nothing at $.score in {}"),
        (answer(b"<html>login</html>"), CanaryState.WRONG, "nothing at $.score in '<html>login</html>'"),
        (answer(b""), CanaryState.WRONG, "there is nothing at $.score in ''"),
        (answer(b"[" * 100_000), CanaryState.WRONG, "there is nothing at $.score"),
        (answer(b'{"error": "no\\u001b[2J GPU"}', "500 Oops"), CanaryState.FAILED, "HTTP 500"),
        (answer(b"", "503 Busy"), CanaryState.FAILED, "HTTP 503"),
        (answer(b"", "404 Gone"), CanaryState.FAILED, "HTTP 404"),
        (answer(b"", "302 Found"), CanaryState.FAILED, "HTTP 302"),
        (answer(b" " * 1_000_001), CanaryState.FAILED, "the answer is too large"),
        (answer(RIGHT)[:-9], CanaryState.FAILED, "cut off or garbled"),
        (b"SSH-2.0-OpenSSH\r\n", CanaryState.FAILED, "garbled"),
        (None, CanaryState.FAILED, "POST /v2/models/m/infer: "),
    ],
)
async def test_whatever_else_comes_is_wrong_or_failed_and_never_right(raw, state, why):
    async with server(says(raw)) as (endpoint, _):
        result = await ask(endpoint)
    assert result.state is state
    assert why in result.why
    assert result.why.isprintable()


async def test_a_server_that_hangs_is_given_up_in_time():
    async with server(hang) as (endpoint, _):
        result = await ask(endpoint)
    assert (result.state, result.why, result.seconds) == (CanaryState.FAILED, "no answer within 0.5s", None)
    assert result.request


async def test_nobody_there_is_a_failure_and_an_address_nobody_can_ask_too():
    async with server(says(RIGHT)) as (endpoint, _):
        pass
    assert "connection refused" in (await ask(endpoint)).why
    assert "not an http address" in (await ask(replace(endpoint, url="nonsense"))).why


async def test_a_right_answer_that_comes_late_is_late():
    late = replace(CANARY, expect=replace(CANARY.expect, max_latency=0.05))

    async def slow(_: bytes) -> bytes:
        await asyncio.sleep(0.2)
        return RIGHT

    async with server(slow) as (endpoint, _):
        assert (await ask(replace(endpoint, canary=late))).state is CanaryState.LATE


async def test_credentials_go_along_and_neither_they_nor_a_query_are_told():
    http = HttpConfig(authorization=Authorization(credentials="t0ken"))
    async with server(says(answer(b"", "500 Oops"))) as (endpoint, asked):
        url = endpoint.url.replace("//", "//joe:p4ss@")
        prober = EndpointProber({"svc/ep": http})
        request = CanaryRequest("GET", "/infer?key=k3y")
        result = await prober.canary(replace(endpoint, url=url, canary=replace(CANARY, request=request)))
        await prober.close()
    assert b"GET /infer?key=k3y" in asked[0]
    assert b"Bearer t0ken" in asked[0]
    assert not any(secret in repr(result) for secret in ("t0ken", "p4ss", "k3y"))


async def test_a_path_goes_below_the_url_and_of_plain_http_to_its_host():
    request = CanaryRequest("POST", "/predict", "{}")
    async with server(says(RIGHT)) as (endpoint, asked):
        one = replace(endpoint, url=f"{endpoint.url}/base?token=t", canary=replace(CANARY, request=request))
        assert (await ask(one)).state is CanaryState.RIGHT
        assert (await ask(replace(one, protocol=Protocol.HTTP))).state is CanaryState.RIGHT
    assert asked[0].startswith(b"POST /base/predict HTTP")
    assert asked[1].startswith(b"POST /predict HTTP")


# Bounds


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_canaries_of_one_endpoint_never_overlap_and_share_the_answer():
    async def slow(_: bytes) -> bytes:
        await asyncio.sleep(0.1)
        return RIGHT

    prober = EndpointProber()
    async with server(slow) as (endpoint, asked):
        results = await asyncio.gather(*(prober.canary(endpoint) for _ in range(5)))
    await prober.close()
    assert len(asked) == 1
    assert all(result is results[0] for result in results)


async def test_whoever_asks_too_soon_gets_the_last_result():
    clock = Clock()
    prober = EndpointProber(clock=clock)
    async with server(says(RIGHT)) as (endpoint, asked):
        first = await prober.canary(endpoint)
        clock.now += 29
        assert await prober.canary(endpoint) is first
        clock.now += 1
        assert await prober.canary(endpoint) is not first
    await prober.close()
    assert len(asked) == 2


async def test_no_more_are_asked_in_a_day_than_a_day_may_have():
    clock = Clock()
    prober = EndpointProber(clock=clock)
    async with server(says(RIGHT)) as (endpoint, asked):
        endpoint = replace(endpoint, canary=replace(CANARY, max_per_day=2))
        for _ in range(5):
            await prober.canary(endpoint)
            clock.now += 3_600
        assert len(asked) == 2
        clock.now += 20 * 3_600
        await prober.canary(endpoint)
    await prober.close()
    assert len(asked) == 3


async def test_only_a_few_are_under_way_at_once():
    busy, most = 0, 0

    async def slow(_: bytes) -> bytes:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.05)
        busy -= 1
        return RIGHT

    prober = EndpointProber()
    async with server(slow) as (endpoint, asked):
        many = [replace(endpoint, name=str(n)) for n in range(3 * AT_ONCE)]
        results = await asyncio.gather(*(prober.canary(one) for one in many))
    await prober.close()
    assert len(asked) == 3 * AT_ONCE
    assert most <= AT_ONCE
    assert all(result.state is CanaryState.RIGHT for result in results)


async def test_closing_lets_go_of_a_canary_under_way():
    prober = EndpointProber()
    async with server(hang) as (endpoint, asked):
        waiting = asyncio.create_task(prober.canary(replace(endpoint, canary=replace(CANARY, timeout=20))))
        await asyncio.sleep(0.1)
        assert asked
        await asyncio.wait_for(prober.close(), 2)
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 2)
    assert waiting.done()


# Its own metrics


async def test_metrics_are_read_seldom_and_are_no_part_of_health():
    def page(waiting: int) -> bytes:
        return answer(b"vllm:num_requests_waiting %d\n" % waiting)

    clock, told = Clock(), {"raw": page(3)}

    async def respond(request: bytes) -> bytes:
        return told["raw"] if b"GET /metrics" in request else answer(json.dumps({"data": [{"id": "m"}]}).encode())

    prober = EndpointProber(clock=clock)
    async with server(respond) as (endpoint, asked):
        endpoint = replace(endpoint, protocol=Protocol.VLLM, metrics="/metrics")
        first = await prober.probe(endpoint)
        assert [(one.name, one.value) for one in first.own.figures] == [("waiting", 3.0)]
        assert first.requests[-1] == "GET /metrics"
        clock.now += 59
        again = await prober.probe(endpoint)
        assert again.own == first.own
        assert "GET /metrics" not in again.requests
        told["raw"] = answer(b"", "500 Oops")
        clock.now += 1
        failed = await prober.probe(endpoint)
    await prober.close()
    assert (failed.live, failed.ready, failed.error) == (True, True, "")
    assert failed.own == first.own
    assert failed.own_error.startswith("GET /metrics: HTTP 500")
    assert sum(b"GET /metrics" in request for request in asked) == 2


async def test_metrics_that_never_end_are_cut_and_said_to_be_too_large():
    async def respond(request: bytes) -> bytes:
        return answer(b"x" * 1_200_000) if b"GET /metrics" in request else answer(b'{"data": [{"id": "m"}]}')

    prober = EndpointProber()
    async with server(respond) as (endpoint, _):
        probe = await prober.probe(replace(endpoint, protocol=Protocol.VLLM, metrics="/metrics"))
    await prober.close()
    assert probe.ready is True
    assert "too large" in probe.own_error
    assert probe.own is None


async def test_metrics_on_a_port_of_their_own_are_asked_there():
    page = says(answer(b"nv_inference_pending_request_count 5\n"))
    async with server(page) as (metrics, asked), server(says(answer(b"{}"))) as (endpoint, _):
        prober = EndpointProber()
        elsewhere = replace(endpoint, protocol=Protocol.TRITON, model="", metrics=f"{metrics.url}/metrics")
        probe = await prober.probe(elsewhere)
        await prober.close()
    assert asked[0].startswith(b"GET /metrics")
    assert [(one.name, one.value) for one in probe.own.figures] == [("pending", 5.0)]

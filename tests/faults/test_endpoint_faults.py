"""Endpoints that hang, drip, flood, hang up, or are not there."""

import asyncio
import gzip
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from oncall_tui.config.http_config import Authorization, BasicAuth, HttpConfig
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.probes import Probe
from oncall_tui.sources.endpoints import EndpointProber

Respond = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def server(respond: Respond) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that answers each request as respond does; its URL, and the requests it got, headers and all."""
    asked: list[str] = []
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
                await respond(asked[-1].split(" ")[1], writer)
                await writer.drain()
                if writer.is_closing():
                    break
        writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", asked
    finally:
        for task in tasks:
            task.cancel()
        listening.close()


async def hang(_path: str, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


def says(raw: bytes) -> Respond:
    async def respond(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()

    return respond


async def look(url: str, protocol: Protocol = Protocol.HTTP, model: str = "", within: float = 0.5) -> Probe:
    prober = EndpointProber()
    started = time.monotonic()
    probe = await prober.probe(Endpoint("svc", "ep", protocol, url, model, timeout=within))
    assert time.monotonic() - started < within + 0.5
    await prober.close()
    return probe


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_a_hung_endpoint_is_down_when_its_time_is_up(protocol):
    async with server(hang) as (url, _):
        probe = await look(url, protocol, "m")
    assert (probe.live, probe.ready, probe.latency) == (False, None, None)
    assert "no answer within 0.5s" in probe.error
    assert probe.error.startswith(probe.requests[0])


async def test_readiness_that_hangs_is_not_ready_and_the_endpoint_still_lives():
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        await (hang(path, writer) if path.endswith("/ready") else asyncio.sleep(0))
        writer.write(OK)

    async with server(respond) as (url, _):
        probe = await look(url, Protocol.TRITON, "m")
    assert (probe.live, probe.ready) == (True, False)
    assert probe.error == "GET /v2/health/ready: no answer within 0.5s"


async def test_metadata_that_hangs_leaves_the_endpoint_ready():
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        await (hang(path, writer) if path == "/v2" else asyncio.sleep(0))
        writer.write(OK)

    async with server(respond) as (url, _):
        probe = await look(url, Protocol.TRITON)
    assert (probe.live, probe.ready, probe.version) == (True, True, "")
    assert probe.error == "GET /v2: no answer within 0.5s"


async def test_the_time_is_for_all_requests_together():
    async def respond(_path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(OK)

    async with server(respond) as (url, _):
        probe = await look(url, Protocol.TRITON, "m")
    assert len(probe.requests) == 3
    assert (probe.live, probe.ready) == (True, False)


async def test_a_body_that_drips_is_over_in_time():
    async def respond(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with server(respond) as (url, _):
        assert (await look(url)).live is False


async def flood(_path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        await writer.drain()


async def test_an_endless_body_is_cut_and_the_status_stands():
    async with server(flood) as (url, _):
        probe = await look(url, within=3)
    assert (probe.live, probe.ready, probe.error) == (True, True, "")


async def test_an_endless_answer_where_json_is_needed_is_unknown():
    async with server(flood) as (url, _):
        probe = await look(url, Protocol.TF_SERVING, "m", within=3)
    assert (probe.live, probe.ready) == (None, None)
    assert "too large" in probe.error


async def test_a_compressed_bomb_is_not_unpacked():
    bomb = gzip.compress(b" " * 300_000_000, 1)
    raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    async with server(says(raw)) as (url, _):
        probe = await look(url, Protocol.TF_SERVING, "m", within=3)
    assert (probe.live, probe.ready) == (None, None)


async def test_nobody_listening_is_down():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        probe = await look(f"http://127.0.0.1:{taken.getsockname()[1]}/healthz")
    assert (probe.live, probe.ready) == (False, None)
    assert probe.error == "GET /healthz: connection refused"
    assert probe.requests == ("GET /healthz",)


async def test_no_such_host_is_down():
    assert (await look("http://no-such-host.invalid/", within=5)).live is False


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00" * 100,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 2",
    ],
)
async def test_what_hangs_up_or_speaks_no_http_is_down(raw):
    async with server(says(raw)) as (url, _):
        probe = await look(url)
    assert (probe.live, probe.ready) == (False, None)
    assert probe.error.startswith("GET /: ")


async def test_tls_where_there_is_none_is_down():
    plain = await asyncio.start_server(
        lambda _reader, writer: (writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n"), writer.close()), "127.0.0.1", 0
    )
    probe = await look(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/", within=3)
    plain.close()
    assert probe.live is False
    assert "TLS" in probe.error


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://x/", "http://", "http://[::1", "unix:/run/x", "http://x:99999999"]
)
async def test_an_address_nobody_can_ask_is_unknown_and_said_to_be_wrong(url):
    probe = await look(url)
    assert (probe.live, probe.ready, probe.requests) == (None, None, ())
    assert "not an http address" in probe.error


async def test_a_redirect_is_not_followed_even_within_the_host():
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        moved = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
        writer.write(moved if path == "/healthz" else OK)

    async with server(respond) as (url, asked):
        probe = await look(f"{url}/healthz")
    assert len(asked) == 1
    assert (probe.live, probe.ready) == (None, None)


async def test_a_user_and_password_in_the_url_are_used_and_not_shown():
    async with server(says(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")) as (url, asked):
        probe = await look(url.replace("//", "//joe:s3cret@"))
    assert "authorization: basic am9lonmzy3jlda==" in asked[0].lower()
    assert "s3cret" not in repr(probe)
    assert "joe" not in repr(probe)


async def test_configured_credentials_are_sent():
    prober = EndpointProber(plain=HttpConfig(basic_auth=BasicAuth(username="joe", password="s3cret")))
    async with server(says(OK)) as (url, asked):
        probe = await prober.probe(Endpoint("s", "e", Protocol.HTTP, url))
    await prober.close()
    assert "authorization: basic am9lonmzy3jlda==" in asked[0].lower()
    assert "s3cret" not in repr(probe)


async def test_credentials_we_cannot_read_are_our_trouble_and_not_the_endpoints(tmp_path):
    auth = Authorization(credentials_file=tmp_path / "gone")
    prober = EndpointProber(plain=HttpConfig(authorization=auth))
    async with server(says(OK)) as (url, asked):
        probe = await prober.probe(Endpoint("s", "e", Protocol.HTTP, url))
    await prober.close()
    assert not asked
    assert (probe.live, probe.ready) == (None, None)
    assert "credentials" in probe.error


async def test_looks_at_one_endpoint_never_overlap_and_share_the_answer():
    async def respond(_path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(OK)

    prober = EndpointProber()
    async with server(respond) as (url, asked):
        endpoint = Endpoint("s", "e", Protocol.HTTP, url)
        probes = await asyncio.gather(*(prober.probe(endpoint) for _ in range(5)))
        assert len(asked) == 1
        assert all(probe is probes[0] for probe in probes)
        assert (await prober.probe(endpoint)).ready
        assert len(asked) == 2
    await prober.close()


async def test_one_who_gives_up_waiting_does_not_spoil_it_for_the_other():
    async def respond(_path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(OK)

    prober = EndpointProber()
    async with server(respond) as (url, _):
        endpoint = Endpoint("s", "e", Protocol.HTTP, url)
        patient = asyncio.create_task(prober.probe(endpoint))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(prober.probe(endpoint), 0.05)
        assert (await patient).ready is True
    await prober.close()


async def test_a_hundred_and_fifty_hung_endpoints_do_not_delay_a_good_one():
    prober = EndpointProber()
    async with server(hang) as (bad, _), server(says(OK)) as (good, _):
        hung = Endpoint("s", "hung", Protocol.HTTP, bad, timeout=20)
        waiting = [asyncio.create_task(prober.probe(replace(hung, name=str(n)))) for n in range(150)]
        await asyncio.sleep(1.5)
        started = time.monotonic()
        probe = await prober.probe(Endpoint("s", "good", Protocol.HTTP, good))
        assert probe.ready is True
        assert time.monotonic() - started < 5
        await prober.close()
        await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 2)


async def test_an_endpoint_that_comes_back_heals():
    prober = EndpointProber()
    async with server(says(OK)) as (url, _):
        endpoint = Endpoint("s", "e", Protocol.HTTP, url, timeout=1)
        assert (await prober.probe(endpoint)).live is True
    assert (await prober.probe(endpoint)).live is False
    port = int(url.rpartition(":")[2])
    again = await asyncio.start_server(lambda _r, w: (w.write(OK), w.close()), "127.0.0.1", port)
    assert (await prober.probe(endpoint)).live is True
    again.close()
    await prober.close()

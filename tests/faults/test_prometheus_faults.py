"""A Prometheus that misbehaves in every way seen in the field: what it spoils, and what it does not."""

from __future__ import annotations

import asyncio
import gzip
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import pytest
from fake_prometheus import PASSWORD, Handler, Reply, Server, config, good, server

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.errors import Malformed, Refused, SourceError, TimedOut, Unauthorized, Unreachable
from oncall_tui.core.readings import Failed, Members, NoData, SignalReading
from oncall_tui.sources.failures import to_source_error
from oncall_tui.sources.http import async_client, requests_session
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.sources.prometheus.round import MOST_SPLITS

__all__ = ["server"]
KNOWN = Catalogue(
    (Service("s", signals=tuple(Signal("s", name, SignalKind.OTHER, f"metric_{name}") for name in "abcdefgh")),)
)
READINGS = [SignalReading("s", name) for name in "abcdefgh"]


async def read(url: str, **more: Any) -> Any:
    source = PrometheusSource("prom", url, config(**more), KNOWN)
    try:
        return await source.read(READINGS, time.time())
    finally:
        await source.close()


async def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Unreachable, match="refused") as caught:
        await read(f"http://me:{PASSWORD}@127.0.0.1:{port}")
    assert PASSWORD not in str(caught.value)


async def test_no_such_host_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        await read("http://no-such-host.invalid:9090")


def silent(handler: Handler) -> None:
    time.sleep(4)


def dripping(handler: Handler) -> None:
    with suppress(OSError):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)


@pytest.mark.parametrize("reply", [silent, dripping])
async def test_a_server_that_hangs_or_drips_is_given_up_within_the_timeout(server: Server, reply: Reply) -> None:
    url, _ = server(reply)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        await read(url)
    assert time.monotonic() - started < 8


async def test_closing_cuts_off_what_is_under_way(server: Server) -> None:
    url, seen = server(silent)
    source = PrometheusSource("prom", url, config(timeout=30), KNOWN)
    reading = asyncio.create_task(source.read(READINGS, 0.0))
    async with asyncio.timeout(5):
        while not seen:
            await asyncio.sleep(0.01)
    started = time.monotonic()
    await source.close()
    with pytest.raises(SourceError):
        await reading
    assert time.monotonic() - started < 5


def cut(handler: Handler) -> None:
    handler.send(200, b'{"status":"succ', Content_Length="5000")
    handler.close_connection = True


def contradicting(handler: Handler) -> None:
    handler.send(200, b"{}", **{"content-length": "7", "Content-Length": "2"})


MALFORMED: list[Reply] = [
    cut,
    contradicting,
    lambda h: h.send(200, b"<html>Log in</html>", "text/html"),
    lambda h: h.send(200, b'{"status":"success","data":{"result":[{"metr'),
    lambda h: h.send(200, {"status": "success"}),
    lambda h: h.send(200, {"status": "success", "data": {"result": [{"metric": {}, "value": [1, "abc"]}]}}),
    lambda h: h.send(200, {"status": "success", "data": {"result": [7]}}),
    lambda h: h.send(200, []),
    lambda h: h.send(200, b"\xff\xfe\x00"),
    lambda h: h.send(200, b"not gzip", Content_Encoding="gzip"),
    lambda h: h.send(200, gzip.compress(b'{"status":"success"}' * 50)[:-20], Content_Encoding="gzip"),
    lambda h: h.send(200, b"{}", Content_Encoding="br"),
]


@pytest.mark.parametrize("reply", MALFORMED)
async def test_what_is_not_prometheus_json_is_malformed(server: Server, reply: Reply) -> None:
    url, _ = server(reply)
    with pytest.raises(Malformed):
        await read(url)


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, Unauthorized, "HTTP 401"),
        (403, Unauthorized, "HTTP 403"),
        (404, Refused, "HTTP 404"),
        (429, Refused, "HTTP 429"),
        (500, Refused, "HTTP 500"),
        (502, Refused, "HTTP 502"),
        (503, Refused, "HTTP 503"),
    ],
)
async def test_a_status_that_is_the_servers_fault_ends_the_read_without_splitting(
    server: Server, status: int, kind: type[SourceError], said: str
) -> None:
    url, seen = server(lambda h: h.send(status, b"<html>nginx</html>", "text/html"))
    with pytest.raises(kind, match=said) as caught:
        await read(url)
    assert "nginx" not in str(caught.value)
    assert len(seen) == 1


async def test_one_bad_query_fails_alone_and_is_asked_alone_from_then_on(server: Server) -> None:
    def reply(handler: Handler) -> None:
        if "metric_c" in handler.query:
            handler.send(422, {"status": "error", "errorType": "execution", "error": "many-to-many\x1b[2J"})
        else:
            good(handler)

    url, _ = server(reply)
    source = PrometheusSource("prom", url, config(), KNOWN)
    first = await source.read(READINGS, time.time())
    second = await source.read(READINGS, time.time())
    await source.close()
    for readout in (first, second):
        failed = {r.signal: o for r, o in readout.outcomes.items() if isinstance(o, Failed)}
        assert set(failed) == {"c"}
        assert "many-to-many" in failed["c"].error
        assert "\x1b" not in failed["c"].error
        assert failed["c"].provenance.query == "metric_c"
        assert sum(isinstance(o, Members) for o in readout.outcomes.values()) == 7
    assert first.requests > second.requests == 2


async def test_queries_that_all_fail_do_not_make_a_storm(server: Server) -> None:
    url, seen = server(lambda h: h.send(400, {"status": "error", "errorType": "bad_data", "error": "no"}))
    many = Catalogue((Service("s", signals=tuple(Signal("s", str(i), SignalKind.OTHER, f"m{i}") for i in range(300))),))
    source = PrometheusSource("prom", url, config(timeout=20), many)
    readout = await source.read([SignalReading("s", str(i)) for i in range(300)], time.time())
    await source.close()
    assert len(seen) <= MOST_SPLITS + 4
    assert len(readout.outcomes) == 300
    assert all(isinstance(outcome, Failed) for outcome in readout.outcomes.values())


async def test_a_query_that_is_too_slow_in_company_is_asked_in_less_until_it_is_answered(server: Server) -> None:
    slow = {"status": "error", "errorType": "timeout", "error": "query timed out in expression evaluation"}

    def reply(handler: Handler) -> None:
        if "metric_a" in handler.query and "metric_b" in handler.query:
            handler.send(503, slow)
        else:
            good(handler)

    url, _ = server(reply)
    source = PrometheusSource("prom", url, config(), KNOWN)
    failed = []
    for _ in range(4):
        readout = await source.read(READINGS, time.time())
        failed.append(sum(isinstance(outcome, Failed) for outcome in readout.outcomes.values()))
    await source.close()
    assert failed == [8, 4, 2, 0]


@pytest.mark.parametrize("body", [b" " * 3_000_000, gzip.compress(b" " * 30_000_000)], ids=["plain", "packed"])
async def test_an_answer_over_the_cap_is_not_read_to_its_end(server: Server, body: bytes) -> None:
    encoding = {"Content_Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    url, _ = server(lambda h: h.send(200, body, **encoding) if "metric_d" in h.query else good(h))
    readout = await read(url, max_response_mb=1, timeout=5)
    failed = {r.signal: o for r, o in readout.outcomes.items() if isinstance(o, Failed)}
    assert set(failed) == {"d"}
    assert "larger than 1 MB" in failed["d"].error


async def test_credentials_never_follow_a_redirect_to_another_host(server: Server) -> None:
    other, stolen = server(good)
    url, seen = server(lambda h: h.send(307, b"", Location=other.replace("127.0.0.1", "localhost") + h.path))
    with pytest.raises(Refused, match="redirects to http://localhost") as caught:
        await read(url)
    assert "trust" in caught.value.hint
    assert seen[0]["headers"]["Authorization"].startswith("Basic ")
    async with async_client(config()) as client:
        response = await client.get(url)
    assert isinstance(to_source_error(response, "x"), Refused)
    assert stolen == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_that_stays_with_the_host_is_followed_with_the_query(server: Server, status: int) -> None:
    def reply(handler: Handler) -> None:
        if handler.path.startswith("/prom/"):
            good(handler)
        else:
            handler.send(status, b"", Location="/prom" + handler.path)

    url, seen = server(reply)
    readout = await read(url)
    assert all(isinstance(outcome, Members) for outcome in readout.outcomes.values())
    assert [one["form"].get("query") is not None for one in seen[:2]] == [True, True]
    async with async_client(config()) as client:
        response = await client.post(url + "/x", data={"query": "up"})
    assert response.status_code == 200


async def test_a_redirect_loop_ends(server: Server) -> None:
    url, seen = server(lambda h: h.send(302, b"", Location=h.path))
    with pytest.raises(Refused):
        await read(url)
    assert len(seen) <= 5


async def test_warnings_are_kept_and_the_query_travels_in_the_body(server: Server) -> None:
    url, seen = server(lambda h: good(h, warnings=["a store did not answer\x07"], infos=["not a counter"]))
    readout = await read(url)
    assert readout.warnings == ("a store did not answer␇", "not a counter")
    assert seen[0]["url_query"] == ""
    assert "metric_a" in seen[0]["form"]["query"][0]
    assert seen[0]["headers"]["X-Scope-OrgID"] == "tenant-1"


async def test_the_clock_of_the_server_is_compared_with_ours(server: Server) -> None:
    def late(handler: Handler) -> None:
        handler.date_time_string = lambda timestamp=None: "Tue, 01 Jan 2030 00:00:00 GMT"  # type: ignore[method-assign]
        good(handler)

    url, _ = server(late)
    readout = await read(url)
    assert readout.skew == pytest.approx(1_893_456_000 - time.time(), abs=5)


async def test_no_series_and_nan_are_no_data(server: Server) -> None:
    rows = [{"metric": {"oncall_reading": "0"}, "value": [0, "NaN"]}]
    url, _ = server(lambda h: h.send(200, {"status": "success", "data": {"result": rows}}))
    readout = await read(url)
    assert {o.reason for o in readout.outcomes.values()} == {"only NaN or infinite values", "no series"}
    assert all(isinstance(outcome, NoData) for outcome in readout.outcomes.values())


async def test_pending_alerts_are_told_from_firing_ones(server: Server) -> None:
    def alert(state: str) -> dict[str, Any]:
        return {"labels": {"alertname": state}, "state": state, "activeAt": "2026-01-01T00:00:00.123456789Z"}

    url, _ = server(
        lambda h: h.send(200, {"status": "success", "data": {"alerts": [alert("pending"), alert("firing")]}})
    )
    source = PrometheusSource("prom", url, config(), KNOWN)
    (pending,) = await source.pending_alerts()
    (again,) = await source.pending_alerts()
    await source.close()
    assert (pending.name, pending.pending, pending.starts_at) == ("pending", True, pytest.approx(1_767_225_600.123456))
    assert pending.key == again.key


async def test_a_list_of_alerts_that_is_none_is_malformed(server: Server) -> None:
    url, _ = server(lambda h: h.send(200, {"status": "success", "data": {"alerts": [7]}}))
    source = PrometheusSource("prom", url, config(), KNOWN)
    with pytest.raises(Malformed):
        await source.pending_alerts()
    await source.close()


def test_an_oauth2_token_goes_to_the_server_and_the_tenant_does_not_go_to_the_token_server(server: Server) -> None:
    tokens, asked = server(lambda h: h.send(200, {"access_token": "t0k3n", "expires_in": 3600}))
    url, seen = server(good)
    cfg = HttpConfig.model_validate(
        {
            "oauth2": {"client_id": "me", "client_secret": PASSWORD, "token_url": tokens + "/token", "scopes": ["a"]},
            "headers": {"X-Scope-OrgID": "tenant-1"},
        }
    )
    with requests_session(cfg) as session:
        session.get(url)
        session.get(url)

    async def asynchronously() -> None:
        async with async_client(cfg) as client:
            await client.get(url)
            await client.get(url)

    asyncio.run(asynchronously())
    assert [one["headers"]["Authorization"] for one in seen] == ["Bearer t0k3n"] * 4
    assert len(asked) == 2
    assert all("X-Scope-OrgID" not in one["headers"] for one in asked)
    assert asked[0]["form"] == {"grant_type": ["client_credentials"], "scope": ["a"]}


async def test_a_credentials_file_is_read_anew_and_its_loss_is_told(server: Server, tmp_path: Any) -> None:
    url, seen = server(good)
    file = tmp_path / "token"
    cfg = HttpConfig.model_validate({"authorization": {"credentials_file": str(file)}})
    source = PrometheusSource("prom", url, cfg, KNOWN)
    for token in ("one", "two"):
        file.write_text(token + "\n")
        await source.read(READINGS, 0.0)
    file.unlink()
    with pytest.raises(Unauthorized, match="token"):
        await source.read(READINGS, 0.0)
    await source.close()
    assert {one["headers"]["Authorization"] for one in seen} == {"Bearer one", "Bearer two"}


def test_importing_the_source_imports_no_http_library() -> None:
    code = (
        "import sys, oncall_tui.sources.prometheus, oncall_tui.sources.http\n"
        "heavy = {'requests', 'httpx', 'urllib3', 'promql_parser', 'prometheus_api_client'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"

"""Alertmanagers that hang, lie, die half way or speak something else."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from oncall_tui.config.http_config import BasicAuth, HttpConfig
from oncall_tui.core.alerts import Phase, SilenceDraft, phase_of
from oncall_tui.core.errors import (
    BadGateway,
    Busy,
    Cut,
    Malformed,
    Refused,
    SourceError,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.sources.alertmanager import AlertmanagerSource

Respond = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
GOOD = {
    "/api/v2/alerts": b"[]",
    "/api/v2/alerts/groups": b"[]",
    "/api/v2/silences": b"[]",
    "/api/v2/status": b'{"versionInfo": {"version": "0.28.0"}}',
}


def http(status: str, body: bytes, *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers))
    return f"{head}Connection: close\r\n\r\n".encode() + body


@asynccontextmanager
async def speaking(respond: Respond, **settings: object) -> AsyncIterator[tuple[AlertmanagerSource, list[str]]]:
    """A source for a server that answers as respond does, and the requests it got ('GET /api/v2/alerts')."""
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ")
            asked.append(f"{request[0]} {request[1]}")
            await respond(request[1], writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    source = AlertmanagerSource("prod", f"http://127.0.0.1:{port}", HttpConfig(timeout=1, **settings))
    try:
        yield source, asked
    finally:
        await source.close()
        server.close()


def answering(changes: dict[str, bytes]) -> Respond:
    """Good answers but for some paths, which get these bytes as they are."""

    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        path = target.partition("?")[0]
        writer.write(changes[path] if path in changes else http("200 OK", GOOD[path]))
        await writer.drain()

    return respond


def always(raw: bytes) -> Respond:
    return answering(dict.fromkeys(GOOD, raw))


async def failure(source: AlertmanagerSource) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await source.board()
    return caught.value


async def test_the_good_answers_of_these_tests_make_a_board():
    async with speaking(answering({})) as (source, asked):
        board = await source.board()
    assert board.version == "0.28.0"
    assert board.skew is None
    assert sorted(asked) == sorted(f"GET {path}" for path in GOOD)


@pytest.mark.parametrize("path", ["/api/v2/alerts", "/api/v2/alerts/groups", "/api/v2/silences"])
async def test_one_hung_part_times_the_board_out_and_no_later(path):
    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        if target == path:
            await asyncio.sleep(30)
        await answering({})(target, writer)

    async with speaking(respond) as (source, _):
        started = time.monotonic()
        assert isinstance(await failure(source), TimedOut)
        assert time.monotonic() - started < 10


async def test_an_answer_that_drips_forever_times_out():
    async def respond(_target: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n[")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)

    async with speaking(respond) as (source, _):
        started = time.monotonic()
        assert isinstance(await failure(source), TimedOut)
        assert time.monotonic() - started < 10


async def test_a_board_without_its_status_is_still_a_board():
    async with speaking(answering({"/api/v2/status": http("500 Oops", b"")})) as (source, asked):
        assert (await source.board()).version == ""
        assert (await source.board()).version == ""
    assert asked.count("GET /api/v2/status") == 1


async def test_a_hung_status_delays_a_poll_only_a_little_and_only_once():
    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        if target == "/api/v2/status":
            await asyncio.sleep(30)
        await answering({})(target, writer)

    async with speaking(respond) as (source, _):
        started = time.monotonic()
        for _ in range(3):
            assert (await source.board()).version == ""
        assert time.monotonic() - started < 10


async def test_the_version_is_not_asked_for_at_every_poll():
    async with speaking(answering({})) as (source, asked):
        for _ in range(3):
            assert (await source.board()).version == "0.28.0"
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (http("200 OK", b"<html>login</html>"), Malformed),
        (http("200 OK", b'{"status": "success", "data": []}'), Malformed),
        (http("200 OK", b""), Malformed),
        (http("204 No Content", b""), Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[", Malformed),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Malformed),
        (http("401 Unauthorized", b"no"), Unauthorized),
        (http("403 Forbidden", b"no"), Unauthorized),
        (http("302 Found", b"", "Location: https://sso.example.com/login"), Refused),
        (http("404 Not Found", b'{"code": 404, "message": "path /api/v2/alerts was not found"}'), Refused),
        (http("410 Gone", b'"gone"'), Refused),
        (http("502 Bad Gateway", b"<html>nginx</html>", "Content-Type: text/html"), BadGateway),
        (http("503 Service Unavailable", b""), Busy),
    ],
)
async def test_each_wrong_answer_is_named_for_what_it_is(raw, kind):
    async with speaking(always(raw)) as (source, _):
        error = await failure(source)
    assert type(error) is kind
    assert error.message.startswith("prod: ")
    assert error.message.isprintable()
    assert "<" not in error.message


async def test_a_connection_closed_without_a_word_is_a_source_error():
    async with speaking(always(b"")) as (source, _):
        assert isinstance(await failure(source), Malformed | Unreachable)


async def test_nobody_listening_is_unreachable():
    async with speaking(answering({})) as (gone, _):
        pass
    assert isinstance(await failure(gone), Unreachable)
    await gone.close()


async def test_an_answer_over_the_cap_is_refused_before_it_is_whole():
    async def respond(_target: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            await writer.drain()

    async with speaking(respond, max_response_mb=1) as (source, _):
        error = await failure(source)
    assert isinstance(error, Malformed)
    assert "larger than 1 MB" in error.message


async def test_a_big_body_does_not_hold_the_event_loop_while_it_is_read():
    alert = {"fingerprint": "f", "labels": {"alertname": "x" * 200}, "startsAt": "2026-11-23T20:29:56Z"}
    body = json.dumps([alert] * 20_000).encode()
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.01)
            worst = max(worst, time.thread_time() - before)

    async with speaking(answering({"/api/v2/alerts": http("200 OK", body)})) as (source, _):
        watching, began = asyncio.create_task(watch()), time.process_time()
        board = await source.board()
        whole = time.process_time() - began
        watching.cancel()
    assert len(board.alerts) == 20_000
    # Read in the loop itself, the loop's thread would do nearly all of that work in one go.
    assert worst < whole / 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (http("422 Bad", b'{"code": 602, "message": "comment in body is required"}'), "comment in body is required"),
        (http("400 Bad", b'"silence invalid: \\u001b[31mbad\\nregex"'), "silence invalid: ␛[31mbad regex"),
        (http("500 Oops", b""), "HTTP 500"),
    ],
)
async def test_both_shapes_of_refusal_become_one_clean_line(raw, said):
    now = time.time()
    draft = SilenceDraft((Matcher("a", MatchOp.EQUAL, "b"),), now, now + 60, "me", "ACK!")
    async with speaking(always(raw)) as (source, _):
        with pytest.raises(Refused) as caught:
            await source.post_silence(draft)
    assert caught.value.message == f"prod: POST /silences: {said}"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"silenceID": ""}', b'{"silenceID": 7}', b'"ok"'])
async def test_a_silence_is_not_believed_made_without_its_id(body):
    now = time.time()
    draft = SilenceDraft((Matcher("a", MatchOp.EQUAL, "b"),), now, now + 60, "me", "ACK!")
    async with speaking(always(http("200 OK", body))) as (source, _):
        with pytest.raises(Malformed):
            await source.post_silence(draft)


async def test_only_an_unknown_silence_is_reported_as_unknown():
    path = "/api/v2/silence/abc"
    for raw in (
        http("500 Oops", b'"silence not found"'),
        http("404 Not Found", b""),
        http("422 Bad", b'{"code": 601}'),
    ):
        async with speaking(answering({path: raw})) as (source, _):
            with pytest.raises(Refused, match="there is no silence 'abc'"):
                await source.expire_silence("abc")
    async with speaking(answering({path: http("500 Oops", b'"disk full"')})) as (source, _):
        with pytest.raises(Refused, match="disk full"):
            await source.expire_silence("abc")
        with pytest.raises(Refused, match="disk full"):
            await source.silence("abc")


@pytest.mark.parametrize("date", ["Tue, 24 Nov 2026 04:00:00 GMT", "yesterday", ""])
async def test_the_servers_clock_is_compared_where_it_tells_one(date):
    raw = http("200 OK", b"[]", f"Date: {date}")
    async with speaking(answering({"/api/v2/silences": raw})) as (source, _):
        source._clock = lambda: 1_795_492_800.0 - 120
        skew = (await source.board()).skew
    assert skew == (120.5 if "2026" in date else None)


async def test_neither_the_password_nor_the_url_leaks_into_what_is_shown():
    source = AlertmanagerSource("prod", "http://joe:s3cret@127.0.0.1:1/am?token=s3cret", HttpConfig(timeout=1))
    assert source.url == "http://127.0.0.1:1/am"
    assert "s3cret" not in str(await failure(source))
    await source.close()


async def test_credentials_are_sent_and_not_shown():
    heard: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(http("401 Unauthorized", b""))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    auth = BasicAuth(username="joe", password="s3cret")
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    source = AlertmanagerSource("prod", url, HttpConfig(timeout=1, basic_auth=auth))
    error = await failure(source)
    await source.close()
    server.close()
    assert "authorization: basic am9lonmzy3jlda==" in heard[0]
    assert "s3cret" not in str(error)


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://x:99999999", "://", "http://exa mple/"])
async def test_an_impossible_address_is_a_source_error(url):
    source = AlertmanagerSource("prod", url, HttpConfig(timeout=1))
    await failure(source)
    await source.close()


SEVERAL_SETS = b"\"silence '8b1a' has multiple matcher sets which is not supported by this API version\""
ALERT = (
    b'{"fingerprint": "f", "labels": {"alertname": "A"}, "startsAt": "2026-11-23T20:29:56Z", '
    b'"status": {"state": "suppressed", "silencedBy": ["8b1a"], "inhibitedBy": [], "mutedBy": []}}'
)


async def test_a_silence_that_this_api_cannot_tell_hides_no_alert_from_view_and_is_said():
    told = {
        "/api/v2/alerts": http("200 OK", b"[" + ALERT + b"]"),
        "/api/v2/silences": http("500 Internal Server Error", SEVERAL_SETS, "Content-Type: application/json"),
    }
    async with speaking(answering(told)) as (source, _):
        board = await source.board()
    (alert,) = board.alerts
    assert board.silences == ()
    assert board.silences_error == (
        "its silences cannot be listed: silence '8b1a' has multiple matcher sets which is not supported by this API version"
    )
    assert phase_of(alert, board.silences) is Phase.SILENCED


async def test_silences_that_fail_for_any_other_reason_fail_the_board():
    broken = {"/api/v2/silences": http("500 Internal Server Error", b'"out of memory"')}
    async with speaking(answering(broken)) as (source, _):
        assert "out of memory" in (await failure(source)).message


async def test_a_source_that_comes_back_is_asked_again_who_its_peers_are():
    state = {"path": "/api/v2/alerts"}

    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        broken = {state["path"]: http("500 Oops", b"")} if state["path"] else {}
        await answering(broken)(target, writer)

    async with speaking(respond) as (source, asked):
        await failure(source)
        state["path"] = ""
        await source.board()
        await source.board()
        await asyncio.sleep(0.05)
    assert asked.count("GET /api/v2/status") == 2


async def test_a_connection_that_breaks_after_the_request_may_have_been_acted_on():
    async def respond(_target: str, writer: asyncio.StreamWriter) -> None:
        writer.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()

    draft = SilenceDraft((Matcher("a", MatchOp.EQUAL, "b"),), time.time(), time.time() + 60, "me", "ACK!")
    async with speaking(respond) as (source, _):
        with pytest.raises(Cut):
            await source.post_silence(draft)
    with pytest.raises(Unreachable) as caught:  # nobody listens there any more
        await source.post_silence(draft)
    assert type(caught.value) is Unreachable
    await source.close()

"""Every fault that is tried, what it does to each kind of source, and what the dashboard then has to say."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from front import Front, Reply, Request, http_date, pass_on

from oncall_tui.core.snapshot import SourceKind
from oncall_tui.core.state import State

PROMETHEUS, ALERTMANAGER, ENDPOINT = SourceKind.PROMETHEUS, SourceKind.ALERTMANAGER, SourceKind.ENDPOINTS

HTML = b"<html><title>Log in</title><form>password</form></html>"
INTERVAL = 0.5
"""Seconds between polls, and half of what a request may take. What is three of these old is not trusted any more."""
LONGER = 1.0
SLOW = 1.1
"""Seconds that a slow answer takes, where polls are LONGER apart: so that a slow machine does not make it stale."""


class Way(StrEnum):
    """How the source that misbehaves is reached."""

    PLAIN = "plain"
    NAMED = "by a name"
    TLS = "over TLS"
    PROXIED = "through a proxy"


@dataclass(frozen=True, slots=True)
class Says:
    """What the dashboard has to come to: the state of what the source tells of, and words on the screen."""

    state: State
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One way to misbehave. says: by the kinds of source that it is tried on.

    certificate: of TLS, the one to show. alone: whether other figures of the same source stay well. interval: seconds
    between polls.
    """

    name: str
    says: Mapping[SourceKind, Says]
    reply: Reply | None = None
    way: Way = Way.PLAIN
    certificate: str = ""
    command: Callable[[Front], None] | None = None
    alone: bool = False
    interval: float = INTERVAL


def status(code: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> Reply:
    return lambda request: request.send(code, body, kind, **headers)


def hang(request: Request) -> None:
    request.wait(30)
    request.close_connection = True


def drip(request: Request) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    while request.wait(0.05):
        request.wfile.write(b" ")
    request.close_connection = True


def cut(request: Request) -> None:
    _, _, body = request.ask()
    request.send(200, body[: len(body) // 2], Content_Length=str(len(body) + 500))
    request.close_connection = True


def truncated(request: Request) -> None:
    _, _, body = request.ask()
    request.send(200, body[: max(1, len(body) - 2)])


def bomb(request: Request) -> None:
    request.send(200, BOMB, Content_Encoding="gzip")


BOMB = gzip.compress(b" " * 100_000_000, 6)


def huge(request: Request) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", "200000000")
    request.end_headers()
    chunk = b" " * 1_000_000
    for _ in range(200):
        request.wfile.write(chunk)


def skewed(request: Request) -> None:
    request.relay(*request.ask(), date=http_date(time.time() + 3_600))


def slow(request: Request) -> None:
    """Everything, but of Prometheus' queries only one: all together would outlast what a figure is trusted for."""
    if not request.query or "drift" in request.query:
        request.wait(SLOW)
    pass_on(request)


# Of Prometheus alone


def _changed(change: Callable[[dict], None]) -> Reply:
    """The real answer to a query, changed; everything else as it is."""

    def reply(request: Request) -> None:
        code, headers, body = request.ask()
        if code == 200 and request.place.endswith("/query"):
            told = json.loads(body)
            change(told)
            body = json.dumps(told).encode()
        request.relay(code, headers, body)

    return reply


def _values(told: dict, values: Iterator[str]) -> None:
    for row in told["data"]["result"]:
        row["value"][1] = next(values)


def not_numbers(told: dict) -> None:
    def turns() -> Iterator[str]:
        while True:
            yield from ("NaN", "+Inf", "-Inf")

    _values(told, turns())


def empty(told: dict) -> None:
    told["data"]["result"] = []


def doubled(told: dict) -> None:
    """Every series twice, with another value: nobody can say which is true."""
    rows = told["data"]["result"]
    told["data"]["result"] = rows + [row | {"value": [row["value"][0], "0.9"]} for row in rows]


def partly(told: dict) -> None:
    told["warnings"] = ["a store did not answer"]


def one_bad(request: Request) -> None:
    if "ranker" in request.query:
        said = {"status": "error", "errorType": "execution", "error": "found duplicate series for the match group"}
        request.send(422, json.dumps(said).encode())
    else:
        pass_on(request)


def all_bad(request: Request) -> None:
    if not request.query:
        request.send(422, b"", "text/plain")
        return
    said = {"status": "error", "errorType": "execution", "error": "many-to-many matching not allowed"}
    request.send(422, json.dumps(said).encode())


def _each(words: str, endpoint: str | None = None, state: State = State.CRIT) -> dict[SourceKind, Says]:
    """What fails a whole Prometheus or Alertmanager leaves them unknown; an endpoint is in the state given."""
    return {
        PROMETHEUS: Says(State.UNKNOWN, words),
        ALERTMANAGER: Says(State.UNKNOWN, words),
        ENDPOINT: Says(state, words if endpoint is None else endpoint),
    }


_LOGIN = "https://sso.example.com/login"
_IN_TIME = _each("no answer in time", "no answer within")
_TOO_LARGE = _each("the answer is larger than 1 MB", "too large", State.UNKNOWN)
_UNHURT = {kind: Says(State.OK, "") for kind in (PROMETHEUS, ALERTMANAGER, ENDPOINT)}
_SKEW = Says(State.OK, "its clock is +3600s from ours")
_OTHER_JSON = {
    PROMETHEUS: Says(State.UNKNOWN, "not the answer expected"),
    ALERTMANAGER: Says(State.UNKNOWN, "expected a list, got an object"),
    ENDPOINT: Says(State.UNKNOWN, "the answer has no model_version_status"),
}
_HALF_JSON = _OTHER_JSON | {
    ALERTMANAGER: Says(State.UNKNOWN, "expected JSON, but it ends in the middle"),
    ENDPOINT: Says(State.UNKNOWN, "not JSON"),
}


def _of_prometheus(words: str, state: State = State.UNKNOWN) -> dict[SourceKind, Says]:
    return {PROMETHEUS: Says(state, words)}


FAULTS = (
    Fault("connection refused", _each("connection refused"), command=Front.refuse),
    Fault("name not found (DNS)", _each("no such host"), way=Way.NAMED),
    Fault("hangs before the first byte", _IN_TIME, hang),
    Fault("drips a byte at a time", _IN_TIME, drip),
    Fault("takes no connection (its pool is exhausted)", _IN_TIME, command=Front.deaf),
    Fault("cut in the middle of the body", _each("the answer was cut off or garbled"), cut),
    Fault("truncated JSON", _HALF_JSON, truncated),
    Fault("another JSON", _OTHER_JSON, status(200, b'{"hello": [1]}', "application/json")),
    Fault(
        "a login page with 200",
        _each("a web page came in place of data", "not JSON", State.UNKNOWN),
        status(200, HTML, "text/html"),
    ),
    Fault(
        "a redirect to a login page",
        _each(f"it redirects to {_LOGIN}", "HTTP 302", State.UNKNOWN),
        status(302, b"", Location=f"{_LOGIN}?from=x"),
    ),
    Fault("401", _each("HTTP 401", state=State.UNKNOWN), status(401)),
    Fault("403", _each("HTTP 403", state=State.UNKNOWN), status(403)),
    Fault("404", _each("HTTP 404", state=State.UNKNOWN), status(404)),
    Fault("422", _each("HTTP 422", state=State.UNKNOWN) | _of_prometheus("many-to-many matching not allowed"), all_bad),
    Fault("429 with Retry-After: 1", _each("HTTP 429", state=State.UNKNOWN), status(429, Retry_After="1")),
    Fault("500", _each("HTTP 500"), status(500)),
    Fault("502 with a web page", _each("HTTP 502"), status(502, HTML, "text/html")),
    Fault("503", _each("HTTP 503", "not ready (HTTP 503", State.WARN), status(503)),
    Fault("a gzip bomb (100 MB in 100 kB)", _TOO_LARGE, bomb),
    Fault("a body of 200 MB", _TOO_LARGE, huge),
    Fault(
        "TLS: the certificate has expired", _each("TLS: certificate has expired"), way=Way.TLS, certificate="expired"
    ),
    Fault("TLS: self-signed", _each("TLS: self-signed certificate"), way=Way.TLS, certificate="self-signed"),
    Fault("TLS: for another host", _each("TLS: IP address mismatch"), way=Way.TLS, certificate="elsewhere"),
    Fault("the proxy is gone", _each("connection refused"), way=Way.PROXIED, command=Front.refuse),
    Fault("the proxy wants a password (407)", _each("HTTP 407", state=State.UNKNOWN), status(407), Way.PROXIED),
    Fault("restarts, and every connection is cut", _UNHURT, command=Front.restart),
    Fault("slower than the poll interval", _UNHURT, slow, interval=LONGER),
    Fault("a clock an hour ahead", {PROMETHEUS: _SKEW, ALERTMANAGER: _SKEW}, skewed),
    Fault("NaN and Inf", _of_prometheus("not a number"), _changed(not_numbers)),
    Fault("an empty vector", _of_prometheus("no series"), _changed(empty)),
    Fault("every series twice", _of_prometheus("2 series"), _changed(doubled)),
    Fault("one bad query among good", _of_prometheus("found duplicate series"), one_bad, alone=True),
    Fault("a partial answer, with a warning", _of_prometheus("a store did not answer", State.OK), _changed(partly)),
)

CASES = tuple((fault, kind) for fault in FAULTS for kind in fault.says)

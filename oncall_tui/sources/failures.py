"""What went wrong, in our own words: a library's exception or a server's answer as one of core.errors."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit

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
from oncall_tui.core.text import clean_line
from oncall_tui.sources._retry_after import retry_after

MESSAGE_LIMIT = 300
"""Characters of a server's own words that are passed on."""


def redact_url(url: str) -> str:
    """The URL without user, password, query and fragment, any of which may hold a secret."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not a URL)"
    host = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))


_TIMED_OUT = frozenset({"Timeout", "TimeoutException", "TimeoutError"})
_TLS = frozenset({"SSLError", "CertificateError", "SSLCertVerificationError"})
_GARBLED = frozenset(
    {"JSONDecodeError", "ChunkedEncodingError", "ContentDecodingError", "DecodingError", "IncompleteRead"}
    | {"RemoteProtocolError", "ProtocolError", "UnicodeDecodeError", "InvalidHeader"}
)
_NO_CONNECTION = frozenset({"ConnectionError", "NetworkError", "ProxyError", "OSError", "MaxRetryError"})
_CUT = frozenset({"ReadError", "WriteError", "CloseError"})
_HINTS = {
    404: "is the URL complete? some servers live under a path prefix",
    407: "the proxy wants a password: see proxy_url",
    429: "it limits how often it may be asked: raise the polling interval",
    503: "it is starting or overloaded",
}


def to_source_error(problem: object, what: str) -> SourceError:
    """A library's exception, or a response that is not what was hoped for, as one of core.errors.

    what: who was asked for what ('prod: query'), the beginning of the message. A SourceError is returned
    as it is. Nothing in the message comes from the request: no URL, no header, no parameter.
    """
    if isinstance(problem, SourceError):
        return problem
    if isinstance(problem, BaseException):
        return _from_exception(problem, what)
    return _from_response(problem, what)


def _chain(problem: BaseException) -> list[BaseException]:
    """The exception and everything it was raised from or wraps, outermost first."""
    found: list[BaseException] = []
    queue: list[object] = [problem]
    while queue and len(found) < 12:
        one = queue.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            queue += [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]
    return found


def _from_exception(problem: BaseException, what: str) -> SourceError:
    chain = _chain(problem)
    names = {kind.__name__ for kind in type(problem).__mro__}
    every = {kind.__name__ for one in chain for kind in type(one).__mro__}
    if names & _TIMED_OUT:
        return TimedOut(f"{what}: no answer in time", "is it overloaded? raise timeout if it is merely far away")
    if every & _TLS:
        why = next((str(getattr(one, "verify_message", "")) for one in chain if hasattr(one, "verify_message")), "")
        return Unreachable(f"{what}: TLS: {why or 'the handshake failed'}", "see tls_config: ca_file, server_name")
    if every & _GARBLED:
        return Malformed(f"{what}: the answer was cut off or garbled", "is this the right URL? is a proxy in between?")
    if names & _NO_CONNECTION or every & _NO_CONNECTION:
        kind = Cut if names & _CUT else Unreachable
        return kind(f"{what}: {_reason(chain)}", "is it running, and is the URL right?")
    if isinstance(problem, ValueError):
        return Malformed(f"{what}: the answer is not what was expected", "is this the right URL?")
    return Unreachable(f"{what}: {type(problem).__name__}")


def _reason(chain: list[BaseException]) -> str:
    for one in reversed(chain):
        if isinstance(one, OSError) and one.errno and one.strerror:
            words = os.strerror(one.errno) if one.errno > 0 else one.strerror
            return _SIGNS.get(words, clean_line(words, MESSAGE_LIMIT).lower())
    text = " ".join(str(one) for one in chain)
    return next((words for sign, words in _SIGNS.items() if sign in text), "no connection")


_SIGNS = {
    "Connection refused": "connection refused",
    "Name or service not known": "no such host",
    "nodename nor servname": "no such host",
    "All connection attempts failed": "connection refused",
    "without response": "the connection was closed without an answer",
    "without sending a response": "the connection was closed without an answer",
}


def _from_response(response: Any, what: str) -> SourceError:
    status = int(response.status_code)
    said = said_by(response)
    if status in (401, 403):
        return Unauthorized(
            f"{what}: HTTP {status}{said and ': ' + said}", "check basic_auth, authorization, oauth2 or headers"
        )
    if 300 <= status < 400:
        to = redact_url(str(response.headers.get("location", "")))
        return Refused(f"{what}: it redirects to {clean_line(to, 200)}", "give that URL, if you trust it")
    if is_web_page(response):
        return Malformed(f"{what}: a web page came in place of data", "is it a login page? or the wrong path?")
    if status < 300:
        return Malformed(f"{what}: HTTP {status}, but not the answer expected", "is this the right URL?")
    words = f"{what}: {said or f'HTTP {status}'}"
    if status in (429, 503):
        return Busy(words, _HINTS[status], retry_after(str(response.headers.get("retry-after", ""))))
    if status in (502, 504):
        return BadGateway(words, "the source itself did not answer: is it running?")
    unsaid = "the log of that server says why" if status >= 500 else "does this server speak this API, in this version?"
    return Refused(words, _HINTS.get(status, "" if said else unsaid))


def is_web_page(response: Any) -> bool:
    """Whether a 2xx response is HTML, which no API of ours answers: a login page, or a front end's start page."""
    return response.status_code < 300 and "text/html" in str(response.headers.get("content-type", "")).lower()


def said_by(response: Any) -> str:
    """What an error response says, as one clean line: its JSON error, message or detail, or plain text; '' for HTML."""
    body = bytes(response.content[:65_536])
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):  # the latter of brackets nested without end
        plain = "text/plain" in str(response.headers.get("content-type", ""))
        told = body.decode("utf-8", "replace") if plain else ""
    words = _words(told) if isinstance(told, dict) else told
    return clean_line(words.strip(), MESSAGE_LIMIT) if isinstance(words, str) else ""


def _words(told: dict[str, Any]) -> object:
    """What a JSON error says: one key deeper where it is an object, and its list of single errors behind it."""
    error = told.get("error") or told.get("message") or told.get("detail") or ""
    if isinstance(error, dict):
        return _words(error) if told is not error else ""
    errors = told.get("errors")
    single = [one for one in errors if isinstance(one, str)] if isinstance(errors, list) else []
    return (
        f"{error}: {', '.join(single)}" if single and isinstance(error, str) and error else error or ", ".join(single)
    )

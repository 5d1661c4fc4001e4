"""One place for authentication, TLS, proxies, time and size limits, redaction, and what went wrong.

Neither requests nor httpx is imported until a client is made: the first frame must not wait for them.
Credentials go to the configured host alone: a redirect to any other is never followed.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import os
import ssl
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit, urlunsplit
from urllib.request import getproxies_environment

from oncall_tui.config.http_config import HttpConfig, TlsConfig
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

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

    from oncall_tui.sources._requests import BoundedSession

MESSAGE_LIMIT = 300
"""Characters of a server's own words that are passed on."""

MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 307, 308})
"""Redirects that may be followed with the same method and body; 303 would turn a query into something else."""


class TooLarge(Malformed):
    """An answer outgrew the cap; asking for less may help."""


def requests_session(cfg: HttpConfig, pool: int = 4) -> BoundedSession:
    """A requests.Session that obeys cfg. pool: connections kept open to the host.

    Every request is whole within cfg.timeout seconds and cfg.max_response_mb, or raises; nothing is retried.
    It raises SourceError for what its own limits say, and requests' exceptions for the rest: pass those,
    and answers that are not 2xx, to to_source_error.
    """
    from oncall_tui.sources._requests import BoundedSession

    return BoundedSession(cfg, pool)


def async_client(cfg: HttpConfig) -> httpx.AsyncClient:
    """An httpx.AsyncClient that obeys cfg, with the same limits and the same errors as requests_session.

    A timeout given to one request replaces cfg.timeout for it, and bounds that request as a whole.
    """
    from oncall_tui.sources._httpx import BoundedClient

    return BoundedClient(cfg)


# What is shown


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


# What went wrong

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
    return Refused(words, _HINTS.get(status, ""))


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


# Limits


class Inflater:
    """Undoes gzip or deflate, and counts: feed it the body as it comes. Raises TooLarge or Malformed."""

    def __init__(self, encoding: str, cap: int, what: str) -> None:
        self._left, self._cap, self._what = cap, cap, what
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Malformed(f"{what}: unasked for content encoding {clean_line(encoding, 40)}")
        self._zip = None if encoding in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, chunk: bytes) -> bytes:
        """The chunk as it was before compression."""
        try:
            plain = self._zip.decompress(chunk, self._left + 1) if self._zip else chunk
        except zlib.error:
            raise Malformed(f"{self._what}: the answer is garbled", "is a proxy in between?") from None
        self._left -= len(plain)
        if self._left < 0:
            size = self._cap // 1_000_000
            raise TooLarge(f"{self._what}: the answer is larger than {size} MB", "raise max_response_mb if it may be")
        return plain

    def end(self) -> None:
        """Say that the body is complete. Raises Malformed when compression says it is not."""
        if self._zip and not self._zip.eof and self._left < self._cap:
            raise Malformed(f"{self._what}: the answer was cut off", "is a proxy in between?")


# Redirects and proxies


def followed(url: str, location: str) -> bool:
    """Whether a redirect from url to location (absolute) stays with the host that may see the credentials.

    The same scheme, host and port; or the same host from http to https on its default port.
    """
    here, there = urlsplit(url), urlsplit(location)
    if "@" in there.netloc or here.hostname != there.hostname:
        return False
    ours, theirs = (here.scheme, _port(here)), (there.scheme, _port(there))
    return ours == theirs or (ours[0] == "http" and theirs == ("https", 443))


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def proxy_for(url: str, cfg: HttpConfig) -> str | None:
    """The proxy that a request to url goes through, None for none. no_proxy: hosts, domains, networks or '*'."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies_environment() if cfg.proxy_from_environment else {}
    proxy = cfg.proxy_url or proxies.get(parts.scheme) or proxies.get("all")
    excluded = cfg.no_proxy if cfg.proxy_url else cfg.no_proxy or proxies.get("no", "")
    bypassed = any(_covers(entry.strip().lower(), host) for entry in excluded.split(","))
    return None if bypassed else proxy or None


def _covers(entry: str, host: str) -> bool:
    """Whether one entry of no_proxy means the host: '*', a network, a name or a domain with all below it."""
    name = entry.removeprefix("*").lstrip(".")
    if entry == "*" or (name and (host == name or host.endswith("." + name))):
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


# TLS and secrets


@functools.lru_cache(maxsize=64)
def tls_context(tls: TlsConfig) -> ssl.SSLContext:
    """The TLS rules of one configuration; made once, for it reads hundreds of certificates.

    ca_file is trusted alone; without it the system's authorities and certifi's are. Raises Unreachable when a
    file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
        if not tls.ca_file:
            import certifi

            context.load_verify_locations(certifi.where())
        if tls.cert_file:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as error:
        why = error.strerror or "not a usable certificate"
        raise Unreachable(f"tls_config: {why}", "check ca_file, cert_file and key_file") from None
    if tls.min_version:
        context.minimum_version = ssl.TLSVersion[tls.min_version.replace("TLS1", "TLSv1_").replace("TLSv1_0", "TLSv1")]
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def secret(value: SecretStr | None, file: Path | None) -> str:
    """A secret from the configuration or its file ('' for neither). The file is read anew: it may be rotated.

    Raises Unauthorized when the file cannot be read.
    """
    if file is None:
        return value.get_secret_value() if value else ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise Unauthorized(f"the file with the credentials, {file}: {why}", "check the path and its mode") from None

"""requests under our rules. Imported only when the first session is made."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urljoin

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import TimedOut
from oncall_tui.sources._auth import Tokens, standing_header
from oncall_tui.sources._withheld import without_secrets
from oncall_tui.sources.credentials import tls_context
from oncall_tui.sources.failures import redact_url, to_source_error
from oncall_tui.sources.limits import Inflater
from oncall_tui.sources.routes import MAX_REDIRECTS, REDIRECTS, followed, proxy_for

_CHUNK = 65_536


class _Deadline:
    """Cuts the connection of one request when its time is up: timeouts of the library bound one read, not the whole."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True

    def watch(self, sock: socket.socket | None) -> None:
        with self._lock:
            if isinstance(sock, socket.socket) and sock not in self._sockets:
                self._sockets.append(sock)
            over = self.over
        if over:
            self.cut()

    def cut(self) -> None:
        with self._lock:
            self.over = True
            sockets, self._sockets = self._sockets, []
        for sock in sockets:
            with contextlib.suppress(OSError):
                # Not sock.shutdown: that of a TLS socket would pull the session from under the reading thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def __enter__(self) -> _Deadline:
        self._outer, _here.deadline = _here.deadline, self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _here.deadline = self._outer


class _Here(threading.local):
    deadline: _Deadline | None = None


_here = _Here()


class _Watched:
    """Tells the request's deadline which socket it uses."""

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        super().putrequest(*args, **kwargs)  # type: ignore[misc]
        self._tell()

    def send(self, data: Any) -> None:
        super().send(data)  # type: ignore[misc]
        self._tell()

    def _tell(self) -> None:
        if _here.deadline is not None:
            _here.deadline.watch(cast("HTTPConnection", self).sock)


class _Connection(_Watched, HTTPConnection):
    pass


class _TlsConnection(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def __init__(self, cfg: HttpConfig, pool: int) -> None:
        self._cfg = cfg
        super().__init__(pool_connections=pool, pool_maxsize=pool, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._watch(manager)
        return manager

    @staticmethod
    def _watch(manager: Any) -> None:
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, given = super().build_connection_pool_key_attributes(request, verify, cert)
        pool: dict[str, Any] = {**given}
        if host["scheme"] == "https":
            pool = {"cert_reqs": pool["cert_reqs"], "ssl_context": tls_context(self._cfg.tls_config)}
            if self._cfg.tls_config.server_name:
                pool["server_hostname"] = self._cfg.tls_config.server_name
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context of the configuration verifies, and no other authority is to be trusted."""


class _Auth(requests.auth.AuthBase):
    def __init__(self, session: BoundedSession, cfg: HttpConfig) -> None:
        self._session, self._cfg = session, cfg
        self._tokens = Tokens(cfg.oauth2) if cfg.oauth2 else None
        self._fetching = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        header = self._bearer(self._tokens) if self._tokens else standing_header(self._cfg)
        if header:
            request.headers["Authorization"] = header
        return request

    def _bearer(self, tokens: Tokens) -> str:
        with self._fetching:
            if header := tokens.header():
                return header
            form, headers = tokens.request()
            # A session of its own: the source's headers are not for the token server.
            plain = self._cfg.model_copy(update={"oauth2": None, "headers": {}})
            with BoundedSession(plain, 1) as session:
                answer = session.request("POST", tokens.url, data=form, headers=headers)
            if answer.status_code != 200:
                raise to_source_error(answer, "oauth2")
            return tokens.keep(answer.json())

    def refused(self) -> None:
        if self._tokens:
            self._tokens.forget()


class BoundedSession(requests.Session):
    """A Session whose every request is whole within its time and size, or raises. Safe to share between threads."""

    def __init__(self, cfg: HttpConfig, pool: int) -> None:
        super().__init__()
        self.cfg = cfg
        self.trust_env = False
        self.verify = not cfg.tls_config.insecure_skip_verify
        self.headers.update({"User-Agent": "oncall-tui", "Accept-Encoding": "gzip"})
        self.headers.update({name: value.get_secret_value() for name, value in cfg.headers.items()})
        self._own_auth = _Auth(self, cfg) if cfg.oauth2 or cfg.basic_auth or cfg.authorization else None
        self.auth = self._own_auth
        self._adapter = _Adapter(cfg, pool)
        self.bind()
        self._running: set[_Deadline] = set()
        self._lock = threading.Lock()
        if not self.verify:
            # It was asked for; said again on every poll it would only scribble over the screen.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def bind(self) -> None:
        """Send everything through our adapter, whatever another library has mounted."""
        self.adapters.clear()
        self.mount("https://", self._adapter)
        self.mount("http://", self._adapter)

    def request(self, method: Any, url: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """One request and its whole body. Raises SourceError, and what requests raises."""
        seconds = float(kwargs.pop("timeout", None) or self.cfg.timeout)
        deadline = _Deadline(seconds)
        with self._lock:
            self._running.add(deadline)
        try:
            with deadline:
                return self._follow(method, url, timeout=seconds, **kwargs)
        except Exception as error:
            if deadline.over:
                raise TimedOut(f"{redact_url(str(url))}: no answer in time", "is it overloaded?") from None
            raise error
        finally:
            with self._lock:
                self._running.discard(deadline)

    def _follow(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._one(method, url, **kwargs)
            location = urljoin(url, response.headers.get("location", ""))
            moved = response.status_code in REDIRECTS and "location" in response.headers
            if not moved or not followed(url, location):
                break
            url = location
        if response.status_code == 401 and self._own_auth:
            self._own_auth.refused()
        return response

    def _one(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        proxy = proxy_for(url, self.cfg)
        kwargs |= {"proxies": {"all": proxy} if proxy else {}, "stream": True, "allow_redirects": False}
        response = super().request(method, url, **kwargs)
        try:
            cap = self.cfg.max_response_mb * 1_000_000
            inflater = Inflater(response.headers.get("content-encoding", ""), cap, redact_url(url))
            body = [inflater.feed(chunk) for chunk in response.raw.stream(_CHUNK, decode_content=False)]
            inflater.end()
        except BaseException as error:
            # What is left of the body is not wanted: the connection goes, not back to the pool.
            response.raw.close()
            if isinstance(error, urllib3.exceptions.ReadTimeoutError):
                raise requests.ReadTimeout(error) from None
            if isinstance(error, urllib3.exceptions.HTTPError):
                raise requests.exceptions.ChunkedEncodingError(error) from None
            raise
        whole = b"".join(body)
        if response.status_code >= 400:
            whole = without_secrets(whole, self.cfg, str(response.request.headers.get("Authorization", "")))
        response._content, response._content_consumed = whole, True  # type: ignore[attr-defined]
        return response

    def cut(self) -> None:
        """End every request under way; each raises in its own thread. For closing without waiting."""
        with self._lock:
            running: Mapping[_Deadline, None] = dict.fromkeys(self._running)
        for deadline in running:
            deadline.cut()

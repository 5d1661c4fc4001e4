"""HTTP clients that obey a configuration: authentication, TLS, proxies, time and size limits.

Neither requests nor httpx is imported until a client is made: the first frame must not wait for them.
Credentials go to the configured host alone: a redirect to any other is never followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.config.http_config import HttpConfig

if TYPE_CHECKING:
    import httpx

    from oncall_tui.sources._requests import BoundedSession


def requests_session(cfg: HttpConfig, pool: int = 4) -> BoundedSession:
    """A requests.Session that obeys cfg. pool: connections kept open to the host.

    Every request is whole within cfg.timeout seconds and cfg.max_response_mb, or raises; nothing is retried.
    It raises SourceError for what its own limits say, and requests' exceptions for the rest: pass those,
    and answers that are not 2xx, to failures.to_source_error.
    """
    from oncall_tui.sources._requests import BoundedSession

    return BoundedSession(cfg, pool)


def async_client(cfg: HttpConfig) -> httpx.AsyncClient:
    """An httpx.AsyncClient that obeys cfg, with the same limits and the same errors as requests_session.

    A timeout given to one request replaces cfg.timeout for it, and bounds that request as a whole.
    """
    from oncall_tui.sources._httpx import BoundedClient

    return BoundedClient(cfg)

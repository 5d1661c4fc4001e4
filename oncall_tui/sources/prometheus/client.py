"""Prometheus' HTTP API through prometheus-api-client, mended where it must be, off the event loop.

The library passes the parameters of a POST in the URL, drops warnings and retries inside a call; the session
given to it here sends a form, keeps warnings and never retries.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import Malformed, Refused, TimedOut
from oncall_tui.core.text import clean_line
from oncall_tui.sources.http import redact_url, to_source_error
from oncall_tui.sources.prometheus.planner import Row

if TYPE_CHECKING:
    from prometheus_api_client import PrometheusConnect

    from oncall_tui.sources.prometheus._session import PrometheusSession

_T = TypeVar("_T")


class BadQuery(Refused):
    """The server would not evaluate this query; another may be fine."""


class TooSlow(TimedOut):
    """The server is well, and says that it gave this query up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. skew: the server's clock minus ours in seconds, None if it does not tell."""

    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    skew: float | None = None


class PrometheusClient:
    """One Prometheus, asked by a bounded number of threads. Nothing is imported or connected before the first call."""

    def __init__(self, name: str, url: str, http: HttpConfig, concurrency: int) -> None:
        self._name, self._url, self._http, self._concurrency = name, url.rstrip("/"), http, concurrency
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix=f"prometheus-{name}")
        self._lock = threading.Lock()
        self._made: tuple[PrometheusConnect, PrometheusSession] | None = None

    async def instant(self, query: str, at: float) -> Answer:
        """One instant query at unix time `at`. Raises SourceError; BadQuery when the query is to blame."""
        return await self._run(lambda: self._instant(query, at))

    async def range(self, query: str, start: float, end: float, step: int) -> Answer:
        """One range query; times in unix seconds. Raises as instant does."""
        return await self._run(lambda: self._range(query, start, end, step))

    async def get(self, path: str) -> Any:
        """The `data` of one of the API's own documents ('/api/v1/alerts'). Raises SourceError."""
        return await self._run(lambda: self._get(path))

    def close(self) -> None:
        """End what is under way, without waiting for it."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            if self._made:
                session = self._made[1]
                session.cut()
                session.close()

    async def _run(self, work: Callable[[], _T]) -> _T:
        try:
            future = self._pool.submit(work)
        except RuntimeError:
            raise Refused(f"{self._name}: it is closed") from None
        return await asyncio.wrap_future(future)

    # In a thread of the pool

    def _tools(self) -> tuple[PrometheusConnect, PrometheusSession]:
        with self._lock:
            if self._made is None:
                from prometheus_api_client import PrometheusConnect

                from oncall_tui.sources.prometheus._session import PrometheusSession

                session = PrometheusSession(self._http, self._concurrency)
                connect = PrometheusConnect(self._url, session=session, method="POST", timeout=self._http.timeout)
                # The library mounts an adapter that retries: ours goes back in its place.
                session.bind()
                self._made = connect, session
            return self._made

    def _instant(self, query: str, at: float) -> Answer:
        connect, session = self._tools()
        params = {"time": f"{at:.3f}", "timeout": self._server_timeout()}
        return self._answer(session, lambda: connect.custom_query(query, params=params))

    def _range(self, query: str, start: float, end: float, step: int) -> Answer:
        connect, session = self._tools()
        # The library rounds times to whole seconds; what is passed as params wins.
        params = {"start": f"{start:.3f}", "end": f"{end:.3f}", "timeout": self._server_timeout()}
        first, last = (datetime.fromtimestamp(moment, UTC) for moment in (start, end))
        return self._answer(session, lambda: connect.custom_query_range(query, first, last, str(step), params=params))

    def _server_timeout(self) -> str:
        """A little less than our own, so that the server gives up, and says so, before we do."""
        return f"{self._http.timeout * 900}ms"

    def _answer(self, session: PrometheusSession, call: Callable[[], Any]) -> Answer:
        from requests import RequestException

        try:
            result = call()
            rows = tuple(_row(series) for series in result)
        except (RequestException, OSError) as error:
            raise to_source_error(error, self._name) from None
        except _Said as said:
            raise said.as_error(self._name) from None
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise self._not_prometheus() from None
        return Answer(rows, session.last.warnings, _skew(session.last.date, time.time()))

    def _get(self, path: str) -> Any:
        from requests import RequestException

        _, session = self._tools()
        try:
            return session.get(self._url + path).json()["data"]
        except (RequestException, OSError) as error:
            raise to_source_error(error, self._name) from None
        except _Said as said:
            raise said.as_error(self._name) from None
        except (KeyError, TypeError, ValueError):
            raise self._not_prometheus() from None

    def _not_prometheus(self) -> Malformed:
        where = redact_url(self._url)
        return Malformed(f"{self._name}: the answer is not Prometheus'", f"is {where} the base URL of its API?")


class _Said(Exception):
    """The server answered, and it is not a success: kept as it is until the name of the source is known."""

    def __init__(self, response: Any, payload: object) -> None:
        super().__init__()
        self._response, self._payload = response, payload

    def as_error(self, name: str) -> Exception:
        """As one of core.errors: BadQuery where another query may do better."""
        payload = self._payload if isinstance(self._payload, Mapping) else {}
        told = payload.get("status") == "error"
        kind, status = str(payload.get("errorType", "")), int(self._response.status_code)
        said = clean_line(str(payload.get("error", "")), 300) or f"HTTP {status}"
        if told and kind == "timeout":
            return TooSlow(f"{name}: {said}", "the query is too heavy, or the server overloaded")
        if status == 413 or (told and (status in (400, 422) or kind in ("bad_data", "execution"))):
            return BadQuery(f"{name}: {said}", "try the query in Prometheus' own page")
        return to_source_error(self._response, name)


def _row(series: Any) -> Row:
    """One element of a vector or a matrix. Raises TypeError and the like for anything else (a bare string)."""
    labels = {str(name): str(value) for name, value in series["metric"].items()}
    points = series["values"] if "values" in series else [series["value"]] if "value" in series else []
    return Row(labels, tuple((float(at), float(value)) for at, value in points))


def _skew(date: str, now: float) -> float | None:
    """The server's clock minus ours, from a Date header, which is cut to whole seconds: below one, 0.0."""
    try:
        skew = parsedate_to_datetime(date).timestamp() + 0.5 - now
    except (TypeError, ValueError):
        return None
    return skew if abs(skew) >= 1 else 0.0

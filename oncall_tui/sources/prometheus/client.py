"""Prometheus' HTTP API through prometheus-api-client, mended where it must be, off the event loop.

The library passes the parameters of a POST in the URL, drops warnings and retries inside a call; the session
given to it here sends a form, keeps warnings and never retries.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import Malformed, Refused, TimedOut
from oncall_tui.sources.failures import redact_url, to_source_error
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.refusals import Said

if TYPE_CHECKING:
    from prometheus_api_client import PrometheusConnect

    from oncall_tui.sources.prometheus._session import PrometheusSession

_T = TypeVar("_T")
NO_PARAMETERS: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. skew: the server's clock minus ours in seconds, None if it does not tell.

    partial: whether the server says that data may lack. samples: how many the query touched; None unless asked for.
    """

    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    skew: float | None = None
    partial: bool = False
    samples: int | None = None


class PrometheusClient:
    """One Prometheus, asked by a bounded number of threads. Nothing is imported or connected before the first call.

    parameters: sent with every query beside its own (Thanos' dedup, VictoriaMetrics' extra_label). timeout: seconds
    that one request may take; `until`, where it is given, is the moment of time.monotonic() by which it must be over.
    """

    def __init__(
        self,
        name: str,
        url: str,
        http: HttpConfig,
        concurrency: int,
        parameters: Mapping[str, Sequence[str]] = NO_PARAMETERS,
    ) -> None:
        self._name, self._url, self._http, self._concurrency = name, url.rstrip("/"), http, concurrency
        self._parameters = {name: list(values) for name, values in parameters.items()}
        self.timeout = float(http.timeout)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix=f"prometheus-{name}")
        self._lock = threading.Lock()
        self._made: tuple[PrometheusConnect, PrometheusSession] | None = None

    async def instant(self, query: str, at: float, until: float = math.inf, *, stats: bool = False) -> Answer:
        """One instant query at unix time `at`. Raises SourceError; BadQuery when the query is to blame."""
        return await self._run(lambda: self._instant(query, at, until, stats=stats))

    async def range(
        self, query: str, start: float, end: float, step: int, until: float = math.inf, *, stats: bool = False
    ) -> Answer:
        """One range query; times in unix seconds. Raises as instant does."""
        return await self._run(lambda: self._range(query, start, end, step, until, stats=stats))

    async def get(self, path: str, until: float = math.inf) -> Any:
        """The `data` of one of the API's own documents ('/api/v1/alerts'). Raises SourceError."""
        return await self._run(lambda: self._get(path, until))

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

    def _instant(self, query: str, at: float, until: float, *, stats: bool) -> Answer:
        connect, session = self._tools()
        seconds = self._seconds(until)
        params = {"time": f"{at:.3f}", **self._common(seconds, stats=stats)}
        return self._answer(session, lambda: connect.custom_query(query, params=params, timeout=seconds))

    def _range(self, query: str, start: float, end: float, step: int, until: float, *, stats: bool) -> Answer:
        connect, session = self._tools()
        seconds = self._seconds(until)
        # The library rounds times to whole seconds; what is passed as params wins.
        params = {"start": f"{start:.3f}", "end": f"{end:.3f}", **self._common(seconds, stats=stats)}
        first, last = (datetime.fromtimestamp(moment, UTC) for moment in (start, end))
        return self._answer(
            session,
            lambda: connect.custom_query_range(query, first, last, str(step), params=params, timeout=seconds),
        )

    def _common(self, seconds: float, *, stats: bool) -> dict[str, Any]:
        """What every query says. The server gets a little less time than we have, so that it gives up, and says so."""
        wanted = {"stats": "all"} if stats else {}
        return {"timeout": f"{max(1, int(seconds * 900))}ms", **wanted, **self._parameters}

    def _seconds(self, until: float) -> float:
        """What is left for a request that begins now. Raises TimedOut when that is nothing."""
        left = min(self.timeout, until - time.monotonic())
        if left <= 0:
            raise TimedOut(f"{self._name}: no time left to ask")
        return left

    def _answer(self, session: PrometheusSession, call: Callable[[], Any]) -> Answer:
        from requests import RequestException

        try:
            result = call()
            rows = tuple(_row(series) for series in result)
        except (RequestException, OSError) as error:
            raise to_source_error(error, self._name) from None
        except Said as said:
            raise said.as_error(self._name) from None
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise self._not_prometheus() from None
        last = session.last
        return Answer(rows, last.warnings, _skew(last.date, time.time()), last.partial, last.samples)

    def _get(self, path: str, until: float) -> Any:
        from requests import RequestException

        _, session = self._tools()
        try:
            return session.get(self._url + path, timeout=self._seconds(until)).json()["data"]
        except (RequestException, OSError) as error:
            raise to_source_error(error, self._name) from None
        except Said as said:
            raise said.as_error(self._name) from None
        except (KeyError, TypeError, ValueError):
            raise self._not_prometheus() from None

    def _not_prometheus(self) -> Malformed:
        where = redact_url(self._url)
        return Malformed(f"{self._name}: the answer is not Prometheus'", f"is {where} the base URL of its API?")


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

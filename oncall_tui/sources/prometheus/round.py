"""One round of requests: in parallel, within a budget, split where a query is at fault."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain

from oncall_tui.core.errors import Refused, SourceError, Unauthorized, Unreachable
from oncall_tui.sources.http import TooLarge
from oncall_tui.sources.prometheus.client import Answer, BadQuery, PrometheusClient, TooSlow
from oncall_tui.sources.prometheus.planner import Ask, Request, Row

MOST_REQUESTS = 120
"""Requests in one round, splitting included; what is left by then is not asked."""

Rows = Sequence[Row]


class Round:
    """Everything asked for one read. Counts requests, gathers warnings and the clock's skew."""

    def __init__(self, client: PrometheusClient, name: str, now: float, concurrency: int) -> None:
        self._client, self._name, self._now = client, name, now
        self._turn = asyncio.Semaphore(concurrency)
        self.requests = 0
        self.warnings: dict[str, None] = {}
        self.skew: float | None = None
        self.answered = False
        self.trouble: SourceError | None = None

    async def ask(self, requests: Iterable[Request]) -> dict[Ask, Rows | SourceError]:
        """Every ask with its rows, or with why there are none.

        Raises SourceError as soon as the source cannot be reached or does not let us in, and when nothing at
        all was answered so far.
        """
        jobs = [asyncio.ensure_future(self._one(request)) for request in requests]
        try:
            parts = await asyncio.gather(*jobs)
        finally:
            for job in jobs:
                job.cancel()
        if self.trouble and not self.answered:
            raise self.trouble
        return dict(chain.from_iterable(part.items() for part in parts))

    async def query(self, text: str) -> Rows:
        """One instant query, for the source's own use. Raises SourceError."""
        return (await self._send(Request((), 0, 0), text)).rows

    async def _one(self, request: Request) -> dict[Ask, Rows | SourceError]:
        try:
            answer = await self._send(request, request.text)
        except (Unreachable, Unauthorized):
            raise
        except (BadQuery, TooLarge) as error:
            self.answered = True
            halves = request.halves()
            if halves is None:
                return dict.fromkeys(request.asks, error)
            first, second = await asyncio.gather(*(self._one(half) for half in halves))
            return first | second
        except TooSlow as error:
            # Not split now, which would only add to the load: the next read asks in smaller company.
            self.answered = True
            return dict.fromkeys(request.asks, error)
        except SourceError as error:
            self.trouble = self.trouble or error
            return dict.fromkeys(request.asks, error)
        return dict(request.answers(answer.rows))

    async def _send(self, request: Request, text: str) -> Answer:
        async with self._turn:
            if self.trouble and not self.answered:
                raise self.trouble
            if self.requests >= MOST_REQUESTS:
                hint = "mend the queries that fail, so that the others need not be asked one by one"
                raise Refused(f"{self._name}: not asked, too many queries fail", hint)
            self.requests += 1
            if request.span:
                answer = await self._client.range(text, self._now - request.span, self._now, request.step)
            else:
                answer = await self._client.instant(text, self._now)
        self.answered = True
        self.warnings.update(dict.fromkeys(answer.warnings))
        self.skew = answer.skew if self.skew is None else self.skew
        return answer

"""One round of requests: in parallel, within its time, split where a query is at fault or asks too much."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from oncall_tui.core.errors import Busy, Refused, SourceError, TimedOut, Unauthorized, Unreachable
from oncall_tui.core.readings import Reading
from oncall_tui.sources.limits import TooLarge
from oncall_tui.sources.prometheus.asks import Ask, Request, Row
from oncall_tui.sources.prometheus.client import Answer, PrometheusClient
from oncall_tui.sources.prometheus.refusals import BadQuery, Presumed, TooLong, TooMuch, TooSlow

MOST_SPLITS = 120
"""Requests that one round may make beside those that were planned; what is left by then is not asked."""

LEAST_TIME = 0.1
"""The part of a round's time that must be left for a request to begin: with less it would only be cut off."""

Rows = Sequence[Row]
Answers = dict[Ask, Rows | SourceError]


class NotAsked(SourceError):
    """Nobody asked, or the answer was not waited for: time was up, or the source wants to be left alone."""


@dataclass(frozen=True, slots=True)
class Spent:
    """One request that was made. samples: what it touched, None where the server does not tell."""

    request: Request
    samples: int | None


@dataclass(slots=True)
class Found:
    """What a round has found out beside the answers.

    fits: how many asks went well together, for readings that were too much in larger company. most_text: characters
    of a query that the server reads, 0 where none was too long. partial: asks whose answers may lack data. retry_after:
    for how many seconds the source wants to be left alone.
    """

    requests: int = 0
    warnings: dict[str, None] = field(default_factory=dict)
    skew: float | None = None
    fits: dict[Reading, int] = field(default_factory=dict)
    most_text: int = 0
    partial: set[Ask] = field(default_factory=set)
    retry_after: float = 0.0
    spent: list[Spent] = field(default_factory=list)


class Round:
    """Everything asked for one read. found: what is learnt on the way.

    seconds: how long all of it may take. What cannot begin by then is not asked, and what runs on is cut off;
    what was answered stands. stats: have the server count the samples.
    """

    def __init__(
        self,
        client: PrometheusClient,
        name: str,
        now: float,
        concurrency: int,
        seconds: float = math.inf,
        *,
        stats: bool = False,
    ) -> None:
        self._client, self._name, self._now, self._stats = client, name, now, stats
        self._seconds, self.until = seconds, time.monotonic() + seconds
        self._turn = asyncio.Semaphore(concurrency)
        self._allowed = MOST_SPLITS
        self._busy = False
        self._split: set[int] = set()
        self.trouble: SourceError | None = None
        self.answered = False
        self.found = Found()

    async def ask(self, requests: Sequence[Request]) -> Answers:
        """Every ask with its rows, or with why there are none; they begin in the order given.

        Raises SourceError as soon as the source cannot be reached or does not let us in, and when nothing at
        all was answered so far.
        """
        self._allowed += len(requests)
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
        self._allowed += 1
        return (await self._send(Request((), 0, 0), text)).rows

    async def _one(self, request: Request) -> Answers:
        """The answers to a request, whatever it takes."""
        try:
            answer = await self._send(request, request.text)
        except (Unreachable, Unauthorized):
            raise
        except TooMuch as error:
            self.answered = True
            return await self._narrowed(request, error)
        except (BadQuery, TooLarge) as error:
            self.answered = True
            if isinstance(error, TooLong):
                self._learn_length(len(request.text), error)
            return await self._halved(request, error)
        except TooSlow as error:
            # Not split now, which would only add to the load: the next read asks in smaller company.
            self.answered = True
            return dict.fromkeys(request.asks, error)
        except SourceError as error:
            if not isinstance(error, NotAsked):
                self.trouble = self.trouble or error
            return dict.fromkeys(request.asks, error)
        if answer.partial:
            self.found.partial.update(request.asks)
        return dict(request.answers(answer.rows))

    async def _halved(self, request: Request, error: SourceError) -> Answers:
        halves = request.halves()
        if halves is None:
            return dict.fromkeys(request.asks, error)
        ask = self._fitted if isinstance(error, TooLarge) else self._one
        first, second = await asyncio.gather(*(ask(half) for half in halves))
        if isinstance(error, TooLarge):
            self._agree(request)
        return first | second

    async def _narrowed(self, request: Request, error: TooMuch) -> Answers:
        """One half after the other: where one ask of the first is too much even alone, the second is not tried."""
        halves = None if error.in_time else request.halves()
        if halves is None:
            return dict.fromkeys(request.asks, error)
        first = await self._fitted(halves[0])
        if any(isinstance(rows, TooMuch) for rows in first.values()):
            for ask in request.asks:
                self.found.fits.pop(ask.reading, None)
            return first | dict.fromkeys(halves[1].asks, Presumed(error.message, error.hint))
        answers = first | await self._fitted(halves[1])
        self._agree(request)
        return answers

    async def _fitted(self, half: Request) -> Answers:
        """The answers to a half; its size is kept as one that fits, if it went well without being split itself."""
        answers = await self._one(half)
        if id(half) not in self._split and not any(isinstance(rows, SourceError) for rows in answers.values()):
            fits = self.found.fits
            fits |= {ask.reading: max(fits.get(ask.reading, 0), len(half.asks)) for ask in half.asks}
        return answers

    def _agree(self, request: Request) -> None:
        """One size for all that was split: of different ones the next read would make as many requests."""
        self._split.add(id(request))
        sizes = [size for ask in request.asks if (size := self.found.fits.get(ask.reading))]
        if sizes:
            most = min(max(sizes), (len(request.asks) + 1) // 2)
            self.found.fits |= {ask.reading: most for ask in request.asks if ask.reading in self.found.fits}

    def _learn_length(self, length: int, error: TooLong) -> None:
        most = error.most or length // 2
        self.found.most_text = min(self.found.most_text or most, most)

    async def _send(self, request: Request, text: str) -> Answer:
        async with self._turn:
            self._may_begin()
            self.found.requests += 1
            short_of_time = self.until - time.monotonic() < self._client.timeout
            place = len(self.found.spent)
            self.found.spent.append(Spent(request, None))
            try:
                answer = await self._fetch(request, text)
            except Busy as busy:
                self._busy = True
                self.trouble = self.trouble or busy
                self.found.retry_after = max(self.found.retry_after, busy.retry_after)
                raise
            except TimedOut as error:
                if not short_of_time:
                    raise
                self.trouble = self.trouble or error
                raise self._out_of_time("cut off") from None
        self.found.spent[place] = Spent(request, answer.samples)
        self.answered = True
        self.found.warnings.update(dict.fromkeys(answer.warnings))
        self.found.skew = answer.skew if self.found.skew is None else self.found.skew
        return answer

    async def _fetch(self, request: Request, text: str) -> Answer:
        end = self._now - request.back
        if request.span:
            start = end - request.span
            return await self._client.range(text, start, end, request.step, self.until, stats=self._stats)
        return await self._client.instant(text, end, self.until, stats=self._stats)

    def _may_begin(self) -> None:
        if self.trouble and not self.answered:
            raise self.trouble
        if self._busy:
            wait = f" for {self.found.retry_after:.0f}s" if self.found.retry_after else ""
            raise NotAsked(f"{self._name}: not asked, it wants to be left alone{wait}", "it is asked again after that")
        if self.until - time.monotonic() < LEAST_TIME * self._seconds:
            raise self._out_of_time("not asked")
        if self.found.requests >= self._allowed:
            hint = "mend the queries that fail, so that the others need not be asked one by one"
            raise Refused(f"{self._name}: not asked, too many queries fail", hint)

    def _out_of_time(self, what: str) -> NotAsked:
        hint = "it comes first in the next poll; raise polling.timeout, or polling.concurrency if the server has room"
        return NotAsked(f"{self._name}: {what}, the poll's time was up ({self._seconds:.0f}s)", hint)

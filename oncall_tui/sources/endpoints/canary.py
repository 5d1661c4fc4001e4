"""Asks canaries: seldom, never two of one endpoint at once, few at a time, and never more than a day may have."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from oncall_tui.core.canary import LEAST_PAUSE, Canary, CanaryResult, CanaryState, judge, sent
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.errors import SourceError, TimedOut
from oncall_tui.core.text import clean_line
from oncall_tui.sources.endpoints.asking import Asker, Request, address, target
from oncall_tui.sources.endpoints.steps import Answer
from oncall_tui.sources.failures import redact_url

if TYPE_CHECKING:
    import httpx

AT_ONCE = 4
"""Canaries under way at one time: an inference costs what a look does not."""

_DAY = 86_400.0
_WHY_LIMIT = 300


class Canaries:
    """Keeps the bounds. clock: unix seconds."""

    def __init__(self, asker: Asker, clock: Callable[[], float]) -> None:
        self._asker = asker
        self._clock = clock
        self._few = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[Endpoint, asyncio.Task[CanaryResult]] = {}
        self._last: dict[Endpoint, CanaryResult] = {}
        self._asked: dict[Endpoint, deque[float]] = {}

    async def ask(self, endpoint: Endpoint) -> CanaryResult:
        """What comes of the endpoint's canary, or came of the last one when it is too soon for another."""
        canary = endpoint.canary
        assert canary is not None, "who asks knows that there is one"
        task = self._under_way.get(endpoint)
        if task is None:
            if (held := self._held_back(endpoint, canary)) is not None:
                return held
            self._asked[endpoint].append(self._clock())
            task = asyncio.create_task(self._in_turn(endpoint, canary))
            self._under_way[endpoint] = task
            task.add_done_callback(lambda _: self._under_way.pop(endpoint, None))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Let go of what is under way."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _held_back(self, endpoint: Endpoint, canary: Canary) -> CanaryResult | None:
        """What stands in for a canary that would be one too many; None when it may be asked."""
        now = self._clock()
        asked = self._asked.setdefault(endpoint, deque())
        while asked and now - asked[0] >= _DAY:
            asked.popleft()
        last = self._last.get(endpoint)
        if asked and last is not None and now - asked[-1] < LEAST_PAUSE:
            return last
        if len(asked) < canary.max_per_day:
            return None
        why = f"the day's {canary.max_per_day} canaries are used up"
        return last or CanaryResult(endpoint.id, now, CanaryState.WAITING, why=why, hint="raise max_per_day")

    async def _in_turn(self, endpoint: Endpoint, canary: Canary) -> CanaryResult:
        async with self._few:
            try:
                result = await self._ask(endpoint, canary)
            except Exception as bug:  # noqa: BLE001 - a mistake of ours is one failed canary, not the end of all polling
                why = f"the canary itself failed: {type(bug).__name__}"
                result = CanaryResult(endpoint.id, self._clock(), CanaryState.FAILED, why=why)
        self._last[endpoint] = result
        return result

    async def _ask(self, endpoint: Endpoint, canary: Canary) -> CanaryResult:
        written = canary.request
        told = ""
        try:
            url = _address(endpoint, written.path)
            told = sent(written, redact_url(str(url)))
            request = Request(written.method, url, canary.timeout, written.body.encode(), written.headers)
            answer = await self._asker.ask(endpoint, request)
        except SourceError as error:
            slow = isinstance(error, TimedOut)
            why = f"no answer within {canary.timeout:g}s" if slow else error.message
            hint = "is it overloaded? raise the canary's timeout if it is merely slow" if slow else error.hint
            return CanaryResult(
                endpoint.id, self._clock(), CanaryState.FAILED, told, None, clean_line(why, _WHY_LIMIT), hint
            )
        return await self._judged(endpoint, canary, answer, told)

    async def _judged(self, endpoint: Endpoint, canary: Canary, answer: Answer, told: str) -> CanaryResult:
        """In a thread: a path may have to walk through a large answer."""
        at, seconds = self._clock(), answer.seconds
        if not answer.ok or not answer.whole:
            why = clean_line(str(answer) if not answer.ok else "the answer is too large", _WHY_LIMIT)
            hint = "" if answer.ok else "is the request right for this model?"
            return CanaryResult(endpoint.id, at, CanaryState.FAILED, told, seconds, why, hint)
        verdict = await asyncio.to_thread(judge, canary.expect, answer.body, seconds)
        return CanaryResult(endpoint.id, at, verdict.state, told, seconds, verdict.why)


def _address(endpoint: Endpoint, path: str) -> httpx.URL:
    """Where a canary goes: below the endpoint's URL, or, where that is the health route itself, on its host.

    Raises Refused.
    """
    if endpoint.protocol is not Protocol.HTTP:
        return target(endpoint, path)
    return target(replace(endpoint, url=str(address(endpoint.url).copy_with(raw_path=b"/"))), path)

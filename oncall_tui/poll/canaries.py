"""When canaries are asked: of servers that can answer, at their own pace, and at once when there is news."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator

from oncall_tui.core.canary import LEAST_PAUSE, Canary, CanaryResult, CanaryState
from oncall_tui.core.catalogue import Endpoint
from oncall_tui.core.ports import Prober
from oncall_tui.core.probes import Probe
from oncall_tui.poll.ledger import Ledger

_MARGIN = 0.05
"""Seconds beyond what has to be waited for."""


def canary_of(endpoint: Endpoint) -> str:
    """The name of a canary's loop."""
    return f"{endpoint.id} canary"


def with_canaries(endpoints: Iterable[Endpoint]) -> Iterator[tuple[Endpoint, Canary]]:
    """The endpoints that have one."""
    return ((endpoint, one) for endpoint in endpoints if (one := endpoint.canary))


def is_news(before: Probe | None, now: Probe) -> bool:
    """Whether a canary should not wait for its time: the server came back, or another version of it."""
    well = bool(now.live and now.ready)
    if before is None or not well:
        return False
    return not before.ready or bool(before.version and now.version and before.version != now.version)


def canary_poll(
    endpoint: Endpoint,
    prober: Prober,
    ledger: Ledger,
    clock: Callable[[], float],
    wake: Callable[[tuple[str, ...]], None],
) -> Callable[[], Awaitable[None]]:
    """One poll of one canary. wake: takes the names of loops that are to go on at once."""

    async def poll() -> None:
        # A server that is down or loads has no answer to judge, and an inference is not worth finding that out.
        probe = ledger.probed(endpoint.id) or await prober.probe(endpoint)
        if probe.live is False or probe.ready is False:
            why = "the server is down" if probe.live is False else "the server is not ready"
            ledger.canary(CanaryResult(endpoint.id, clock(), CanaryState.WAITING, why=why))
            return
        began = clock()
        result = await prober.canary(endpoint)
        ledger.canary(result)
        if 0 < (early := LEAST_PAUSE - (began - result.at)) < LEAST_PAUSE:
            # It was too soon for another, and there was a reason to ask: so it is asked as soon as may be.
            asyncio.get_running_loop().call_later(early + _MARGIN, wake, (canary_of(endpoint),))

    return poll

"""After a step from a shell: what it should move is polled until there is a verdict."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.verification import Target, find_target

if TYPE_CHECKING:
    from oncall_tui.actions import PreparedStep, StepRun
    from oncall_tui.actions.verify_step import Before, Verifications, Verified
    from oncall_tui.config.models import Config
    from oncall_tui.poll.poller import Poller


@dataclass(slots=True)
class Watcher:
    """The figures of one target, and how they stood before the step."""

    use: Verifications
    poller: Poller
    pause: float
    before: Before | None

    async def verdict(self, ran: StepRun, say: Callable[[str], None], stop: asyncio.Event) -> Verified | None:
        """Poll until there is one; None when stop is set first: that it was not watched to its end is written down."""
        watching = self.use.begin(ran, self.before)
        if watching is None:
            return None
        told = ""
        while True:
            for verified in self.use.observe(await _assessed(self.poller)):
                if trouble := await self.use.record(verified):
                    say(trouble)
                return verified
            last = self.use.running[0].watch.last
            if last is not None and last.words != told:
                told = last.words
                say(f"{watching.watch.target}: {told}")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.pause):
                    await stop.wait()
            if stop.is_set():
                await asyncio.to_thread(self.use.close)
                return None


@asynccontextmanager
async def watcher(config: Config, use: Verifications, prepared: PreparedStep) -> AsyncIterator[Watcher | None]:
    """What watches the step's target, which has been looked at once; None when it names nothing known."""
    from oncall_tui.wiring.sources import Sources, poller_for, real_sources

    verify = prepared.step.verify
    whole = config.catalogue()
    target = find_target(whole, verify.target, prepared.service) if verify else None
    if target is None:
        yield None
        return
    sources = real_sources(config)
    poller = poller_for(Sources(_only(whole, target), sources.metrics, (), None), config)
    try:
        before = use.before(prepared, await _assessed(poller))
        yield Watcher(use, poller, float(config.polling.interval), before)
    finally:
        await poller.close()
        await asyncio.gather(*(source.close() for source in sources.alerts))


def _only(catalogue: Catalogue, target: Target) -> Catalogue:
    """The target's service with the target alone."""
    service = catalogue.service(target.service)
    assert service is not None, "a target is found in its service"
    slos = tuple(one for one in service.slos if target.slo and one.id == str(target))
    signals = tuple(one for one in service.signals if not target.slo and one.name == target.name)
    return Catalogue((replace(service, slos=slos, signals=signals, endpoints=(), up=None, versions=None),))


async def _assessed(poller: Poller) -> Assessment:
    return assess(await poller.once())

"""Canaries in the poller: asked of servers that can answer, anew when one came back, and never the cause of a delay."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

from oncall_tui.core.canary import Canary, CanaryRequest, CanaryResult, CanaryState, Expectation
from oncall_tui.core.catalogue import VERSIONS, Catalogue, Endpoint, Protocol, Service, Signal, SignalKind
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Members, Provenance, Readout, SignalReading
from oncall_tui.poll.canaries import is_news
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import ENDPOINTS, Poller

CANARY = Canary(CanaryRequest("GET", "/"), Expectation(equals="1"), every=3_600, timeout=1.0)
ENDPOINT = Endpoint("ranker", "main", Protocol.TF_SERVING, "http://x", "m", interval=0.02, canary=CANARY)
FAST = Pace(interval=0.05, max_backoff=0.2, deadline=0.2)


class Prober:
    def __init__(self, live=True, ready=True, version="1"):
        self.live, self.ready, self.version = live, ready, version
        self.state = CanaryState.RIGHT
        self.latency = 0.01
        self.canaries = 0
        self.slow = 0.0

    async def probe(self, endpoint):
        return Probe(endpoint.id, time.time(), self.live, self.ready, self.version, self.latency)

    async def canary(self, endpoint):
        self.canaries += 1
        await asyncio.sleep(self.slow)
        return CanaryResult(endpoint.id, time.time(), self.state, "GET http://x/")

    async def close(self):
        pass


class Metrics:
    name, url, version = "prom", "http://prom", ""

    def __init__(self):
        self.asked = set()

    async def read(self, readings, now):
        self.asked |= set(readings)
        return Readout({r: Members({"1": 1.0}, now, Provenance("prom", "v")) for r in readings})

    async def pending_alerts(self):
        return ()

    async def close(self):
        pass


def poller_of(prober, metrics=(), service=None):
    catalogue = Catalogue((service or Service("ranker", endpoints=(ENDPOINT,)),))
    return Poller(catalogue, metrics, [], prober, FAST)


async def until(poller, happened):
    """Run the poller until a snapshot satisfies happened; that snapshot."""
    found = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        poller.run(lambda snapshot: happened(snapshot) and not found.done() and found.set_result(snapshot))
    )
    try:
        return await asyncio.wait_for(found, 5)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def state_of(snapshot):
    result = snapshot.canaries.get("ranker/main")
    return result.state if result else None


async def test_once_asks_each_canary_once():
    prober = Prober()
    snapshot = await poller_of(prober).once()
    assert prober.canaries == 1
    assert state_of(snapshot) is CanaryState.RIGHT


async def test_a_server_that_is_down_or_loads_is_not_asked_and_that_is_said():
    for prober, why in ((Prober(live=False), "down"), (Prober(ready=False), "not ready")):
        snapshot = await poller_of(prober).once()
        assert prober.canaries == 0
        assert state_of(snapshot) is CanaryState.WAITING
        assert why in snapshot.canaries["ranker/main"].why


async def test_a_server_of_whose_readiness_nothing_is_known_is_asked():
    prober = Prober(ready=None)
    await poller_of(prober).once()
    assert prober.canaries == 1


async def test_one_that_came_back_is_asked_at_once_and_not_in_an_hour():
    prober = Prober(ready=False)

    def react(snapshot):
        if state_of(snapshot) is CanaryState.WAITING:
            prober.ready = True
        return state_of(snapshot) is CanaryState.RIGHT

    await until(poller_of(prober), react)
    assert prober.canaries == 1


async def test_another_version_is_asked_at_once():
    prober = Prober()

    def react(snapshot):
        if state_of(snapshot) is CanaryState.RIGHT and prober.version == "1":
            prober.version, prober.state = "2", CanaryState.WRONG
        return state_of(snapshot) is CanaryState.WRONG

    await until(poller_of(prober), react)
    assert prober.canaries == 2


async def test_a_canary_that_takes_longer_than_a_poll_may_is_waited_for_and_delays_no_probe():
    prober = Prober()
    prober.slow = 3 * FAST.deadline
    snapshot = await until(poller_of(prober), lambda one: state_of(one) is CanaryState.RIGHT)
    assert len(snapshot.probes["ranker/main"].latencies) > 3
    assert snapshot.sources[ENDPOINTS].failures == 0


async def test_latencies_are_remembered_from_probe_to_probe():
    prober = Prober()
    snapshot = await until(poller_of(prober), lambda one: one.probes and len(one.probes["ranker/main"].latencies) >= 5)
    assert set(snapshot.probes["ranker/main"].latencies) == {0.01}
    assert snapshot.probes["ranker/main"].p95 == 0.01


async def test_what_probes_are_compared_with_is_asked_of_prometheus():
    versions = Signal("ranker", VERSIONS, SignalKind.OTHER, "v", by="version")
    metrics = Metrics()
    await poller_of(Prober(), [metrics], Service("ranker", endpoints=(ENDPOINT,), versions=versions)).once()
    assert SignalReading("ranker", VERSIONS) in metrics.asked
    alone = Metrics()
    await poller_of(Prober(), [alone], Service("ranker", versions=versions)).once()
    assert alone.asked == set()


async def test_one_that_was_asked_too_soon_is_asked_again_as_soon_as_may_be():
    prober = Prober()
    ask = prober.canary

    async def held_back(endpoint):
        result = await ask(endpoint)
        return replace(result, at=result.at - 29.8) if prober.canaries == 1 else replace(result, state=CanaryState.LATE)

    prober.canary = held_back
    await until(poller_of(prober), lambda snapshot: state_of(snapshot) is CanaryState.LATE)
    assert prober.canaries == 2


def test_news_is_a_server_that_came_back_or_another_version_and_no_version_is_none():
    well = Probe("e", 0.0, True, True, "1")
    assert is_news(replace(well, ready=False), well)
    assert is_news(replace(well, live=False, ready=None), well)
    assert is_news(well, replace(well, version="2"))
    assert not is_news(None, well)
    assert not is_news(well, well)
    assert not is_news(well, replace(well, version=""))
    assert not is_news(replace(well, version=""), well)
    assert not is_news(well, replace(well, ready=False, version="2"))

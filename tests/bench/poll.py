"""What one poll costs: 100 SLOs over 8 windows, planned, against the same asked one by one with the same client.

Run it with `python tests/bench/poll.py`; it needs prometheus and promtool. Goals: at most 20 requests, and
at least five times faster. Exit code 1 when either is missed.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))

from prometheus_fixture import start_prometheus

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import Outcome, Reading, SliReading
from oncall_tui.core.slo import EventsSli, LatencySli, Side, SlicesSli, Slo, SloKind
from oncall_tui.sources.prometheus import PrometheusSource

WINDOWS = (300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200, 604_800)
DAYS, STEP, ROUNDS, CONCURRENCY = 8, 300, 5, 4
Way = Callable[[PrometheusSource, Sequence[Reading], float], Awaitable[tuple[dict, int]]]
MOST_REQUESTS, LEAST_SPEEDUP = 20, 5.0


def catalogue() -> Catalogue:
    """50 services with an availability and a latency SLO each: a fifth of them is written in shapes of its own."""
    return Catalogue(tuple(Service(f"model-{i:02d}", slos=_slos(f"model-{i:02d}", i)) for i in range(50)))


def _slos(name: str, i: int) -> tuple[Slo, Slo]:
    every = f'requests_total{{service="{name}"}}'
    bad = f'requests_total{{service="{name}",code="500"}}'
    events = EventsSli(f"sum(rate({every}[$window]))", f"sum(rate({bad}[$window]))")
    odd = EventsSli(f"sum(increase({every}[$window])) + {i} * 0", f"sum(increase({bad}[$window]))")
    latency = LatencySli("latency_seconds", 0.3, f'service="{name}"')
    accuracy = SlicesSli(f'accuracy{{service="{name}"}}', 0.9, Side.AT_LEAST, 300)
    return (
        Slo(name, "availability", SloKind.AVAILABILITY, 0.999, 604_800, odd if i % 5 == 0 else events),
        Slo(name, "quality", SloKind.LATENCY, 0.99, 604_800, accuracy if i % 5 == 1 else latency),
    )


def history(end: int) -> str:
    """OpenMetrics text: counters, buckets and gauges of every service."""
    rng = random.Random(7)
    times = range(end - DAYS * 86_400, end + 1, STEP)
    families: dict[str, list[str]] = {"requests": [], "latency_seconds": [], "accuracy": []}
    for i in range(50):
        service = f'service="model-{i:02d}"'
        ok = slow = 0
        lines: list[list[str]] = [[], [], [], [], []]
        for at in times:
            ok += rng.randrange(200, 400)
            slow += rng.randrange(5)
            lines[0].append(f'requests_total{{{service},code="200"}} {ok} {at}')
            lines[1].append(f'requests_total{{{service},code="500"}} {slow} {at}')
            lines[2].append(f'latency_seconds_bucket{{{service},le="0.3"}} {ok} {at}')
            lines[3].append(f'latency_seconds_bucket{{{service},le="+Inf"}} {ok + slow} {at}')
            lines[4].append(f"latency_seconds_count{{{service}}} {ok + slow} {at}")
            families["accuracy"].append(f"accuracy{{{service}}} {rng.uniform(0.88, 0.99):.4f} {at}")
        families["requests"] += lines[0] + lines[1]
        families["latency_seconds"] += lines[2] + lines[3] + lines[4]
    kinds = {"requests": "counter", "latency_seconds": "histogram", "accuracy": "gauge"}
    text = (line for name, body in families.items() for line in (f"# TYPE {name} {kinds[name]}", *body))
    return "\n".join(text) + "\n"


async def planned(source: PrometheusSource, readings: Sequence[Reading], now: float) -> tuple[dict, int]:
    readout = await source.read(readings, now)
    return dict(readout.outcomes), readout.requests


async def one_by_one(source: PrometheusSource, readings: Sequence[Reading], now: float) -> tuple[dict, int]:
    """The same source, asked for one reading at a time, as many at once as it has threads."""
    turn = asyncio.Semaphore(CONCURRENCY)

    async def ask(reading: Reading) -> tuple[dict[Reading, Outcome], int]:
        async with turn:
            readout = await source.read([reading], now)
            return dict(readout.outcomes), readout.requests

    parts = await asyncio.gather(*(ask(reading) for reading in readings))
    return {k: v for part, _ in parts for k, v in part.items()}, sum(count for _, count in parts)


async def measure(url: str, now: float) -> bool:
    """Both ways in turn, so that a busy machine slows both alike."""
    known = catalogue()
    readings = [SliReading(slo.id, window) for slo in known.slos() for window in WINDOWS]
    ways = {way: PrometheusSource("bench", url, HttpConfig(timeout=30), known, CONCURRENCY) for way in _WAYS}
    first = {way: (await _timed(way, source, readings, now))[0] for way, source in ways.items()}
    walls: dict = {way: [] for way in ways}
    cpus: dict = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, source in ways.items():
            (outcomes, later), wall, cpu = await _timed(way, source, readings, now)
            walls[way].append(wall)
            cpus[way].append(cpu)
            first[way] = (outcomes, first[way][1], later)
    for way, source in ways.items():
        outcomes, requests, later = first[way]
        print(
            f"{way.__name__:>10}: {requests:4d} requests at first, {later:4d} then; "
            f"one read {median(walls[way]):.3f} s, client CPU {median(cpus[way]):.3f} s (medians of {ROUNDS})"
        )
        await source.close()
    (ours, requests, _), (theirs, many, _) = (
        ({r: o.value for r, o in first[way][0].items()}, *first[way][1:]) for way in ways
    )
    apart = max(abs(ours[reading] - theirs[reading]) for reading in readings)
    speedup = median(walls[one_by_one]) / median(walls[planned])
    print(f"{speedup:.1f} times faster, {many / requests:.0f} times fewer requests; largest difference {apart:.0e}")
    return requests <= MOST_REQUESTS and speedup >= LEAST_SPEEDUP and apart < 1e-9


async def _timed(
    way: Way, source: PrometheusSource, readings: Sequence[Reading], now: float
) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = await way(source, readings, now)
    return result, time.perf_counter() - wall, time.process_time() - cpu


_WAYS: tuple[Way, ...] = (planned, one_by_one)


def main() -> int:
    now = int(time.time()) // STEP * STEP
    with tempfile.TemporaryDirectory() as folder:
        server = start_prometheus(Path(folder), history(now))
        try:
            good = asyncio.run(measure(server.url, float(now)))
        finally:
            server.stop()
    print("goals met" if good else "goals MISSED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Native histograms and staleness markers, which no backfill can bring in: by remote write, then as test_exactness.

The test makes the observations, so it knows which were slow. From a native histogram nobody can know this for those in
the one bucket that the threshold cuts; the server takes them as spread evenly over it.
"""

from __future__ import annotations

import asyncio
import bisect
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from exact_fleet import guessed
from ingested import LOOKBACK, bad_slices, extrapolated, moments
from prometheus_fixture import start_prometheus
from remote_write import STALE, Histogram, Value, push

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import CountsReading, NoData, Outcome, Reading, Sample, Series, SliReading
from oncall_tui.core.slo import EventsSli, NativeLatencySli, Side, Sli, SlicesSli, Slo, SloKind
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live

STEP = 15
SPAN = 2 * HOUR
SCHEMA = 3
THRESHOLD = 0.3
WINDOWS = (300, 1_800, HOUR)


@dataclass(frozen=True)
class Pod:
    """One process: every observation it made (unix ms, seconds), and what it showed at each scrape."""

    seen: list[tuple[int, float]]
    scrapes: list[tuple[int, Histogram]]


def pod(now: int, seed: int, restart: int | None = None, zeros_only: bool = False) -> Pod:
    """restart: age in seconds at which it starts again from nothing."""
    chance = random.Random(seed)
    seen: list[tuple[int, float]] = []
    scrapes: list[tuple[int, Histogram]] = []
    counts: Counter[int] = Counter()
    zeros = 0
    for at in range(now - SPAN, now + 60, STEP):
        if restart is not None and 0 <= at - (now - restart) < STEP:
            counts, zeros = Counter(), 0
        for _ in range(chance.randrange(20, 60)):
            took = 0.0 if zeros_only or chance.random() < 0.05 else chance.lognormvariate(-1.6, 0.6 + 0.1 * seed)
            seen.append((at * 1000, took))
            if took:
                counts[math.ceil(math.log2(took) * 2**SCHEMA)] += 1
            else:
                zeros += 1
        scrapes.append((at * 1000, Histogram(SCHEMA, dict(counts), zeros)))
    return Pod(seen, scrapes)


def fraction_within(low: Histogram, high: Histogram, threshold: float) -> tuple[float, float]:
    """How many observations from low to high are within the threshold, and how many lie in the bucket that it cuts."""
    within, cut = float(high.zeros - low.zeros), 0.0
    for index in high.counts:
        count = high.counts[index] - low.counts.get(index, 0)
        lower, upper = high.bounds(index)
        if upper <= threshold:
            within += count
        elif lower < threshold:
            within, cut = within + count * (threshold - lower) / (upper - lower), count
    return within, cut


def slow_by_rule(pods: list[Pod], at: int, window: int) -> tuple[float, float]:
    """The slow share as rate() and a linear bucket make it, and the share in the bucket that the threshold cuts."""
    within = cut = total = 0.0
    for one in pods:
        inside = [scrape for when, scrape in one.scrapes if at - window * 1000 <= when <= at]
        previous = inside[0]
        for now in inside[1:]:
            start = Histogram(SCHEMA) if now.total < previous.total else previous
            part, between = fraction_within(start, now, THRESHOLD)
            within, cut, total = within + part, cut + between, total + now.total - start.total
            previous = now
    return 1 - within / total, cut / total


def slow_that_happened(pods: list[Pod], at: int, window: int) -> float:
    took = [
        seconds
        for one in pods
        for when, seconds in one.seen[bisect.bisect_right(one.seen, (at - window * 1000, math.inf)) :]
        if when <= at
    ]
    return sum(seconds > THRESHOLD for seconds in took) / len(took)


def slo(name: str, sli: Sli) -> Slo:
    return Slo("m", name, SloKind.OTHER, 0.9, 7 * DAY, sli, recorded=False)


KNOWN = Catalogue(
    (
        Service(
            "m",
            slos=(
                slo("latency", NativeLatencySli("took", THRESHOLD, 'job="busy"')),
                slo("zeros", NativeLatencySli("took", THRESHOLD, 'job="zeros"')),
                slo("idle", NativeLatencySli("took", THRESHOLD, 'job="idle"')),
                slo("absent", NativeLatencySli("took", THRESHOLD, 'job="absent"')),
                slo("ended", SlicesSli("quality", 0.5, Side.AT_LEAST, 60)),
                slo("members", SlicesSli("psi", 0.25, Side.AT_MOST, 60)),
                slo("returned", EventsSli("sum(rate(r_total[$window]))", 'sum(rate(r_total{code="500"}[$window]))')),
            ),
        ),
    )
)


class Written:
    """What was written to a Prometheus."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.pods = [pod(now, 1), pod(now, 2, restart=1_207)]
        self.zeros, self.idle = pod(now, 3, zeros_only=True), pod(now, 4).scrapes[-1][1]
        times = [at * 1000 for at in range(now - SPAN, now + 60, STEP)]
        ended = (now - 900) * 1000
        self.quality = [(at, 0.4 if at % 7 else 0.9) for at in times if at < ended] + [(ended, STALE)]
        self.calm = [(at, 0.1) for at in times]
        self.drifted = [(at, 0.5) for at in times if at < ended] + [(ended, STALE)]
        # It ends, with a marker, and is back ten minutes later from 3.
        away = ((now - 2_400) * 1000, (now - 1_800) * 1000)
        self.good = [(at, float(7 * n)) for n, at in enumerate(times)]
        bad = [(at, float(n)) for n, at in enumerate(times)]
        back = [(at, 3.0 + 2 * n) for n, at in enumerate(at for at in times if at >= away[1])]
        self.bad: list[tuple[int, float]] = [one for one in bad if one[0] < away[0]] + [(away[0], STALE)] + back

    def series(self) -> list[tuple[dict[str, str], list[tuple[int, Value]]]]:
        busy = [
            ({"__name__": "took", "job": "busy", "pod": str(i)}, list(one.scrapes)) for i, one in enumerate(self.pods)
        ]
        plain = [
            ({"__name__": "quality"}, self.quality),
            ({"__name__": "psi", "feature": "age"}, self.calm),
            ({"__name__": "psi", "feature": "zip"}, self.drifted),
            ({"__name__": "r_total", "code": "200"}, self.good),
            ({"__name__": "r_total", "code": "500"}, self.bad),
        ]
        zeros = ({"__name__": "took", "job": "zeros"}, list(self.zeros.scrapes))
        idle = ({"__name__": "took", "job": "idle"}, [(at, self.idle) for at, _ in self.calm])
        return [*busy, zeros, idle, *((labels, list(samples)) for labels, samples in plain)]  # type: ignore[list-item]


@dataclass(frozen=True)
class Server:
    written: Written
    url: str

    def read(self, readings: list[Reading], at: float) -> dict[Reading, Outcome]:
        async def once() -> dict[Reading, Outcome]:
            source = PrometheusSource("prom", self.url, HttpConfig(), KNOWN)
            try:
                return dict((await source.read(readings, at)).outcomes)
            finally:
                await source.close()

        return asyncio.run(once())

    def ratio(self, name: str, window: int, at: float) -> float:
        reading = SliReading(f"m/{name}", window)
        outcome = self.read([reading], at)[reading]
        assert isinstance(outcome, Sample), outcome
        return outcome.value


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    flags = ("--web.enable-remote-write-receiver", "--enable-feature=native-histograms")
    running = start_prometheus(tmp_path_factory.mktemp("native"), "", "", *flags)
    try:
        written = Written(int(time.time()) // 60 * 60)
        push(running.url, written.series())
        yield Server(written, running.url)
    finally:
        running.stop()


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("back", [0, 7.5, 1_200, 1_203.25])
def test_a_native_latency_is_what_the_observations_say_but_for_the_bucket_that_is_cut(
    server: Server, window: int, back: float
) -> None:
    at = server.written.now - back
    ours, pods = server.ratio("latency", window, at), server.written.pods
    by_rule, cut = slow_by_rule(pods, int(at * 1000), window)
    # Each pod's part is stretched to the window by itself; they are scraped together, so that nothing comes of it.
    assert ours == pytest.approx(by_rule, abs=1e-9)
    assert ours == pytest.approx(slow_that_happened(pods, int(at * 1000), window), abs=cut + guessed(window))
    assert 0 < cut < 0.12


def test_what_took_no_time_at_all_was_fast(server: Server) -> None:
    assert server.ratio("zeros", HOUR, server.written.now) == 0.0


def test_native_events_are_counted(server: Server) -> None:
    reading, at = CountsReading("m/latency", HOUR, 600), server.written.now
    counts = server.read([reading], at)[reading]
    assert isinstance(counts, Series)
    seen = [
        seconds for one in server.written.pods for when, seconds in one.seen if (at - HOUR) * 1000 < when <= at * 1000
    ]
    assert sum(value for _, value in counts.lines["total"]) == pytest.approx(len(seen), rel=0.02)
    slow = sum(seconds > THRESHOLD for seconds in seen)
    assert sum(value for _, value in counts.lines["bad"]) == pytest.approx(slow, rel=0.1)


@pytest.mark.parametrize(("name", "why"), [("idle", "no traffic"), ("absent", "no series")])
def test_no_observation_is_no_data(server: Server, name: str, why: str) -> None:
    reading = SliReading(f"m/{name}", 300)
    outcome = server.read([reading], server.written.now)[reading]
    assert isinstance(outcome, NoData)
    assert outcome.reason == why


def gauge(samples: list[tuple[int, float]], at: int) -> float | None:
    """As ingested.latest, but a series that has ended has no value from that moment on."""
    index = bisect.bisect_right(samples, at, key=lambda sample: sample[0]) - 1
    when, value = samples[index]
    return None if index < 0 or value is STALE or when < at - LOOKBACK else value


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("back", [0, 600, 901, 899.5])
def test_slices_after_a_series_has_ended_do_not_count(server: Server, window: int, back: float) -> None:
    at, quality = server.written.now - back, server.written.quality
    reading = SliReading("m/ended", window)

    def good(moment: int, _: object) -> bool | None:
        value = gauge(quality, moment)
        return None if value is None else value >= 0.5

    outcome = server.read([reading], at)[reading]
    expected = bad_slices(good, int(at * 1000), window, 60)
    if expected is None:
        assert isinstance(outcome, NoData)
        assert outcome.reason == "no slice has a value"
    else:
        assert isinstance(outcome, Sample)
        assert outcome.value == pytest.approx(expected, abs=1e-9)


def test_a_member_that_has_ended_condemns_no_slice_any_more(server: Server) -> None:
    now = server.written.now
    bad = sum(moment < (now - 900) * 1000 for moment in moments(now * 1000, HOUR, 60))
    assert server.ratio("members", HOUR, now) == pytest.approx(bad / 61, abs=1e-9)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_series_that_ended_and_came_back_is_one_series_with_a_reset(server: Server, window: int) -> None:
    """The marker is no sample: nothing rose from it, nor to it."""
    written = server.written
    for back in (0, 1_795, 2_100, 2_399):
        at = (written.now - back) * 1000
        bad = extrapolated([one for one in written.bad if one[1] is not STALE], at, window)
        good = extrapolated(written.good, at, window)
        assert good is not None
        expected = (bad or 0.0) / (good + (bad or 0.0))
        assert server.ratio("returned", window, at / 1000) == pytest.approx(expected, abs=1e-9)

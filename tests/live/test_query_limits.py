"""Two real Prometheus with the same data, one of which may load next to nothing into memory: the figures agree."""

from __future__ import annotations

import random
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_fixture import binary, free_port

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    HistoryReading,
    Members,
    NoData,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, RatioSli, Side, Sli, SlicesSli, Slo, SloKind
from oncall_tui.poll.pace import Pace
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live

STEP = 60
SPAN = 2 * DAY
MOST_SAMPLES = 500
WINDOWS = (HOUR, 6 * HOUR, DAY, 2 * DAY)
NOW = int(time.time()) // HOUR * HOUR
SERVICES = ("ranker", "fraud", "churn")


def slos(service: str) -> tuple[Slo, ...]:
    own = f'service="{service}"'
    total, bad = f"r_total{{{own}}}", f'r_total{{{own},code="500"}}'
    kinds: dict[str, Sli] = {
        "rate": EventsSli(f"sum(rate({total}[$window]))", f"sum(rate({bad}[$window]))"),
        "increase": EventsSli(f"sum(increase({total}[$window]))", f"sum(increase({bad}[$window])) or vector(0)"),
        "counted": EventsSli(
            f"sum(count_over_time(acc{{{own}}}[$window]))", f"sum(sum_over_time(off{{{own}}}[$window]))"
        ),
        "latency": LatencySli("lat", 0.3, own),
        "slices": SlicesSli(f"acc{{{own}}}", 0.9, Side.AT_LEAST, 300),
        "ratio": RatioSli(f"sum(rate({bad}[$window])) / sum(rate({total}[$window]))"),
    }
    return tuple(Slo(service, name, SloKind.OTHER, 0.99, SPAN, sli, recorded=False) for name, sli in kinds.items())


KNOWN = Catalogue(
    tuple(
        Service(name, slos=slos(name), signals=(Signal(name, "acc", SignalKind.ACCURACY, f'acc{{service="{name}"}}'),))
        for name in SERVICES
    )
)


def history() -> str:
    """Counters that are reset now and then, buckets, and gauges."""
    rng = random.Random(11)
    times = range(NOW - SPAN, NOW + 1, STEP)
    lines: dict[str, list[str]] = {name: [f"# TYPE {name} {kind}"] for name, kind in KINDS.items()}
    for service in SERVICES:
        own = f'service="{service}"'
        ok = bad = fast = slow = 0
        series: dict[str, list[str]] = {}
        for n, at in enumerate(times):
            ok, bad = (0, 0) if n % 1_000 == 999 else (ok + rng.randrange(50), bad + rng.randrange(5))
            fast, slow = fast + rng.randrange(40), slow + rng.randrange(8)
            off = int(rng.random() < 0.1)
            for name, value in (
                (f'r_total{{{own},code="200"}}', ok),
                (f'r_total{{{own},code="500"}}', bad),
                (f'lat_bucket{{{own},le="0.3"}}', fast),
                (f'lat_bucket{{{own},le="+Inf"}}', fast + slow),
                (f"lat_count{{{own}}}", fast + slow),
                (f"acc{{{own}}}", round(rng.uniform(0.85, 1.0), 3)),
                (f"off{{{own}}}", off),
            ):
                series.setdefault(name, []).append(f"{name} {value} {at}")
        for name, points in series.items():
            lines[name.split("{")[0].removesuffix("_total").removesuffix("_bucket").removesuffix("_count")] += points
    return "\n".join(line for family in lines.values() for line in family) + "\n"


KINDS = {"r": "counter", "lat": "histogram", "acc": "gauge", "off": "gauge"}


@pytest.fixture(scope="module")
def urls(prometheus_server: Callable[..., Any]) -> tuple[str, str]:
    """The free server's and the limited one's."""
    text = history()
    free = prometheus_server(text)
    limited = prometheus_server(text, "", f"--query.max-samples={MOST_SAMPLES}")
    return str(free.url), str(limited.url)


@pytest.fixture
async def sources(urls: tuple[str, str]) -> Any:
    both = [PrometheusSource("prom", url, HttpConfig(timeout=30), KNOWN) for url in urls]
    yield both
    for one in both:
        await one.close()


def slis(names: tuple[str, ...]) -> Iterator[SliReading]:
    return (SliReading(f"{service}/{name}", window) for service in SERVICES for name in names for window in WINDOWS)


async def test_figures_in_pieces_equal_those_of_a_server_without_the_limit(sources: list[PrometheusSource]) -> None:
    readings: list[Reading] = list(slis(("rate", "increase", "counted", "latency", "slices")))
    free, limited = sources
    whole = await free.read(readings, NOW)
    first = await limited.read(readings, NOW)
    second = await limited.read(readings, NOW)
    cut = 0
    for reading in readings:
        assert isinstance(reading, SliReading)
        wanted = whole.outcomes[reading]
        assert isinstance(wanted, Sample)
        for readout in (first, second):
            had = readout.outcomes[reading]
            assert isinstance(had, Sample), (reading, had)
            # Where a range reads both of its ends, as this server does, one slice more stands in the whole.
            within = 0.01 if "slices" in reading.slo or "counted" in reading.slo else 1e-3
            assert had.value == pytest.approx(wanted.value, rel=within), reading
            if wanted.total is not None:
                assert had.total == pytest.approx(wanted.total, rel=5e-3), reading
        cut += "pieces" in had.provenance.note
    assert cut >= len(readings) // 3
    assert second.requests < first.requests


async def test_a_ratio_of_its_own_says_which_limit_it_met(sources: list[PrometheusSource]) -> None:
    readings = list(slis(("ratio",)))
    readout = await sources[1].read(readings, NOW)
    for reading in readings:
        outcome = readout.outcomes[reading]
        if reading.window == HOUR:
            assert isinstance(outcome, Sample)
        if reading.window == 2 * DAY:
            assert isinstance(outcome, Failed)
            assert "too many samples" in outcome.error
            assert "--query.max-samples" in outcome.hint


async def test_history_and_counts_are_had_in_pieces_too(sources: list[PrometheusSource]) -> None:
    readings: list[Reading] = [HistoryReading("ranker/rate"), CountsReading("ranker/rate", DAY, 300)]
    whole, limited = [(await source.read(readings, NOW)).outcomes for source in sources]
    oldest, wanted = limited[readings[0]], whole[readings[0]]
    assert isinstance(oldest, Sample)
    assert isinstance(wanted, Sample)
    assert oldest.value == pytest.approx(wanted.value, abs=SPAN / 240)
    counted, had = whole[readings[1]], limited[readings[1]]
    assert isinstance(counted, Series)
    assert isinstance(had, Series)
    assert had.lines == counted.lines


async def test_a_chart_of_more_points_than_the_server_gives_is_joined(sources: list[PrometheusSource]) -> None:
    signal = SignalReading("ranker", "acc")
    fine, coarse = SeriesReading(signal, SPAN, 10), SeriesReading(signal, SPAN, 60)
    outcomes = (await sources[0].read([fine, coarse], NOW)).outcomes
    many, few = outcomes[fine], outcomes[coarse]
    assert isinstance(many, Series)
    assert isinstance(few, Series)
    assert len(many.lines[""]) == SPAN // 10 + 1
    assert "stretches of time" in many.provenance.note
    assert [point for point in many.lines[""] if int(point[0]) % 60 == 0] == list(few.lines[""])


async def test_the_server_tells_what_a_poll_costs(sources: list[PrometheusSource]) -> None:
    readings: list[Reading] = [*slis(("rate",)), HistoryReading("ranker/rate")]
    cost = await sources[0].cost(readings, NOW)
    by_name = {part.name: part for part in cost.parts}
    assert {f"window {window}" for window in ("1h", "6h", "1d", "2d")} | {"history"} <= set(by_name)
    # Two queries, of which the total reads both codes and the other one of them.
    samples = by_name["window 1h"].samples
    assert samples == 3 * len(SERVICES) * (HOUR // STEP + 1)
    assert cost.samples is not None
    assert cost.samples > samples
    load = Pace().per_minute(cost)
    assert load.samples is not None
    assert 0 < load.samples < cost.samples


# VictoriaMetrics


def imported(url: str, text: str) -> None:
    """Load the history: its samples in the text format, whose times are in milliseconds."""
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    body = "\n".join(f"{sample} {int(at) * 1_000}" for sample, at in lines)
    urllib.request.urlopen(f"{url}/api/v1/import/prometheus", body.encode(), timeout=60).close()


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A VictoriaMetrics that selects few samples for one query, and reads only short ones.

    It counts samples by the block, of up to 8,192: pieces of two days' time would be as much as the whole.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flags = {
        "storageDataPath": tmp_path_factory.mktemp("victoria"),
        "httpListenAddr": f"127.0.0.1:{port}",
        "retentionPeriod": "10y",
        "search.maxSamplesPerQuery": 18_000,
        "search.maxQueryLen": 800,
        "search.latencyOffset": "0s",
    }
    log = tmp_path_factory.mktemp("log") / "victoria.log"
    with log.open("wb") as out:
        arguments = [f"-{name}={value}" for name, value in flags.items()]
        process = subprocess.Popen([binary("victoria-metrics"), *arguments], stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"{url}/health", process)
        imported(url, history())
        urllib.request.urlopen(f"{url}/internal/force_flush", timeout=30).close()
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            assert process.poll() is None
            time.sleep(0.1)
        else:
            return
    pytest.fail("VictoriaMetrics does not start")


async def test_victoria_metrics_answers_within_its_own_limits(victoria: str, urls: tuple[str, str]) -> None:
    readings: list[Reading] = list(slis(("rate", "increase", "latency")))
    free = PrometheusSource("prom", urls[0], HttpConfig(timeout=30), KNOWN)
    ours = PrometheusSource("vm", victoria + "/prometheus", HttpConfig(timeout=30), KNOWN)
    wanted = (await free.read(readings, NOW)).outcomes
    first = await ours.read(readings, NOW)
    second = await ours.read(readings, NOW)
    await free.close()
    await ours.close()
    for reading in readings:
        theirs, had = wanted[reading], second.outcomes[reading]
        assert isinstance(theirs, Sample)
        assert isinstance(had, Sample), (reading, had, first.outcomes[reading])
        # It counts from the last sample before the window on, and extrapolates nothing.
        assert had.value == pytest.approx(theirs.value, rel=0.02), reading
    assert second.requests < first.requests


async def test_victoria_metrics_takes_extra_labels(victoria: str) -> None:
    every = Catalogue((Service("s", signals=(Signal("s", "n", SignalKind.OTHER, "count(acc)"),)),))
    reading, found = SignalReading("s", "n"), {}
    for label in ("service=ranker", "service=nobody"):
        parameters = {"extra_label": (label,), "nocache": ("1",)}
        source = PrometheusSource("vm", victoria, HttpConfig(timeout=30), every, parameters=parameters)
        found[label] = (await source.read([reading], NOW)).outcomes[reading]
        assert (await source.cost([reading], NOW)).samples is None
        await source.close()
    ours, theirs = found.values()
    assert isinstance(ours, Members)
    assert ours.values == {"": 1.0}
    assert isinstance(theirs, NoData)

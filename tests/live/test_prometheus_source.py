"""Real Prometheus with history: planned, one by one, and an independent calculation say the same."""

from __future__ import annotations

import asyncio
import json
import math
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.errors import Unreachable
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    Members,
    NoData,
    Origin,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, RatioSli, Side, Sli, SlicesSli, Slo, SloKind
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live

STEP = 60
SPAN = 2 * HOUR
NAMES = ("a.b", "a|b", 'q"uote', "back\\slash", "plain")
"""Names that a careless regular expression or string would confuse."""
WINDOWS = (300, HOUR, 2 * HOUR)


def slo(service: str, name: str, sli: Sli) -> Slo:
    return Slo(service, name, SloKind.OTHER, 0.99, 7 * DAY, sli)


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def service(name: str) -> Service:
    own = f'service="{quoted(name)}"'
    return Service(
        name,
        slos=(
            slo(
                name,
                "errors",
                EventsSli(f"sum(rate(r_total{{{own}}}[$window]))", f'sum(rate(r_total{{{own},code="500"}}[$window]))'),
            ),
            slo(
                name,
                "good",
                EventsSli(
                    f"sum(rate(r_total{{{own}}}[$window]))", good=f'sum(rate(r_total{{{own},code="200"}}[$window]))'
                ),
            ),
            slo(name, "latency", LatencySli("lat", 1.0, own)),
            slo(name, "accuracy", SlicesSli(f"acc{{{own}}}", 0.9, Side.AT_LEAST, 60)),
            slo(
                name,
                "raw",
                RatioSli(f'sum(rate(r_total{{{own},code="500"}}[$window])) / sum(rate(r_total{{{own}}}[$window]))'),
            ),
        ),
        signals=(
            Signal(name, "drift", SignalKind.DRIFT, f"max by (feature) (drift{{{own}}})", by="feature"),
            Signal(name, "accuracy", SignalKind.ACCURACY, f"acc{{{own}}}"),
        ),
    )


ALL = 'sum(rate(r_total{service="plain"}[$window]))'
ODD = Service(
    "odd",
    slos=(
        slo("odd", "never-failed", EventsSli(ALL, 'sum(rate(r_total{service="plain",code="418"}[$window]))')),
        slo("odd", "no-errors-metric", EventsSli(ALL, "sum(rate(misspelt_total[$window]))")),
        slo("odd", "idle", EventsSli("sum(rate(idle_total[$window]))", 'sum(rate(idle_total{code="500"}[$window]))')),
        slo("odd", "absent", EventsSli("sum(rate(no_total[$window]))", 'sum(rate(no_total{code="500"}[$window]))')),
        slo("odd", "no-such-bucket", LatencySli("lat", 0.7, 'service="plain"')),
        slo("odd", "all-nan", SlicesSli("nan_gauge", 0.5, Side.AT_MOST)),
        slo("odd", "several", RatioSli("acc")),
        slo("odd", "broken", RatioSli("sum(")),
        slo("odd", "many-to-many", RatioSli("lat_bucket * on () r_total")),
        slo("odd", "constant", RatioSli("0.25")),
    ),
)
KNOWN = Catalogue((*(service(name) for name in NAMES), ODD))


def history(now: int) -> str:
    times = range(now - 3 * HOUR, now + 1, STEP)
    requests, buckets, accuracy, drift = (
        ["# TYPE r counter"],
        ["# TYPE lat histogram"],
        ["# TYPE acc gauge"],
        ["# TYPE drift gauge"],
    )
    for i, name in enumerate(NAMES):
        own = f'service="{quoted(name)}"'
        for code, rate in (("200", 50), ("500", i + 1)):
            requests += [f'r_total{{{own},code="{code}"}} {n * rate} {at}' for n, at in enumerate(times)]
        for le, rate in (("1.0" if i % 2 else "1", 40 + i), ("+Inf", 50)):
            buckets += [f'lat_bucket{{{own},le="{le}"}} {n * rate} {at}' for n, at in enumerate(times)]
        buckets += [f"lat_count{{{own}}} {n * 50} {at}" for n, at in enumerate(times)]
        # A third of the slices has no value, a third is bad for every second service.
        accuracy += [f"acc{{{own}}} {('NaN', 0.95, 0.95 - 0.1 * (i % 2))[n % 3]} {at}" for n, at in enumerate(times)]
        for feature in ("age", "zip"):
            drift += [f'drift{{{own},feature="{feature}"}} {i + len(feature)} {at}' for at in times]
    idle = ["# TYPE idle counter", *(f'idle_total{{code="{code}"}} 7 {at}' for code in (200, 500) for at in times)]
    nan = ["# TYPE nan_gauge gauge", *(f"nan_gauge NaN {at}" for at in times)]
    return "\n".join([*requests, *buckets, *accuracy, *drift, *idle, *nan, *recorded(now)]) + "\n"


def recorded(now: int) -> list[str]:
    """Recorded 5m and 1h for one SLO, NaN for another, dead for an hour for a third."""
    lines = []
    for window in ("5m", "1h"):
        name = f"slo:sli_error:ratio_rate{window}"
        lines.append(f"# TYPE {name} gauge")
        for sloth, value, until in (
            ("plain-errors", "0.123", now),
            ("plain-good", "NaN", now),
            ("plain-latency", "0.9", now - HOUR),
        ):
            service, _, slo = sloth.partition("-")
            labels = f'sloth_id="{sloth}",sloth_service="{service}",sloth_slo="{slo}",sloth_window="{window}"'
            lines += [f"{name}{{{labels}}} {value} {at}" for at in range(now - 3 * HOUR, until + 1, STEP)]
    return lines


NOW = int(time.time()) // 3_600 * 3_600


@pytest.fixture(scope="module")
def url(prometheus_server: Callable[..., Any]) -> str:
    return str(prometheus_server(history(NOW)).url)


@pytest.fixture
async def source(url: str) -> Any:
    source = PrometheusSource("prom", url, HttpConfig(), KNOWN)
    yield source
    await source.close()


def asked(url: str, query: str, **params: float) -> list[Any]:
    """Straight from Prometheus, by nothing of ours."""
    path = "query_range" if "step" in params else "query"
    form = urllib.parse.urlencode({"query": query, **params}).encode()
    with urllib.request.urlopen(f"{url}/api/v1/{path}", form) as answer:
        return list(json.load(answer)["data"]["result"])


def slis(names: Sequence[str] = ("errors", "good", "latency", "accuracy", "raw")) -> Iterator[SliReading]:
    return (SliReading(f"{service}/{name}", window) for service in NAMES for name in names for window in WINDOWS)


async def test_planned_equals_one_by_one_equals_prometheus_own_answer_to_the_shown_query(
    source: PrometheusSource, url: str
) -> None:
    readings: list[Reading] = [*slis(), *(SignalReading(s, name) for s in NAMES for name in ("drift", "accuracy"))]
    together = await source.read(readings, NOW)
    for reading in readings:
        ours = together.outcomes[reading]
        alone = (await source.read([reading], NOW)).outcomes[reading]
        assert ours == alone
        result = asked(url, ours.provenance.query, time=NOW)
        if isinstance(ours, Members):
            theirs = {series["metric"].get("feature", ""): float(series["value"][1]) for series in result}
            assert ours.values == theirs
        elif isinstance(ours, NoData):
            assert all(math.isnan(float(series["value"][1])) for series in result)
        else:
            assert isinstance(ours, Sample), (reading, ours)
            (series,) = result
            assert ours.value == pytest.approx(float(series["value"][1]), abs=1e-12)
    assert together.requests <= 3 + len(WINDOWS) + 1


async def test_the_figures_are_those_that_were_put_in(source: PrometheusSource) -> None:
    readout = await source.read(list(slis()), NOW)
    for i, name in enumerate(NAMES):
        if name == "plain":
            continue
        for window in WINDOWS:
            found = {}
            for slo_name in ("errors", "good", "raw", "latency", "accuracy"):
                sample = readout.outcomes[SliReading(f"{name}/{slo_name}", window)]
                assert isinstance(sample, Sample), sample
                found[slo_name] = sample.value
            share = (i + 1) / (51 + i)
            assert found["errors"] == pytest.approx(share)
            assert found["good"] == pytest.approx(share)
            assert found["raw"] == pytest.approx(share)
            assert found["latency"] == pytest.approx(1 - (40 + i) / 50)
            assert found["accuracy"] == pytest.approx(0.5 if i % 2 else 0.0, abs=0.3 if window == 300 else 0.02)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("no-errors-metric", NoData, "traffic, but no series for the error query"),
        ("idle", NoData, "no traffic"),
        ("absent", NoData, "no series for the total query"),
        ("no-such-bucket", NoData, "no bucket le=0.7"),
        ("all-nan", NoData, "no slice has a value"),
        ("several", Failed, "series where one is wanted"),
        ("broken", Failed, "parse error"),
        ("many-to-many", Failed, "many-to-many"),
    ],
)
async def test_each_odd_slo_says_why_and_spoils_no_other(
    source: PrometheusSource, name: str, kind: type, words: str
) -> None:
    readings = [SliReading(s.id, 300) for s in KNOWN.slos()]
    readout = await source.read(readings, NOW)
    odd = readout.outcomes[SliReading(f"odd/{name}", 300)]
    assert isinstance(odd, kind)
    assert words in (odd.reason if isinstance(odd, NoData) else odd.error)  # type: ignore[union-attr]
    assert all(isinstance(readout.outcomes[SliReading(f"{s}/errors", 300)], Sample) for s in NAMES)


async def test_an_slo_that_never_failed_is_at_zero_and_a_bare_number_is_itself(source: PrometheusSource) -> None:
    never, constant = SliReading("odd/never-failed", 300), SliReading("odd/constant", 300)
    outcomes = (await source.read([never, constant], NOW)).outcomes
    assert [getattr(outcomes[reading], "value", None) for reading in (never, constant)] == [0.0, 0.25]


async def test_recorded_figures_are_preferred_and_one_request_gets_them_all(source: PrometheusSource) -> None:
    readings = [SliReading("plain/errors", 300), SliReading("plain/errors", HOUR)]
    await source.read(readings, NOW)
    again = await source.read(readings, NOW + 1)
    assert again.requests == 1
    for reading in readings:
        outcome = again.outcomes[reading]
        assert isinstance(outcome, Sample)
        assert (outcome.value, outcome.provenance.origin) == (0.123, Origin.RECORDED)


@pytest.mark.parametrize("name", ["good", "latency"])
async def test_a_recorded_series_that_is_nan_or_dead_does_not_hide_raw_data(
    source: PrometheusSource, name: str
) -> None:
    outcome = (await source.read([SliReading(f"plain/{name}", HOUR)], NOW)).outcomes[SliReading(f"plain/{name}", HOUR)]
    assert isinstance(outcome, Sample)
    assert outcome.provenance.origin is Origin.RAW


async def test_histories_share_one_request_and_equal_prometheus_own(source: PrometheusSource, url: str) -> None:
    readings = [
        SeriesReading(SliReading(f"{s}/{name}", 300), SPAN, 600) for s in NAMES[:3] for name in ("errors", "latency")
    ]
    readings += [SeriesReading(SignalReading(s, "drift"), SPAN, 600) for s in NAMES[:3]]
    await source.read(readings, NOW)
    readout = await source.read(readings, NOW)
    assert readout.requests == 1
    for reading in readings:
        ours = readout.outcomes[reading]
        assert isinstance(ours, Series)
        for series in asked(url, ours.provenance.query, start=NOW - SPAN, end=NOW, step=600):
            line = ours.lines[series["metric"].get("feature", "")]
            theirs = [(at, float(value)) for at, value in series["values"]]
            assert [at for at, _ in line] == [at for at, _ in theirs]
            assert [value for _, value in line] == pytest.approx([value for _, value in theirs])


@pytest.mark.parametrize(("name", "total", "bad"), [("errors", 51 * 120, 120), ("latency", 50 * 120, 10 * 120)])
async def test_counts_cover_the_span_once(source: PrometheusSource, name: str, total: float, bad: float) -> None:
    reading = CountsReading(f"{NAMES[0]}/{name}", SPAN, 600)
    counts = (await source.read([reading], NOW)).outcomes[reading]
    assert isinstance(counts, Series)
    assert [at for at, _ in counts.lines["total"]] == [NOW - SPAN + 600 * (n + 1) for n in range(12)]
    assert sum(value for _, value in counts.lines["total"]) == pytest.approx(total, rel=0.01)
    assert sum(value for _, value in counts.lines["bad"]) == pytest.approx(bad, rel=0.01)


async def test_pending_alerts_and_the_version_are_read(prometheus_server: Callable[..., Any], tmp_path: Any) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "groups: [{name: g, interval: 1s, rules: ["
        "{alert: Soon, expr: vector(1), for: 1h, labels: {severity: page}, annotations: {summary: s}},"
        "{alert: Now, expr: vector(1)}]}]\n"
    )
    server = prometheus_server("", f"rule_files: ['{rules}']\n")
    source = PrometheusSource("prom", server.url, HttpConfig(), KNOWN)
    deadline = time.monotonic() + 20
    pending = await source.pending_alerts()
    while not pending and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        pending = await source.pending_alerts()
    (alert,) = pending
    assert (alert.name, alert.severity, alert.annotations["summary"], alert.pending) == ("Soon", "page", "s", True)
    await source.read([SliReading("odd/constant", 300)], time.time())
    assert source.version.startswith(tuple("23"))
    server.stop()
    with pytest.raises(Unreachable):
        await source.read([SliReading("odd/constant", 300)], time.time())
    await source.close()

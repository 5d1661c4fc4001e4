"""A real VictoriaMetrics with the same history: every kind of SLI it can answer, by its own rules.

It differs from Prometheus in what tests/live/ingested.py says of VICTORIA: nothing is extrapolated (counts are whole,
and exact), a series that begins in the window began at zero, a gauge is not carried over a gap, and NaN is no sample.
Native histograms it does not know. "Now" is 30 seconds ago to it, as it comes, so these tests ask for a minute ago.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from exact_fleet import DAY, FINE, HOUR, OBJECTIVE, Fleet, Known, guessed
from ingested import VICTORIA, happened
from victoria_fixture import running_victoria

from oncall_tui.config.loader import load_config
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.duration import parse_duration
from oncall_tui.core.readings import (
    CountsReading,
    Members,
    Outcome,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import NativeLatencySli, Slo, SloKind
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.reports.status import as_json
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.wiring.sources import real_sources

pytestmark = pytest.mark.live

AGO = 60
SEEN_IN_FULL = HOUR
"""The longest window about which every sample is of the fine resolution, so that the span of a gauge's value is known."""
LATE = frozenset({"two/errors", "late/errors"})
"""Where a scrape came so late that VictoriaMetrics may not take the one before the window for its neighbour."""


@dataclass(frozen=True)
class Asked:
    fleet: Fleet
    url: str
    config: Path
    status: dict[str, Any]

    @property
    def at(self) -> int:
        return (self.fleet.now - AGO) * 1000

    @property
    def slos(self) -> dict[str, dict[str, Any]]:
        return {slo["id"]: slo for slo in self.status["slos"]}

    def figures(self, known: Known) -> Iterator[tuple[int, float | None]]:
        ratios = self.slos[known.id]["error_ratio"]
        return ((parse_duration(name), ratio) for name, ratio in ratios.items())

    def read(
        self, readings: list[Reading], catalogue: Catalogue | None = None, prefix: str = ""
    ) -> dict[Reading, Outcome]:
        async def once() -> dict[Reading, Outcome]:
            config = load_config(self.config)
            (entry,) = config.sources.prometheus
            source = PrometheusSource("vm", self.url + prefix, entry, catalogue or config.catalogue())
            try:
                return dict((await source.read(readings, self.at / 1000)).outcomes)
            finally:
                await source.close()

        return asyncio.run(once())


def polled(config: Path, at: float) -> dict[str, Any]:
    """What `status --format json` says, by a clock that stands still."""

    async def once() -> dict[str, Any]:
        sources = real_sources(load_config(config))
        poller = Poller(sources.catalogue, sources.metrics, sources.alerts, None, Pace(), clock=lambda: at)
        try:
            return as_json(assess(await poller.once()))
        finally:
            await poller.close()

    return asyncio.run(once())


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("victoria")
    fleet = Fleet(int(time.time()))
    with running_victoria(folder, fleet.samples.exposition()) as server:
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(fleet.config(f"{server.url}/prometheus")))
        yield Asked(fleet, server.url, config, polled(config, fleet.now - AGO))


def test_one_poll_takes_few_requests_and_complains_of_nothing(asked: Asked) -> None:
    (source,) = asked.status["sources"]
    assert source["live"]
    assert (source["error"], source["warnings"], source["version"]) == (None, [], None)
    windows = len(next(iter(asked.slos.values()))["error_ratio"])
    assert source["requests"] <= windows + 4


def test_counts_are_exactly_those_of_the_samples(asked: Asked) -> None:
    compared = 0
    for known in asked.fleet.slos:
        if known.in_slices:
            continue
        for window, ratio in asked.figures(known):
            expected = known.figure(asked.at, window, VICTORIA)
            assert (ratio is None) is (expected is None), (known.id, window)
            if ratio is not None and expected is not None:
                most = 1.5 * FINE / window if known.id in LATE else 1e-9
                assert ratio == pytest.approx(expected, abs=most), (known.id, window)
                compared += 1
    assert compared > 100


def test_counts_are_what_happened_within_a_scrape_at_either_end(asked: Asked) -> None:
    for known in asked.fleet.slos:
        if known.in_slices or known.id == "nan-last/errors":
            continue
        for window, ratio in asked.figures(known):
            if ratio is not None:
                assert ratio == pytest.approx(known.truth(asked.at, window), abs=guessed(window)), (known.id, window)


def test_a_young_error_series_weighs_what_it_counted_its_first_value_too(asked: Asked) -> None:
    """By rate(), which here is over a series' own life, forty minutes of errors would be a month of them."""
    told = asked.slos["newborn/errors"]
    born, every = (
        [
            line
            for line in asked.fleet.samples.lines
            if line.labels.get("service") == "newborn" and line.labels["code"] in codes
        ]
        for codes in (("500",), ("200", "500"))
    )
    bad, total = (sum(happened(one.samples, asked.at, 30 * DAY) for one in lines) for lines in (born, every))
    assert told["error_ratio"]["30d"] == pytest.approx(bad / total, rel=0.02)
    assert told["events"]["30d"] == pytest.approx(total, rel=0.001)
    assert told["budget_remaining"] > 0.99


def test_events_of_a_young_slo_are_those_it_had_and_it_says_how_young_it_is(asked: Asked) -> None:
    told = asked.slos["young/errors"]
    lines = [line for line in asked.fleet.samples.lines if line.labels.get("service") == "young"]
    assert told["events"]["30d"] == pytest.approx(sum(line.samples[-1][1] for line in lines), rel=0.02)
    assert told["history_s"] / DAY == pytest.approx(3, abs=0.13)
    assert asked.slos["api/errors"]["history_s"] is None


def test_slices_are_those_of_the_samples(asked: Asked) -> None:
    for known in asked.fleet.slos:
        if not known.in_slices:
            continue
        for window, ratio in asked.figures(known):
            expected = known.figure(asked.at, window, VICTORIA)
            if window <= SEEN_IN_FULL:
                # A rate that is just at the bound may turn a slice: whether the sample before the window is counted
                # in is guessed from intervals of which not all are known here.
                most = 60 / window if known.name == "throughput" else 1e-9
                assert (ratio is None) is (expected is None), (known.id, window)
                # How long a value lasts in a gap it tells from the intervals of what it has read, which reaches a bit
                # further back at some times than at others: for the fine resolution's minute, or five as Prometheus.
                lasting = [expected, known.figure(asked.at, window)]
                assert ratio is None or ratio in [pytest.approx(one, abs=most) for one in lasting], (known.id, window)
            else:
                # Prometheus carries a value over the first five minutes of a gap. A rate has its own rule.
                told = expected if known.name == "throughput" else known.figure(asked.at, window)
                assert ratio == pytest.approx(told, abs=0.02 + 300 / window), (known.id, window)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("idle/errors", "no traffic"),
        ("absent/errors", "no series for the total query"),
        ("api/no-such-bucket", "traffic, but no bucket le=0.7: there are 0.1, 0.5, 2.5"),
    ],
)
def test_what_cannot_be_known_says_why(asked: Asked, name: str, why: str) -> None:
    told = asked.slos[name]
    assert told["state"] == "UNKNOWN"
    assert set(told["missing"].values()) == {why}


def test_the_query_that_is_shown_gives_the_figure_that_is_shown(asked: Asked) -> None:
    """Grouped, united with others and divided here, or asked as a person would: it is the same."""
    for told in asked.slos.values():
        for window in ("5m", "30d"):
            query, ratio = told["queries"].get(window), told["error_ratio"][window]
            if query is not None:
                (series,) = _asked(asked, query)
                assert float(series["value"][1]) == pytest.approx(ratio, abs=1e-9), query


def test_with_and_without_the_prefix_of_prometheus_it_is_the_same_server(asked: Asked) -> None:
    readings: list[Reading] = [SliReading(known.id, HOUR) for known in asked.fleet.slos]
    plain, prefixed = asked.read(readings), asked.read(readings, prefix="/prometheus")
    for reading in readings:
        ours, theirs = plain[reading], prefixed[reading]
        assert type(ours) is type(theirs)
        assert getattr(ours, "value", None) == getattr(theirs, "value", None)


def test_native_histograms_are_no_data_here_and_spoil_nothing(asked: Asked) -> None:
    native = Slo("api", "native", SloKind.LATENCY, OBJECTIVE, 30 * DAY, NativeLatencySli("took", 0.3), recorded=False)
    known = load_config(asked.config).catalogue()
    api = next(service for service in known.services if service.name == "api")
    catalogue = Catalogue((Service("api", slos=(*api.slos, native)),))
    outcomes = asked.read([SliReading(slo.id, HOUR) for slo in catalogue.slos()], catalogue)
    assert not isinstance(outcomes[SliReading("api/native", HOUR)], Sample)
    assert isinstance(outcomes[SliReading("api/errors", HOUR)], Sample)


def test_signals_by_member_and_histories_are_read(asked: Asked) -> None:
    drift = Signal("model", "psi", SignalKind.DRIFT, 'psi{service="model"}', by="feature")
    known = load_config(asked.config).catalogue()
    model = next(service for service in known.services if service.name == "model")
    catalogue = Catalogue((Service("model", slos=model.slos, signals=(drift,)),))
    now, past = SignalReading("model", "psi"), SeriesReading(SignalReading("model", "psi"), HOUR, 120)
    ratio = SeriesReading(SliReading("model/queue", 300), HOUR, 600)
    outcomes = asked.read([now, past, ratio], catalogue)
    members, lines = outcomes[now], outcomes[past]
    assert isinstance(members, Members)
    assert isinstance(lines, Series)
    assert set(members.values) == set(lines.lines) == {"age", "zip", "income"}, "the broken one is NaN"
    latest = {
        line.labels["feature"]: VICTORIA.latest(line.samples, asked.at)
        for line in asked.fleet.samples.lines
        if line.metric == "psi"
    }
    # It keeps some thirteen digits.
    assert members.values == pytest.approx({name: value for name, value in latest.items() if value is not None})
    assert isinstance(outcomes[ratio], Series)


def test_counts_over_time_add_up_to_the_period(asked: Asked) -> None:
    reading = CountsReading("api/errors", 30 * DAY, 6 * HOUR)
    counts = asked.read([reading])[reading]
    assert isinstance(counts, Series)
    for name, codes in (("bad", ("500",)), ("total", ("200", "500"))):
        lines = [one for one in asked.fleet.samples.lines if one.metric == "req_total" and one.labels["code"] in codes]
        truth = sum(happened(one.samples, asked.at, 30 * DAY) for one in lines)
        # A long range is moved onto its steps: up to one step more or less at either end.
        assert sum(value for _, value in counts.lines[name]) == pytest.approx(truth, rel=0.05)
        assert all(math.isfinite(value) for _, value in counts.lines[name])


def _asked(asked: Asked, query: str) -> list[Any]:
    """Straight from the server, by nothing of ours."""
    form = urllib.parse.urlencode({"query": query, "time": asked.at / 1000}).encode()
    with urllib.request.urlopen(f"{asked.url}/api/v1/query", form) as answer:
        return list(json.load(answer)["data"]["result"])

"""The figures of `status` on a real Prometheus against what the ingested samples say, worked out in plain Python.

Every figure is held against two answers, neither of which uses PromQL. The first applies Prometheus' own rules
(which samples lie in a window, how rate() extrapolates, when a gauge is stale) to the samples: there the program
must agree to a float's rounding. The second takes the samples for what happened, with no extrapolation and every
slice looked at: there it must agree within an allowance.

=====================================  ====================================================================
kind                                   allowance (share of all events or slices; d: scrape interval, w: window)
=====================================  ====================================================================
events (error/total, good/total),      2.2 d / w: at either end of the window rate() guesses up to 1.1 d
raw error ratio, classic latency
the same, a series born in the window  and its first value, of which rate() sees nothing
native latency                         the same, and what lies in the one bucket that the threshold cuts
time slices (accuracy, at_least,       0 up to 7 days of one-minute slices. Longer windows look at every n-th:
at_most, throughput, freshness,        one step for each change between good and bad, or four standard errors
drift)                                 of such a sample if that is less
=====================================  ====================================================================

docs/exactness.md says the same for people, with the largest differences measured.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from exact_fleet import COARSE, DAY, FINE, FINE_SPAN, HOUR, OBJECTIVE, Fleet, Known, guessed
from ingested import extrapolated, happened, moments, server_time
from prometheus_fixture import start_prometheus

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.loader import load_config
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.duration import parse_duration
from oncall_tui.core.readings import CountsReading, HistoryReading, NoData, Outcome, Reading, Sample, Series, SliReading
from oncall_tui.core.slo import RatioSli, Slo, SloKind
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
ROUNDING = 1e-9


class Asked:
    """The fleet on a Prometheus, and what one `status` said of it."""

    def __init__(self, fleet: Fleet, url: str, config: Path) -> None:
        self.fleet, self.url, self.config = fleet, url, config
        self.status = {slo["id"]: slo for slo in _status(config)["slos"]}
        every = {server_time(at) for slo in self.status.values() for at in slo["at"].values()}
        assert len(every) == 1, "one poll is as of one moment"
        (self.at,) = every

    def figures(self) -> Iterator[tuple[Known, str, int, float | None]]:
        """(SLO, window as text, in seconds, the error ratio or None) for every figure."""
        for known in self.fleet.slos:
            ratios = self.status[known.id]["error_ratio"]
            assert tuple(ratios) == WINDOWS
            yield from ((known, name, parse_duration(name), ratio) for name, ratio in ratios.items())

    def read(self, readings: list[Reading], at: float, catalogue: Catalogue | None = None) -> dict[Reading, Outcome]:
        async def once() -> dict[Reading, Outcome]:
            known = catalogue or load_config(self.config).catalogue()
            source = PrometheusSource("prom", self.url, HttpConfig(), known)
            try:
                return dict((await source.read(readings, at)).outcomes)
            finally:
                await source.close()

        return asyncio.run(once())


def _status(config: Path) -> Any:
    command = [sys.executable, "-m", "oncall_tui", "status", "--config", str(config), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=120)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("exact")
    fleet = Fleet(int(time.time()))
    server = start_prometheus(folder, fleet.samples.openmetrics())
    try:
        config = folder / "config.yaml"
        config.write_text(yaml.safe_dump(fleet.config(server.url)))
        yield Asked(fleet, server.url, config)
    finally:
        server.stop()


def differences(found: Iterator[tuple[str, float | None, float | None, float]]) -> list[str]:
    """What differs, or is known to one side only: (what, ours, theirs, by how much it may)."""
    wrong = []
    for what, ours, theirs, most in found:
        if (ours is None) is not (theirs is None):
            wrong.append(f"{what}: {ours} where {theirs} is right")
        elif ours is not None and theirs is not None and not abs(ours - theirs) <= most:
            wrong.append(f"{what}: {ours} where {theirs} is right, off by {abs(ours - theirs):.3g}")
    return wrong


def test_every_figure_is_what_prometheus_rules_make_of_the_samples(asked: Asked) -> None:
    assert not differences(
        (f"{known.id} {name}", ratio, known.figure(asked.at, window), ROUNDING)
        for known, name, window, ratio in asked.figures()
    )


def test_every_figure_is_what_happened_within_its_allowance(asked: Asked) -> None:
    compared = [
        (f"{known.id} {name}", ratio, known.truth(asked.at, window), known.allowance(asked.at, window))
        for known, name, window, ratio in asked.figures()
        if ratio is not None
    ]
    assert not differences(iter(compared))
    assert len(compared) == len(WINDOWS) * (len(asked.fleet.slos) - len(NOT_KNOWN))


NOT_KNOWN = {
    "idle/errors": "no traffic",
    "absent/errors": "no series for the total query",
    "nan-last/errors": "the total is not a number (NaN)",
    "api/no-such-bucket": "traffic, but no bucket le=0.7: there are 0.1, 0.5, 2.5",
}


def test_what_cannot_be_known_is_null_in_every_window_and_says_why(asked: Asked) -> None:
    for slo, why in NOT_KNOWN.items():
        told = asked.status[slo]
        assert told["state"] == "UNKNOWN"
        assert told["budget_remaining"] is None
        assert set(told["error_ratio"].values()) == set(told["burn"].values()) == {None}
        assert told["missing"] == dict.fromkeys(WINDOWS, why)


def test_burn_and_budget_are_those_of_the_samples(asked: Asked) -> None:
    may_fail = 1 - OBJECTIVE
    for known in asked.fleet.slos:
        told = asked.status[known.id]
        if known.id in NOT_KNOWN:
            continue
        for name, burn in told["burn"].items():
            ratio = known.figure(asked.at, parse_duration(name))
            assert ratio is not None
            assert burn == pytest.approx(ratio / may_fail, abs=1e-7)
        month = known.figure(asked.at, 30 * DAY)
        assert month is not None
        assert told["budget_remaining"] == pytest.approx(1 - month / may_fail, abs=1e-7)
        assert told["sli"] == pytest.approx(1 - month, abs=ROUNDING)


def test_events_are_counted_as_they_happened(asked: Asked) -> None:
    lines = [line for line in asked.fleet.samples.lines if line.metric == "req_total"]
    told = asked.status["api/errors"]
    for name, count in told["events"].items():
        window = parse_duration(name)
        by_rule = math.fsum(extrapolated(line.samples, asked.at, window) or 0.0 for line in lines)
        assert count == pytest.approx(by_rule, rel=ROUNDING)
        assert count == pytest.approx(
            sum(happened(line.samples, asked.at, window) for line in lines), rel=guessed(window)
        )
    assert told["budget"]["events"] == pytest.approx((1 - OBJECTIVE) * told["events"]["30d"])


def test_no_error_series_at_all_is_no_error_and_certain(asked: Asked) -> None:
    told = asked.status["spotless/errors"]
    assert set(told["error_ratio"].values()) == {0.0}
    assert (told["state"], told["budget_remaining"]) == ("OK", 1.0)


def test_of_a_series_born_in_the_window_the_first_value_is_missed_and_no_more(asked: Asked) -> None:
    """It appears at 5: five errors happened that no rate() can see."""
    (born,) = (
        line
        for line in asked.fleet.samples.lines
        if line.labels.get("service") == "newborn" and line.labels["code"] == "500"
    )
    assert born.samples[0][1] == 5.0
    told = asked.status["newborn/errors"]
    seen = told["error_ratio"]["1h"] * told["events"]["1h"]
    assert seen == pytest.approx(happened(born.samples, asked.at, HOUR) - 5, abs=1.5 * FINE), "one error a second"
    only = [sample for sample in born.samples if sample[0] <= born.samples[0][0] + 30_000]
    assert extrapolated(only, only[-1][0], HOUR) == pytest.approx(only[-1][1] - 5, abs=0.5 * FINE)


def test_a_job_that_is_bad_for_six_minutes_past_each_hour_is_seen_for_what_it_is_over_a_month(asked: Asked) -> None:
    hourly = next(known for known in asked.fleet.slos if known.id == "model/hourly")
    truth, month = hourly.truth(asked.at, 30 * DAY), asked.status[hourly.id]["error_ratio"]["30d"]
    assert truth is not None
    assert 0.08 < truth < 0.17
    assert month == pytest.approx(truth, abs=0.005), "looked at every 15 minutes it would be 0, or a quarter"


def test_an_slo_younger_than_its_period_says_since_when(asked: Asked) -> None:
    """Within a 240th of the period, and never more than there is."""
    young = asked.status["young/errors"]["history_s"]
    oldest = next(line for line in asked.fleet.samples.lines if line.labels.get("service") == "young").samples[0][0]
    there_is = (asked.at - oldest) / 1000
    assert there_is - 30 * DAY / 240 <= young <= there_is
    assert asked.status["newborn/errors"]["history_s"] is None, "its total is as old as the period"
    assert asked.status["absent/errors"]["history_s"] is None
    reach = asked.read([HistoryReading("young/errors"), HistoryReading("api/latency")], asked.at / 1000)
    assert [getattr(one, "value", 0.0) / DAY for one in reach.values()] == pytest.approx([3, 30], abs=0.13)


def test_every_figure_is_right_at_every_moment_of_the_last_hours(asked: Asked) -> None:
    """Within the gaps, right after resets, on whole minutes (where 2.x takes both ends of a window) and off them."""
    now = asked.fleet.now
    times = [now // 60 * 60 - back for back in (0, 600, 1_020, 1_200, 1_500, 2_100)]
    times += [now - 590.25, now - 885.001, now - 1_300.5, now - 2_390.75]
    slos = [known for known in asked.fleet.slos if known.service != "nan-inside"]
    readings: list[Reading] = [SliReading(known.id, window) for known in slos for window in (300, HOUR)]
    none = 0
    for at in times:
        outcomes = asked.read(readings, at)
        found = []
        for known in slos:
            for window in (300, HOUR):
                outcome = outcomes[SliReading(known.id, window)]
                ours = outcome.value if isinstance(outcome, Sample) else None
                none += isinstance(outcome, NoData)
                found.append((f"{known.id} {window} at {at}", ours, known.figure(server_time(at), window), ROUNDING))
        assert not differences(iter(found))
    assert none > len(times) * 2 * 3, "the gaps are among them"


def test_counts_over_time_add_up_to_the_period(asked: Asked) -> None:
    """The steps of a burn-down are counted apart; together they are what happened."""
    step, at = 6 * HOUR, asked.at / 1000
    readings: list[Reading] = [CountsReading(f"{name}", 30 * DAY, step) for name in ("api/errors", "model/queue")]
    events, slices = asked.read(readings, at).values()
    assert isinstance(events, Series)
    assert isinstance(slices, Series)
    lines = [line for line in asked.fleet.samples.lines if line.metric == "req_total"]
    for name, of in (("total", lines), ("bad", [one for one in lines if one.labels["code"] == "500"])):
        truth = sum(happened(one.samples, asked.at, 30 * DAY) for one in of)
        assert sum(value for _, value in events.lines[name]) == pytest.approx(truth, rel=0.02)
        for moment, value in events.lines[name]:
            by_rule = math.fsum(extrapolated(one.samples, server_time(moment), step) or 0.0 for one in of)
            assert value == pytest.approx(by_rule, rel=1e-8)
    known = next(one for one in asked.fleet.slos if one.id == "model/queue")
    bad, total = (sum(value for _, value in slices.lines[name]) for name in ("bad", "total"))
    assert bad / total == pytest.approx(known.truth(asked.at, 30 * DAY), abs=1e-4)
    assert total <= len(list(moments(asked.at, 30 * DAY, 60))) - DAY / 60 + 10, "a day of it was not measured"


def test_a_ratio_has_its_own_query_for_the_whole_period(asked: Asked) -> None:
    over = 'sum(rate(req_total{service="api",code="500"}[$window])) / sum(rate(req_total{service="api"}[$window]))'
    slo = Slo(
        "api", "both", SloKind.OTHER, OBJECTIVE, 30 * DAY, RatioSli("vector(0.125)", over.replace("$window", "30d"))
    )
    readings: list[Reading] = [SliReading(slo.id, 300), SliReading(slo.id, 30 * DAY)]
    outcomes = asked.read(readings, asked.at / 1000, Catalogue((Service("api", slos=(slo,)),)))
    raw = next(known for known in asked.fleet.slos if known.id == "api/raw")
    assert [getattr(one, "value", None) for one in outcomes.values()] == pytest.approx(
        [0.125, raw.figure(asked.at, 30 * DAY)], abs=ROUNDING
    )


def test_the_fleet_holds_every_case_it_is_made_for(asked: Asked) -> None:
    """Lest a change to the fleet leave the tests above with nothing to prove."""
    assert len(asked.fleet.slos) >= 25
    assert FINE < COARSE
    assert FINE_SPAN > 2 * HOUR
    resets = {line.labels["service"] for line in asked.fleet.samples.lines if _falls(line.samples)}
    assert {"reset-to-zero", "reset-to-more", "gap-and-reset"} <= resets
    gap = next(line for line in asked.fleet.samples.lines if line.labels.get("service") == "gap")
    steps = [(then - before) / 1000 for (before, _), (then, _) in pairwise(gap.samples)]
    assert sum(step >= 600 for step in steps) == 2


def _falls(samples: list[tuple[int, float]]) -> bool:
    return any(now < before for (_, before), (_, now) in pairwise(samples))

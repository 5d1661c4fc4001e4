"""What waits for labels, on a real Prometheus: windows end when labels are due, and every figure is exact for then."""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from click.testing import CliRunner
from ingested import PROMETHEUS, Ingested, bad_slices, ratio_by_rule, server_time
from prometheus_fixture import binary

from oncall_tui.cli import cli
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.models import Config
from oncall_tui.core.assess import assess
from oncall_tui.core.readings import (
    CountsReading,
    HistoryReading,
    Members,
    NoData,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State
from oncall_tui.rules import rule_files, rule_set
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.sources.prometheus.rule_queries import RuleQueries

pytestmark = pytest.mark.live

HOUR, STEP = 3_600, 15
DELAY, SPAN = 2 * HOUR, 9 * HOUR
WINDOWS = (300, HOUR, 6 * HOUR)


class World:
    """Accuracy and labelled answers: right for hours, with one bad spell, and what is younger than DELAY looks awful."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.samples = Ingested()
        times = range(now - SPAN, now + 600, STEP)

        def accuracy(at: int) -> float:
            spell = now - DELAY - 1_800 <= at < now - DELAY - 900
            return 0.4 if at > now - DELAY + 30 else 0.7 if spell else 0.95

        self.gauge = self.samples.add("accuracy", [(at * 1000, accuracy(at)) for at in times], service="m")
        outage = [(at * 1000, 0.95) for at in times if not now - DELAY - HOUR < at < now - DELAY + HOUR]
        self.samples.add("accuracy", outage, service="late")
        wrong = total = 0.0
        wrongs, totals = [], []
        for at in times:
            total += 20
            wrong += 12 if at > now - DELAY else 3 if at % 1_200 < 300 else 1
            wrongs.append((at * 1000, wrong))
            totals.append((at * 1000, total))
        self.wrong = self.samples.add("answers_total", wrongs, service="m", right="no")
        self.right = self.samples.add(
            "answers_total",
            [(at, t - w) for (at, w), (_, t) in zip(wrongs, totals, strict=True)],
            service="m",
            right="yes",
        )

    def slices(self, window: int) -> float | None:
        def good(at, rules):
            value = rules.latest(self.gauge.samples, at)
            return None if value is None else value >= 0.9

        return bad_slices(good, server_time(self.now - DELAY), window, 60)

    def answers(self, window: int) -> float | None:
        at = server_time(self.now - DELAY)
        return ratio_by_rule([self.wrong], [self.wrong, self.right], at, window, PROMETHEUS)


def configuration(url: str, service: str = "m") -> dict[str, object]:
    tiers = [{"severity": "page", "long": "1h", "short": "5m", "budget_spent": "20%"}]
    common = {"objective": "90%", "period": "6h", "burn_tiers": tiers, "label_delay": "2h"}
    accuracy = f'accuracy{{service="{service}"}}'
    events = {
        "error": 'sum(rate(answers_total{service="m",right="no"}[$window]))',
        "total": 'sum(rate(answers_total{service="m"}[$window]))',
    }
    return {
        "sources": {"prometheus": [{"name": "p", "url": url}]},
        "services": [
            {
                "name": service,
                "kind": "model",
                "signals": [{"name": "accuracy", "query": accuracy, "warn": 0.9, "label_delay": "2h"}],
                "slos": [
                    {"name": "accuracy", "accuracy": {"query": accuracy, "at_least": 0.9}, **common},
                    {"name": "answers", "events": events, **common},
                ],
            }
        ],
    }


@pytest.fixture(scope="module")
def world(prometheus_server):
    made = World(int(time.time()) // 60 * 60)
    return made, prometheus_server(made.samples.openmetrics()).url


def read(world, readings, service="m"):
    made, url = world
    catalogue = Config.model_validate(configuration(url, service)).catalogue()
    source = PrometheusSource("p", url, HttpConfig(), catalogue)

    async def ask():
        try:
            return await source.read(readings, made.now)
        finally:
            await source.close()

    return catalogue, asyncio.run(ask()).outcomes


def test_every_window_ends_when_labels_are_due_and_is_exact(world):
    made, _ = world
    readings = [SliReading(f"m/{slo}", window) for slo in ("accuracy", "answers") for window in WINDOWS]
    _, outcomes = read(world, readings)
    for window in WINDOWS:
        assert outcomes[SliReading("m/accuracy", window)].value == pytest.approx(made.slices(window), abs=1e-12)
        assert outcomes[SliReading("m/answers", window)].value == pytest.approx(made.answers(window), rel=1e-9)
    assert outcomes[SliReading("m/accuracy", HOUR)].value > 0.2  # the bad spell is in it
    assert outcomes[SliReading("m/accuracy", 300)].value == 0  # and nothing of what is younger
    assert outcomes[SliReading("m/answers", 300)].value < 0.2
    assert "labels take that long" in outcomes[SliReading("m/answers", 300)].provenance.note


def test_the_signal_is_of_when_labels_were_due_and_its_series_goes_on_to_now(world):
    made, _ = world
    signal = SignalReading("m", "accuracy")
    line = SeriesReading(signal, 4 * HOUR, 300)
    _, outcomes = read(world, [signal, line])
    assert isinstance(outcomes[signal], Members)
    assert outcomes[signal].values == {"": 0.95}
    assert isinstance(outcomes[line], Series)
    assert outcomes[line].lines[""][-1] == (made.now, 0.4)


def test_the_budgets_period_and_its_history_end_there_too(world):
    made, _ = world
    counts, history = CountsReading("m/answers", 6 * HOUR, 300), HistoryReading("m/answers")
    _, outcomes = read(world, [counts, history, CountsReading("m/accuracy", 6 * HOUR, 300)])
    for reading in (counts, CountsReading("m/accuracy", 6 * HOUR, 300)):
        times = [at for at, _ in outcomes[reading].lines["total"]]
        assert times[-1] == made.now - DELAY
        assert times[0] == made.now - DELAY - 6 * HOUR + 300
    bad = math.fsum(value for _, value in outcomes[counts].lines["bad"])
    total = math.fsum(value for _, value in outcomes[counts].lines["total"])
    assert bad / total == pytest.approx(made.answers(6 * HOUR), rel=0.01)
    assert outcomes[history].value == pytest.approx(6 * HOUR, abs=6 * HOUR / 240)


def test_labels_that_stay_away_are_missing_and_neither_bad_nor_ok(world):
    made, _ = world
    readings = [*(SliReading("late/accuracy", window) for window in WINDOWS), SignalReading("late", "accuracy")]
    catalogue, outcomes = read(world, readings, "late")
    assert isinstance(outcomes[SliReading("late/accuracy", 300)], NoData)
    assert isinstance(outcomes[SignalReading("late", "accuracy")], NoData)
    figures = {
        reading: Figure(
            15, "p", one if isinstance(one, (Sample, Members)) else None, one if isinstance(one, NoData) else None
        )
        for reading, one in outcomes.items()
    }
    health = {"p": SourceHealth("p", SourceKind.PROMETHEUS, "", 15, made.now)}
    status = assess(Snapshot(made.now, catalogue, health, figures)).service("late")
    assert status.signals[0].state is State.UNKNOWN
    assert next(one for one in status.slos if one.slo.name == "accuracy").state is State.UNKNOWN


def test_the_rules_wait_as_long_and_say_the_same(world, tmp_path):
    made, url = world
    catalogue = Config.model_validate(configuration(url)).catalogue()
    queries = RuleQueries()
    for slo, truth in (("accuracy", made.slices), ("answers", made.answers)):
        for window in WINDOWS:
            text = queries.ratio(catalogue.slo(f"m/{slo}"), window)
            assert instant(url, text, made.now) == pytest.approx(truth(window), rel=1e-9, abs=1e-12)
    files = rule_files(rule_set(catalogue, queries), queries, "late", kubernetes=False)
    assert "judged 2h late" in files.tests
    written = files.write(tmp_path, force=False)
    for verb, path in zip(("check", "test"), written, strict=True):
        subprocess.run([binary("promtool"), verb, "rules", str(path)], check=True, capture_output=True)


def instant(url: str, query: str, at: float) -> float:
    form = urllib.parse.urlencode({"query": query, "time": at}).encode()
    with urllib.request.urlopen(f"{url}/api/v1/query", form, timeout=20) as answer:
        (row,) = json.loads(answer.read())["data"]["result"]
    return float(row["value"][1])


def test_status_says_how_long_before_now_it_all_ends(world, tmp_path):
    _, url = world
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps(configuration(url)))
    done = CliRunner().invoke(cli, ["status", "--config", str(config), "--format", "json"])
    told = json.loads(done.stdout)
    assert {one["id"]: one["label_delay_s"] for one in told["slos"]} == {"m/accuracy": DELAY, "m/answers": DELAY}
    assert told["services"][0]["signals"][0]["label_delay_s"] == DELAY

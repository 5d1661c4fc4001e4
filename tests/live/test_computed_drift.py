"""Drift from buckets in a real Prometheus: equal to scipy's on counts that are worked out here from the samples."""

from __future__ import annotations

import asyncio
import json
import math
import random
import time

import pytest
import yaml
from click.testing import CliRunner
from ingested import PROMETHEUS, Ingested, server_time
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from oncall_tui.cli import cli
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.models import Config
from oncall_tui.core.readings import Members, Series, SeriesReading, SignalReading
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live

HOUR, DAY, SCRAPE = 3_600, 86_400, 15
BOUNDS = ("1", "2", "5", "10", "+Inf")
REPLICAS = ("a", "b")
PLAIN = (30, 40, 20, 8, 2)
SHIFTED = (12, 25, 30, 22, 11)
FEATURES = {
    "calm": (PLAIN, PLAIN, 2.0),
    "moved": (PLAIN, SHIFTED, 2.0),
    "thin": (PLAIN, PLAIN, 0.05),
    "late": (None, PLAIN, 2.0),
    "gone": (PLAIN, None, 2.0),
    'q"uo|te\\': (PLAIN, SHIFTED, 1.0),
}
"""Weights of the bins in the reference and now, and events a second of each replica; None: it is not exported then."""


class World:
    """The samples, by feature, replica and bound."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.samples = Ingested()
        chance = random.Random(5)
        for feature, (before, after, rate) in FEATURES.items():
            for replica in REPLICAS:
                counts = [0.0] * len(BOUNDS)
                lines = {le: [] for le in BOUNDS}
                for start, end, weights in (
                    (now - DAY - 2 * HOUR, now - DAY + 600, before),
                    (now - 2 * HOUR, now + 900, after),
                ):
                    for at in range(start, end, SCRAPE) if weights else ():
                        if at == now - 1_230 and replica == "b":
                            counts = [0.0] * len(BOUNDS)  # it was restarted
                        expected = rate * SCRAPE
                        events = int(expected) + (chance.random() < expected % 1)
                        for index in chance.choices(range(len(BOUNDS)), weights, k=events):
                            for above in range(index, len(BOUNDS)):
                                counts[above] += 1
                        for le, count in zip(BOUNDS, counts, strict=True):
                            lines[le].append((at * 1000 + (3_000 if replica == "b" else 0), count))
                for le, points in lines.items():
                    label = feature.replace("\\", "\\\\").replace('"', '\\"')
                    self.samples.add("feat_bucket", points, service="m", feature=label, replica=replica, le=le)
        short = [(at * 1000, float(at - now + 2 * HOUR)) for at in range(now - 2 * HOUR, now + 900, SCRAPE)]
        self.samples.add("feat_bucket", short, service="m", feature="lone", replica="a", le="+Inf")
        broken = [(at, math.nan) for at, _ in short]
        for le in BOUNDS:
            self.samples.add("feat_bucket", broken, service="m", feature="broken", replica="a", le=le)

    def counts(self, feature: str, at: float, window: int = HOUR) -> list[float]:
        """Events by bin, as increase() has them, of both replicas."""
        label = feature.replace("\\", "\\\\").replace('"', '\\"')
        cumulated = []
        for le in BOUNDS:
            rises = [
                PROMETHEUS.increase(line.samples, server_time(at), window)
                for line in self.samples.lines
                if line.labels["feature"] == label and line.labels["le"] == le
            ]
            cumulated.append(math.fsum(rise for rise in rises if rise is not None))
        return [high - low for low, high in zip([0.0, *cumulated], cumulated, strict=False)]


def psi(reference: list[float], current: list[float]) -> float:
    pairs = [(a / sum(reference), b / sum(current)) for a, b in zip(reference, current, strict=True)]
    return sum((b - a) * math.log(b / a) for a, b in pairs)


def configuration(url: str, reference: object) -> dict[str, object]:
    histogram = {"metric": "feat", "selector": 'service="m"', "reference": reference}
    signal = {"name": "drift", "by": "feature", "crit": 0.25, "histogram": histogram}
    return {
        "sources": {"prometheus": [{"name": "p", "url": url}]},
        "services": [{"name": "m", "kind": "model", "signals": [signal]}],
    }


@pytest.fixture(scope="module")
def world(prometheus_server):
    made = World(int(time.time()))
    return made, prometheus_server(made.samples.openmetrics()).url


def source_of(url: str, reference: object) -> PrometheusSource:
    catalogue = Config.model_validate(configuration(url, reference)).catalogue()
    return PrometheusSource("p", url, HttpConfig(), catalogue)


def read(source: PrometheusSource, at: float, *readings: object):
    async def ask():
        try:
            return await source.read(readings or [SignalReading("m", "drift")], at)
        finally:
            await source.close()

    return asyncio.run(ask())


REFERENCES = {
    "offset": lambda now: {"offset": DAY},
    "fixed": lambda now: {"start": now - DAY - HOUR, "end": now - DAY},
}


@pytest.mark.parametrize("kind", REFERENCES)
def test_every_distance_equals_an_independent_calculation_on_the_samples(world, kind):
    made, url = world
    at = made.now + 0.25 if kind == "offset" else float(made.now)
    members = read(source_of(url, REFERENCES[kind](made.now)), at).outcomes[SignalReading("m", "drift")]
    assert isinstance(members, Members)
    for feature in ("calm", "moved", 'q"uo|te\\'):
        one = members.comparisons[feature]
        old = made.counts(feature, at - DAY)
        new = made.counts(feature, at)
        assert one.reference.counts == pytest.approx(old, rel=1e-9, abs=1e-6)
        assert one.current.counts == pytest.approx(new, rel=1e-9, abs=1e-6)
        assert one.distances.psi == pytest.approx(psi(old, new), abs=1e-9)
        assert one.distances.js == pytest.approx(jensenshannon(old, new, base=2), abs=1e-7)
        places = (0.5, 1.5, 3.5, 7.5, 10.0)
        assert one.distances.wasserstein == pytest.approx(wasserstein_distance(places, places, old, new), abs=1e-9)
    assert members.comparisons["moved"].distances.psi > 0.25 > 0.05 > members.comparisons["calm"].distances.psi
    assert not members.comparisons["moved"].distances.within_noise
    assert members.comparisons["calm"].distances.within_noise
    assert set(members.values) == {"calm", "moved", 'q"uo|te\\'}


def test_every_way_of_knowing_nothing_has_its_own_words(world):
    made, url = world
    members = read(source_of(url, {"offset": DAY}), made.now).outcomes[SignalReading("m", "drift")]
    told = {feature: one.trouble for feature, one in members.comparisons.items()}
    assert told["late"] == "no reference to compare with"
    assert told["gone"].startswith("gone:")
    assert told["thin"].startswith("too few:")
    assert told["lone"].startswith("only a +Inf bucket")
    assert told["broken"].startswith("NaN")


def test_one_request_for_all_features_and_a_fixed_reference_is_asked_once(world):
    made, url = world
    source = source_of(url, REFERENCES["fixed"](made.now))

    async def polls():
        try:
            return [await source.read([SignalReading("m", "drift")], made.now + n) for n in range(3)]
        finally:
            await source.close()

    first, second, third = asyncio.run(polls())
    assert first.requests == 2  # the union of now and the reference; and the server's version
    assert second.requests == third.requests == 1
    assert third.outcomes[SignalReading("m", "drift")].reference_at == made.now
    asked = asyncio.run(_text_of_last(url, made))
    assert "@" not in asked


async def _text_of_last(url: str, made: World) -> str:
    """The query of a poll after the first."""
    source = source_of(url, REFERENCES["fixed"](made.now))
    texts: list[str] = []
    instant = source._client.instant

    async def noted(query: str, *rest: object, **more: object):
        texts.append(query)
        return await instant(query, *rest, **more)

    source._client.instant = noted
    try:
        for n in range(2):
            await source.read([SignalReading("m", "drift")], made.now + n)
    finally:
        await source.close()
    return texts[-1]


@pytest.mark.parametrize("kind", REFERENCES)
def test_the_sparkline_ends_at_the_figure_and_each_point_is_the_figure_of_its_time(world, kind):
    made, url = world
    reading = SeriesReading(SignalReading("m", "drift"), 600, 300)
    answer = read(source_of(url, REFERENCES[kind](made.now)), made.now, reading).outcomes[reading]
    assert isinstance(answer, Series)
    assert set(answer.lines) == {"calm", "moved", 'q"uo|te\\'}
    for at, value in answer.lines["moved"]:
        old = made.counts("moved", at - DAY if kind == "offset" else made.now - DAY)
        assert value == pytest.approx(psi(old, made.counts("moved", at)), abs=1e-9)
    assert [at for at, _ in answer.lines["moved"]] == [made.now - 600, made.now - 300, made.now]


def test_a_reference_is_stored_by_the_command_and_compared_with(world, tmp_path):
    made, url = world
    config, file = tmp_path / "config.yaml", tmp_path / "reference.json"
    config.write_text(yaml.safe_dump(configuration(url, {"offset": DAY})))
    times = ["--start", _iso(made.now - DAY - HOUR), "--end", _iso(made.now - DAY)]
    command = ["drift", "store", "m", "--config", str(config), "-o", str(file), *times]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    assert "thin: " in done.output
    assert "of which 500 are wanted" in done.output
    assert set(json.loads(file.read_text())["features"]) == {"calm", "moved", "thin", "gone", 'q"uo|te\\'}
    again = CliRunner().invoke(cli, command)
    assert again.exit_code != 0
    assert read_first_feature(file) == pytest.approx(made.counts("calm", made.now - DAY), abs=1e-3)

    config.write_text(yaml.safe_dump(configuration(url, {"file": "reference.json"})))
    from oncall_tui.config.loader import load_config

    source = PrometheusSource("p", url, HttpConfig(), load_config(config).catalogue())
    readout = read(source, made.now)
    members = readout.outcomes[SignalReading("m", "drift")]
    old, new = made.counts("moved", made.now - DAY), made.counts("moved", made.now)
    assert members.comparisons["moved"].distances.psi == pytest.approx(psi(old, new), abs=1e-5)
    assert members.reference_at is None
    assert readout.requests == 2


def read_first_feature(file) -> list[float]:
    return json.loads(file.read_text())["features"]["calm"]["counts"]


def test_a_stretch_without_counts_stores_nothing(world, tmp_path):
    made, url = world
    config, file = tmp_path / "config.yaml", tmp_path / "reference.json"
    config.write_text(yaml.safe_dump(configuration(url, {"offset": DAY})))
    times = ["--start", _iso(made.now - 9 * DAY), "--end", _iso(made.now - 8 * DAY)]
    done = CliRunner().invoke(cli, ["drift", "store", "m", "--config", str(config), "-o", str(file), *times])
    assert done.exit_code != 0
    assert not file.exists()


def _iso(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))

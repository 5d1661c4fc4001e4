"""What PrometheusSource reads on the lab against figures worked out another way, at the same moment.

The other way: the configuration's own text for ratios of events, single queries for the two sides of a
latency, and for time slices a range of values that is counted here.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml
from lab_fixture import RunningLab, eventually

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import (
    CountsReading,
    Members,
    NoData,
    Origin,
    Outcome,
    Reading,
    Sample,
    Series,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import Slo
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live

SETTLED = 45.0
"""Seconds of the story until every rule was evaluated a few times."""


def read(
    lab: RunningLab, readings: list[Reading], now: float, catalogue: Catalogue | None = None
) -> dict[Reading, Outcome]:
    async def once() -> dict[Reading, Outcome]:
        known = lab.lab.catalogue if catalogue is None else catalogue
        source = PrometheusSource("prometheus", lab.lab.prometheus_url, HttpConfig(), known)
        try:
            readout = await source.read(readings, now)
        finally:
            await source.close()
        assert readout.warnings == ()
        return dict(readout.outcomes)

    return asyncio.run(once())


@pytest.fixture(scope="module")
def now(lab: RunningLab) -> float:
    """A moment whose samples are all in: a little ago."""
    eventually(lambda: time.time() > lab.lab.fleet.epoch + SETTLED, SETTLED + 15)
    return math.floor(time.time()) - 6.5


@pytest.fixture(scope="module")
def written(lab: RunningLab) -> dict[str, Any]:
    """The configuration's services as plain YAML, by name."""
    return {service["name"]: service for service in yaml.safe_load(lab.lab.config_path.read_text())["services"]}


def at_most_one(lab: RunningLab, expression: str, at: float) -> float | None:
    rows = lab.query(expression, time=repr(at))
    assert len(rows) <= 1, expression
    return float(rows[0]["value"][1]) if rows else None


def worked_out(lab: RunningLab, slo: Slo, text: dict[str, Any], window: int, at: float) -> float | None:
    """The error ratio, None for no data."""
    over = format_duration(window)
    if "events" in text:
        bad = at_most_one(lab, text["events"]["error"].replace("$window", over), at)
        total = at_most_one(lab, text["events"]["total"].replace("$window", over), at)
        return None if bad is None or not total else bad / total
    if "latency" in text:
        histogram, selector = text["latency"]["histogram"], text["latency"]["selector"]
        bound = f"{slo.sli.threshold:g}"  # type: ignore[union-attr]
        fast = at_most_one(lab, f'sum(increase({histogram}_bucket{{{selector},le="{bound}"}}[{over}]))', at)
        total = at_most_one(lab, f'sum(increase({histogram}_bucket{{{selector},le="+Inf"}}[{over}]))', at)
        return None if fast is None or not total else 1 - fast / total
    side = "at_least" if "at_least" in text else "at_most"
    return by_slices(lab, text[side]["query"], float(text[side]["bound"]), side, window, at)


def by_slices(lab: RunningLab, query: str, bound: float, side: str, window: int, at: float) -> float | None:
    """Slices out of bounds over slices with a value; beyond a week of minutes every seventh."""
    assert window <= 30 * 86_400
    step = 60 * (1 if window <= 7 * 86_400 else 7)
    last = math.floor(at / step) * step
    first = math.ceil((at - window) / step) * step
    verdicts: list[bool] = []
    while first <= last:
        end = min(last, first + 10_000 * step)
        for line in lab.get("query_range", query=query, start=str(first), end=str(end), step=str(step))["result"]:
            values = [float(value) for _, value in line["values"]]
            verdicts += [value < bound if side == "at_least" else value > bound for value in values]
        first = end + step
    return sum(verdicts) / len(verdicts) if verdicts else None


def texts(lab: RunningLab, written: dict[str, Any]) -> Iterator[tuple[Slo, dict[str, Any]]]:
    for slo in lab.lab.catalogue.slos():
        yield slo, next(one for one in written[slo.service]["slos"] if one["name"] == slo.name)


def test_every_error_ratio_equals_an_independent_calculation(
    lab: RunningLab, now: float, written: dict[str, Any]
) -> None:
    known = list(texts(lab, written))
    asked: list[Reading] = [SliReading(slo.id, window) for slo, _ in known for window in slo.windows]
    outcomes = read(lab, asked, now)
    origins = set()
    for slo, text in known:
        for window in slo.windows:
            outcome = outcomes[SliReading(slo.id, window)]
            assert isinstance(outcome, Sample), (slo.id, window, outcome)
            origins.add(outcome.provenance.origin)
            at, tolerance = now - slo.label_delay, 1e-9
            if outcome.provenance.origin is Origin.RECORDED:
                # Worked out when the rule was evaluated, when a scrape of the same moment may have been under way.
                (row,) = lab.query(f"timestamp({outcome.provenance.query})", time=repr(now))
                at, tolerance = float(row["value"][1]), 2e-3
            expected = worked_out(lab, slo, text, window, at)
            assert expected is not None, (slo.id, window)
            assert outcome.value == pytest.approx(expected, rel=tolerance, abs=1e-7), (slo.id, window)
    assert origins == {Origin.RAW, Origin.RECORDED}


def test_recorded_and_raw_agree_on_the_same_slo(lab: RunningLab, now: float, written: dict[str, Any]) -> None:
    """Against the configuration's text a second time, with the recordings left out."""
    raw = Catalogue(
        tuple(
            replace(service, slos=tuple(replace(slo, recorded=False) for slo in service.slos))
            for service in lab.lab.catalogue.services
        )
    )

    asked: list[Reading] = [SliReading(slo.id, slo.period) for slo in raw.slos()]
    unrecorded = read(lab, asked, now, raw)
    for reading, outcome in read(lab, asked, now).items():
        other = unrecorded[reading]
        assert isinstance(outcome, Sample)
        assert isinstance(other, Sample)
        assert other.provenance.origin is Origin.RAW
        assert outcome.value == pytest.approx(other.value, rel=5e-3, abs=1e-5), reading


def test_every_signal_equals_its_own_query(lab: RunningLab, now: float, written: dict[str, Any]) -> None:
    every = [(service.name, signal) for service in lab.lab.catalogue.services for signal in service.signals]
    signals = [(service, signal) for service, signal in every if signal.binned is None]
    asked: list[Reading] = [SignalReading(service, signal.name) for service, signal in signals]
    outcomes = read(lab, asked, now)
    for service, signal in signals:
        text = next(one for one in written[service]["signals"] if one["name"] == signal.name)
        rows = lab.query(text["query"], time=repr(now - signal.label_delay))
        expected = {row["metric"].get(text.get("by", ""), ""): float(row["value"][1]) for row in rows}
        outcome = outcomes[SignalReading(service, signal.name)]
        assert isinstance(outcome, Members), (service, signal.name, outcome)
        assert dict(outcome.values) == pytest.approx(expected, rel=1e-9), (service, signal.name)


def test_drift_is_computed_from_the_buckets_of_every_feature(lab: RunningLab, now: float) -> None:
    (signal,) = (one for one in lab.lab.catalogue.service("embedder").signals if one.binned is not None)
    reading = SignalReading("embedder", signal.name)
    members = read(lab, [reading], now)[reading]
    assert set(members.comparisons) == {"text_tokens", "word_length", "image_edge"}
    assert members.comparisons["image_edge"].few
    for feature in ("text_tokens", "word_length"):
        compared = members.comparisons[feature]
        for side, text in ((compared.current, signal.query), (compared.reference, signal.binned.query)):
            rows = [row for row in lab.query(text, time=repr(now)) if row["metric"]["feature"] == feature]
            counts = {float(row["metric"]["le"]): float(row["value"][1]) for row in rows}
            above = [math.fsum(side.counts[: n + 1]) for n in range(len(side.counts))]
            assert above == pytest.approx([counts[bound] for bound in side.bounds], rel=1e-9)
    assert members.values["text_tokens"] > 0.02 > 0.001 > members.values["word_length"]


def test_counts_are_the_counters_own_increase(lab: RunningLab, now: float) -> None:
    reading = CountsReading("gateway/availability", 6 * 3_600, 3_600)
    outcome = read(lab, [reading], now)[reading]
    assert isinstance(outcome, Series)
    assert set(outcome.lines) == {"bad", "total"}
    selectors = {"bad": 'service="gateway",code=~"5.."', "total": 'service="gateway"'}
    for line, selector in selectors.items():
        points = outcome.lines[line]
        assert len(points) == 6
        for at, value in points:
            expected = at_most_one(lab, f"sum(increase(http_requests_total{{{selector}}}[1h]))", at)
            assert value == pytest.approx(expected, rel=1e-9)


def test_before_the_history_there_is_no_data_rather_than_a_figure(lab: RunningLab) -> None:
    slo = next(iter(lab.lab.catalogue.slos()))
    reading = SliReading(slo.id, 300)
    outcome = read(lab, [reading], lab.lab.fleet.epoch - 3 * 86_400)[reading]
    assert isinstance(outcome, NoData)

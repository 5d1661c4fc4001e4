"""Closed-form figures held against what anybody would compute from the exposed samples alone."""

import asyncio
import math
import time
from itertools import pairwise

import pytest

from oncall_tui.core.catalogue import VERSIONS, Signal, SignalKind
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    Members,
    NoData,
    Origin,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, RatioSli, Side, SlicesSli, Slo, SloKind
from oncall_tui.core.versions import version_changes
from oncall_tui.sources.simulated.figures import Figures
from oncall_tui.sources.simulated.fleet import Fleet
from oncall_tui.sources.simulated.slices import SliceTally

EPOCH = 1_700_000_000.0

MOMENTS = (-15 * 86_400.0, -60.0, 100.0, 400.0, 2_000.0)


def scraped(fleet, service, start, end):
    """Samples of one service every 15 s, as a Prometheus has them: {(metric, rest of the labels): [value, ...]}."""
    samples = {}
    steps = round((end - start) / 15)
    for i in range(steps + 1):
        for point in fleet.exposition(start + i * 15, service):
            rest = tuple(v for k, v in sorted(point.labels.items()) if k != "service")
            samples.setdefault((point.metric, rest), []).append(point.value)
    return samples


def increase(values):
    return sum(max(0.0, b - a) for a, b in pairwise(values))


@pytest.mark.parametrize("scenario", ["feature-stale", "gpu-saturated", "bad-release"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_event_ratios_are_those_of_the_exposed_counters(catalogue, scenario, moment):
    fleet = Fleet(scenario, EPOCH)
    figures = Figures(fleet, catalogue)
    t, window = EPOCH + moment, 300
    for slo in catalogue.slos():
        samples = scraped(fleet, slo.service, t - window, t)
        match slo.sli:
            case EventsSli():
                bad = increase(samples["http_requests_total", ("500",)])
                total = bad + increase(samples["http_requests_total", ("200",)])
            case LatencySli(threshold=threshold):
                total = increase(samples["http_request_duration_seconds_count", ()])
                bad = total - increase(samples["http_request_duration_seconds_bucket", (f"{threshold:g}",)])
            case _:
                continue
        assert figures.error_ratio(slo, window, t) == pytest.approx(bad / total, rel=0.02, abs=1e-4)


@pytest.mark.parametrize("scenario", ["feature-stale", "label-outage", "gpu-saturated"])
@pytest.mark.parametrize("days", [0, 5.2])
def test_slices_are_bad_when_the_exposed_samples_say_so(catalogue, scenario, days):
    fleet = Fleet(scenario, EPOCH)
    figures = Figures(fleet, catalogue)
    t, window = EPOCH + 600 - days * 86_400, 3 * 3_600
    for slo in catalogue.slos():
        if not isinstance(slo.sli, SlicesSli):
            continue
        verdicts = []
        for n in range(math.floor((t - window) / 60) + 1, math.floor(t / 60) + 1):
            value = slice_value(fleet, slo, n * 60)
            if value is not None:
                at_least = slo.sli.side is Side.AT_LEAST
                verdicts.append(value < slo.sli.bound if at_least else value > slo.sli.bound)
        assert figures.counts(slo, window, t) == (sum(verdicts), len(verdicts))


def slice_value(fleet, slo, t):
    """The worst exposed value of what the SLO watches; for a throughput, the gain over 5 minutes per second."""
    if slo.kind is SloKind.THROUGHPUT:
        counters = ("http_requests_total", "pipeline_events_total")
        ends = [sum(p.value for p in fleet.exposition(at, slo.service) if p.metric in counters) for at in (t - 300, t)]
        return (ends[1] - ends[0]) / 300
    values = [p.value for p in fleet.exposition(t, slo.service) if p.metric in slo.sli.query]
    return None if not values else min(values) if slo.sli.side is Side.AT_LEAST else max(values)


def test_a_month_of_slices_adds_up_from_its_days(catalogue):
    figures = Figures(Fleet("feature-stale", EPOCH), catalogue)
    slo = catalogue.slo("ranker/accuracy")
    month = figures.counts(slo, 30 * 86_400, EPOCH)
    days = [figures.counts(slo, 86_400, EPOCH - i * 86_400) for i in range(30)]
    assert month == tuple(map(sum, zip(*days, strict=True)))
    assert month[1] == 43_200
    assert 200 < month[0] < 400


@pytest.mark.parametrize("scenario", ["feature-stale", "gpu-saturated", "bad-release", "label-outage"])
def test_after_a_mitigation_nothing_of_the_untreated_story_is_remembered(catalogue, scenario):
    watched, fresh = Fleet(scenario, EPOCH), Fleet(scenario, EPOCH)
    figures = Figures(watched, catalogue)
    for slo in catalogue.slos():
        figures.error_ratio(slo, 300, EPOCH + 300)  # counted past the moment of the mitigation, which is told late
    for fleet in (watched, fresh):
        fleet.heal(fleet.scenario.mitigation, EPOCH + 240)
    expected = Figures(fresh, catalogue)
    for slo in catalogue.slos():
        for window in slo.windows:
            answer = figures.error_ratio(slo, window, EPOCH + 900)
            assert answer == expected.error_ratio(slo, window, EPOCH + 900)


def test_a_tally_that_never_had_a_value_counts_nothing():
    sli = SlicesSli("q", 1.0, Side.AT_MOST)
    assert SliceTally(sli, lambda t: [], 0.0, lambda t: math.inf).counts(0, 6_000) == (0, 0)
    assert SliceTally(sli, lambda t: [({}, math.nan)], 0.0, lambda t: t).counts(0, 6_000) == (0, 0)


def test_one_series_out_of_bounds_makes_the_slice_bad():
    sli = SlicesSli("q", 1.0, Side.AT_MOST)
    tally = SliceTally(sli, lambda t: [({}, 0.5), ({}, 2.0 if t >= 1_200 else 0.5)], 0.0, lambda t: t)
    assert tally.counts(600, 1_800) == (11, 20)


async def read(stage, reading, seconds=0.0):
    stage.now = EPOCH + seconds
    readout = await stage.world.metrics.read([reading], stage.now)
    return readout.outcomes[reading]


async def test_what_is_not_in_the_catalogue_fails_alone(stage):
    world = stage("quiet").world
    good = SliReading("gateway/availability", 300)
    bad = [SliReading("nobody/nothing", 300), SignalReading("gateway", "nothing"), CountsReading("nobody/x", 60, 60)]
    outcomes = (await world.metrics.read([*bad, good], EPOCH)).outcomes
    assert all(isinstance(outcomes[reading], Failed) for reading in bad)
    assert isinstance(outcomes[good], Sample)


async def test_every_figure_says_that_it_is_simulated_and_by_which_query(stage):
    staged = stage("quiet")
    outcomes = (await staged.world.metrics.read(staged.readings(), EPOCH)).outcomes
    assert {outcome.provenance.origin for outcome in outcomes.values()} == {Origin.SIMULATED}
    assert all(outcome.provenance.query for outcome in outcomes.values())


async def test_missing_accuracy_is_no_data(stage):
    staged = stage("label-outage")
    assert isinstance(await read(staged, SignalReading("ranker", "accuracy"), 60), NoData)
    assert isinstance(await read(staged, SliReading("ranker/accuracy", 300), 420), NoData)
    hour = await read(staged, SliReading("ranker/accuracy", 3_600), 420)
    assert isinstance(hour, Sample)
    assert hour.value == 0.0


async def test_a_signal_has_a_value_for_each_member(stage):
    drift = await read(stage("feature-stale"), SignalReading("ranker", "drift"), 200)
    assert isinstance(drift, Members)
    assert drift.values.keys() == {"user_ctr_7d", "item_age", "price_bucket", "session_len"}
    assert max(drift.values, key=drift.values.get) == "user_ctr_7d"


async def test_a_series_ends_now_and_its_last_point_is_the_sample(stage):
    staged = stage("bad-release")
    series = await read(staged, SeriesReading(SliReading("fraud/availability", 300), 3_600, 60), 300)
    sample = await read(staged, SliReading("fraud/availability", 300), 300)
    assert isinstance(series, Series)
    [points] = series.lines.values()
    assert len(points) == 60
    assert points[-1] == (EPOCH + 300, sample.value)
    assert points[0][1] < 0.001 < points[-1][1]


async def test_a_bad_release_is_a_change_of_version(stage):
    versions = await read(stage("bad-release"), SeriesReading(SignalReading("fraud", VERSIONS), 3_600, 60), 600)
    [(at, version)] = version_changes(versions)
    assert version == "2.4.0"
    assert 20 <= at - EPOCH <= 80


async def test_a_series_has_no_points_where_nothing_was_exposed(stage):
    series = await read(stage("label-outage"), SeriesReading(SignalReading("ranker", "accuracy"), 600, 60), 300)
    assert isinstance(series, Series)
    assert 4 <= len(series.lines[""]) <= 6


@pytest.mark.parametrize("slo", ["churn/availability", "ranker/accuracy", "gateway/latency"])
async def test_counts_over_the_period_add_up_to_its_error_ratio(stage, slo):
    staged = stage("quiet")
    counts = await read(staged, CountsReading(slo, 30 * 86_400, 21_600))
    sample = await read(staged, SliReading(slo, 30 * 86_400))
    assert isinstance(counts, Series)
    bad, total = (sum(value for _, value in counts.lines[line]) for line in ("bad", "total"))
    assert bad / total == pytest.approx(sample.value, rel=1e-3)


async def test_a_ratio_slo_is_answered_and_has_no_counts(stage, catalogue):
    hits = 'sum(rate(http_requests_total{service="fraud"%s}[$window]))'
    errors = ',code="500"'
    query = f"{hits % errors} / {hits % ''}"
    slo = Slo("fraud", "ratio", SloKind.OTHER, 0.99, 2_592_000, RatioSli(query))
    fraud = catalogue.service("fraud")
    figures = Figures(Fleet("bad-release", EPOCH), type(catalogue)((type(fraud)("fraud", slos=(slo,)),)))
    assert figures.error_ratio(slo, 300, EPOCH + 400) == pytest.approx(0.2, rel=0.02)


def test_a_query_beyond_the_fleet_fails_with_the_reason(catalogue):
    signal = Signal("ranker", "odd", SignalKind.OTHER, "topk(1, model_info)")
    with pytest.raises(Exception, match="topk"):
        Figures(Fleet("quiet", EPOCH), catalogue).members(signal, EPOCH)


async def test_a_poll_of_everything_takes_less_than_fifty_milliseconds_once_warm(stage):
    staged = stage("feature-stale")
    readings = staged.readings()
    await staged.world.metrics.read(readings, EPOCH)
    answer = staged.world.metrics._answer
    spent = []
    for seconds in (15, 30, 45):
        started = time.thread_time()
        for reading in readings:
            answer(reading, EPOCH + seconds)
        spent.append(time.thread_time() - started)
    assert min(spent) < 0.05
    await asyncio.sleep(0)

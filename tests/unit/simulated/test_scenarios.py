"""Each story, watched through the same eyes as the real thing."""

import pytest

from oncall_tui.core.state import State
from oncall_tui.sources.simulated.scenarios import SCENARIOS


async def first_page(staged, slo, until):
    for seconds in range(0, int(until) + 1, 15):
        status = (await staged.at(seconds)).slo(slo)
        if status.state is State.CRIT:
            return seconds
    return None


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_at_its_beginning_nothing_is_critical_and_nothing_unknown(stage, scenario):
    seen = await stage(scenario).at(0)
    assert {status.state for status in seen.services} == {State.OK, State.WARN}
    assert seen.service("churn").state is State.WARN


@pytest.mark.parametrize("seed", [1, 7, 19])
async def test_a_quiet_day_stays_quiet(stage, seed):
    staged = stage("quiet", seed=seed)
    for seconds in (0, 6 * 3_600):
        seen = await staged.at(seconds)
        assert not [status.service.name for status in seen.services if status.state in (State.CRIT, State.UNKNOWN)]
        assert not [slo.slo.id for v in seen.services for slo in v.slos if slo.state is not State.OK]


async def test_budgets_look_lived_in(stage):
    seen = await stage("quiet").at(0)
    left = {slo.slo.id: slo.remaining for service in seen.services for slo in service.slos}
    assert 0.3 < left["ranker/accuracy"] < 0.45
    assert 0 < left["churn/availability"] < 0.12
    assert sum(value > 0.8 for value in left.values()) > len(left) / 2


@pytest.mark.parametrize(
    ("scenario", "slo"),
    [
        ("feature-stale", "ranker/accuracy"),
        ("gpu-saturated", "assistant/latency"),
        ("bad-release", "fraud/availability"),
        ("empty-feature", "ranker/accuracy"),
    ],
)
async def test_it_pages_within_three_minutes(stage, scenario, slo):
    assert 60 <= await first_page(stage(scenario), slo, 180) <= 180


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != "quiet"])
async def test_its_first_symptom_shows_within_a_minute(stage, scenario):
    staged = stage(scenario, past=True)
    calm = {status.service.name: status.state for status in (await staged.at(0)).services}
    for seconds in (15, 30, 45, 60):
        seen = await staged.at(seconds)
    assert calm != {status.service.name: status.state for status in seen.services}


async def test_a_stale_feature_spoils_the_ranker_and_spares_the_gateway(stage):
    staged = stage("feature-stale")
    seen = await staged.at(staged.world.fleet.scenario.settles)
    assert seen.slo("ranker/accuracy").state is State.CRIT
    assert seen.service("feature-store").state in (State.CRIT, State.WARN)
    assert seen.service("clickstream").state in (State.CRIT, State.WARN)
    assert seen.service("fraud").state is State.WARN
    assert seen.service("gateway").state is State.OK
    assert seen.slo("ranker/availability").state is State.OK


async def test_stale_features_show_from_upstream_to_downstream(stage):
    staged = stage("feature-stale")
    onset = {}
    for seconds in range(0, 200, 5):
        for status in (await staged.at(seconds)).services:
            if status.state < State.SILENT:
                onset.setdefault(status.service.name, seconds)
    assert onset["clickstream"] < onset["feature-store"] < onset["ranker"] < onset["fraud"]


async def test_a_saturated_gpu_makes_queues_and_a_model_that_is_not_ready(stage):
    staged = stage("gpu-saturated")
    seen = await staged.at(staged.world.fleet.scenario.settles)
    assert seen.slo("assistant/latency").state is State.CRIT
    [endpoint] = seen.service("embedder").endpoints
    assert (endpoint.state, endpoint.reason) == (State.WARN, "the model is loading")
    queues = [signal for signal in seen.service("assistant").signals if signal.signal.name == "queue"]
    assert queues[0].values.values[""] > 30


async def test_a_bad_release_fails_requests_and_is_wrong_in_the_rest(stage):
    staged = stage("bad-release")
    assert (await staged.at(9)).service("fraud").endpoints[0].state is State.CRIT
    seen = await staged.at(staged.world.fleet.scenario.settles)
    fraud = seen.service("fraud")
    assert seen.slo("fraud/availability").state is State.CRIT
    assert next(s for s in fraud.signals if s.signal.name == "accuracy").state is State.WARN
    assert fraud.endpoints[0].probe.version == "2.4.0"


async def test_without_labels_accuracy_is_unknown_and_never_bad(stage):
    staged = stage("label-outage")
    for seconds in range(0, 481, 60):
        seen = await staged.at(seconds)
        assert seen.slo("ranker/accuracy").state in (State.OK, State.UNKNOWN)
        assert seen.service("ranker").state in (State.OK, State.UNKNOWN)
    for slo in ("ranker/accuracy", "fraud/accuracy", "churn/accuracy"):
        assert seen.slo(slo).state is State.UNKNOWN
    assert seen.service("ranker").state is State.UNKNOWN
    assert seen.service("labels").state is State.WARN


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != "quiet"])
async def test_its_mitigation_ends_it(stage, scenario):
    staged = stage(scenario, past=True)
    before = {status.service.name: status.state for status in (await staged.at(0)).services}
    for seconds in (210, 225, 240):
        seen = await staged.at(seconds)
    assert {status.service.name: status.state for status in seen.services} != before
    staged.world.fleet.heal(staged.world.fleet.scenario.mitigation, staged.now)
    for seconds in (0, 15, 30):
        seen = await staged.at(240 + 2 * 3_600 + seconds)
    after = {status.service.name: status.state for status in seen.services}
    assert after == before
    pages = [a.alert.name for a in seen.alerts if a.alert.severity == "page"]
    assert pages == []


async def test_unmended_it_goes_on(stage):
    staged = stage("feature-stale")
    assert (await staged.at(2 * 3_600)).slo("ranker/accuracy").state is State.CRIT


async def test_an_emptied_feature_shows_in_the_computed_drift_before_the_ranker_is_wrong(stage):
    staged = stage("empty-feature")
    calm = (await staged.at(0)).service("embedder")
    assert calm.state is State.OK
    early = await staged.at(60)
    assert early.service("embedder").state in (State.WARN, State.CRIT)
    assert early.slo("ranker/accuracy").state is State.OK
    seen = await staged.at(staged.world.fleet.scenario.settles)
    (drift,) = (one for one in seen.service("embedder").signals if one.features)
    assert (drift.state, drift.worst[0]) == (State.CRIT, "word_length")
    standings = {one.name: one.standing.value for one in drift.features}
    assert standings == {"word_length": "drifts", "text_tokens": "in bounds", "image_edge": "too few"}
    assert seen.slo("ranker/accuracy").state is State.CRIT
    assert seen.service("gateway").state is State.OK
    assert any(
        one.alert.name == "FeatureDrift" and one.alert.labels.get("feature") == "word_length" for one in seen.alerts
    )

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.errors import ActionError, ConfigError
from oncall_tui.sources.simulated.fleet import Fleet, Interventions
from oncall_tui.sources.simulated.scenarios import SCENARIOS
from oncall_tui.sources.simulated.service import PAST

EPOCH = 1_700_000_000.0
MOMENTS = st.floats(-PAST, 7_200)
SCENARIO = st.sampled_from(sorted(SCENARIOS))


def exposed(fleet, t):
    return {(p.metric, tuple(sorted(p.labels.items()))): p for p in fleet.exposition(t)}


def test_a_scenario_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="feature-stale"):
        Fleet("no-such", EPOCH)


def test_a_mitigation_of_another_scenario_is_refused_and_not_logged():
    fleet = Fleet("bad-release", EPOCH)
    with pytest.raises(ActionError, match="rollback-fraud"):
        fleet.heal("replay-clickstream", EPOCH + 60)
    assert fleet.interventions.entries == []
    assert fleet.healed_at is None


def test_a_quiet_day_has_nothing_to_mend():
    with pytest.raises(ActionError, match="nothing to mend"):
        Fleet("quiet", EPOCH).heal("", EPOCH)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_story_gives_the_same_figures_in_any_order(scenario):
    times = [EPOCH + s for s in (-PAST / 2, -3_600, 0, 30, 200, 900)]
    one, other = Fleet(scenario, EPOCH), Fleet(scenario, EPOCH)
    forwards = [exposed(one, t) for t in times]
    backwards = [exposed(other, t) for t in reversed(times)]
    assert forwards == backwards[::-1]


def test_another_seed_tells_it_with_other_noise():
    assert exposed(Fleet("quiet", EPOCH, 1), EPOCH) != exposed(Fleet("quiet", EPOCH, 2), EPOCH)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("healed", [False, True])
def test_counters_never_run_backwards(scenario, healed):
    fleet = Fleet(scenario, EPOCH)
    if healed and fleet.scenario.mitigation:
        fleet.heal(fleet.scenario.mitigation, EPOCH + 200)
    before = {}
    times = [EPOCH - PAST - 60, EPOCH - PAST, *(EPOCH - d * 21_600 for d in range(120, 0, -1))]
    for t in times + [EPOCH + s for s in range(0, 900, 5)]:
        now = {key: p.value for key, p in exposed(fleet, t).items() if p.type != "gauge"}
        assert all(value >= before.get(key, 0) for key, value in now.items())
        before = now


@given(SCENARIO, MOMENTS)
def test_requests_errors_and_buckets_fit_into_each_other(scenario, s):
    fleet = FLEETS[scenario]
    points = exposed(fleet, EPOCH + s)
    for service in fleet.services:
        buckets = sorted(
            (float(p.labels["le"]), p.value)
            for p in points.values()
            if p.metric == "http_request_duration_seconds_bucket" and p.labels["service"] == service
        )
        counts = [count for _, count in buckets]
        assert counts == sorted(counts)
        if buckets:
            codes = [
                p.value for p in points.values() if p.metric == "http_requests_total" and p.labels["service"] == service
            ]
            total = points["http_request_duration_seconds_count", (("service", service),)].value
            assert all(count >= 0 for count in codes)
            assert counts[-1] == total
            assert abs(sum(codes) - total) <= 1  # each is whole requests


@given(SCENARIO, MOMENTS)
def test_shares_stay_between_0_and_1_and_nothing_is_negative(scenario, s):
    for service in FLEETS[scenario].services:
        vitals = FLEETS[scenario].vitals(service, EPOCH + s)
        shares = [vitals.errors, vitals.slow, *vitals.latency.values()]
        shares += [] if vitals.accuracy is None else [vitals.accuracy]
        assert all(0 <= share <= 1 for share in shares)
        assert all(value >= 0 for value in (vitals.rate, *vitals.drift.values(), *vitals.freshness.values()))
        assert vitals.live or not vitals.ready


FLEETS = {name: Fleet(name, EPOCH) for name in SCENARIOS}


@given(SCENARIO, st.floats(-PAST + 60, 3_600))
def test_the_rate_is_what_the_counter_gains(scenario, s):
    fleet = FLEETS[scenario]
    model_rate = fleet.vitals("ranker", EPOCH + s).rate
    gained = [
        sum(p.value for p in fleet.exposition(EPOCH + s + d, "ranker") if p.metric == "http_requests_total")
        for d in (-5, 5)
    ]
    assert (gained[1] - gained[0]) / 10 == pytest.approx(model_rate, rel=0.01)


def test_the_whole_fleet_is_exposed_in_under_five_milliseconds():
    fleet = Fleet("feature-stale", EPOCH)
    list(fleet.exposition(EPOCH))
    started = time.thread_time()
    for i in range(50):
        list(fleet.exposition(EPOCH - i * 300))
    assert (time.thread_time() - started) / 50 < 0.005


def test_with_the_labels_out_accuracy_is_missing_and_not_bad():
    fleet = Fleet("label-outage", EPOCH)
    known = {p.labels["service"] for p in fleet.exposition(EPOCH) if p.metric == "model_accuracy_ratio"}
    assert known == {"ranker", "fraud", "churn"}
    assert not [p for p in fleet.exposition(EPOCH + 120) if p.metric == "model_accuracy_ratio"]
    assert fleet.vitals("ranker", EPOCH + 120).accuracy is None


def test_a_release_shows_as_another_version_and_its_rollback_too():
    fleet = Fleet("bad-release", EPOCH)

    def versions(t):
        return [p.labels["version"] for p in fleet.exposition(t, "fraud") if p.metric == "model_info"]

    assert versions(EPOCH) == ["2.3.7"]
    assert versions(EPOCH + 60) == ["2.4.0"]
    fleet.heal("rollback-fraud", EPOCH + 300)
    assert versions(EPOCH + 299) == ["2.4.0"]
    assert versions(EPOCH + 310) == ["2.3.7"]


def test_an_intervention_logged_by_its_owner_heals_without_being_told():
    log = Interventions()
    fleet = Fleet("feature-stale", EPOCH, interventions=log)
    assert fleet.vitals("ranker", EPOCH + 300).accuracy < 0.9
    log.add("make coffee", EPOCH + 100)
    assert fleet.vitals("ranker", EPOCH + 300).accuracy < 0.9
    log.add("replay-clickstream", EPOCH + 150)
    assert fleet.vitals("ranker", EPOCH + 300).accuracy > 0.92
    assert fleet.vitals("ranker", EPOCH + 140).accuracy < 0.9


def test_gateway_errors_stay_ordinary_while_features_are_stale():
    fleet = Fleet("feature-stale", EPOCH)
    assert fleet.vitals("gateway", EPOCH + 600).errors < 4 * fleet.vitals("gateway", EPOCH - 600).errors


def test_calm_ends_where_the_story_begins():
    fleet = Fleet("gpu-saturated", EPOCH)
    assert fleet.calm_until(EPOCH - 600) <= EPOCH
    assert fleet.calm_until(EPOCH + 30) == EPOCH + 30
    assert math.isinf(Fleet("quiet", EPOCH).calm_until(EPOCH + 60))

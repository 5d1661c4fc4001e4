"""Each story from its first minute on: what every service becomes, what is never shown, and what Investigate says of it.

The same stories on real servers: tests/live/test_lab_stories.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import pytest
from tales import IN_TROUBLE, INVESTIGATED, LABELLED, OK, TALES, UNKNOWN, USUAL

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import Assessment
from oncall_tui.core.investigation import Investigation
from oncall_tui.core.layers import Layer, layers_of
from oncall_tui.core.state import State
from oncall_tui.sources.simulated.scenarios import SCENARIOS


@dataclass(frozen=True)
class Told:
    """A story that has been watched to the moment by which it is settled: by seconds, what was seen."""

    seen: dict[int, Assessment]
    found: dict[str, Investigation]

    def states(self, service: str) -> list[State]:
        return [state for state, _ in groupby(one.service(service).state for one in self.seen.values())]


@pytest.fixture(scope="module")
def told(staged) -> Callable[[str], Told]:
    async def watch(scenario: str) -> Told:
        stage = staged(scenario, past=True)
        settles = max(300, int(stage.world.fleet.scenario.settles))
        seen = {seconds: await stage.at(seconds) for seconds in range(0, settles + 1, 30 if settles <= 600 else 60)}
        affected = [one.service.name for one in seen[settles].services if one.state in IN_TROUBLE]
        investigate, catalogue = stage.investigate(), stage.world.catalogue
        found = {
            service: await investigate(catalogue, service, affected)
            for service in (*TALES[scenario].named, *TALES[scenario].untold)
        }
        return Told(seen, found)

    return cache(lambda scenario: asyncio.run(watch(scenario)))


def test_every_story_is_told_here():
    assert list(TALES) == list(SCENARIOS)


@pytest.mark.parametrize("scenario", TALES)
def test_every_service_becomes_what_the_story_says_and_no_other_changes(told, scenario):
    story, becomes = told(scenario), TALES[scenario].becomes
    services = [one.service.name for one in story.seen[0].services]
    usual = {name: [USUAL.get(name, OK)] for name in services}
    assert {name: story.states(name) for name in services} == usual | becomes


@pytest.mark.parametrize(("scenario", "service"), INVESTIGATED)
def test_investigate_names_the_first_cause_or_says_that_it_cannot_tell(told, scenario, service):
    finding = told(scenario).found[service].finding
    if service in TALES[scenario].untold:
        assert (finding.suspects, finding.sure) == ((), False)
        assert finding.doubt
        return
    assert finding.sure, finding.doubt
    first = finding.suspects[0]
    assert (first.service, first.change.what if first.change else "") == TALES[scenario].named[service]


def test_without_labels_accuracy_is_missing_and_never_bad_and_never_good(told):
    for seconds, seen in told("label-outage").seen.items():
        for name in LABELLED:
            status, slo = seen.service(name), seen.slo(f"{name}/accuracy")
            due = seconds - slo.slo.label_delay
            assert slo.state in (OK, UNKNOWN)
            if due < 90:
                continue
            layer = layers_of(seen.snapshot, status)[Layer.ACCURACY]
            assert layer.state is UNKNOWN
            assert layer.reason in ("accuracy: no series", "accuracy: no slice has a value")
            assert status.state is not OK
            if due >= 420:  # until then the shortest window still holds what was measured before
                assert slo.state is UNKNOWN
        assert not [one for one in seen.alerts if "Accuracy" in one.alert.name]


def test_a_label_outage_is_told_as_missing_data_by_investigate(told):
    for service in ("ranker", "fraud"):
        found = told("label-outage").found[service]
        assert found.symptom is None
        assert [text for text in found.unanswered if text.startswith(f"{service} accuracy: no data for ")]


def test_a_zeroed_feature_shows_upstream_first_then_as_drift_then_as_accuracy_and_fails_no_request(told):
    onset: dict[tuple[str, str], int] = {}
    for seconds, seen in told("schema-change").seen.items():
        for service in seen.services:
            for one in service.signals:
                known_before = one.worst is not None and one.worst[0] in ("support_tickets", "query_len")
                if one.state in IN_TROUBLE and not known_before:
                    onset.setdefault((service.service.name, one.signal.name), seconds)
            for slo in service.slos:
                assert slo.state is OK or slo.slo.name in ("accuracy", "drift"), slo.slo.id
    quality = onset["feature-store", "data-quality"]
    assert onset["clickstream", "data-quality"] <= quality
    for model in LABELLED:
        assert quality <= onset[model, "drift"] < onset[model, "accuracy"]
    assert {name for _, name in onset} == {"data-quality", "drift", "accuracy"}


def test_a_zeroed_feature_drifts_on_every_model_that_uses_it(told):
    firing = [one for one in told("schema-change").seen[300].alerts if one.phase is Phase.FIRING]
    drifting = {(one.service, one.alert.labels["feature"]) for one in firing if one.alert.name == "FeatureDrift"}
    assert drifting == {(model, "session_len") for model in LABELLED}


def test_a_silent_decay_crosses_no_bound_and_raises_no_alert(told):
    story = told("silent-decay")
    for seen in story.seen.values():
        fraud = seen.service("fraud")
        assert fraud.alerts == ()
        assert {slo.state for slo in fraud.slos} == {OK}
        accuracy = next(one for one in fraud.signals if one.signal.name == "accuracy")
        assert accuracy.worst is not None
        assert accuracy.worst[1] > 0.85 + 0.05
    assert fraud.reason.startswith("accuracy: ")
    assert "usually 0.971" in fraud.reason


@pytest.mark.parametrize("scenario", ["silent-decay", "label-outage", "quiet"])
def test_where_nothing_was_changed_nothing_is_told_to_have_been(told, scenario):
    shifts = [one for found in told(scenario).found.values() for one in found.shifts]
    assert not [one for one in shifts if one.changed]
    if scenario != "label-outage":
        assert shifts

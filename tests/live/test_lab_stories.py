"""Each story on real servers, minutes into it: its past is backfilled, so that nobody waits for it to unfold.

One lab a story. What the services become is looked at with the poller, its clock moved through the story; Investigate
is asked at the moment by which the story is settled. The same in the simulation: tests/unit/simulated/test_stories.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from lab_fixture import running_lab
from tales import CRIT, IN_TROUBLE, LABELLED, OK, SILENT, TALES, UNKNOWN, USUAL

from oncall_tui.config.loader import load_config
from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.investigation import Investigation
from oncall_tui.core.layers import Layer, layers_of
from oncall_tui.poll.investigate import Investigate
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.sources.simulated.scenarios import SCENARIOS
from oncall_tui.wiring.sources import Sources, real_sources

pytestmark = pytest.mark.live

DAY = 86_400
HISTORY = {"silent-decay": 21 * DAY + 3_600}
"""Seconds of past where 26 hours do not do: Investigate looks at a day, but what is to turn SILENT is held against weeks."""
MARKED = 300
"""Seconds for which Prometheus goes on giving the last value of a series that ends in backfilled data, where nothing marks
its end as a scrape does. What is missing is seen so much later."""


@dataclass(frozen=True)
class Told:
    """A story on real servers. seen: by seconds since it began; now: with alerts and endpoints, after the last of them."""

    scenario: str
    seen: dict[int, Assessment]
    now: Assessment
    found: dict[str, Investigation]


def moments(scenario: str) -> list[int]:
    """When it is looked at: at its beginning, and a few times until it is settled."""
    settled = (
        max(300, int(SCENARIOS[scenario].settles)) + 60
    )  # slices are whole minutes, and the story begins within one
    if scenario == "label-outage":
        return list(range(0, settled + MARKED + 1, 60))
    return [0, settled // 2, settled]


async def watch(scenario: str, epoch: float, sources: Sources) -> Told:
    at = epoch
    # Probes and alerts are of the present: what is looked at in the past has none.
    bare = Catalogue(tuple(replace(one, endpoints=()) for one in sources.catalogue.services))
    poller = Poller(bare, sources.metrics, (), None, Pace(deadline=30), clock=lambda: at)
    seen = {}
    for seconds in moments(scenario):
        at = epoch + seconds
        seen[seconds] = assess(await poller.once())
    affected = [one.service.name for one in seen[seconds].services if one.state in IN_TROUBLE]
    investigate = Investigate(sources.metrics, clock=lambda: at)
    services = (*TALES[scenario].named, *TALES[scenario].untold)
    found = {service: await investigate(sources.catalogue, service, affected) for service in services}
    present = Poller(sources.catalogue, sources.metrics, sources.alerts, sources.prober, Pace(deadline=30))
    now = assess(await present.once())
    await present.close()
    return Told(scenario, seen, now, found)


@pytest.fixture(scope="module", params=TALES)
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    scenario = request.param
    with running_lab(scenario, HISTORY.get(scenario, 26 * 3_600), into=moments(scenario)[-1]) as lab:
        folder, processes = lab.lab.folder, list(lab.lab.processes.values())
        sources = real_sources(load_config(lab.lab.config_path))
        yield asyncio.run(watch(scenario, lab.lab.fleet.epoch, sources))
    assert not folder.exists()
    assert [process.running for process in processes] == [False, False]
    lab.lab.ports.check()


def test_it_begins_calm_and_every_service_becomes_what_the_story_says(told: Told) -> None:
    becomes, seen = TALES[told.scenario].becomes, list(told.seen.values())
    names = {one.service.name for one in seen[0].services}
    if told.scenario in HISTORY:  # churn's past failures are in it, and not the whole month they are shared by
        names.remove("churn")
    assert {name: seen[0].service(name).state for name in names} == {name: USUAL.get(name, OK) for name in names}
    ends = {name: becomes[name][-1] if name in becomes else USUAL.get(name, OK) for name in names}
    if told.scenario not in HISTORY:  # the past is too short to be SILENT against
        ends = {name: OK if state is SILENT else state for name, state in ends.items()}
    # What has become of a service is looked at with its alerts and endpoints, too.
    assert {name: (told.now if name in becomes else seen[-1]).service(name).state for name in names} == ends


def test_investigate_names_the_first_cause_or_says_that_it_cannot_tell(told: Told) -> None:
    tale = TALES[told.scenario]
    for service, found in told.found.items():
        finding = found.finding
        if service in tale.untold:
            assert (finding.suspects, finding.sure) == ((), False), service
            assert finding.doubt
            continue
        assert finding.sure, (service, finding.doubt)
        first = finding.suspects[0]
        assert (first.service, first.change.what if first.change else "") == tale.named[service], service


def test_it_never_shows_what_is_not_so(told: Told) -> None:
    unknown = {name for name, states in TALES[told.scenario].becomes.items() if UNKNOWN in states}
    for seen in (*told.seen.values(), told.now):
        assert {one.service.name for one in seen.services if one.state is UNKNOWN} <= unknown
    if told.scenario in NEVER:
        NEVER[told.scenario](told)


def _accuracy_is_neither_bad_nor_good(told: Told) -> None:
    missing_by = {"ranker": 31, "fraud": 46, "churn": 61}
    for seconds, seen in told.seen.items():
        for name in LABELLED:
            status, slo = seen.service(name), seen.slo(f"{name}/accuracy")
            accuracy = layers_of(seen.snapshot, status)[Layer.ACCURACY]
            assert slo.state in (OK, UNKNOWN)
            assert accuracy.state in (OK, UNKNOWN)
            missing_for = seconds - slo.slo.label_delay - missing_by[name]
            if missing_for > MARKED:
                assert accuracy.state is UNKNOWN, (seconds, name, accuracy.reason)
                assert status.state is not OK
            if missing_for > MARKED + min(slo.slo.windows):
                assert slo.state is UNKNOWN, (seconds, name)
    assert {told.now.slo(f"{name}/accuracy").state for name in LABELLED} == {UNKNOWN}
    # That nothing is known of it may be told; that it is bad may not.
    names = [one.alert.name for one in told.now.alerts if "Accuracy" in one.alert.name]
    assert [name for name in names if not name.endswith("NoData")] == []
    for name in ("ranker", "fraud"):
        assert any(text.startswith(f"{name} accuracy: no data for ") for text in told.found[name].unanswered)


def _no_request_fails(told: Told) -> None:
    for seen in (*told.seen.values(), told.now):
        bad = [slo.slo.id for one in seen.services for slo in one.slos if slo.state is not OK]
        assert [slo for slo in bad if not slo.endswith(("/accuracy", "/drift"))] == []


def _no_bound_is_crossed(told: Told) -> None:
    for seen in (*told.seen.values(), told.now):
        fraud = seen.service("fraud")
        assert not [one.alert.name for one in fraud.alerts if one.phase is Phase.FIRING]
        assert {slo.state for slo in fraud.slos} == {OK}
    assert "usually 0.97" in told.now.service("fraud").reason


def _nobody_is_in_trouble(told: Told) -> None:
    for seen in (*told.seen.values(), told.now):
        assert {slo.state for one in seen.services for slo in one.slos} == {OK}
        assert not [one.service.name for one in seen.services if one.state in (CRIT, SILENT)]


NEVER = {
    "label-outage": _accuracy_is_neither_bad_nor_good,
    "schema-change": _no_request_fails,
    "silent-decay": _no_bound_is_crossed,
    "quiet": _nobody_is_in_trouble,
}

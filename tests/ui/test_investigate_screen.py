"""Investigate on the screen: over the simulated fleet, whose first cause is known."""

import time

import pytest
from staging import StaticPoller, settled

from oncall_tui.config.loader import example_config, load_config
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind
from oncall_tui.sources.simulated.world import demo_world
from oncall_tui.ui.screens.alerts import AlertsScreen
from oncall_tui.ui.screens.investigate import InvestigateScreen


class Later:
    """The simulated metrics, some minutes into the story."""

    def __init__(self, metrics, at):
        self.name, self._metrics, self._at = metrics.name, metrics, at

    async def read(self, readings, now):
        return await self._metrics.read(readings, self._at)


@pytest.fixture
def told(make_app):
    """An app over a story, with its clock so many seconds into it."""

    def app_over(scenario, into):
        began = time.time()
        world = demo_world(scenario, time.time, load_config(example_config()).catalogue())
        health = SourceHealth(world.metrics.name, SourceKind.PROMETHEUS, "", 15.0, answered_at=began + into)
        snapshot = Snapshot(began + into, world.catalogue, {health.name: health}, demo=True)
        return make_app(
            poller=StaticPoller(snapshot), clock=lambda: began + into, metrics=(Later(world.metrics, began + into),)
        )

    return app_over


async def investigated(pilot, service, shown):
    await settled(pilot)
    pilot.app.push_screen(InvestigateScreen(service))
    await settled(pilot, lambda: "symptom" in shown(pilot.app), seconds=30)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_the_injected_first_cause_is_named_with_what_speaks_for_it(told, shown, size):
    app = told("feature-stale", 240)
    async with app.run_test(size=size) as pilot:
        await investigated(pilot, "ranker", shown)
        text = shown(app)
        assert "first cause, most likely: clickstream" in text
        assert "+ nothing moved before it" in text
        assert "symptom ranker" in text
        assert ("RESTS ON" in text) == (size[0] > 120)


async def test_a_bad_release_is_named_with_its_version(told, shown):
    app = told("bad-release", 240)
    async with app.run_test(size=(160, 50)) as pilot:
        await investigated(pilot, "fraud", shown)
        assert "first cause, most likely: fraud, version 2.4.0" in shown(app)


async def test_a_label_outage_is_no_accuracy_drop_and_no_cause_is_made_up(told, shown):
    app = told("label-outage", 900)
    async with app.run_test(size=(160, 50)) as pilot:
        await investigated(pilot, "fraud", shown)
        text = shown(app)
        assert "No cause can be named" in text
        assert "NOT MEASURED" in text
        assert "fraud accuracy" in text


async def test_the_finding_is_copied_and_escape_goes_back(told, shown):
    app = told("feature-stale", 240)
    async with app.run_test(size=(120, 40)) as pilot:
        await investigated(pilot, "ranker", shown)
        await pilot.press("y")
        assert app.clipboard.startswith("ranker: first cause most likely clickstream")
        await pilot.press("escape")
        await settled(pilot, lambda: not isinstance(app.screen, InvestigateScreen))


async def test_it_is_opened_with_a_key_on_a_service_and_says_when_there_is_none(told, shown):
    app = told("quiet", 240)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("i")
        await settled(pilot, lambda: isinstance(app.screen, InvestigateScreen))
        await settled(pilot, lambda: "symptom" in shown(app), seconds=30)
        await pilot.press("escape", "2")
        await settled(pilot, lambda: isinstance(app.screen, AlertsScreen))
        await pilot.press("i")
        await settled(pilot, lambda: any("to investigate" in n.message for n in app._notifications))

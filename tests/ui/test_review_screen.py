"""7 Review, over the demo's fleet."""

import time
from pathlib import Path

import pytest
from staging import StaticPoller, settled

from oncall_tui.config.loader import load_config
from oncall_tui.core.assess import assess
from oncall_tui.core.review.review import Evidence
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.sources.simulated.world import demo_world
from oncall_tui.ui.screens.review import ReviewScreen

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


@pytest.fixture
async def app(make_app):
    catalogue = load_config(EXAMPLE).catalogue()
    world = demo_world("quiet", time.time, catalogue, seed=7)
    poller = Poller(world.catalogue, (), (world.alerts,), world.prober, Pace())
    snapshot = await poller.once()
    return make_app(poller=StaticPoller(snapshot), metrics=(world.metrics,), clock=lambda: snapshot.at)


async def reviewed(app, pilot):
    await settled(pilot)
    await pilot.press("7")
    for _ in range(200):
        await pilot.pause(0.05)
        if isinstance(app.screen, ReviewScreen) and app.screen._found is not None:
            return
    pytest.fail("no review came")


async def test_it_says_what_goes_over_and_what_was_spent(app, shown):
    async with app.run_test(size=(150, 60)) as pilot:
        await reviewed(app, pilot)
        text = shown(app)
        assert "The last 1d, as of" in text
        assert text.index("Somebody has it") < text.index("Error budgets")
        assert "jonas" in text
        assert "ranker/availability" in text


async def test_another_time_is_asked_for_anew(app, shown):
    async with app.run_test(size=(150, 60)) as pilot:
        await reviewed(app, pilot)
        await pilot.press("w")
        for _ in range(200):
            await pilot.pause(0.05)
            if app.screen._found is not None:
                break
        assert "The last 3d, as of" in shown(app)


async def test_keys_scroll(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await reviewed(app, pilot)
        page = app.screen.query_one("VerticalScroll")
        await pilot.press("j", "j", "j", "k")
        await pilot.pause(0.1)
        assert page.scroll_y == 2
        await pilot.press("G")
        await pilot.pause(0.1)
        assert page.scroll_y == page.max_scroll_y > 20
        await pilot.press("g")
        await pilot.pause(0.1)
        assert page.scroll_y == 0


async def test_it_is_written_to_a_file_once_and_never_over_one(app, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await reviewed(app, pilot)
        await pilot.press("e")
        await settled(pilot)
        (written,) = tmp_path.glob("review-*.md")
        text = written.read_text()
        assert text.startswith("# Review ")
        assert "## Handoff" in text
        written.write_text("mine")
        await pilot.press("e")
        await settled(pilot)
        assert written.read_text() == "mine"
        assert any("there is already" in one.message for one in app._notifications)


async def test_of_a_recording_there_is_no_review(app, shown, monkeypatch):
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        from dataclasses import replace

        app._desk = replace(app.desk, replay=object())
        await pilot.press("7")
        await settled(pilot)
        assert "no server to ask" in shown(app)


def test_evidence_without_anything_makes_a_review_that_says_so():
    from oncall_tui.core.catalogue import Catalogue
    from oncall_tui.core.review.review import review
    from oncall_tui.core.snapshot import Snapshot
    from oncall_tui.reports.review import as_lines

    found = review(Evidence(0, 3_600, assess(Snapshot(3_600, Catalogue()))))
    assert "No SLO is configured." in "\n".join(as_lines(found))

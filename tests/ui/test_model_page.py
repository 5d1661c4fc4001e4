"""A model's page: every signal on one time axis, a cursor that reads them, and nothing made up where there is nothing."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller, settled

from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import NoData, SeriesReading, SignalReading
from oncall_tui.core.snapshot import Figure
from oncall_tui.ui.screens.model_page import ModelPage
from oncall_tui.ui.screens.models import ModelsScreen
from oncall_tui.ui.screens.slo_detail import SloDetailScreen


async def opened(pilot, service="ranker"):
    await settled(pilot)
    await pilot.press("4")
    await settled(pilot)
    pilot.app.push_screen(ModelPage(service))
    await settled(pilot, lambda: isinstance(pilot.app.screen, ModelPage))
    await pilot.pause(0.1)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_enter_on_models_opens_the_page_and_escape_goes_back(make_app, shown, size):
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("4")
        await settled(pilot)
        service = app.screen.service_in_hand()
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.screen, ModelPage))
        assert app.screen.service_in_hand() == service
        assert {r.of.signal for r in app.desk.poller.watched["model-page"]} == {
            s.name for s in fleet.CATALOGUE.service(service).signals
        }
        await pilot.press("escape")
        await settled(pilot, lambda: isinstance(app.screen, ModelsScreen))
        assert app.desk.poller.watched["model-page"] == []


async def test_a_wide_screen_shows_every_signal_at_once_with_endpoint_facts(make_app, shown):
    app = make_app()
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot)
        text = shown(app)
        for words in ("ACCURACY", "P99", "DRIFT", "REQUESTS", "asked GET", "ready", "v3.2.0"):
            assert words in text, words


async def test_the_cursor_reads_every_signal_and_is_let_go_beyond_the_newest(make_app, shown):
    app = make_app()
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot)
        assert " ago  accuracy" not in shown(app)
        await pilot.press("H")
        await settled(pilot)
        text = shown(app)
        assert "10m ago  accuracy" in text
        reading = SeriesReading(SignalReading("ranker", "accuracy"), 3_600, 60)
        points = dict(fleet.figures()[reading].value.lines[""])
        end = fleet.NOW - 4
        near = min(points, key=lambda at: abs(at - (end - 600)))
        assert f"accuracy {points[near] * 100:.1f}%" in text
        await pilot.press("l", "L")
        await settled(pilot)
        assert " ago  accuracy" not in shown(app)


async def test_no_data_is_told_and_no_line_is_drawn(make_app, shown):
    app = make_app()
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot, "churn")
        text = shown(app)
        assert "no data" in text
        await pilot.press("left")
        await settled(pilot)
        assert "accuracy –" in shown(app)


async def test_a_series_that_has_no_points_says_why_the_source_gave_none(make_app, shown):
    whole = fleet.snapshot()
    reading = SeriesReading(SignalReading("ranker", "drift"), 3_600, 60)
    nothing = NoData("labels are late", fleet.NOW - 4, fleet.provenance())
    app = make_app(StaticPoller(replace(whole, figures={**whole.figures, reading: Figure(60, "main", None, nothing)})))
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot)
        assert "no data: labels are late" in shown(app)


async def test_another_window_asks_anew_and_drops_a_cursor_outside_it(make_app, shown):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("left", "w")
        await settled(pilot)
        assert {r.span for r in app.desk.poller.watched["model-page"]} == {21_600}
        assert "asked" in shown(app) or "no data" in shown(app)
        app.screen._cursor = fleet.NOW - 50_000
        app.screen.update()
        await settled(pilot)
        assert app.screen._cursor is None


async def test_enter_opens_the_worst_slo_and_a_service_without_signals_says_so(make_app, shown):
    whole = fleet.snapshot()
    bare = replace(whole, catalogue=Catalogue((*whole.catalogue.services, Service("bare"))))
    app = make_app(StaticPoller(bare))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "bare")
        assert "no signals" in shown(app)
        await pilot.press("left", "enter")
        await settled(pilot, lambda: any("no SLO" in n.message for n in app._notifications))
        await pilot.press("escape")
        await settled(pilot, lambda: isinstance(app.screen, ModelsScreen))
        await opened(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.screen, SloDetailScreen))

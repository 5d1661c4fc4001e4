"""The SLO screens: order, headings, filter, detail, and `=`."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.core.catalogue import VERSIONS, Catalogue, Signal, SignalKind
from oncall_tui.core.readings import NoData, Series, SeriesReading, SignalReading, SliReading
from oncall_tui.core.snapshot import Figure
from oncall_tui.ui.screens.explain import ExplainScreen
from oncall_tui.ui.screens.slo_detail import SloDetailScreen
from oncall_tui.ui.screens.slos import SlosScreen
from oncall_tui.ui.widgets.live_table import LiveTable


def notices(app):
    return " | ".join(notification.message for notification in app._notifications)


def keys(app):
    return [row.key for row in app.screen.query_one(LiveTable)._table.rows]


async def opened(pilot, settle):
    await settle(pilot)
    await pilot.press("3")
    await settle(pilot, lambda: isinstance(pilot.app.screen, SlosScreen))


# Order, headings, filter


async def test_sorting_and_grouping_stay_while_the_program_runs(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        worst_first = keys(app)
        assert worst_first[0] == "ranker/accuracy"
        await pilot.press("z")
        assert keys(app) == sorted(worst_first)
        assert "by name" in shown(app)
        await pilot.press("colon", *"group team", "enter")
        await settle(pilot, lambda: "▾  ranking" in shown(app))
        await pilot.press("1", "3")
        await settle(pilot, lambda: "by name in teams" in shown(app))


async def test_every_order_and_heading_can_be_named_and_a_wrong_one_is_told(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        for order in ("worst", "name", "budget", "burn", "time", "objective"):
            await pilot.press("colon", *f"sort {order}", "enter")
            await settle(
                pilot, lambda order=order: ("worst first" if order == "worst" else f"by {order}") in shown(app)
            )
        await pilot.press("colon", *"sort nonsense", "enter")
        await settle(pilot, lambda: "no order 'nonsense': worst, name, budget" in notices(app))
        await pilot.press("colon", *"group nonsense", "enter")
        await settle(pilot, lambda: "no headings 'nonsense': none, service, team, kind" in notices(app))
        await pilot.press("1", "colon", *"sort name", "enter")
        await settle(pilot, lambda: "nothing here has an order to choose" in notices(app))


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_a_heading_shuts_and_opens(make_app, settle, shown, key):
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        await pilot.press("v", "g")
        assert app.screen.service_in_hand() == "ranker"
        assert app.screen.slo_in_hand() is None
        before = len(keys(app))
        await pilot.press(key)
        await settle(pilot, lambda: "▸  ranker  ■ CRIT 1" in shown(app))
        assert len(keys(app)) == before - 3
        await pilot.press(key)
        await settle(pilot, lambda: len(keys(app)) == before)
        await pilot.press("j", "enter")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("slo=accuracy", {"ranker/accuracy", "churn/accuracy"}),
        ("kind=freshness", {"feature-store/freshness"}),
        ("service_kind=gateway kind=latency", {"gateway/latency"}),
        ("team=ranking state=CRIT", {"ranker/accuracy"}),
        ("firing ranker", {"ranker/accuracy"}),
        ("unknown", {"churn/accuracy"}),
    ],
)
async def test_the_filter_is_the_slos_own(make_app, settle, text, left):
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        app.filter_by(text)
        await settle(pilot)
        assert set(keys(app)) == left


def frozen():
    """The fleet after its ranker's figures went missing while it paged."""
    whole = fleet.snapshot()
    figures = dict(whole.figures)
    for window in next(slo for slo in whole.catalogue.slos() if slo.id == "ranker/accuracy").windows:
        reading = SliReading("ranker/accuracy", window)
        nothing = NoData("no slice has a value", whole.at - 4, figures[reading].value.provenance)
        figures[reading] = replace(figures[reading], trouble=nothing)
    return replace(whole, figures=figures)


async def test_what_fired_when_data_went_missing_is_a_frozen_row_that_can_be_filtered(make_app, settle, shown):
    app = make_app(StaticPoller(frozen()))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settle)
        app.filter_by("frozen")
        await settle(pilot)
        assert keys(app) == ["ranker/accuracy"]
        assert "■ FROZEN" in shown(app)
        await pilot.press("enter")
        await settle(pilot, lambda: "it fired when data" in shown(app))


async def test_sorting_paints_and_showing_the_same_again_does_not(make_app, settle):
    poller = StaticPoller()
    app = make_app(poller)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        await pilot.press("v", "z")
        await settle(pilot)
        table = app.screen.query_one(LiveTable)
        refreshed = []
        table.refresh = lambda *regions, **_: refreshed.append(regions)
        poller.hand(fleet.snapshot())
        assert refreshed == []


# Detail


def released():
    """The fleet after its ranker went from 2.3 to 2.4 half an hour ago."""
    whole = fleet.snapshot()
    versions = Signal("ranker", VERSIONS, SignalKind.OTHER, "max by (version) (model_info)", by="version")
    services = [replace(s, versions=versions) if s.name == "ranker" else s for s in whole.catalogue.services]
    figures = dict(whole.figures)
    month = 30 * fleet.DAY
    for span, step in ((3_600, 60), (month, month // 120)):
        times = [whole.at - span + step * (i + 1) for i in range(span // step)]
        half = len(times) // 2
        lines = {"2.3.0": tuple((t, 1.0) for t in times[:half]), "2.4.0": tuple((t, 1.0) for t in times[half:])}
        figures[SeriesReading(SignalReading("ranker", VERSIONS), span, step)] = Figure(
            60, "main", Series(lines, whole.at, fleet.provenance())
        )
    return replace(whole, catalogue=Catalogue(tuple(services)), figures=figures)


async def test_a_new_version_is_a_mark_on_both_charts_and_is_asked_for_only_there(make_app, settle, shown):
    app = make_app(StaticPoller(released()))
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        versions = SignalReading("ranker", VERSIONS)
        app.open_slo("ranker/accuracy")
        await settle(pilot, lambda: shown(app).count("2.4.0") == 2)
        assert "2.3.0" not in shown(app)
        watched = [r for r in app.desk.poller.watched["slo-detail"] if getattr(r, "of", None) == versions]
        assert {(r.span, r.step) for r in watched} == {(3_600, 60), (30 * fleet.DAY, 30 * fleet.DAY // 120)}
        await pilot.press("escape")
        await settle(pilot, lambda: app.desk.poller.watched["slo-detail"] == [])


async def test_a_service_without_versions_is_asked_for_none(make_app, settle):
    app = make_app()
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        app.open_slo("ranker/accuracy")
        await settle(pilot, lambda: bool(app.desk.poller.watched.get("slo-detail")))
        assert not [
            r for r in app.desk.poller.watched["slo-detail"] if isinstance(getattr(r, "of", None), SignalReading)
        ]


async def test_the_detail_scrolls_as_many_lines_as_keys_were_pressed(make_app, settle):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.open_slo("ranker/accuracy")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))
        await settle(pilot)
        await pilot.press(*"jjjj")
        await settle(pilot, lambda: app.screen.query_one("#scroll").scroll_y == 4)


# `=`


@pytest.mark.parametrize(
    ("press", "title"),
    [
        (("equals_sign",), "ranker/accuracy error ratio over"),
        (("2", "j", "equals_sign"), "ranker/accuracy error ratio over"),
        (("3", "equals_sign"), "ranker/accuracy error ratio over"),
        (("3", "enter", "equals_sign"), "ranker/accuracy error ratio over"),
        (("4", "equals_sign"), "good values are at least these"),
        (("colon", *"explain", "enter"), "ranker/accuracy error ratio over"),
    ],
)
async def test_equals_explains_the_figure_on_every_screen_that_has_one(make_app, settle, shown, press, title):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for key in press:
            await pilot.press(key)
            await settle(pilot)
        await settle(pilot, lambda: isinstance(app.screen, ExplainScreen))
        await settle(pilot, lambda: title in shown(app))
        await pilot.press("equals_sign")
        await settle(pilot, lambda: not isinstance(app.screen, ExplainScreen))


async def test_left_and_right_go_from_figure_to_figure_and_y_copies_the_query_as_asked(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(60, 15)) as pilot:
        await settle(pilot)
        app.open_slo("ranker/availability")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))
        await pilot.press("equals_sign")
        await settle(pilot, lambda: "error ratio over 1h" in shown(app))
        await pilot.press("right")
        await settle(pilot, lambda: "error ratio over 2h" in shown(app))
        await pilot.press("left", "left")
        await settle(pilot, lambda: "error ratio over 30m" in shown(app))
        await pilot.press("y")
        asked = app.assessment.slo("ranker/availability").samples[1_800].provenance.query
        assert app.clipboard == asked
        await pilot.press("j", "end")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))


async def test_where_there_is_no_figure_it_says_so(make_app, settle):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("5", "equals_sign")
        await settle(pilot, lambda: "no figure to explain here" in notices(app))


async def test_its_keys_can_be_bound_anew(make_app, settle, shown):
    app = make_app(keys={"explain": "f5", "sort": "O"})
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        await pilot.press("O")
        await settle(pilot, lambda: "by name" in shown(app))
        await pilot.press("f5")
        await settle(pilot, lambda: isinstance(app.screen, ExplainScreen))


async def test_an_slo_that_counts_nothing_still_has_a_budget_over_time(make_app, settle, shown):
    from oncall_tui.core.slo import RatioSli

    whole = fleet.snapshot()
    month = 30 * fleet.DAY
    bare = replace(fleet.availability("embedder"), sli=RatioSli("x"))
    services = [replace(s, slos=(bare,)) if s.name == "embedder" else s for s in whole.catalogue.services]
    reading = SeriesReading(SliReading(bare.id, month), month, month // 120)
    points = tuple((whole.at - month + reading.step * (i + 1), 0.0004) for i in range(120))
    series = Figure(300, "main", Series({"": points}, whole.at, fleet.provenance()))
    told = replace(whole, catalogue=Catalogue(tuple(services)), figures={**whole.figures, reading: series})
    app = make_app(StaticPoller(told))
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        app.open_slo(bare.id)
        await settle(pilot, lambda: "left (rolling) 60.0%" in shown(app))
        assert reading in app.desk.poller.watched["slo-detail"]

"""The Models screen: five layers a row, each with its glyph and age; any order."""

import fleet
import pytest
from staging import StaticPoller, settled

from oncall_tui.ui.widgets.live_table import LiveTable


async def models(pilot):
    await settled(pilot)
    await pilot.press("4")
    await settled(pilot)


def row_of(text, name):
    return next(line for line in text.splitlines() if name in line)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_row_tells_every_layer_with_its_own_age(make_app, shown, size):
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await models(pilot)
        text = shown(app)
        for title in ("ENDPOINT", "SERVING", "DATA", "DRIFT", "ACCURACY"):
            assert title in text
        row = row_of(text, "ranker")
        assert "✓ ready" in row
        assert "■ 84.2%" in row
        assert "5s" in row
        assert "4s" in row
        assert ("VERSION" in text) == (size[0] > 80)
        assert ("WHY" in text) == (size[0] > 80)


async def test_what_is_unknown_is_not_green_and_what_is_not_judged_has_no_glyph(make_app, shown):
    app = make_app()
    async with app.run_test(size=(140, 40)) as pilot:
        await models(pilot)
        churn = row_of(shown(app), "churn")
        assert "? –" in churn
        assert "never" in churn
        ranker = row_of(shown(app), "ranker")
        assert "✓ ready" in ranker


async def test_it_is_sorted_by_a_layer_by_key_and_by_command(make_app, shown):
    app = make_app()
    async with app.run_test(size=(140, 40)) as pilot:
        await models(pilot)
        names = [row.key for row in app.screen.query_one(LiveTable)._table.rows]
        assert names[0] == "ranker"
        await pilot.press("z")
        await settled(pilot)
        names = [row.key for row in app.screen.query_one(LiveTable)._table.rows]
        assert names == sorted(names)
        await pilot.press("colon", *"sort endpoint", "enter")
        await settled(pilot, lambda: "by endpoint" in shown(app))
        assert next(row.key for row in app.screen.query_one(LiveTable)._table.rows) == "embedder"
        await pilot.press("colon", *"sort data", "enter")
        await settled(pilot, lambda: "by data" in shown(app))
        assert next(row.key for row in app.screen.query_one(LiveTable)._table.rows) == "feature-store"
        await pilot.press("colon", *"sort nonsense", "enter")
        await settled(pilot, lambda: any("no order 'nonsense'" in n.message for n in app._notifications))


async def test_the_layers_that_are_not_well_stand_below_with_why(make_app, shown):
    app = make_app()
    async with app.run_test(size=(140, 40)) as pilot:
        await models(pilot)
        text = shown(app)
        assert "accuracy  ■ CRIT" in text
        assert "drift     ▲ WARN" in text


async def test_a_hostile_name_and_reason_stay_text(make_app, shown):
    from dataclasses import replace

    from oncall_tui.core.catalogue import Catalogue

    whole = fleet.snapshot()
    hostile = replace(whole.catalogue.services[1], name="[red]x[/red]\x1b[2J", signals=(), slos=())
    app = make_app(StaticPoller(replace(whole, catalogue=Catalogue((hostile,)))))
    async with app.run_test(size=(140, 40)) as pilot:
        await models(pilot)
        assert "[red]x" in shown(app)
        assert "\x1b" not in shown(app)


async def test_what_speaks_for_serving_says_what_it_is_where_there_is_room(make_app, shown):
    from dataclasses import replace

    from oncall_tui.core.catalogue import Catalogue, Signal, SignalKind
    from oncall_tui.core.readings import Members, SignalReading
    from oncall_tui.core.snapshot import Figure

    whole = fleet.snapshot()
    errors = Signal("x", "errors", SignalKind.ERRORS, "q", warn=0.01)
    rate = Signal("y", "throughput", SignalKind.THROUGHPUT, "q", unit="events per second")
    bare = replace(whole.catalogue.services[1], slos=(), endpoints=(), depends_on=())
    services = (replace(bare, name="x", signals=(errors,)), replace(bare, name="y", signals=(rate,)))
    values = {("x", "errors"): 0.06, ("y", "throughput"): 2647.0}
    figures = {
        SignalReading(*key): Figure(15, "main", Members({"": value}, fleet.NOW - 4, fleet.provenance()))
        for key, value in values.items()
    }
    for size, words in (((200, 40), "▲ err 0.06"), ((80, 24), "▲ 0.06")):
        app = make_app(StaticPoller(replace(whole, catalogue=Catalogue(services), figures=figures, alerts=())))
        async with app.run_test(size=size) as pilot:
            await models(pilot)
            assert words in shown(app)
            assert "2647" in row_of(shown(app), " y ")

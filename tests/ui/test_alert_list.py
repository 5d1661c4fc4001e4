"""The list of alerts: every state has a glyph and a word, and nothing resolved is acted on."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.core.alerts import Alert
from oncall_tui.ui.render.figures import clock
from oncall_tui.ui.widgets.live_table import LiveTable


def resolved(name="GatewayLatency", ago=120.0, **more):
    labels = {"alertname": name, "service": "gateway", "severity": "page"}
    return Alert("main-am", name.lower(), labels, starts_at=fleet.NOW - 600, resolved_at=fleet.NOW - ago, **more)


def row_of(app, text, name):
    """The row of the table that names an alert."""
    place = app.screen.query_one(LiveTable).region
    return next(line for line in text.splitlines()[place.y : place.bottom] if name in line)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_every_state_has_its_glyph_and_its_word(make_app, settle, shown, size):
    flapping = {fleet.ALERTS[2].key: 4}
    app = make_app(StaticPoller(fleet.snapshot(resolved=(resolved(),), begun=flapping)))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: "WHO HAS IT" in shown(app))
        text = shown(app)
        assert "● firing" in row_of(app, text, "Hostile")
        assert "◐ acked" in row_of(app, text, "FeatureStale")
        assert "◌ pending" in row_of(app, text, "EmbedderSlow")
        assert "∅ silenced" in row_of(app, text, "NodeReboot")
        inhibited = next(line for line in text.splitlines() if "⊘ inhibited" in line)
        assert "by RankerAcc" in inhibited
        assert "✓ resolved" in row_of(app, text, "GatewayLatency")
        assert "2m ago" in row_of(app, text, "GatewayLatency")
        assert ("↻flaps 4×" if size[0] == 80 else "↻ flaps 4×/h") in row_of(app, text, "FeatureDrift")
        assert "maria" in row_of(app, text, "FeatureStale")
        if size[0] == 200:
            acked = fleet.SILENCES[0]
            assert f"{clock(acked.starts_at)}–{clock(acked.ends_at)}" in row_of(app, text, "FeatureStale")


async def test_what_resolved_cannot_be_acknowledged_and_that_is_said(make_app, settle, shown):
    app = make_app(StaticPoller(fleet.snapshot(alerts=(), resolved=(resolved(silenced_by=("s1",)),))))
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: "✓ resolved" in shown(app))
        await pilot.press("a")
        await settle(pilot, lambda: any("has resolved" in one.message for one in app._notifications))


async def test_the_filter_finds_what_resolved_and_what_flaps(make_app, settle, shown):
    poller = StaticPoller(fleet.snapshot(resolved=(resolved(),), begun={fleet.ALERTS[2].key: 3}))
    app = make_app(poller)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        for text, name in (("@state=resolved", "GatewayLatency"), ("@state=flapping", "FeatureDrift")):
            app.filter_by(text)
            await settle(pilot, lambda: f"showing 1 of {len(fleet.ALERTS) + 1} alerts" in shown(app))
            assert [status.alert.name for status in app.screen.alerts_in_hand()] == [name]
        poller.hand(replace(poller.now, begun={fleet.ALERTS[2].key: 2}))
        await settle(pilot, lambda: f"showing 0 of {len(fleet.ALERTS) + 1} alerts" in shown(app))


def paging(name, starts_at):
    labels = {"alertname": name, "service": "gateway", "severity": "page"}
    return Alert("main-am", name.lower(), labels, starts_at=starts_at)


@pytest.mark.parametrize("key", ["", "r", "i"])
async def test_what_was_acted_on_stays_selected_when_something_louder_comes(make_app, settle, shown, key):
    """Who never touched the list has the loudest in hand; who pressed a key for a row goes on with that one."""
    poller = StaticPoller(fleet.snapshot(alerts=(paging("First", fleet.NOW - 60),)))
    app = make_app(poller)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: "First" in shown(app))
        if key:
            await pilot.press(key)
            await settle(pilot, lambda: len(app.screen_stack) > 1)
            await pilot.press("escape")
            await settle(pilot, lambda: len(app.screen_stack) == 1)
        poller.hand(fleet.snapshot(alerts=(paging("First", fleet.NOW - 60), paging("Louder", fleet.NOW - 5))))
        await settle(pilot, lambda: "Louder" in shown(app))
        await settle(pilot, lambda: shown(app).index("Louder") < shown(app).index("First"), seconds=20)
        assert [one.alert.name for one in app.screen.alerts_in_hand()] == ["First" if key else "Louder"]

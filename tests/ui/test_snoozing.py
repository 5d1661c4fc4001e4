"""Snoozing: on this machine, until a time, through a restart, and no longer than it should."""

from dataclasses import replace

import fleet
from staging import StaticPoller
from test_dashboard import notices

from oncall_tui.preferences.file import PreferencesFile
from oncall_tui.preferences.memory import Memory
from oncall_tui.ui.screens.ask_end import AskEnd


def memory(tmp_path):
    return Memory(PreferencesFile(tmp_path / "preferences.json"), "prod")


def status(app, fingerprint="rankeraccuracyburn"):
    return next(one for one in app.assessment.alerts if one.alert.fingerprint == fingerprint)


async def select(pilot, settle, name):
    await pilot.press("2", "slash", *name, "enter")
    await settle(pilot)


async def test_a_key_asks_for_how_long_and_says_that_it_is_local(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await select(pilot, settle, "RankerAccuracyBurn")
        await pilot.press("Z")
        await settle(pilot, lambda: isinstance(app.screen, AskEnd) and "on this machine only" in shown(app))
        await pilot.press(*"30m", "enter")
        await settle(pilot, lambda: status(app).snoozed_until == fleet.NOW + 1_800)
        assert "whoever is paged stays paged" in notices(app)
        assert "snoozed 06:30Z" in shown(app)
        assert "1 snoozed" in shown(app)


async def test_it_survives_a_restart_and_ends_by_itself(make_app, settle, tmp_path):
    now = [fleet.NOW]
    first = memory(tmp_path)
    app = make_app(clock=lambda: now[0], preferences=first)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await select(pilot, settle, "RankerAccuracyBurn")
        app.run_command("snooze 1h")
        await settle(pilot, lambda: status(app).snoozed_until is not None)
    await first.close()
    poller = StaticPoller()
    again = make_app(poller, clock=lambda: now[0], preferences=memory(tmp_path))
    async with again.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert status(again).snoozed_until == fleet.NOW + 3_600
        poller.hand(fleet.snapshot(at=fleet.NOW + 3_601))
        await settle(pilot, lambda: status(again).snoozed_until is None)
        assert again.snoozes._all() == {}


async def test_a_new_firing_is_never_covered(make_app, settle):
    poller = StaticPoller()
    app = make_app(poller)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await select(pilot, settle, "RankerAccuracyBurn")
        app.run_command("snooze 1h")
        await settle(pilot, lambda: status(app).snoozed_until is not None)
        whole = fleet.snapshot()
        anew = tuple(
            replace(one, starts_at=fleet.NOW - 5) if one.fingerprint == "rankeraccuracyburn" else one
            for one in whole.alerts
        )
        poller.hand(replace(whole, alerts=anew))
        await settle(pilot, lambda: status(app).snoozed_until is None)
        assert "no longer snoozed: it began anew" in notices(app)


async def test_off_ends_it_and_nonsense_is_refused(make_app, settle):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await select(pilot, settle, "RankerAccuracyBurn")
        app.run_command("snooze off")
        await settle(pilot, lambda: "nothing here is snoozed" in notices(app))
        app.run_command("snooze yesterday")
        await settle(pilot, lambda: "snooze: " in notices(app))
        assert status(app).snoozed_until is None
        app.run_command("snooze 2h")
        await settle(pilot, lambda: status(app).snoozed_until is not None)
        await pilot.press("escape", "slash", *"@state=snoozed", "enter")
        await settle(pilot, lambda: app.screen.alerts_in_hand() == (status(app),))
        app.run_command("snooze off")
        await settle(pilot, lambda: status(app).snoozed_until is None)


async def test_a_missing_watchdog_is_on_the_strip_of_every_screen_and_a_row_among_the_alerts(make_app, settle, shown):
    from oncall_tui.core.dead_man import DeadMan, Heartbeats
    from oncall_tui.core.matchers import parse_matchers

    hearts = Heartbeats([DeadMan("Watchdog", parse_matchers('alertname="Watchdog"'), 120.0)])
    poller = StaticPoller()

    def handed(at):
        beats = hearts.look(["main-am"], {"main-am": fleet.ALERTS}, at)
        missing = tuple(beat.alert for beat in beats if beat.alert)
        return fleet.snapshot(at=fleet.NOW, alerts=(*fleet.ALERTS, *missing), heartbeats=beats)

    poller.now = handed(fleet.NOW - 300)
    app = make_app(poller)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert "? Watchdog" in shown(app)
        poller.hand(handed(fleet.NOW))
        await settle(pilot, lambda: "✖ NO Watchdog 5m" in shown(app))
        await pilot.press("2")
        await settle(pilot, lambda: "WatchdogMissing" in shown(app))
        await select(pilot, settle, "WatchdogMissing")
        await pilot.press("a")
        await settle(pilot, lambda: "this dashboard" in notices(app))

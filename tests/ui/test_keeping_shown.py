"""A dashboard that runs keeps acknowledgements, and says of it what a person should know."""

from dataclasses import replace

import fleet
from staging import StaticPoller
from test_ack_sheet import Grouped
from test_dashboard import notices

from oncall_tui.actions import Silences
from oncall_tui.actions.keep import Keeper
from oncall_tui.core.alerts import AlertBoard, SilenceState
from oncall_tui.core.errors import Refused
from oncall_tui.core.keeping import KeepRules
from oncall_tui.journal import Journal

NOW = fleet.NOW
KEPT = replace(fleet.SILENCES[0], ends_at=NOW + 100, comment="ACK! on it (kept while firing)", starts_at=NOW - 2_000)


class Keeping(Grouped):
    def __init__(self, *, refuse=None):
        super().__init__()
        self.silences = {KEPT.id: KEPT}
        self.refuse = refuse

    async def board(self):
        alerts = (await super().board()).alerts
        return AlertBoard(alerts, silences=tuple(s for s in self.silences.values() if s.state is SilenceState.ACTIVE))

    async def post_silence(self, draft):
        if self.refuse:
            raise self.refuse
        return await super().post_silence(draft)


def dashboard(make_app, tmp_path, am, *, read_only="", alerts=fleet.ALERTS, rules=None):
    poller = StaticPoller(replace(fleet.snapshot(alerts=alerts), silences=(KEPT,)))
    sources = {"main-am": am}
    journal = Journal(tmp_path / "keep.sqlite3")
    silences = Silences(sources, journal, "maria", read_only=read_only, clock=lambda: NOW, patience=(0.0,))
    rules = rules or KeepRules()
    keeper = Keeper(sources, silences, "maria", rules, read_only=read_only, clock=lambda: NOW, instance="x")
    return make_app(poller, sources=sources, read_only=read_only, keeper=keeper)


async def test_one_that_ends_soon_is_extended_and_nothing_is_said(make_app, settle, tmp_path):
    am = Keeping()
    app = dashboard(make_app, tmp_path, am)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: am.posted and app.desk.poller.refreshed)
        assert am.silences[KEPT.id].ends_at == NOW + 900
        assert "ack" not in notices(app)


async def test_read_only_extends_nothing(make_app, settle, tmp_path):
    am = Keeping()
    app = dashboard(make_app, tmp_path, am, read_only="told to")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.pause(0.3)
        assert not am.posted


async def test_one_that_cannot_be_kept_is_told_once(make_app, settle, tmp_path):
    am = Keeping(refuse=Refused("main-am: 400 no", ""))
    app = dashboard(make_app, tmp_path, am)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: "was not extended: main-am: 400 no" in notices(app))
        app.desk.poller.hand(replace(app.desk.poller.now, at=NOW + 1))
        await settle(pilot)
        await pilot.pause(0.2)
        assert notices(app).count("was not extended") == 1


async def test_what_fires_anew_is_told_and_its_old_ack_is_ended(make_app, settle, tmp_path):
    am = Keeping()
    anew = tuple(replace(one, starts_at=NOW - 10) if one.fingerprint == "featurestale" else one for one in fleet.ALERTS)
    am.alerts = anew[:6]
    app = dashboard(make_app, tmp_path, am, alerts=anew)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: "FeatureStale fires anew" in notices(app))
        assert am.silences[KEPT.id].state is SilenceState.EXPIRED


async def test_the_ceiling_is_told_with_the_key_that_renews(make_app, settle, tmp_path):
    am = Keeping()
    app = dashboard(make_app, tmp_path, am, rules=KeepRules(at_most=2_000))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: "kept as long as it may be" in notices(app))
        assert "A renews it" in notices(app)
        assert not am.posted


async def test_the_row_says_that_it_is_kept(make_app, settle, shown, tmp_path):
    app = dashboard(make_app, tmp_path, Keeping())
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: "maria kept" in shown(app))


async def test_the_silence_says_how_it_is_kept(make_app, settle, shown, tmp_path):
    app = dashboard(make_app, tmp_path, Keeping())
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("8")
        await settle(pilot, lambda: "kept while firing: extended before it ends" in shown(app))
        by_another = replace(KEPT, ends_at=NOW + 850)
        app.desk.poller.hand(replace(app.desk.poller.now, at=NOW + 15, silences=(by_another,)))
        await settle(pilot, lambda: "extended by kthxbye or another oncall-tui" in shown(app))


async def test_a_dashboard_that_only_looks_says_that_it_does_not_keep(make_app, settle, shown, tmp_path):
    app = dashboard(make_app, tmp_path, Keeping(), read_only="told to")
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("8")
        await settle(pilot, lambda: "not by this dashboard, which only looks" in shown(app))

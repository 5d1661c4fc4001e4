"""What the keys do, over a fixed fleet."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.core.alerts import AlertBoard
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import ConfigError, Unreachable
from oncall_tui.core.readings import SeriesReading
from oncall_tui.core.state import State
from oncall_tui.ui.screens.fleet import FleetScreen
from oncall_tui.ui.screens.slo_detail import SloDetailScreen
from oncall_tui.ui.widgets.live_table import LiveTable


class Alertmanager:
    """One that knows the fixed alerts, and keeps silences."""

    name, url = "main-am", "http://am"

    def __init__(self, trouble=None):
        self.trouble = trouble
        self.silences = {s.id: s for s in fleet.SILENCES}
        self.posted = []

    async def board(self):
        return AlertBoard()

    async def post_silence(self, draft):
        from oncall_tui.core.alerts import Silence, SilenceState

        if self.trouble:
            raise self.trouble
        self.posted.append(draft)
        name = f"new{len(self.posted)}"
        self.silences[name] = Silence(
            self.name,
            name,
            draft.matchers,
            draft.starts_at,
            draft.ends_at,
            draft.author,
            draft.comment,
            SilenceState.ACTIVE,
        )
        return name

    async def silence(self, silence_id):
        return self.silences.get(silence_id)

    async def expire_silence(self, silence_id):
        from oncall_tui.core.alerts import SilenceState

        self.silences[silence_id] = replace(self.silences[silence_id], state=SilenceState.EXPIRED)

    async def alert(self, fingerprint, labels):
        from oncall_tui.core.alerts import SilenceState

        alert = next((a for a in fleet.ALERTS if a.fingerprint == fingerprint), None)
        by = tuple(s.id for s in self.silences.values() if s.state is SilenceState.ACTIVE and s.hides(labels))
        return replace(alert, silenced_by=by) if alert else None

    async def close(self):
        pass


def notices(app):
    return " | ".join(notification.message for notification in app._notifications)


async def test_the_fleet_is_first_and_its_worst_row_under_the_cursor(make_app, settle):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, FleetScreen)
        assert app.screen.service_in_hand() == "ranker"


async def test_number_keys_bring_each_screen_and_enter_opens_the_slo(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for key, word in (
            ("2", "WHO HAS IT"),
            ("3", "WANTED"),
            ("4", "ENDPOINT"),
            ("5", "RUNBOOK"),
            ("1", "WORST SLO"),
        ):
            await pilot.press(key)
            await settle(pilot, lambda word=word: word in shown(app))
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))
        assert "ranker/accuracy" in shown(app)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, FleetScreen))


async def test_an_slo_shows_its_promql_its_ages_and_where_each_figure_came_from(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(140, 60)) as pilot:
        await settle(pilot)
        app.open_slo("ranker/availability")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))
        text = shown(app)
        assert 'sum(rate(http_requests_total{service="ranker"' in text
        assert "recorded main" in text
        assert "raw main" in text
        assert "≤ 14.4 not met" in text
        assert app.desk.poller.watched["slo-detail"]
        await pilot.press("escape")
        await settle(pilot, lambda: app.desk.poller.watched["slo-detail"] == [])


async def test_an_slo_whose_alerts_are_turned_off_shows_its_burn_all_the_same(make_app, settle, shown):
    services = [
        replace(service, slos=tuple(replace(slo, tiers=()) for slo in service.slos))
        for service in fleet.CATALOGUE.services
    ]
    app = make_app(poller=StaticPoller(fleet.snapshot(catalogue=Catalogue(tuple(services)))))
    async with app.run_test(size=(140, 60)) as pilot:
        await settle(pilot)
        app.open_slo("ranker/availability")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))
        assert "no alerts: where this SLO is defined, they are turned off" in shown(app)
        burning = [one for one in app.desk.poller.watched["slo-detail"] if isinstance(one, SeriesReading)]
        assert [reading.of.window for reading in burning] == [300, 3_600]


async def test_a_filter_applies_as_it_is_typed_says_what_is_wrong_and_escape_clears_it(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"ranker")
        await settle(pilot, lambda: "FeatureStale" not in shown(app))
        assert "RankerAccuracyBurn" in shown(app)
        await pilot.press(*("backspace",) * 6, *'severity="pa')
        await settle(pilot, lambda: "column" in shown(app))
        await pilot.press("g", "e", '"', "enter")
        await settle(pilot, lambda: "FeatureDrift" not in shown(app))
        await pilot.press("escape")
        await settle(pilot, lambda: "FeatureDrift" in shown(app))


async def test_a_services_filter_knows_state_and_kind(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *'state="CRIT"', "enter")
        table = app.screen.query_one(LiveTable)
        await settle(pilot, lambda: len(table._table.rows) == 1)


async def test_one_alert_is_acknowledged_at_once_and_told_from_what_was_read_back(make_app, settle):
    alertmanager = Alertmanager()
    app = make_app(sources={"main-am": alertmanager})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "j")
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot, lambda: alertmanager.posted and app.desk.poller.refreshed)
        draft = alertmanager.posted[0]
        assert {str(m) for m in draft.matchers} == {
            'alertname="RankerAccuracyBurn"', 'service="ranker"', 'severity="page"', 'slo="accuracy"',
        }  # fmt: skip
        assert draft.comment.startswith("ACK!")
        assert "RankerAccuracyBurn is yours" in notices(app)


async def test_a_refused_acknowledgement_is_told_as_such(make_app, settle):
    app = make_app(sources={"main-am": Alertmanager(Unreachable("connection refused", "is it running?"))})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "j", "a")
        await settle(pilot, lambda: "connection refused" in notices(app))
        assert "is yours" not in notices(app)


async def test_several_marked_alerts_are_shown_before_they_are_acknowledged(make_app, settle, shown):
    alertmanager = Alertmanager()
    app = make_app(sources={"main-am": alertmanager})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "j", "space", "space", "a")
        await settle(pilot, lambda: "Acknowledge these 2 alerts" in shown(app))
        await pilot.press("enter")
        await pilot.pause()
        assert not alertmanager.posted  # a reflex is not an answer
        await pilot.press("y")
        await settle(pilot, lambda: len(alertmanager.posted) == 2)
        assert app.screen.query_one(LiveTable).marked == frozenset()


async def test_the_selection_follows_the_alert_not_the_row(make_app, settle):
    poller = StaticPoller()
    app = make_app(poller)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "j")
        await settle(pilot)
        chosen = app.screen.alerts_in_hand()[0].alert.key
        newer = fleet.alert("ZBrandNew", "gateway", "page", 1)
        poller.hand(fleet.snapshot(alerts=(newer, *fleet.ALERTS)))
        await settle(pilot)
        assert app.screen.alerts_in_hand()[0].alert.key == chosen


async def test_take_back_frees_ones_own_acknowledgement_only(make_app, settle):
    alertmanager = Alertmanager()
    app = make_app(sources={"main-am": alertmanager})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"FeatureStale", "enter", "u")
        await settle(pilot, lambda: "acknowledged by maria" in notices(app))


async def test_read_only_posts_nothing_and_runs_nothing(make_app, settle, shown):
    alertmanager = Alertmanager()
    app = make_app(sources={"main-am": alertmanager}, read_only="told to")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert "READ-ONLY" in shown(app)
        await pilot.press("2", "j", "a")
        await settle(pilot, lambda: "read-only: nothing is acknowledged (told to)" in notices(app))
        assert not alertmanager.posted


async def test_hostile_text_is_shown_and_does_nothing(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        text = shown(app)
        assert "[red]Hostile[/red]" in text
        assert "[@click=app.quit]x[/]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


async def test_a_dead_prometheus_leaves_no_slo_green(make_app, settle, shown):
    poller = StaticPoller()
    app = make_app(poller)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        whole = fleet.snapshot(alerts=())
        gone = replace(whole.sources["main"], answered_at=whole.at - 60, failures=4, error="connection refused")
        poller.hand(replace(whole, sources={**whole.sources, "main": gone}))
        await settle(pilot)
        before = {slo.slo.id: slo.state for service in assess(whole).services for slo in service.slos}
        after = {slo.slo.id: slo for service in app.assessment.services for slo in service.slos}
        calm = [slo for slo_id, slo in after.items() if before[slo_id] in (State.OK, State.UNKNOWN)]
        assert {slo.state for slo in calm} == {State.UNKNOWN}
        frozen = [slo for slo in after.values() if slo not in calm]
        assert frozen, "what fired stays as it was: silence resolves nothing"
        assert all(slo.state is before[slo.slo.id] and "connection refused" in slo.reason for slo in frozen)
        assert "OK" not in shown(app).replace("TOKEN", "")


async def test_a_poller_that_falls_silent_does_not_leave_a_fresh_looking_screen(make_app, settle, shown):
    moment = [fleet.NOW]
    app = make_app(clock=lambda: moment[0])
    async with app.run_test(size=(140, 30)) as pilot:
        await settle(pilot)
        moment[0] += 300
        await settle(pilot, lambda: "LATE" in shown(app))


async def test_window_pause_theme_and_commands(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("w")
        assert app.lookback.name == "6h"
        await pilot.press("colon", *"window 7d", "enter")
        await settle(pilot, lambda: app.lookback.name == "7d")
        await pilot.press("colon", *"theme okabe", "enter")
        await settle(pilot, lambda: app.theme == "okabe")
        await pilot.press("colon", *"theme nope", "enter")
        await settle(pilot, lambda: "there is no theme" in notices(app))
        await pilot.press("colon", *"al", "enter")
        await settle(pilot, lambda: "WHO HAS IT" in shown(app))
        await pilot.press("colon", *"frobnicate", "enter")
        await settle(pilot, lambda: "no command" in notices(app))
        await pilot.press("p")
        assert app.desk.poller.paused
        await pilot.press("R")
        await settle(pilot, lambda: "paused" in notices(app))
        await pilot.press("p", "R")
        assert app.desk.poller.refreshed == 1


async def test_tab_completes_a_command(make_app, settle):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"theme ok")
        await pilot.pause(0.2)
        await pilot.press("tab", "enter")
        await settle(pilot, lambda: app.theme == "okabe")


async def test_keys_can_be_bound_anew_and_the_hints_say_so(make_app, settle, shown):
    app = make_app(keys={"window": "z"})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("w")
        assert app.lookback.name == "1h"
        await pilot.press("z")
        assert app.lookback.name == "6h"
        assert "z window" in shown(app)


async def test_an_unknown_action_in_keys_ends_with_one_clear_line(make_app):
    app = make_app(keys={"acknowlege": "z"})
    async with app.run_test() as pilot:
        await pilot.pause(0.3)
    assert isinstance(app.failure, ConfigError)
    assert "did you mean 'acknowledge'" in str(app.failure)


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (60, 15), (300, 100)])
async def test_every_screen_survives_every_size(make_app, settle, size):
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in ("2", "3", "enter", "4", "5", "1", "question_mark", "escape", "S", "escape"):
            await pilot.press(key)
            await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await settle(pilot)


async def test_help_names_every_key_of_the_screen(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 140)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot, lambda: "KEYS" in shown(app))
        for words in ("Acknowledge", "Runbooks for the selection", "Filter", "UNKNOWN"):
            assert words in shown(app)


async def test_a_dead_alertmanager_is_never_read_as_no_alerts(make_app, settle, shown):
    whole = fleet.snapshot(alerts=(), silences=())
    gone = replace(whole.sources["main-am"], answered_at=None, failures=3, error="connection refused")
    poller = StaticPoller(replace(whole, sources={**whole.sources, "main-am": gone}))
    app = make_app(poller)
    async with app.run_test(size=(140, 30)) as pilot:
        await settle(pilot)
        assert "alerts ?" in shown(app)
        assert "No alert is firing" not in shown(app)
        assert "this list may lack alerts: main-am: connection refused" in shown(app)
        await pilot.press("2")
        await settle(pilot, lambda: "Nobody can say" in shown(app))


async def test_all_ok_is_said_only_where_there_are_services_and_every_source_answers(make_app, settle, shown):
    from oncall_tui.core.catalogue import Catalogue

    whole = fleet.snapshot(alerts=(), silences=(), catalogue=Catalogue())
    app = make_app(StaticPoller(whole))
    async with app.run_test(size=(140, 30)) as pilot:
        await settle(pilot)
        assert "all OK" not in shown(app)
        assert "UNKNOWN" in shown(app)

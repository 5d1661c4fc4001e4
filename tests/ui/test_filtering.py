"""Typing a filter: what is offered, what is wrong, what is saved, and what the next run finds."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller
from textual.widgets import Input

from oncall_tui.preferences import Memory, PreferencesFile
from oncall_tui.ui.screens.alerts import AlertsScreen
from oncall_tui.ui.screens.filter_picker import FilterPicker
from oncall_tui.ui.screens.fleet import FleetScreen
from oncall_tui.ui.widgets.live_table import LiveTable
from oncall_tui.ui.widgets.prompt_bar import PromptBar


def typed(app):
    return app.screen.query_one(PromptBar).query_one(Input).value


def rows(app):
    return len(app.screen.query_one(LiveTable)._table.rows)


def notices(app):
    return " | ".join(notification.message for notification in app._notifications)


async def test_names_then_operators_then_values_are_offered_and_tab_takes_them(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"sev")
        assert rows(app) == len(fleet.ALERTS)  # nothing holds that word, but it is the beginning of a name
        await settle(pilot, lambda: "severity" in shown(app) and "tab takes it" in shown(app))
        await pilot.press("tab")
        await settle(pilot, lambda: typed(app) == "severity" and "matches all of" in shown(app))
        await pilot.press("tab")
        await settle(pilot, lambda: typed(app) == "severity=" and "▸ ticket" in shown(app))
        await pilot.press("right")
        await settle(pilot, lambda: typed(app) == 'severity="ticket" ')
        await settle(
            pilot, lambda: "showing" in shown(app) and rows(app) == sum(a.severity == "ticket" for a in fleet.ALERTS)
        )


async def test_up_and_down_choose_among_candidates_and_enter_takes_the_chosen(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"@state=")
        await settle(pilot, lambda: "▸ firing" in shown(app))
        await pilot.press("down")
        await settle(pilot, lambda: "▸ new" in shown(app))
        await pilot.press("down", "up", "enter")
        await settle(pilot, lambda: typed(app) == "@state=new ")
        assert app.screen.query_one(PromptBar).has_class("-open")
        await pilot.press("enter")
        await settle(pilot, lambda: not app.screen.query_one(PromptBar).has_class("-open"))
        assert app.screen.filter_text == "@state=new"
        assert "▸" not in shown(app)


async def test_what_is_wrong_is_told_with_its_place_and_the_last_good_filter_stays_on(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *'severity="page"')
        await settle(pilot, lambda: "showing" in shown(app))
        before = rows(app)
        assert 0 < before < len(fleet.ALERTS)
        await pilot.press(*" @stat=x")
        await settle(pilot, lambda: "column 17: expected @state, where @stat stands" in shown(app))
        lines = shown(app).splitlines()
        told = next(line for line in lines if "column 17" in line)
        assert told.index("▾") == next(line for line in lines if line.startswith("/ ")).index("@stat")
        assert rows(app) == before
        assert 'severity="page"  showing' in " ".join(lines[2].split("   "))
        await pilot.press("enter")
        await settle(pilot, lambda: typed(app) == 'severity="page" @stat=x' and "column 17" in shown(app))
        assert app.screen.query_one(PromptBar).has_class("-open")
        await pilot.press(*("backspace",) * 8, "enter")
        await settle(pilot, lambda: "column" not in shown(app))
        assert app.screen.filter_text == 'severity="page"'


async def test_a_filter_says_what_it_hides_and_the_header_counts_everything(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        header = shown(app).splitlines()[0]
        await pilot.press("slash", *"FeatureStale", "enter")
        await settle(pilot, lambda: f"showing 1 of {len(fleet.ALERTS)} alerts" in shown(app))
        lines = shown(app).splitlines()
        assert lines[0][:60] == header[:60]
        firing = sum(status.phase == "firing" and status.alert.urgency == "page" for status in app.assessment.alerts)
        assert f"hides {firing} firing pages" in lines[2]
        assert "esc clears" in lines[2]
        await pilot.press("escape")
        await settle(pilot, lambda: "showing" not in shown(app))


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_every_screen_says_how_much_it_shows(make_app, settle, shown, size):
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key, word, what in (("1", "ranker", "services"), ("3", "latency", "SLOs"), ("4", "churn", "services")):
            await pilot.press(key, "slash", *word, "enter")
            await settle(pilot, lambda word=word: "FILTER" in shown(app) and word in shown(app).splitlines()[2])
            line = shown(app).splitlines()[2]
            assert (what in line and "showing" in line) or "hides" in line


async def test_the_fleets_filter_makes_no_firing_alert_look_gone(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert "the filter hides" not in shown(app)
        await pilot.press("slash", *"embedder", "enter")
        firing = sum(s.phase == "firing" and s.alert.urgency != "info" for s in app.assessment.alerts)
        await settle(pilot, lambda: f"ALERTS the filter hides {firing} that fire" in shown(app))


async def test_where_nothing_matches_a_source_that_fails_is_named(make_app, settle, shown):
    whole = fleet.snapshot(alerts=())
    gone = replace(whole.sources["main-am"], answered_at=whole.at - 600, failures=9, error="connection refused")
    app = make_app(poller=StaticPoller(replace(whole, sources={**whole.sources, "main-am": gone})))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"ranker", "enter")
        await settle(pilot, lambda: "Nothing matches ranker" in shown(app))
        assert "connection refused" in shown(app)


async def test_a_condition_on_a_screen_without_alerts_is_said_to_have_no_meaning(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"@state=firing")
        await settle(pilot, lambda: "column 1: expected a word or a matcher: @state is for alerts" in shown(app))
        assert rows(app) == len(fleet.CATALOGUE.services)


async def test_runbooks_are_filtered_by_the_same_syntax(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("5")
        await settle(pilot, lambda: app.screen.NAME == "runbooks" and rows(app) > 2)
        every = rows(app)
        await pilot.press("slash", *"-feature", "enter")
        await settle(pilot, lambda: f"of {every} runbooks" in shown(app))
        assert rows(app) < every


def memory(tmp_path):
    return Memory(PreferencesFile(tmp_path / "preferences.json"), "prod")


async def test_the_filter_is_on_again_in_the_next_run_and_plainly_visible(make_app, settle, shown, tmp_path):
    first = memory(tmp_path)
    app = make_app(preferences=first)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"@state=acked", "enter")
        await settle(pilot, lambda: "showing" in shown(app))
    await first.close()
    app = make_app(preferences=memory(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, FleetScreen)
        assert "FILTER" not in shown(app)
        await pilot.press("2")
        await settle(pilot, lambda: "FILTER" in shown(app))
        assert "@state=acked" in shown(app).splitlines()[2]
        assert f"of {len(fleet.ALERTS)} alerts" in shown(app)
        assert "Alerts: the filter of last time is on: @state=acked" in notices(app)
        await pilot.press("escape")
        await settle(pilot, lambda: "FILTER" not in shown(app))
    await app.desk.preferences.close()
    assert memory(tmp_path).here("filters").texts() == {}


async def test_what_was_only_typed_and_left_is_not_found_by_the_next_run(make_app, settle, shown, tmp_path):
    kept = memory(tmp_path)
    app = make_app(preferences=kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"rank")
        await settle(pilot, lambda: "FILTER" in shown(app))
    assert kept.here("filters").texts() == {}


async def test_a_filter_of_last_time_that_is_none_any_more_is_off_and_told(make_app, settle, shown, tmp_path):
    kept = memory(tmp_path)
    kept.here("filters").set("fleet", "@state=")
    app = make_app(preferences=kept)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: "the filter of last time is off" in notices(app))
        assert "FILTER" not in shown(app)
        assert rows(app) == len(fleet.CATALOGUE.services)


async def test_broken_preferences_are_told_in_one_line_and_stop_nothing(make_app, settle, tmp_path):
    (tmp_path / "preferences.json").write_text("{")
    app = make_app(preferences=memory(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: "begun anew" in notices(app))


async def test_a_filter_is_saved_under_a_name_and_offered_with_what_it_shows(make_app, settle, shown, tmp_path):
    kept = memory(tmp_path)
    app = make_app(preferences=kept, filters={"pages": 'severity="page"'})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "F")
        await settle(pilot, lambda: "no filter is on to be saved" in notices(app))
        await pilot.press("slash", *"@state=acked", "enter", "F", *"taken", "enter")
        await settle(pilot, lambda: "saved taken: @state=acked" in notices(app))
        assert kept.section("saved_filters").texts() == {"taken": "@state=acked"}
        await pilot.press("escape", "f")
        await settle(
            pilot, lambda: isinstance(app.screen, FilterPicker) and f"of {len(fleet.ALERTS)} alerts" in shown(app)
        )
        listed = [line for line in shown(app).splitlines() if "config" in line or "@state=acked" in line]
        assert "1 pages" in listed[0]
        assert "2 taken" in listed[1]
        acked = sum(status.phase == "acked" for status in app.assessment.alerts)
        assert f"{acked} of {len(fleet.ALERTS)} alerts" in listed[1]
        await pilot.press("2")
        await settle(pilot, lambda: isinstance(app.screen, AlertsScreen))
        assert app.screen.filter_text == "@state=acked"
        assert rows(app) == acked
        await pilot.press("f", "enter")
        await settle(pilot, lambda: isinstance(app.screen, AlertsScreen))
        assert app.screen.filter_text == 'severity="page"'


async def test_x_forgets_a_saved_filter_and_not_a_configured_one(make_app, settle, shown, tmp_path):
    kept = memory(tmp_path)
    kept.section("saved_filters").update({"mine": "ranker", "pages": "hidden by the configured one"})
    app = make_app(preferences=kept, filters={"pages": 'severity="page"'})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2", "f")
        await settle(pilot, lambda: "mine" in shown(app))
        assert "hidden by" not in shown(app)
        await pilot.press("x")
        await settle(pilot, lambda: "pages stands in the configuration" in notices(app))
        await pilot.press("j", "x")
        await settle(pilot, lambda: "forgot mine: ranker" in notices(app))
        assert "mine" not in kept.section("saved_filters").texts()
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, AlertsScreen))
        assert app.screen.filter_text == ""


@pytest.mark.parametrize(
    ("name", "told"), [("pages", "stands in the configuration"), ("a b", "expected a name"), ("", "expected a name")]
)
async def test_a_name_that_cannot_be_taken_is_told(make_app, settle, tmp_path, name, told):
    kept = memory(tmp_path)
    app = make_app(preferences=kept, filters={"pages": 'severity="page"'})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"ranker", "enter", "F", *name, "enter")
        await settle(pilot, lambda: told in notices(app))
        assert kept.section("saved_filters").texts() == {}


async def test_a_saved_filter_that_means_nothing_here_is_shown_so_and_refused(make_app, settle, shown):
    app = make_app(filters={"taken": "@state=acked"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("f")
        await settle(pilot, lambda: "not here" in shown(app))
        await pilot.press("1")
        await settle(pilot, lambda: "@state is for alerts" in notices(app))
        assert app.screen.filter_text == ""


async def test_the_command_line_takes_a_filters_name_or_its_text(make_app, settle, shown):
    app = make_app(filters={"taken": "@state=acked"})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "colon", *"filter ta")
        await pilot.pause(0.2)
        await pilot.press("tab", "enter")
        await settle(pilot, lambda: app.screen.filter_text == "@state=acked")
        await pilot.press("colon", *"filter severity=page", "enter")
        await settle(pilot, lambda: app.screen.filter_text == "severity=page")
        await pilot.press("colon", *"filter @state=", "enter")
        await settle(pilot, lambda: "filter: column 8: expected a value" in notices(app))


async def test_hostile_label_values_are_offered_harmless(make_app, settle, shown):
    nasty = fleet.alert("[red]x\x1b[31m", "a\u202eb", "page", 5)
    app = make_app(poller=StaticPoller(fleet.snapshot(alerts=(nasty,))))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"alertname=")
        await settle(pilot, lambda: "▸ [red]x" in shown(app))
        assert "\x1b" not in shown(app)
        await pilot.press("tab", "enter")
        await settle(pilot, lambda: rows(app) == 1 and "showing 1 of 1" in shown(app))
        assert "\x1b" not in shown(app)


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (60, 15), (200, 60)])
async def test_typing_survives_every_size(make_app, settle, size):
    app = make_app(filters={"taken": "@state=acked"})
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"@state=", "tab", *" x=", "enter", "escape", "f")
        await settle(pilot, lambda: isinstance(app.screen, FilterPicker))
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, AlertsScreen))

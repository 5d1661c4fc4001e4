"""An alert opened: what it shows, what it says of what is not known, and where its keys lead."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.core.alert_rule import AlertRule, Comparison, RuleCurve, RuleCurves
from oncall_tui.core.errors import Unreachable
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.recurrence import Recurrence
from oncall_tui.core.routing import Receiver, Route, Routing
from oncall_tui.core.time_intervals import TimeInterval
from oncall_tui.journal import Journal
from oncall_tui.ui.screens.alert_detail import AlertDetailScreen
from oncall_tui.ui.screens.alerts import AlertsScreen
from oncall_tui.ui.screens.links import LinksScreen
from oncall_tui.ui.screens.slo_detail import SloDetailScreen

RULE = AlertRule('slo:ratio5m{service="ranker"} > 0.05', "main's rules", 120.0)


class Prometheus:
    """Knows one rule, whose value rises over its bound."""

    name, url = "main", "http://prom:9090"
    BOUND = 0.05

    def __init__(self, trouble=None):
        self.trouble, self.asked = trouble, 0

    async def alert_rule(self, labels):
        self.asked += 1
        if self.trouble:
            raise self.trouble
        return RULE

    async def rule_curves(self, expression, labels, start, end, step):
        points = tuple((start + step * n, 0.001 * n) for n in range(int((end - start) // step) + 1))
        return RuleCurves((RuleCurve("", points, Comparison("slo:ratio5m", ">", self.BOUND)),))

    async def recurrence(self, labels, at):
        if self.trouble:
            raise self.trouble
        return Recurrence(at, at - 6 * 86_400, ((at - 40 * 3_600, 2), (at - 3_600, 3)))


ROUTING = Routing(
    Route(
        "default",
        routes=(
            Route("page", parse_matchers('severity="page"'), goes_on=True),
            Route("nobody", parse_matchers('service="ranker"'), muted=("nights",)),
        ),
    ),
    {"page": Receiver("page", ("pagerduty", "slack", "slack")), "nobody": Receiver("nobody")},
    {"nights": (TimeInterval(),)},
)


def notices(app):
    return " | ".join(notification.message for notification in app._notifications)


async def opened(pilot, settle, fingerprint="rankeraccuracyburn"):
    await settle(pilot)
    app = pilot.app
    app.open_alert(next(one for one in app.assessment.alerts if one.alert.fingerprint == fingerprint))
    await settle(pilot, lambda: isinstance(app.screen, AlertDetailScreen))


async def test_enter_on_an_alert_opens_it_enter_again_its_slo_and_esc_leads_back(make_app, settle, shown):
    app = make_app(metrics=[Prometheus()])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2", "j", "enter")
        await settle(pilot, lambda: isinstance(app.screen, AlertDetailScreen) and "> 0.05" in shown(app))
        assert "RankerAccuracyBurn" in shown(app)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, SloDetailScreen))
        assert "ranker/accuracy" in shown(app)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, AlertDetailScreen))
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, AlertsScreen))


async def test_the_rule_the_slo_the_silences_and_the_history_stand_side_by_side(make_app, settle, shown, tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3")
    words = {"comment": "ACK! warming the cache"}
    ack = journal.record(
        Event(fleet.NOW - 9_000, EventKind.ACK_INTENDED, "jo", fingerprint="rankeraccuracyburn", payload=words)
    )
    journal.record(Event(fleet.NOW - 8_999, EventKind.ACK_DONE, "jo", fingerprint="rankeraccuracyburn", intent=ack))
    app = make_app(metrics=[Prometheus()])
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot, settle)
        await settle(pilot, lambda: "warming the cache" in shown(app))
        text = shown(app)
        assert 'slo:ratio5m{service="ranker"} > 0.05' in text
        assert "from main's rules, for 2m" in text
        assert "ranker/accuracy" in text
        assert "last taken   jo 2h30m ago ACK! warming the cache" in text
        assert "inhibits" in text
        assert "RankerAccuracyBurn2" in text


async def test_who_is_told_how_often_it_comes_and_how_far_it_reaches(make_app, settle, shown):
    app = make_app(StaticPoller(fleet.snapshot(routings={"main-am": ROUTING})), metrics=[Prometheus()])
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot, settle)
        # To the last line: what comes in while the screen is laid out makes room for itself.
        await settle(pilot, lambda: "3x in 24h" in shown(app) and "pending counts" in shown(app))
        text = shown(app)
        assert "3x in 24h · 5x in 30d (at least: records go back 6d)" in text
        assert 'page (pagerduty, 2 slack) by severity="page"' in text
        assert "nobody (has no integration: it tells nobody) ◇ nobody now: muted by the time interval nights" in text
        assert "Alertmanager says page: its routes are others by now" in text
        assert "service=ranker 2 of 5 other alerts of ranker" in text
        assert "downstream" in text


async def test_routes_that_are_not_known_and_records_that_are_not_kept_say_so(make_app, settle, shown):
    prometheus = Prometheus()

    async def none(labels, at):
        return None

    prometheus.recurrence = none
    app = make_app(metrics=[prometheus])
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot, settle)
        await settle(pilot, lambda: "? not known: main keeps no record of it (ALERTS_FOR_STATE)" in shown(app))
        assert "? the routes of main-am are not known; by its own word: page" in shown(app)


async def test_what_is_not_known_says_so_and_never_looks_calm(make_app, settle, shown):
    app = make_app(metrics=[Prometheus(Unreachable("main: connection refused"))])
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle)
        await settle(pilot, lambda: "no data: main: connection refused" in shown(app))
        assert "? not known: main: connection refused" in shown(app)


async def test_an_alert_that_ends_while_it_is_read_stays_and_says_so(make_app, settle, shown):
    poller = StaticPoller()
    app = make_app(poller, metrics=[Prometheus()])
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settle)
        whole = fleet.snapshot()
        left = tuple(one for one in whole.alerts if one.fingerprint != "rankeraccuracyburn")
        poller.hand(replace(whole, alerts=left))
        await settle(pilot, lambda: "? not listed" in shown(app))
        assert "lists it no more: it ended" in shown(app)
        silent = dict(whole.sources)
        silent["main-am"] = replace(silent["main-am"], answered_at=fleet.NOW - 900, failures=9, error="timed out")
        poller.hand(replace(whole, alerts=left, sources=silent))
        await settle(pilot, lambda: "nobody can say" in shown(app))
        assert "lists it no more" not in shown(app)
        poller.hand(whole)
        await settle(pilot, lambda: "● firing" in shown(app))


async def test_hostile_text_is_shown_as_text(make_app, settle, shown):
    app = make_app(metrics=[Prometheus()])
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, settle, "[red]hostile[/red] \x1b[2j")
        assert "[red]Hostile[/red] ␛[2J" in shown(app)
        assert "[@click=app.quit]x[/]" in shown(app)


async def test_links_are_listed_with_where_they_go_and_copied_where_there_is_no_browser(
    make_app, settle, shown, monkeypatch
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settle)
        await pilot.press("o")
        await settle(pilot, lambda: isinstance(app.screen, LinksScreen) and "goes to" in shown(app))
        assert "runbooks.example" in shown(app)
        await pilot.press("enter")
        await settle(pilot, lambda: "clipboard" in notices(app))
        assert app.clipboard == "https://runbooks.example/ranker"


async def test_a_browser_is_given_the_link_and_nothing_else(make_app, settle, monkeypatch):
    given = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.open", lambda *what: given.append(what) or False)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settle)
        await pilot.press("o", "enter")
        await settle(pilot, lambda: "no browser took" in notices(app))
        assert given == [("https://runbooks.example/ranker",)]


async def test_an_alert_without_links_says_so(make_app, settle):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settle, "featuredrift")
        await pilot.press("o")
        await settle(pilot, lambda: "no http or https link" in notices(app))


async def test_prometheus_is_not_asked_again_for_every_poll(make_app, settle):
    prometheus, poller, now = Prometheus(), StaticPoller(), [fleet.NOW]
    app = make_app(poller, metrics=[prometheus], clock=lambda: now[0])
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, settle)
        await settle(pilot, lambda: prometheus.asked == 1)
        for _ in range(3):
            poller.hand(fleet.snapshot())
            await settle(pilot)
        assert prometheus.asked == 1
        await pilot.press("w")
        await settle(pilot, lambda: prometheus.asked == 2)
        now[0] += 61
        poller.hand(fleet.snapshot(at=fleet.NOW + 1))
        await settle(pilot, lambda: prometheus.asked == 3)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_how_an_alert_looks(snap_compare, make_app, settle, size):
    async def press(pilot):
        await opened(pilot, settle)
        await settle(
            pilot,
            lambda: (
                pilot.app.screen._looked is not None
                and pilot.app.screen._recalled is not None
                and pilot.app.screen._deeds is not None
            ),
        )
        await pilot.pause(0.3)

    poller = StaticPoller(fleet.snapshot(routings={"main-am": ROUTING}))
    assert snap_compare(make_app(poller, metrics=[Prometheus()]), run_before=press, terminal_size=size)


async def test_y_copies_in_a_form_that_is_chosen_from_the_list_and_from_the_alert(make_app, settle, shown):
    from oncall_tui.ui.screens.copy_alert import CopyAlertScreen

    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, settle)
        await pilot.press("y")
        await settle(
            pilot, lambda: isinstance(app.screen, CopyAlertScreen) and "FIRING RankerAccuracyBurn" in shown(app)
        )
        await pilot.press("j", "j")
        await settle(pilot, lambda: "amtool alert query" in shown(app))
        await pilot.press("enter")
        await settle(pilot, lambda: "as amtool was handed" in notices(app))
        assert app.clipboard.startswith("amtool alert query --alertmanager.url=http://am:9093 --active")
        await pilot.press("escape", "2", "j", "space", "space", "y")
        await settle(pilot, lambda: isinstance(app.screen, CopyAlertScreen) and "2 alerts" in shown(app))
        await pilot.press("2")
        await settle(pilot, lambda: app.clipboard.count("**FIRING**") == 2)

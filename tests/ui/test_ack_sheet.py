"""`A`: acknowledging with words and an end, a whole group, and from and to others."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller
from test_dashboard import Alertmanager, notices
from textual.widgets import Input

from oncall_tui.core.alerts import AlertBoard, AlertGroup, SilenceState
from oncall_tui.ui.screens.ack_sheet import AckSheet
from oncall_tui.ui.screens.confirm import Confirm

STALE_ELSEWHERE = fleet.alert("RankerAccuracyBurn", "gateway", "page", 100)
STALE_ELSEWHERE = replace(STALE_ELSEWHERE, fingerprint="gatewayburn")
GROUP = AlertGroup("main-am", {"alertname": "RankerAccuracyBurn"}, "page", ("rankeraccuracyburn", "gatewayburn"))
HOSTILE_GROUP = AlertGroup(
    "main-am", {"alertname": "[red]Hostile[/red] \x1b[2J"}, "page", (fleet.ALERTS[5].fingerprint,)
)


class Grouped(Alertmanager):
    """The fixed alerts and one more, on a board, changed in place as a real one does it."""

    alerts = (*fleet.ALERTS[:6], STALE_ELSEWHERE)

    async def board(self):
        if self.trouble:
            raise self.trouble
        return AlertBoard(alerts=tuple([await self.alert(one.fingerprint, one.labels) for one in self.alerts]))

    async def alert(self, fingerprint, labels):
        alert = next((a for a in self.alerts if a.fingerprint == fingerprint), None)
        by = tuple(s.id for s in self.silences.values() if s.state is SilenceState.ACTIVE and s.hides(labels))
        return replace(alert, silenced_by=by) if alert else None

    async def post_silence(self, draft):
        if old := self.silences.get(draft.id):
            self.posted.append(draft)
            changed = {"author": draft.author, "comment": draft.comment, "ends_at": draft.ends_at}
            self.silences[draft.id] = replace(old, **changed)
            return draft.id
        return await super().post_silence(draft)


def snapshot():
    return replace(fleet.snapshot(alerts=(*fleet.ALERTS, STALE_ELSEWHERE)), groups=(GROUP, HOSTILE_GROUP))


@pytest.fixture
def staged(make_app):
    def make(am=None, **more):
        am = am or Grouped()
        return am, make_app(StaticPoller(snapshot()), sources={"main-am": am}, **more)

    return make


async def on(pilot, settle, name):
    """Put the cursor on an alert, in its own service."""
    await pilot.press("2")
    await settle(pilot)
    for _ in range(20):
        if pilot.app.screen.alerts_in_hand()[0].alert.fingerprint == name:
            return
        await pilot.press("j")
        await pilot.pause()
    raise AssertionError(name)


async def opened(pilot, settle, name):
    await on(pilot, settle, name)
    await pilot.press("A")
    await settle(pilot, lambda: isinstance(pilot.app.screen, AckSheet))


async def test_one_alert_with_words_and_an_end(staged, settle, shown):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "rankeraccuracyburn")
        assert "Acknowledge RankerAccuracyBurn" in shown(app)
        assert "hides 1 alert now" in shown(app)
        await pilot.press(*"the index", "tab", "2", "h", "enter")
        await settle(pilot, lambda: am.posted)
        [draft] = am.posted
        assert (draft.comment, draft.author) == ("ACK! the index", "sre")
        assert len(draft.matchers) == 4
        await settle(pilot, lambda: "RankerAccuracyBurn is yours" in notices(app))


async def test_a_group_shows_what_it_hides_and_asks_where_other_services_are_among_it(staged, settle, shown):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "rankeraccuracyburn")
        await pilot.press("shift+tab", "down", "space")
        await settle(pilot, lambda: "hides 2 alerts now" in shown(app))
        assert "hides 1 alert that ranker has no part in: gateway" in shown(app)
        assert "gateway !" in shown(app)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")  # a reflex is no answer
        await pilot.pause()
        assert not am.posted
        await pilot.press("y")
        await settle(pilot, lambda: "RankerAccuracyBurn and 1 more are yours" in notices(app))
        assert [[str(m) for m in draft.matchers] for draft in am.posted] == [['alertname="RankerAccuracyBurn"']]


async def test_keeping_is_chosen_with_space_and_stands_in_the_comment(staged, settle, shown):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "rankeraccuracyburn")
        assert "keep it while it fires, for 12h at most" in shown(app)
        await pilot.press("tab", "tab", "tab", "space")
        await settle(pilot, lambda: "✓ keep it" in shown(app))
        await pilot.press("enter")
        await settle(pilot, lambda: am.posted)
        assert am.posted[0].comment == "ACK! acknowledged with oncall-tui (kept while firing)"


async def test_on_a_heading_a_asks_about_the_group_and_posts_its_labels(staged, settle, shown):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2", "slash", *"RankerAccuracyBurn", "enter")
        app.run_command("group alertname")
        await settle(pilot)
        await pilot.press("g")
        for _ in range(10):
            if (group := app.screen.group_in_hand()) and group[0] == {"alertname": "RankerAccuracyBurn"}:
                break
            await pilot.press("j")
            await pilot.pause()
        await pilot.press("a")
        await settle(pilot, lambda: isinstance(app.screen, AckSheet))
        text = shown(app)
        assert '✓ the whole group: alertname="RankerAccuracyBurn"' in text
        assert "· these 2 alerts, each by its own labels" in text
        assert "hides 2 alerts now" in text
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await settle(pilot, lambda: am.posted)
        assert [[str(m) for m in draft.matchers] for draft in am.posted] == [['alertname="RankerAccuracyBurn"']]


async def test_leaving_does_nothing(staged, settle):
    am, app = staged()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "rankeraccuracyburn")
        await pilot.press(*"x", "escape")
        await settle(pilot, lambda: app.front is not None)
        assert not am.posted


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [(("tab", *"nonsense"), "is no end"), (("tab", "tab", "backspace"), "say who has it")],
)
async def test_what_cannot_be_read_is_told_and_not_posted(staged, settle, shown, keys, complaint):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "rankeraccuracyburn")
        await pilot.press(*keys)
        await settle(pilot, lambda: complaint in shown(app))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, AckSheet)
        assert not am.posted


async def test_a_on_what_another_has_does_nothing_and_says_how_to_take_it_over(staged, settle):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await on(pilot, settle, "featurestale")
        await pilot.press("a")
        await settle(pilot, lambda: "is maria’s" in notices(app))
        assert "A takes it over" in notices(app)
        assert not am.posted


async def test_taking_over_says_who_had_it_and_who_has_it(staged, settle, shown):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "featurestale")
        assert "Take over FeatureStale from maria" in shown(app)
        assert "maria → sre: taken over" in shown(app)
        await pilot.press("enter")
        await settle(pilot, lambda: "(maria → sre)" in notices(app))
        [draft] = am.posted
        assert (draft.id, draft.author) == ("s1", "sre")
        assert "(taken over from maria)" in draft.comment


async def test_what_another_has_for_longer_is_not_shortened_by_a_reflex(staged, settle):
    am = Grouped()
    am.silences["s1"] = replace(am.silences["s1"], ends_at=fleet.NOW + 7_200)
    _, app = staged(am)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        app.desk.poller.hand(replace(snapshot(), silences=tuple(am.silences.values())))
        await settle(pilot)
        await opened(pilot, settle, "featurestale")
        await pilot.press("enter")
        await settle(pilot, lambda: am.posted)
        assert am.posted[0].ends_at == fleet.NOW + 7_200


async def test_handing_over_ones_own(staged, settle, shown):
    am = Grouped()
    am.silences["s1"] = replace(am.silences["s1"], author="sre")
    poller = StaticPoller(replace(snapshot(), silences=tuple(am.silences.values())))
    _, app = staged(am)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        app.desk.poller.hand(poller.now)
        await settle(pilot)
        await opened(pilot, settle, "featurestale")
        assert "Renew FeatureStale, or hand it over" in shown(app)
        assert app.screen.query_one("#words", Input).value == "on it"
        await pilot.press("tab", "tab", *"joe")
        await settle(pilot, lambda: "sre → joe: handed over" in shown(app))
        await pilot.press("enter")
        await settle(pilot, lambda: "FeatureStale is joe’s" in notices(app))
        assert am.posted[0].comment == "ACK! on it (handed over by sre)"


async def test_read_only_opens_nothing(staged, settle):
    am, app = staged(read_only="told to")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await on(pilot, settle, "rankeraccuracyburn")
        await pilot.press("A")
        await settle(pilot, lambda: "read-only" in notices(app))
        assert app.front is not None
        assert not am.posted


async def test_hostile_labels_are_only_words(staged, settle, shown):
    am, app = staged()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, fleet.ALERTS[5].fingerprint)
        assert "[red]Hostile[/red] ␛[2J" in shown(app)
        await pilot.press("shift+tab", "down", "space", "enter")
        await settle(pilot, lambda: am.posted)
        assert am.posted[0].matchers[0].value == "[red]Hostile[/red] \x1b[2J"


async def test_taking_a_group_back_says_how_many_ring_again_and_ends_it_once(staged, settle):
    am = Grouped()
    _, app = staged(am)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "rankeraccuracyburn")
        await pilot.press("shift+tab", "down", "space", "enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await settle(pilot, lambda: "2 more" in notices(app) or "1 more are yours" in notices(app))
        board = await am.board()
        active = tuple(s for s in am.silences.values() if s.state is SilenceState.ACTIVE)
        app.desk.poller.hand(replace(snapshot(), alerts=board.alerts, silences=active))
        await settle(pilot)
        await on(pilot, settle, "rankeraccuracyburn")
        await pilot.press("u")
        await settle(pilot, lambda: "RankerAccuracyBurn and 1 more ring again" in notices(app))
        assert am.silences["new1"].state is SilenceState.EXPIRED


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_the_sheet_is_whole_on_a_small_screen(staged, settle, shown, size):
    _, app = staged()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await opened(pilot, settle, "rankeraccuracyburn")
        text = shown(app)
        for word in ("this alert", "why", "until", "by", "hides 1 alert now"):
            assert word in text


async def test_what_a_service_explains_is_acknowledged_with_it_after_it_was_shown(staged, shown, settle):
    am, app = staged()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for _ in range(10):
            if app.screen.service_in_hand() == "feature-store":
                break
            await pilot.press("j")
            await pilot.pause()
        assert app.screen.service_in_hand() == "feature-store"
        await pilot.press("A")
        await settle(pilot, lambda: isinstance(app.screen, AckSheet))
        assert "with what feature-store explains: gateway, ranker" in shown(app)
        assert am.posted == []
        await pilot.press("shift+tab", "down", "space")
        await settle(pilot, lambda: "hides 4 alerts now" in shown(app))
        await pilot.press("enter")
        await settle(pilot, lambda: len(am.posted) >= 3, seconds=20)
        services = {m.value for draft in am.posted for m in draft.matchers if m.name == "service"}
        assert {"ranker", "gateway"} <= services
        assert "nobody" not in services

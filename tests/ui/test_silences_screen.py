"""Screen 8 and the editor: what is shown before it is posted, and what the keys do."""

from __future__ import annotations

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller
from textual.widgets import Input

from oncall_tui.core.alerts import AlertBoard, Silence, SilenceState, exact_matchers
from oncall_tui.core.errors import Refused
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.ui.screens.ask_end import AskEnd
from oncall_tui.ui.screens.confirm import Confirm
from oncall_tui.ui.screens.silence_editor import SilenceEditor
from oncall_tui.ui.screens.silences import SilencesScreen

NOW = fleet.NOW
SIZES = [(80, 24), (60, 15)]


def silence(name: str, matchers: str, began: float, ends: float, **more: object) -> Silence:
    made = Silence(
        "main-am", name, parse_matchers(matchers), NOW + began, NOW + ends, "maria", "the nodes are moved",
        SilenceState.ACTIVE,
    )  # fmt: skip
    return replace(made, **more)


ALERTS = (*fleet.ALERTS, fleet.alert("DiskFull", "infra", "ticket", 5_000, silenced_by=("ending",)))
KEPT = replace(fleet.SILENCES[0], comment="ACK! (kept while firing by maria@laptop) on it")
SILENCES = (
    KEPT,
    fleet.SILENCES[1],
    silence("ending", 'alertname="DiskFull"', -7_200, 720),
    silence("idle", 'alertname="NobodyHasThis"', -9_000, 90_000, author="joe"),
    silence("later", 'service="ranker"', 3_600, 7_200, state=SilenceState.PENDING, comment=""),
)
OVER = (silence("over", 'alertname=~"Feature.*"', -9_000, -1_800, state=SilenceState.EXPIRED),)


def staged() -> StaticPoller:
    return StaticPoller(fleet.snapshot(alerts=ALERTS, silences=SILENCES, expired=OVER))


class Alertmanager:
    """One that keeps silences, changes them as a real one does, and may refuse."""

    url = "http://am"

    def __init__(self, name: str = "main-am") -> None:
        self.name = name
        self.trouble: Exception | None = None
        self.silences = {s.id: s for s in (*SILENCES, *OVER)}
        self.posted: list[object] = []

    async def board(self) -> AlertBoard:
        return AlertBoard()

    async def post_silence(self, draft) -> str:
        if self.trouble:
            raise self.trouble
        self.posted.append(draft)
        name = draft.id or f"new{len(self.posted)}"
        self.silences[name] = Silence(
            self.name, name, draft.matchers, draft.starts_at, draft.ends_at, draft.author, draft.comment,
            SilenceState.ACTIVE,
        )  # fmt: skip
        return name

    async def silence(self, silence_id: str) -> Silence | None:
        return self.silences.get(silence_id)

    async def expire_silence(self, silence_id: str) -> None:
        self.silences[silence_id] = replace(self.silences[silence_id], state=SilenceState.EXPIRED)

    async def alert(self, fingerprint: str, labels: object) -> None:
        return None

    async def close(self) -> None:
        pass


def notices(app) -> str:
    return " | ".join(f"{n.title}: {n.message}" for n in app._notifications)


def typed(app, field: str) -> str:
    return app.screen.query_one(f"#{field}", Input).value


async def open_silences(pilot, settle, *keys: str) -> None:
    await settle(pilot)
    await pilot.press("8")
    await settle(pilot, lambda: isinstance(pilot.app.screen, SilencesScreen))
    for key in keys:
        await pilot.press(key)
    await settle(pilot)


async def type_in(pilot, text: str) -> None:
    for letter in text:
        await pilot.press(
            {" ": "space", '"': "quotation_mark", "=": "equals_sign", "!": "exclamation_mark"}.get(letter, letter)
        )


async def test_each_silence_tells_how_it_stands_and_what_it_hides(make_app, settle, shown):
    app = make_app(staged())
    async with app.run_test(size=(120, 40)) as pilot:
        await open_silences(pilot, settle)
        text = shown(app)
        rows = {
            word: next(line for line in text.splitlines() if word in line)
            for word in ("▲ ending", "◐ kept", "∅ active", "◌ pending", "○ expired")
        }
        assert "1 DiskFull" in rows["▲ ending"]
        assert "12m" in rows["▲ ending"]
        assert "1 FeatureStale" in rows["◐ kept"]
        assert "NodeReboot" in rows["∅ active"]
        assert 'service="ranker"' in rows["◌ pending"]
        assert "30m ago" in rows["○ expired"]
        assert "ends in 12m while 1 alert it hides still fires" in text  # the first row's detail
        assert "1 ending" in text


async def test_what_hides_nothing_says_so_and_the_filter_finds_it(make_app, settle, shown):
    app = make_app(staged())
    async with app.run_test(size=(120, 40)) as pilot:
        await open_silences(pilot, settle)
        app.filter_by("author=joe")
        await settle(pilot)
        assert "hides nothing now, 2h30m after it began" in shown(app)
        assert "DiskFull" not in shown(app)
        app.filter_by("state=expired")
        await settle(pilot)
        assert "would hide" in shown(app)


async def test_a_silence_that_ends_soon_is_told_once_and_again_only_with_another_end(make_app, settle):
    poller = staged()
    app = make_app(poller)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        word = "silence by maria ends in 12m while 1 alert still fires"
        assert notices(app).count(word) == 1
        poller.hand(replace(poller.now, at=NOW + 15))
        await settle(pilot)
        assert notices(app).count("silence by maria ends") == 1
        assert "ack by" not in notices(app)  # a kept one is extended
        longer = tuple(replace(s, ends_at=s.ends_at + 300) if s.id == "ending" else s for s in SILENCES)
        poller.hand(replace(poller.now, silences=longer))
        await settle(pilot)
        assert notices(app).count("silence by maria ends") == 2


async def test_when_the_alertmanager_is_gone_nobody_can_say(make_app, settle, shown):
    poller = staged()
    sources = dict(poller.now.sources)
    sources["main-am"] = replace(sources["main-am"], answered_at=NOW - 900, error="connection refused")
    app = make_app(StaticPoller(replace(poller.now, sources=sources)))
    async with app.run_test(size=(120, 30)) as pilot:
        await open_silences(pilot, settle)
        assert "? no answer" in shown(app)
        assert "what it hides nobody can say" in shown(app)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_an_alert_is_silenced_from_its_labels_after_a_preview(make_app, settle, shown, size):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: app.front is not None and app.front.alerts_in_hand())
        app.filter_by("FeatureDrift")
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor))
        assert typed(app, "matchers") == 'alertname="FeatureDrift", service="ranker"'
        assert "hides 1 alert now" in shown(app)
        assert "FeatureDrift" in shown(app)
        assert app.focused.id == "comment"
        await pilot.press("enter")
        await settle(pilot)
        assert am.posted == []
        assert "needs a comment" in notices(app)
        await type_in(pilot, "known")
        await settle(pilot)
        assert "amtool silence add" in shown(app)
        await pilot.press("enter")
        await settle(pilot, lambda: am.posted)
        [draft] = am.posted
        assert draft.comment == "known"
        assert draft.ends_at == NOW + 7_200
        await settle(pilot, lambda: "silenced to" in notices(app))


async def test_space_puts_a_label_in_and_out_and_the_line_follows(make_app, settle, shown):
    app = make_app(staged(), sources={"main-am": Alertmanager()})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        app.filter_by("FeatureDrift")
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor))
        app.screen.query_one("#labels").focus()
        await pilot.press("space")
        await settle(pilot)
        assert typed(app, "matchers") == 'service="ranker"'
        assert "hides 3 alerts now" in shown(app)
        await pilot.press("down", "down", "space")
        await settle(pilot)
        assert typed(app, "matchers") == 'service="ranker", feature="user_ctr_7d"'


async def test_a_mistake_is_told_by_its_column_as_it_is_typed(make_app, settle, shown):
    app = make_app(staged())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_silences(pilot, settle, "s")
        assert isinstance(app.screen, SilenceEditor)
        assert app.focused.id == "matchers"
        await type_in(pilot, 'a="b", c')
        await settle(pilot)
        assert "column 8: expected" in shown(app)


async def test_one_that_would_hide_everything_is_refused(make_app, settle, shown):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(60, 15)) as pilot:
        await open_silences(pilot, settle, "s")
        await type_in(pilot, 'severity!="page"')
        app.screen.query_one("#comment", Input).value = "x"
        await settle(pilot)
        assert "would hide EVERYTHING: refused" in shown(app)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, SilenceEditor)
        assert am.posted == []


async def test_one_over_other_services_is_asked_for_once_more(make_app, settle, shown):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.run_command('silence alertname=~"Feature.*|DiskFull"')
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor))
        app.screen.query_one("#comment", Input).value = "known"
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        assert "hides alerts of" in shown(app)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor))
        assert am.posted == []
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await settle(pilot, lambda: am.posted)


async def test_what_was_refused_comes_back_with_why_and_nothing_is_typed_twice(make_app, settle, shown):
    am = Alertmanager()
    am.trouble = Refused("main-am: 500", "look at its log")
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(100, 30)) as pilot:
        await open_silences(pilot, settle, "s")
        await type_in(pilot, 'a="b"')
        app.screen.query_one("#comment", Input).value = "known"
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor) and "not posted" in shown(app))
        assert "look at its log" in shown(app)
        assert typed(app, "comment") == "known"
        assert typed(app, "matchers") == 'a="b"'


async def test_the_filter_becomes_matchers_and_its_words_are_told_to_be_left_out(make_app, settle):
    app = make_app(staged())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        app.filter_by('severity="ticket" drift')
        await settle(pilot)
        app.run_command("silence filter")
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor))
        assert typed(app, "matchers") == 'severity="ticket"'
        assert "drift is left out" in notices(app)


async def test_on_the_fleet_the_service_is_silenced(make_app, settle):
    app = make_app(staged())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor))
        assert typed(app, "matchers") == 'service="ranker"'


async def test_extending_asks_for_how_long_and_keeps_the_id(make_app, settle, shown):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(80, 24)) as pilot:
        await open_silences(pilot, settle, "plus")
        assert isinstance(app.screen, AskEnd)
        assert "in 1h12m" in shown(app)
        await pilot.press("down")
        await settle(pilot, lambda: "in 4h12m" in shown(app))
        await pilot.press("enter")
        await settle(pilot, lambda: am.posted)
        assert am.posted[0].id == "ending"
        assert am.posted[0].ends_at == NOW + 720 + 4 * 3_600
        await settle(pilot, lambda: "silenced to" in notices(app))


async def test_nonsense_as_an_answer_is_told_and_not_taken(make_app, settle, shown):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(60, 15)) as pilot:
        await open_silences(pilot, settle, "plus", "x", "enter")
        assert isinstance(app.screen, AskEnd)
        assert "is no end" in shown(app)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, SilencesScreen))
        assert am.posted == []


async def test_ending_shows_what_rings_again_and_enter_is_not_enough(make_app, settle, shown):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(80, 24)) as pilot:
        await open_silences(pilot, settle, "x")
        assert isinstance(app.screen, Confirm)
        assert "1 alert will ring again" in shown(app)
        assert "DiskFull" in shown(app)
        await pilot.press("enter")
        await settle(pilot)
        assert am.silences["ending"].state is SilenceState.ACTIVE
        await pilot.press("y")
        await settle(pilot, lambda: am.silences["ending"].state is SilenceState.EXPIRED)
        await settle(pilot, lambda: "Silence ended" in notices(app))


async def test_an_expired_one_is_made_again_in_the_editor(make_app, settle):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(80, 24)) as pilot:
        await open_silences(pilot, settle, "G", "c")
        assert isinstance(app.screen, SilenceEditor)
        assert typed(app, "matchers") == 'alertname=~"Feature.*"'
        assert typed(app, "end") == "2h"
        assert typed(app, "author") == "sre"


async def test_editing_the_comment_is_in_place_and_other_matchers_are_told_to_make_a_new_one(make_app, settle, shown):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am})
    async with app.run_test(size=(100, 30)) as pilot:
        await open_silences(pilot, settle, "e")
        assert isinstance(app.screen, SilenceEditor)
        assert "changed in place" in shown(app)
        app.screen.query_one("#matchers", Input).value = 'alertname="DiskFull",service="infra"'
        await settle(pilot, lambda: "a new silence is made" in shown(app))
        app.screen.query_one("#matchers", Input).value = 'alertname="DiskFull"'
        app.screen.query_one("#comment", Input).value = "it takes longer"
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot, lambda: am.posted)
        [draft] = am.posted
        assert (draft.id, draft.comment, draft.ends_at) == ("ending", "it takes longer", NOW + 720)


async def test_where_there_are_several_alertmanagers_one_chooses(make_app, settle):
    ams = {name: Alertmanager(name) for name in ("main-am", "other-am")}
    app = make_app(staged(), sources=ams)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_silences(pilot, settle, "s")
        await type_in(pilot, 'a="b"')
        app.screen.query_one("#comment", Input).value = "known"
        app.screen.query_one("#places").focus()
        await settle(pilot)
        await pilot.press("space", "enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm) or ams["other-am"].posted)
        if isinstance(app.screen, Confirm):
            await pilot.press("y")
        await settle(pilot, lambda: ams["other-am"].posted)
        assert ams["main-am"].posted == []


async def test_read_only_refuses_every_key(make_app, settle):
    am = Alertmanager()
    app = make_app(staged(), sources={"main-am": am}, read_only="told to")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_silences(pilot, settle, "s", "x", "plus", "e", "c")
        assert isinstance(app.screen, SilencesScreen)
        assert notices(app).count("read-only") == 5


async def test_hostile_words_are_only_words(make_app, settle, shown):
    hostile = silence("evil", 'a="[red]x[/] \x1b[2J"', -60, 900, author="[/nope", comment="\u202e[@click=app.quit]x[/]")
    app = make_app(StaticPoller(fleet.snapshot(silences=(hostile,))))
    async with app.run_test(size=(120, 30)) as pilot:
        await open_silences(pilot, settle)
        assert "[red]x[/]" in shown(app)
        assert "\x1b" not in shown(app)
        await pilot.press("e")
        await settle(pilot, lambda: isinstance(app.screen, SilenceEditor))
        assert "\x1b" not in shown(app)


async def test_silences_of_an_alert_can_be_ended_from_the_alerts(make_app, settle, shown):
    am = Alertmanager()
    whole = fleet.snapshot(alerts=ALERTS, silences=SILENCES)
    app = make_app(StaticPoller(whole), sources={"main-am": am})
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        app.filter_by("DiskFull")
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        assert "DiskFull" in shown(app)
        await pilot.press("escape")


def test_the_fixed_alerts_and_silences_belong_together():
    assert exact_matchers(fleet.ALERTS[1].labels) == KEPT.matchers

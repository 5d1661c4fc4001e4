"""Screens with nothing on them, and help for the first hour: each says what to do next."""

from dataclasses import replace

import pytest
from fleet import NOW
from staging import StaticPoller

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind
from oncall_tui.runbooks import RunbookLibrary

NOTHING = Snapshot(at=NOW, catalogue=Catalogue(()))
HINT = "is it running, and is the URL right?"
UNREACHED = {
    name: SourceHealth(name, kind, "http://127.0.0.1:9", 15, failures=1, error=f"{name}: connection refused", hint=HINT)
    for name, kind in (("main", SourceKind.PROMETHEUS), ("am", SourceKind.ALERTMANAGER))
}


def words(text):
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("1", "`oncall-tui init` finds what your Prometheus knows of"),
        ("2", "Name one under `sources: alertmanager:`"),
        ("3", "Write one under `slos:` of a service"),
        ("4", "Name a model's URL under `endpoints:`"),
        ("5", "name it under `runbooks: folders:`"),
        ("6", "A page that fires opens one"),
        ("8", "Name one under `sources: alertmanager:`"),
    ],
)
async def test_with_an_empty_configuration_every_screen_says_what_to_do(make_app, settle, shown, tmp_path, key, said):
    app = make_app(StaticPoller(NOTHING), library=RunbookLibrary([tmp_path]))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot, lambda: said in words(shown(app)))
        assert "…" not in shown(app).splitlines()[4]


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "8"])  # 6 is from the journal
async def test_with_no_answer_from_anybody_every_list_says_who_and_what_to_do(make_app, settle, shown, tmp_path, key):
    app = make_app(StaticPoller(replace(NOTHING, sources=UNREACHED)), library=RunbookLibrary([tmp_path]))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot, lambda: f"→ {HINT}" in shown(app) and "main connection refused" in shown(app))
        assert "main: main:" not in shown(app)


async def test_a_service_nobody_could_be_asked_about_says_why(make_app, settle, shown):
    from fleet import snapshot

    whole = snapshot()
    poller = StaticPoller(replace(whole, sources=UNREACHED, figures={}, alerts=(), probes={}))
    app = make_app(poller)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, lambda: "main: connection refused" in shown(app))
        assert "(S: what to do)" in shown(app)


async def test_help_begins_with_the_keys_of_the_first_hour_as_they_are_bound(make_app, settle, shown):
    app = make_app(keys={"acknowledge": "ctrl+a"})
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot, lambda: "THE FIRST HOUR" in shown(app))
        lines = [line.strip(" │") for line in shown(app).splitlines()]
        first = lines.index("THE FIRST HOUR")
        assert [line.split()[:2] for line in lines[first + 1 : first + 4]] == [
            ["1", "2"],
            ["enter", "esc"],
            ["ctrl+a", "u"],
        ]


async def test_news_that_comes_while_the_screen_is_taken_down_ends_nothing_badly(make_app, settle, monkeypatch):
    from oncall_tui.ui.widgets.bars import TabBar

    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await app.screen.query_one(TabBar).remove()
        monkeypatch.setattr(app, "_running", False)  # as Textual does before it takes the screens down
        app.desk.poller.hand(app.desk.poller.now)
        monkeypatch.undo()

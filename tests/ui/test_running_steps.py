"""From a step to its run, by keys: what is refused is said, what is dangerous wants more than a reflex."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.actions import RunStep
from oncall_tui.actions.approve import SecondPerson
from oncall_tui.actions.auto_diagnose import AutoDiagnose, AutoSettings
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.steps import StepKind
from oncall_tui.journal import Journal
from oncall_tui.runbooks import RunbookLibrary
from oncall_tui.ui.screens.ask_approval import AskApproval
from oncall_tui.ui.screens.ask_variables import AskVariables
from oncall_tui.ui.screens.confirm import Confirm
from oncall_tui.ui.screens.confirm_typed import ConfirmTyped
from oncall_tui.ui.screens.step import StepScreen

BOOK = """---
title: Our book
matches: ['service="ranker"']
requires: [{name: REPLICAS, prompt: "How many?", type: int}]
---
# Look
```sh {name=look kind=diagnose}
printf '%s\\n' "$ALERT_LABEL_ALERTNAME"
```
# Mend
```sh {name=mend kind=mitigate}
echo mended
```
# Scale
```sh {name=scale}
echo "to $REPLICAS on $ALERT_LABEL_POD"
```
# Drop
```sh {name=drop kind=danger}
echo dropped
```
"""


@pytest.fixture
def make(make_app, tmp_path):
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "hostile.md").write_text(BOOK)
    journal = Journal(tmp_path / "journal.sqlite3")

    def made(**settings):
        run_step = RunStep(journal, "sre", **settings)
        return make_app(library=RunbookLibrary([folder]), run_step=run_step), journal

    return made


async def open_step(pilot, settle, shown, down):
    await settle(pilot)
    for key in ("2", "j", "r"):
        await pilot.press(key)
        await settle(pilot)
    await settle(pilot, lambda: "Our book" in shown(pilot.app))
    await pilot.press("enter", *(["j"] * down), "enter")
    await settle(pilot)


async def test_a_danger_step_runs_only_once_the_services_name_is_typed(make, settle, shown):
    app, journal = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_step(pilot, settle, shown, 3)
        assert isinstance(app.screen, ConfirmTyped)
        assert "Type the service's name to run it: ranker" in shown(app)
        await pilot.press("y", "enter")
        await settle(pilot, lambda: "that is not it" in shown(app))
        assert journal.events() == ()
        await pilot.press("backspace", *"ranker", "enter")
        await settle(pilot, lambda: isinstance(app.screen, StepScreen) and "dropped" in shown(app))
        await settle(pilot, lambda: "exit 0" in shown(app))
    assert [str(event.kind) for event in journal.events()] == ["step.intended", "step.ended"]


async def test_escape_leaves_a_danger_step_unrun(make, settle, shown):
    app, journal = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_step(pilot, settle, shown, 3)
        await pilot.press(*"ranker", "escape")
        await settle(pilot, lambda: not isinstance(app.screen, ConfirmTyped))
    assert journal.events() == ()


async def test_a_worse_step_than_is_allowed_is_not_even_asked_about(make, settle, shown):
    app, journal = make(allowed=StepKind.DIAGNOSE)
    async with app.run_test(size=(100, 30)) as pilot:
        await open_step(pilot, settle, shown, 1)
        await settle(pilot, lambda: any("no mitigate step is run here" in one.message for one in app._notifications))
        assert not isinstance(app.screen, (Confirm, ConfirmTyped))
    assert journal.events() == ()


async def test_what_nobody_knows_is_asked_for_and_has_to_fit(make, settle, shown):
    app, journal = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_step(pilot, settle, shown, 2)
        assert isinstance(app.screen, AskVariables)
        await settle(pilot, lambda: "How many?" in shown(app) and "ALERT_LABEL_POD" in shown(app))
        await pilot.press(*"3x", "enter")
        await settle(pilot, lambda: "expected a whole number" in shown(app))
        await pilot.press("backspace", "enter", "dollar_sign", "left_parenthesis", *"id", "right_parenthesis", "enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm) and "REPLICAS=3" in shown(app))
        await pilot.press("y")
        await settle(pilot, lambda: "to 3 on $(id)" in shown(app))
        await settle(pilot, lambda: "exit 0" in shown(app))
    assert journal.events()[0].payload["environment"]["REPLICAS"] == "3"


async def test_what_ran_before_is_told_and_its_output_is_a_key_away(make, settle, shown):
    app, _ = make()
    async with app.run_test(size=(110, 30)) as pilot:
        await open_step(pilot, settle, shown, 1)
        await pilot.press("y")
        await settle(pilot, lambda: "exit 0" in shown(app))
        await pilot.press("escape")
        await settle(pilot, lambda: "LAST RUN" in shown(app) and "ok" in shown(app))
        await pilot.press("o")
        await settle(pilot, lambda: "the end of its output" in shown(app) and "mended" in shown(app))
        await pilot.press("escape", "escape", "escape")
        await settle(pilot, lambda: "SOURCE" in shown(app) or "ALERT" in shown(app))
        await pilot.press("r")
        await settle(pilot, lambda: "used once before" in shown(app))


async def test_a_step_that_never_ran_has_nothing_to_show(make, settle, shown):
    app, _ = make()
    async with app.run_test(size=(110, 30)) as pilot:
        await open_step(pilot, settle, shown, 1)
        await pilot.press("escape", "o")
        await settle(pilot, lambda: any("left no record" in one.message for one in app._notifications))


async def test_what_a_step_should_move_is_watched_while_other_screens_are_in_front(make_app, settle, shown, tmp_path):
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "stale.md").write_text(
        "---\ntitle: Our book\nmatches: ['service=\"ranker\"']\n---\n# Replay\n"
        "```sh {name=replay verify=feature-store/freshness within=5m}\ntrue\n```\n"
        "# Restart\n```sh {name=restart}\ntrue\n```\n"
    )
    poller, now = StaticPoller(), [fleet.NOW]
    app = make_app(poller, library=RunbookLibrary([folder]), clock=lambda: now[0])
    async with app.run_test(size=(120, 30)) as pilot:
        await open_step(pilot, settle, shown, 0)
        await settle(pilot, lambda: "feature-store/freshness is watched for 5m; now 45m" in shown(app))
        await pilot.press("y")
        await settle(pilot, lambda: "now watching feature-store/freshness for 5m" in shown(app))
        await pilot.press("escape")
        await settle(pilot, lambda: "watching feature-store/freshness no figure yet 5m left" in shown(app))
        await pilot.press("1")
        now[0] += 301
        poller.hand(later(poller.now, now[0]))
        words = "Replay: no effect. feature-store/freshness 45m (user_features) → 45m (user_features). Next: Restart"
        await settle(pilot, lambda: any(words in one.message for one in app._notifications))
        await pilot.press("2", "j", "r")
        await settle(pilot, lambda: "next: Restart" in shown(app))
    [record] = [one for one in Journal(tmp_path / "journal.sqlite3").events() if one.kind == "step.verified"]
    assert record.payload["outcome"] == "no effect"


def later(snapshot, at):
    """The same figures, had again at another moment."""
    figures = {
        reading: replace(one, value=replace(one.value, at=at - 1)) if one.value is not None else one
        for reading, one in snapshot.figures.items()
    }
    sources = {name: replace(one, answered_at=at - 1) for name, one in snapshot.sources.items()}
    return replace(snapshot, at=at, figures=figures, sources=sources)


async def test_what_begins_to_fire_was_looked_into_before_anyone_came(make_app, settle, shown, tmp_path):
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "any.md").write_text(
        "---\ntitle: Our book\nmatches: ['service=\"nobody\"']\n---\n# Look\n"
        '```sh {kind=diagnose}\necho looked at "$ALERT_LABEL_ALERTNAME"\n```\n'
    )
    journal, library = Journal(tmp_path / "journal.sqlite3"), RunbookLibrary([folder])
    looks = RunStep(journal, "auto_diagnose", allowed=StepKind.DIAGNOSE, automatic=True)
    settings = AutoSettings(parse_matchers('severity="page"'))
    auto = AutoDiagnose(library, looks, journal, journal, settings, lambda: fleet.NOW)
    app = make_app(library=library, auto_diagnose=auto)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(
            pilot, lambda: any("1 step looked into it; r then o shows" in n.message for n in app._notifications)
        )
        await pilot.press("2", "r")
        await settle(pilot, lambda: "auto ok" in shown(app))
        await pilot.press("enter", "o")
        await settle(pilot, lambda: "by itself" in shown(app) and "looked at [red]Hostile[/red]" in shown(app))


async def test_the_output_can_be_searched_and_nothing_in_it_is_markup(make_app, settle, shown, tmp_path):
    folder = tmp_path / "books"
    folder.mkdir()
    code = "seq 1 300; echo '[red]Needle[/red] \\033[2J'; seq 301 400; echo 'a needle [/'; seq 401 500"
    (folder / "any.md").write_text(
        f"---\ntitle: Our book\nmatches: ['service=\"ranker\"']\n---\n# Look\n```sh {{kind=diagnose}}\n{code}\n```\n"
    )
    app = make_app(library=RunbookLibrary([folder]))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_step(pilot, settle, shown, 0)
        await pilot.press("y")
        await settle(pilot, lambda: "exit 0" in shown(app) and "500" in shown(app))
        await pilot.press("slash", *"needle")
        await settle(pilot, lambda: "2 of 2 lines" in shown(app) and "a needle [/" in shown(app))
        await pilot.press("enter", "n")
        await settle(pilot, lambda: "1 of 2 lines" in shown(app) and "[red]Needle[/red]" in shown(app))
        await pilot.press("N")
        await settle(pilot, lambda: "2 of 2 lines" in shown(app))
        await pilot.press("slash", *"zzz")
        await settle(pilot, lambda: "not found" in shown(app))
        await pilot.press("escape", "escape")
        await settle(pilot, lambda: not isinstance(app.screen, StepScreen))


async def test_a_second_person_has_to_agree_where_that_is_wanted(make, settle, shown):
    second = SecondPerson(lambda: "s3cret")
    app, journal = make(second=second)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_step(pilot, settle, shown, 3)
        await pilot.press(*"ranker", "enter")
        await settle(pilot, lambda: isinstance(app.screen, AskApproval) and "runbook approve" in shown(app))
        await pilot.press(*"jonas", "space", *"ABCD", "enter")
        await settle(pilot, lambda: "that is not jonas's code" in shown(app))
        request = app.screen._asked.request
        runbook = app.desk.library.runbook("hostile")
        code = second.code(runbook, runbook.step("drop"), "ranker", request.requester, request.nonce, "jonas")
        app.screen.query_one("Input").value = f"jonas {code}"
        await pilot.press("enter")
        await settle(pilot, lambda: "dropped" in shown(app) and "exit 0" in shown(app))
    assert journal.events()[0].payload["approved_by"] == "jonas"

"""From a step to its run, by keys: what is refused is said, what is dangerous wants more than a reflex."""

import pytest

from oncall_tui.actions import RunStep
from oncall_tui.core.steps import StepKind
from oncall_tui.journal import Journal
from oncall_tui.runbooks import RunbookLibrary
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

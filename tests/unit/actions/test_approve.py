"""A second person's code is for one step, one person, one service, once, and for a script that is the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.actions import PreparedStep, RunStep
from oncall_tui.actions.approve import TRIES, SecondPerson
from oncall_tui.core.approval import VALID_SECONDS, ApprovalRequest, approval_code, approves, new_nonce
from oncall_tui.core.errors import ActionError
from oncall_tui.journal import Journal
from oncall_tui.runbooks import Runbook, parse_runbook

REQUEST = ApprovalRequest("7F3K", "maria", "fraud.md", "drop", "fraud", "echo dropped\n")
BOOK = "```sh {name=drop kind=danger}\necho dropped\n```\n```sh {name=look kind=diagnose}\ntrue\n```\n"
text = st.text(max_size=8)


def book(folder: Path, content: str = BOOK) -> Runbook:
    return parse_runbook(content, folder / "fraud.md")


@given(st.sampled_from(["nonce", "requester", "runbook", "step", "service", "script"]), text)
def test_a_code_is_for_just_what_was_shown(field: str, other: str) -> None:
    code = approval_code("s3cret", REQUEST, "jonas")
    assert approves("s3cret", REQUEST, "Jonas", code.lower().replace("-", " "))
    changed = replace(REQUEST, **{field: other})
    assert approves("s3cret", changed, "jonas", code) == (changed == REQUEST)


@given(text, text)
def test_no_other_name_secret_or_text_is_right(name: str, code: str) -> None:
    real = approval_code("s3cret", REQUEST, "jonas")
    assert not approves("other", REQUEST, "jonas", real)
    assert approves("s3cret", REQUEST, name, real) == (name.casefold() == "jonas")
    assert not approves("s3cret", REQUEST, "jonas", code)
    assert not approves("s3cret", REQUEST, "MARIA", approval_code("s3cret", REQUEST, "maria"))


def test_fields_cannot_be_shifted_into_one_another() -> None:
    one = replace(REQUEST, runbook="a", step="b")
    two = replace(REQUEST, runbook='a", "b', step="")
    assert approval_code("s", one, "j") != approval_code("s", two, "j")
    assert len({new_nonce() for _ in range(50)}) > 40


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def prepared(work: RunStep, folder: Path, step: str = "drop") -> PreparedStep:
    runbook = book(folder)
    found = runbook.step(step)
    assert found is not None
    return work.prepare(runbook, found, service="fraud")


async def test_a_danger_step_does_not_run_without_it_and_the_record_names_both(
    journal: Journal, tmp_path: Path
) -> None:
    second = SecondPerson(lambda: "s3cret", Clock())
    work = RunStep(journal, "maria", second=second)
    ready = prepared(work, tmp_path)
    with pytest.raises(ActionError, match="a second person has to agree"):
        await work(ready, lambda _: None)
    assert journal.events() == ()
    asked = work.ask_second(ready)
    assert asked is not None
    assert asked.command[-2:] == ("--nonce", asked.request.nonce)
    theirs = book(tmp_path / "elsewhere")
    code = second.code(theirs, theirs.steps[0], "fraud", "maria", asked.request.nonce.lower(), "jonas")
    ran = await work(second.answer(asked, " jonas ", code), lambda _: None)
    assert ran.result.ok
    intent = journal.events()[0]
    assert (intent.actor, intent.payload["approved_by"]) == ("maria", "jonas")
    with pytest.raises(ActionError, match="this request is over"):
        second.answer(asked, "jonas", code)


def test_another_script_another_day_too_many_tries_and_oneself_are_refused(journal: Journal, tmp_path: Path) -> None:
    clock = Clock()
    second = SecondPerson(lambda: "s3cret", clock)
    work = RunStep(journal, "maria", second=second)
    asked = work.ask_second(prepared(work, tmp_path))
    assert asked is not None
    other = book(tmp_path, BOOK.replace("dropped", "dropped all"))
    wrong = second.code(other, other.steps[0], "fraud", "maria", asked.request.nonce, "jonas")
    with pytest.raises(ActionError, match="nobody approves their own step"):
        second.answer(asked, "Maria", wrong)
    with pytest.raises(ActionError, match="nobody approves their own step"):
        second.code(other, other.steps[0], "fraud", "maria", "7F3K", "MARIA")
    for left in range(TRIES - 1, -1, -1):
        with pytest.raises(ActionError, match=f"{left} tries left"):
            second.answer(asked, "jonas", wrong)
    with pytest.raises(ActionError, match="over"):
        second.answer(asked, "jonas", wrong)
    late = work.ask_second(prepared(work, tmp_path))
    assert late is not None
    clock.now += VALID_SECONDS + 1
    with pytest.raises(ActionError, match="over"):
        second.answer(late, "jonas", wrong)


def test_other_steps_need_none_and_an_empty_secret_is_no_secret(journal: Journal, tmp_path: Path) -> None:
    second = SecondPerson(lambda: "")
    work = RunStep(journal, "maria", second=second)
    assert work.ask_second(prepared(work, tmp_path, "look")) is None
    assert RunStep(journal, "maria").ask_second(prepared(work, tmp_path)) is None
    asked = work.ask_second(prepared(work, tmp_path))
    assert asked is not None
    with pytest.raises(ActionError, match="the secret is empty"):
        second.answer(asked, "jonas", "x")
    runbook = book(tmp_path)
    with pytest.raises(ActionError, match="needs no second person"):
        second.code(runbook, runbook.steps[1], "fraud", "maria", "7F3K", "jonas")

"""One step from a shell: shown, agreed to, run, its output printed as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui.commands.output import heard, tell
from oncall_tui.commands.runbook_parts import Parts, parts, say, step_of
from oncall_tui.commands.runbook_watch import Watcher, watcher
from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import ActionError
from oncall_tui.core.step_records import Outcome
from oncall_tui.core.text import clean_line, strip_ansi

if TYPE_CHECKING:
    from oncall_tui.actions import PreparedStep, StepRun
    from oncall_tui.actions.approve import Asked, SecondPerson
    from oncall_tui.core.variables import Variable


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run, for what, and how much is to be asked. given: NAME=VALUE each. wait: for a verdict."""

    name: str
    step: str
    alert: str | None
    service: str
    given: tuple[str, ...]
    dry_run: bool
    yes: bool
    confirm: str | None
    wait: bool


async def run_one(config_path: Path | None, wish: Wish) -> int:
    """Run it; the exit code. Raises ConfigError and ActionError before anything ran."""
    desk = await parts(config_path, wish.alert, wish.service)
    runbook = await desk.runbook(wish.name)
    step = step_of(runbook, wish.step)
    if not wish.dry_run and (refusal := desk.run_step.refusal(step)):
        raise refusal
    given = _read(wish.given)
    lacking = [one for one in desk.run_step.wanting(runbook, step, desk.alert, desk.service) if one.name not in given]
    given |= _asked(lacking, wish)
    prepared = desk.run_step.prepare(runbook, step, desk.alert, desk.service, given)
    if wish.dry_run:
        _show(prepared, _to_watch(prepared))
        say("dry run: nothing was run")
        return 0
    if not wish.wait:
        return await _shown_and_run(desk, prepared, wish, None)
    async with watcher(desk.config, desk.verifications, prepared) as watches:
        return await _shown_and_run(desk, prepared, wish, watches)


async def _shown_and_run(desk: Parts, prepared: PreparedStep, wish: Wish, watches: Watcher | None) -> int:
    _show(prepared, _to_watch(prepared) if watches else "")
    if not _agreed(prepared, wish):
        say("not run")
        return 2
    if (asked := desk.run_step.ask_second(prepared)) is not None and (second := desk.run_step.second) is not None:
        prepared = _approved(second, asked)
    ran = await _at_terminal(desk, prepared) if prepared.step.interactive else None
    with _stoppable() as stop:
        if ran is None:
            ran = await desk.run_step(prepared, _printer(), stop)
        say(f"{ran.result.summary}{f'; {ran.result.note}' if ran.result.note else ''}")
        if ran.journal:
            say(ran.journal)
        verified = await watches.verdict(ran, say, stop) if watches and not stop.is_set() else None
    if verified is not None:
        say(f"{verified.verdict.outcome}: {verified.target} {verified.verdict.why}")
        if verified.proposal is not None:
            say(f"{'to undo it' if verified.undo else 'next'}: {prepared.runbook.name} {verified.proposal.id}")
    return 0 if ran.result.ok and (verified is None or verified.verdict.outcome is not Outcome.WORSE) else 1


def _printer() -> Callable[[str], None]:
    """Prints a step's lines for as long as anybody reads them; the step goes on without."""
    listening = True

    def show(line: str) -> None:
        nonlocal listening
        listening = listening and heard(clean_line(strip_ansi(line)))

    return show


def _to_watch(prepared: PreparedStep) -> str:
    verify = prepared.step.verify
    return f"{verify.target} is watched for {humanize(verify.within)}" if verify else ""


@contextlib.contextmanager
def _stoppable() -> Iterator[asyncio.Event]:
    """An event that ctrl+c sets."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _at_terminal(desk: Parts, prepared: PreparedStep) -> StepRun:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ActionError("an interactive step needs a terminal", "run it from one")
    return await desk.run_step.at_terminal(prepared)


def _approved(second: SecondPerson, asked: Asked) -> PreparedStep:
    """Ask for a second person's code. Raises ActionError where nobody can be asked, or none is right."""
    if not sys.stdin.isatty():
        raise ActionError("a second person has to agree to this step", "run it from a terminal")
    say(f"A second person has to agree. Ask them to run: {clean_line(shlex.join(asked.command))}")
    while True:
        name, _, code = str(click.prompt("Their name and the code", err=True)).strip().rpartition(" ")
        try:
            return second.answer(asked, name, code)
        except ActionError as error:
            if asked.tries <= 0:
                raise
            say(str(error))


def _read(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--var {clean_line(one, 60)}: write it NAME=VALUE")
        found[name] = value
    return found


def _asked(lacking: Sequence[Variable], wish: Wish) -> dict[str, str]:
    """Answers for what is missing. Raises ActionError where nobody can be asked, and no default will do."""
    found: dict[str, str] = {}
    for one in lacking:
        if one.default is not None and (wish.yes or not sys.stdin.isatty()):
            found[one.name] = one.default
        elif wish.yes or not sys.stdin.isatty():
            raise ActionError(f"the step needs {one.name}: {one.wanted}", f"give --var {one.name}=VALUE")
        else:
            found[one.name] = _ask(one)
    return found


def _ask(variable: Variable) -> str:
    question = clean_line(f"{variable.prompt or variable.name} ({variable.wanted})")
    while True:
        shown = "" if variable.default is None else f" [{clean_line(variable.default)}]"
        answer = click.prompt(
            question + shown, default=variable.default, hide_input=variable.secret, err=True, show_default=False
        )
        if not (mistake := variable.mistake(str(answer))):
            return str(answer)
        say(mistake)


def _show(prepared: PreparedStep, then: str) -> None:
    """To the letter, on stderr: what the step prints is stdout's alone."""
    from oncall_tui.ui.render.runbooks import preview
    from oncall_tui.ui.render.spans import plain

    say(f"{prepared.runbook.title}: {prepared.step.title} ({prepared.step.kind})")
    for line in preview(prepared.step, prepared.preview, prepared.secret, then):
        tell(plain(line))


def _agreed(prepared: PreparedStep, wish: Wish) -> bool:
    """Whether to go on. Raises ActionError where nobody can be asked."""
    from oncall_tui.core.steps import StepKind

    danger = prepared.step.kind is StepKind.DANGER
    if danger and wish.confirm is not None and wish.confirm != prepared.word:
        raise ActionError(f"--confirm is not {prepared.word}", "name the service, or the step where there is none")
    if wish.yes and (not danger or wish.confirm is not None):
        return True
    if not sys.stdin.isatty():
        missing = f"--yes --confirm {prepared.word}" if danger else "--yes"
        raise ActionError("nobody is there to be asked", f"give {missing} to go on without a question")
    if danger:
        typed = click.prompt(f"This is a danger step. Type {clean_line(prepared.word)} to run it", default="", err=True)
        return str(typed).strip() == prepared.word
    return click.confirm(f"Run this {prepared.step.kind} step?", err=True)

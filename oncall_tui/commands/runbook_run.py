"""One step from a shell: shown, agreed to, run, its output printed as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui.commands.runbook_parts import Parts, parts, say, step_of
from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_line, strip_ansi

if TYPE_CHECKING:
    from oncall_tui.actions import PreparedStep, StepRun
    from oncall_tui.core.variables import Variable


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run, for what, and how much is to be asked. given: NAME=VALUE each."""

    name: str
    step: str
    alert: str | None
    service: str
    given: tuple[str, ...]
    dry_run: bool
    yes: bool
    confirm: str | None


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
    _show(prepared)
    if wish.dry_run:
        say("dry run: nothing was run")
        return 0
    if not _agreed(prepared, wish):
        say("not run")
        return 2
    ran = await _run(desk, prepared)
    say(f"{ran.result.summary}{f'; {ran.result.note}' if ran.result.note else ''}")
    if ran.journal:
        say(ran.journal)
    return 0 if ran.result.ok else 1


async def _run(desk: Parts, prepared: PreparedStep) -> StepRun:
    if prepared.step.interactive:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise ActionError("an interactive step needs a terminal", "run it from one")
        return await desk.run_step.at_terminal(prepared)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        return await desk.run_step(prepared, lambda line: click.echo(clean_line(strip_ansi(line))), stop)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):
                loop.remove_signal_handler(number)


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
        answer = click.prompt(
            question, default=variable.default, hide_input=variable.secret, err=True, show_default=True
        )
        if not (mistake := variable.mistake(str(answer))):
            return str(answer)
        say(mistake)


def _show(prepared: PreparedStep) -> None:
    """To the letter, on stderr: what the step prints is stdout's alone."""
    from oncall_tui.ui.render.runbooks import preview
    from oncall_tui.ui.render.spans import plain

    say(f"{prepared.runbook.title}: {prepared.step.title} ({prepared.step.kind})")
    for line in preview(prepared.step, prepared.preview, prepared.secret):
        click.echo(plain(line), err=True)


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
        typed = click.prompt(f"This is a danger step. Type {prepared.word} to run it", default="", err=True)
        return str(typed).strip() == prepared.word
    return click.confirm(f"Run this {prepared.step.kind} step?", err=True)

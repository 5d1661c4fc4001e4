"""From a step to its run: what the configuration refuses is said, all else is shown to the letter before it runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import OncallError
from oncall_tui.core.steps import StepKind
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render import runbooks as runbooks_render
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.ask_approval import AskApproval
from oncall_tui.ui.screens.ask_variables import AskVariables
from oncall_tui.ui.screens.confirm import Confirm
from oncall_tui.ui.screens.confirm_typed import ConfirmTyped
from oncall_tui.ui.screens.step import StepScreen

if TYPE_CHECKING:
    from oncall_tui.actions.prepared_step import PreparedStep
    from oncall_tui.actions.run_step import StepRun
    from oncall_tui.core.alerts import Alert
    from oncall_tui.runbooks.model import Runbook, Step
    from oncall_tui.ui.app import OncallApp


def offer_step(app: OncallApp, runbook: Runbook, step: Step, alert: Alert | None, service: str) -> None:
    """Show what running the step will run, and run it once that is agreed to."""
    use = app.desk.run_step
    if refusal := use.refusal(step):
        app.complain(str(refusal))
        return
    if lacking := use.wanting(runbook, step, alert, service):
        title = join([span("Before it runs:", Role.MUTED), outside(step.title, Role.STRONG)])

        def told(answers: dict[str, str] | None) -> None:
            if answers is not None:
                _prepare(app, runbook, step, alert, service, answers)

        app.push_screen(AskVariables(title, lacking), told)
    else:
        _prepare(app, runbook, step, alert, service, {})


def _prepare(
    app: OncallApp, runbook: Runbook, step: Step, alert: Alert | None, service: str, given: dict[str, str]
) -> None:
    try:
        prepared = app.desk.run_step.prepare(runbook, step, alert, service, given)
    except OncallError as error:
        app.complain(str(error))
        return
    _agree(app, prepared)


def _watching(app: OncallApp, prepared: PreparedStep) -> Callable[[StepRun], Line]:
    """Note how what the step should move stands now; what it gives begins to watch it once the step ran."""
    use = app.desk.verifications
    before = use.before(prepared, app.assessment)

    def begin(ran: StepRun) -> Line:
        watching = use.begin(ran, before)
        if watching is None:
            return ()
        target, within = watching.watch.target, humanize(watching.watch.until - watching.watch.since)
        return join([span("now watching", Role.MUTED), outside(str(target)), span(f"for {within}", Role.MUTED)])

    return begin


def _start(app: OncallApp, prepared: PreparedStep) -> None:
    if prepared.step.interactive:
        app.run_worker(_at_terminal(app, prepared), group="step")
    else:
        app.push_screen(StepScreen(app.desk.run_step, prepared, _watching(app, prepared)))


async def _at_terminal(app: OncallApp, prepared: PreparedStep) -> None:
    """Give the terminal to the step, and come back to the dashboard when it ends."""
    from textual.app import SuspendNotSupported

    watch = _watching(app, prepared)
    try:
        # Polling goes on meanwhile; what is drawn is held back, or it would be drawn over the step.
        with app.batch_update(), app.suspend():
            print(f"\n{clean_line(prepared.step.title)}: leave it, and the dashboard is back.\n", flush=True)
            ran = await app.desk.run_step.at_terminal(prepared)
            if not ran.result.ok:
                print(f"\n{ran.result.summary}. Enter goes back to the dashboard.", flush=True)
                await asyncio.to_thread(sys.stdin.readline)
    except SuspendNotSupported:
        app.complain("this terminal cannot be handed over: run the step from a shell: oncall-tui runbook run")
        return
    except OncallError as error:
        app.complain(str(error))
        return
    finally:
        app.refresh(layout=True)
    watch(ran)
    tell = app.say if ran.result.ok else app.complain
    tell(f"{prepared.step.title}: {ran.result.summary} {ran.journal}".rstrip())


def _agree(app: OncallApp, prepared: PreparedStep) -> None:
    """Ask: with a key, or for what may do harm by a word that no reflex types."""
    step = prepared.step

    def answered(yes: bool | None) -> None:
        asked = app.desk.run_step.ask_second(prepared) if yes else None
        if asked is not None and (second := app.desk.run_step.second) is not None:
            app.push_screen(AskApproval(second, asked), lambda approved: _start(app, approved) if approved else None)
        elif yes:
            _start(app, prepared)

    details = runbooks_render.preview(
        step, prepared.preview, prepared.secret, app.desk.verifications.wished(prepared, app.assessment)
    )
    if step.kind is StepKind.DANGER:
        question = join([span("This is a"), span("danger", Role.CRIT), span("step:"), outside(step.title)])
        what = "the service's name" if prepared.service else "the step's name"
        app.push_screen(ConfirmTyped(question, details, prepared.word, what), answered)
    else:
        question = join([span("Run this"), span(step.kind.value, Role.WARN), span("step?"), outside(step.title)])
        app.push_screen(Confirm(question, details, "run it"), answered)

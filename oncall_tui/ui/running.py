"""From a step to its run: what the configuration refuses is said, all else is shown to the letter before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.errors import OncallError
from oncall_tui.core.steps import StepKind
from oncall_tui.ui.render import runbooks as runbooks_render
from oncall_tui.ui.render.spans import Role, join, outside, span
from oncall_tui.ui.screens.ask_variables import AskVariables
from oncall_tui.ui.screens.confirm import Confirm
from oncall_tui.ui.screens.confirm_typed import ConfirmTyped
from oncall_tui.ui.screens.step import StepScreen

if TYPE_CHECKING:
    from oncall_tui.actions.run_step import PreparedStep
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


def _agree(app: OncallApp, prepared: PreparedStep) -> None:
    """Ask: with a key, or for what may do harm by a word that no reflex types."""
    step = prepared.step

    def answered(yes: bool | None) -> None:
        if yes:
            app.push_screen(StepScreen(app.desk.run_step, prepared))

    details = runbooks_render.preview(step, prepared.preview, prepared.secret)
    if step.kind is StepKind.DANGER:
        question = join([span("This is a"), span("danger", Role.CRIT), span("step:"), outside(step.title)])
        what = "the service's name" if prepared.service else "the step's name"
        app.push_screen(ConfirmTyped(question, details, prepared.word, what), answered)
    else:
        question = join([span("Run this"), span(step.kind.value, Role.WARN), span("step?"), outside(step.title)])
        app.push_screen(Confirm(question, details, "run it"), answered)

"""What goes on by itself, whatever screen is in front: what steps should move is watched, and what begins to fire is
diagnosed where the configuration says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.step_records import Outcome

if TYPE_CHECKING:
    from oncall_tui.actions.auto_diagnose import AutoDiagnose
    from oncall_tui.actions.verify_step import Verified
    from oncall_tui.core.assess import AlertStatus
    from oncall_tui.ui.app import OncallApp


def after_snapshot(app: OncallApp) -> None:
    """Look at what is watched; to be called with each snapshot."""
    if app.assessment is None:
        return
    for verified in app.desk.verifications.observe(app.assessment):
        app.run_worker(_kept(app, verified), group="verified")
        _tell(app, verified)
    if (auto := app.desk.auto_diagnose) is not None:
        for status in auto.beginning(app.assessment):
            app.run_worker(_diagnosed(app, auto, status), group="auto_diagnose")


async def _diagnosed(app: OncallApp, auto: AutoDiagnose, status: AlertStatus) -> None:
    found = await auto.run(status)
    if found is None:
        return
    if found.why:
        app.warn(f"{found.alert.name} was not diagnosed: {found.why}")
        return
    steps = "1 step" if found.ran == 1 else f"{found.ran} steps"
    failed = f", {found.failed} did not end well" if found.failed else ""
    keys = f"{app.key_of('runbook')} then {app.key_of('step_output')} shows"
    app.say(f"{found.alert.name}: {steps} looked into it{failed}; {keys} what they printed", seconds=10)


async def _kept(app: OncallApp, verified: Verified) -> None:
    if trouble := await app.desk.verifications.record(verified):
        app.complain(trouble)


def _tell(app: OncallApp, verified: Verified) -> None:
    verdict, step = verified.verdict, verified.ran.prepared.step
    text = f"{step.title}: {verdict.outcome}. {verified.target} {verdict.why}"
    if verified.proposal is not None:
        text += f". {'To undo it' if verified.undo else 'Next'}: {verified.proposal.title}"
    if verdict.outcome is Outcome.RECOVERED:
        app.say(text, seconds=12)
    elif verdict.outcome is Outcome.WORSE:
        app.complain(text)
    else:
        app.warn(text)

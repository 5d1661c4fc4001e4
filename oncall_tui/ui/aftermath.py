"""What goes on after a step ran, whatever screen is in front: its signal is watched, and what became of it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.step_records import Outcome

if TYPE_CHECKING:
    from oncall_tui.actions.verify_step import Verified
    from oncall_tui.ui.app import OncallApp


def after_snapshot(app: OncallApp) -> None:
    """Look at what is watched; to be called with each snapshot."""
    if app.assessment is None:
        return
    for verified in app.desk.verifications.observe(app.assessment):
        app.run_worker(_kept(app, verified), group="verified")
        _tell(app, verified)


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

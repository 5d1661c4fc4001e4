"""Tripwires on acknowledged alerts: what each was given under is found out once, and held against what is known now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.actions.given import FRESH
from oncall_tui.core.errors import OncallError
from oncall_tui.core.silences import time_at
from oncall_tui.core.tripwire import figures_of, wired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oncall_tui.actions.given import Given
    from oncall_tui.core.alerts import Silence
    from oncall_tui.core.assess import Assessment
    from oncall_tui.ui.app import OncallApp


def watch(app: OncallApp, assessment: Assessment) -> Assessment:
    """The assessment with tripwires; what is not known yet of an acknowledgement is looked up beside the screen."""
    tripwires = app.desk.tripwires
    if tripwires is None:
        return assessment
    if unknown := tripwires.given.unknown(assessment.snapshot.silences):
        app.run_worker(_look_up(app, tripwires.given, unknown), group="tripwires", exit_on_error=True)
    return wired(assessment, tripwires.given.of, tripwires.old_after)


async def _look_up(app: OncallApp, given: Given, silences: Sequence[Silence]) -> None:
    try:
        await given.look_up(silences)
    except OncallError as error:
        app.complain(str(error), title="Journal")
    assessment = app.assessment
    if assessment is None:
        return
    for silence in silences:
        fresh = time_at(assessment.snapshot, silence.source) - max(silence.starts_at, silence.updated_at) <= FRESH
        status = next((one for one in assessment.alerts if one.ack == silence), None) if fresh else None
        if status is not None:
            others = [one.alert for one in assessment.alerts if one.ack == silence]
            given.take(silence, figures_of(assessment, status, others))
    app.assessment = watch(app, assessment)
    if app.front is not None:
        app.front.update()

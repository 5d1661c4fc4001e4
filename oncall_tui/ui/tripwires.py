"""Tripwires on acknowledged alerts: what each was given under is found out once, and held against what is known now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from oncall_tui.actions.given import FRESH
from oncall_tui.core.errors import OncallError
from oncall_tui.core.silences import time_at
from oncall_tui.core.tripwire import figures_of, wired

if TYPE_CHECKING:
    from oncall_tui.actions.given import Given
    from oncall_tui.core.alerts import Silence
    from oncall_tui.core.assess import Assessment
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.desk import Tripwires


def wiring(tripwires: Tripwires | None) -> Callable[[Assessment], Assessment]:
    """What puts tripwires on an assessment; in any thread."""
    if tripwires is None:
        return lambda assessment: assessment
    return lambda assessment: wired(assessment, tripwires.given.of, tripwires.old_after)


def look_up_given(app: OncallApp, assessment: Assessment) -> None:
    """What is not known yet of an acknowledgement is looked up beside the screen, once."""
    tripwires = app.desk.tripwires
    if tripwires is not None and (unknown := tripwires.given.unknown(assessment.snapshot.silences)):
        app.run_worker(_look_up(app, tripwires.given, unknown, assessment), group="tripwires", exit_on_error=True)


async def _look_up(app: OncallApp, given: Given, silences: Sequence[Silence], assessment: Assessment) -> None:
    try:
        await given.look_up(silences)
    except OncallError as error:
        app.complain(str(error), title="Journal")
    for silence in silences:
        fresh = time_at(assessment.snapshot, silence.source) - max(silence.starts_at, silence.updated_at) <= FRESH
        statuses = [one for one in assessment.alerts if one.ack == silence] if fresh else []
        if statuses:
            given.take(silence, figures_of(assessment, statuses[0], [one.alert for one in statuses]))
    app.understand_again()

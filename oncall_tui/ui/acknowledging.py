"""The keys `a` and `u`: from the selection, through the use case, to what Alertmanager says when read back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from oncall_tui.actions.acks import Acknowledged, AckResult, AlreadyAcknowledged, NotAcknowledged, NotTakenBack
from oncall_tui.core.alerts import Alert, Phase
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.errors import OncallError
from oncall_tui.ui.paging import page_on
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.alerts import phase_badge
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.screens.base import OncallScreen

UNDO_SECONDS = 10.0
"""How long the word on a fresh acknowledgement, with the key that takes it back, stays on screen."""


def acknowledge_selection(app: OncallApp) -> None:
    """One alert is acknowledged at once; several are shown first, since that is wide."""
    if (screen := app.front) is None:
        return
    in_hand = [status for status in screen.alerts_in_hand() if status.phase is not Phase.RESOLVED]
    statuses = [status for status in in_hand if status.phase is Phase.FIRING] or in_hand
    alerts = [status.alert for status in statuses]
    if app.desk.read_only:
        app.complain("read-only: nothing is acknowledged")
    elif not alerts and screen.alerts_in_hand():
        app.complain("nothing to acknowledge: what is selected has resolved")
    elif not alerts:
        app.complain("nothing to acknowledge here: select a firing alert, or a service that has one")
    elif len(alerts) == 1:
        _work(app, lambda: _acknowledge(app, screen, alerts))
    else:
        _confirm(app, statuses, lambda: _acknowledge(app, screen, alerts))


def take_back_selection(app: OncallApp) -> None:
    """Take one's own acknowledgement of the selected alerts back."""
    if (screen := app.front) is None:
        return
    alerts = [status.alert for status in screen.alerts_in_hand() if status.phase is Phase.ACKNOWLEDGED]
    if app.desk.read_only:
        app.complain("read-only: nothing is taken back")
    elif not alerts:
        app.complain("nothing to take back here: the selection is not acknowledged")
    else:
        _work(app, lambda: _take_back(app, alerts))


def _work(app: OncallApp, job: Callable[[], Awaitable[None]]) -> None:
    """Run it beside the screen: no key waits for a network. A second `a` waits for the first, it does not end it."""
    app.run_worker(job(), group="acknowledge", exit_on_error=True)


def _confirm(app: OncallApp, statuses: Sequence[AlertStatus], job: Callable[[], Awaitable[None]]) -> None:
    from oncall_tui.ui.screens.confirm import Confirm

    def answered(yes: bool | None) -> None:
        if yes:
            _work(app, job)

    lines: list[Line] = [
        join(
            [
                fitted(phase_badge(status), 11),
                fitted(outside(status.alert.name, Role.STRONG), 26),
                outside(status.service or "-"),
                outside(status.alert.severity, Role.MUTED),
            ]
        )
        for status in statuses
    ]
    question = span(f"Acknowledge these {len(statuses)} alerts? A silence is posted for each, of its own labels.")
    app.push_screen(Confirm(question, lines, "acknowledge them"), answered)


async def _acknowledge(app: OncallApp, screen: OncallScreen, alerts: Sequence[Alert]) -> None:
    try:
        results = await app.desk.acknowledge(alerts)
    except OncallError as error:
        app.complain(str(error))
        return
    for result in results:
        _tell(app, result)
    # Also where the silence failed: the person said 'mine'. What is another's stays another's at the pager, too.
    page_on(app, [result.alert for result in results if not isinstance(result, AlreadyAcknowledged)])
    screen.acted()
    app.desk.poller.refresh()


def _tell(app: OncallApp, result: AckResult) -> None:
    """Each alert its own word: what is partial is never told as success."""
    name = result.alert.name or "the alert"
    match result:
        case Acknowledged(confirmed=True, silence=silence):
            until = f" to {figures.clock(silence.ends_at)}" if silence else ""
            note = f"; {result.note}" if result.note else ""
            undo = app.key_of("take_back")
            app.say(f"{name} is yours{until}{note}  ({undo} takes it back)", title="Acknowledged", seconds=UNDO_SECONDS)
        case Acknowledged():
            app.complain(f"{name}: the silence was posted, but {result.note}", title="Not confirmed")
        case AlreadyAcknowledged(silence=silence):
            app.say(f"{name} is {silence.author}'s to {figures.clock(silence.ends_at)}: nothing was done", seconds=8)
        case NotAcknowledged(error=error, hint=hint):
            app.complain(f"{name}: {error}{f' ({hint})' if hint else ''}", title="Not acknowledged")
    if not isinstance(result, AlreadyAcknowledged) and result.journal:
        app.complain(result.journal, title="Journal")


async def _take_back(app: OncallApp, alerts: Sequence[Alert]) -> None:
    for alert in alerts:
        try:
            result = await app.desk.take_back.of_alert(alert)
        except OncallError as error:
            app.complain(str(error))
            return
        if isinstance(result, NotTakenBack):
            app.complain(f"{alert.name}: {result.error}{f' ({result.hint})' if result.hint else ''}")
        elif result.confirmed:
            app.say(f"{alert.name} rings again", title="Taken back")
        else:
            app.complain(f"{alert.name}: the silence was ended, but {result.note}", title="Not confirmed")
        if result.journal:
            app.complain(result.journal, title="Journal")
    app.desk.poller.refresh()

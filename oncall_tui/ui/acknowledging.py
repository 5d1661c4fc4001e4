"""The keys `a`, `A` and `u`: from the selection, through the use case, to what Alertmanager says when read back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from oncall_tui.actions.acks import (
    Acknowledged,
    AckResult,
    AckWish,
    AlreadyAcknowledged,
    NotAcknowledged,
    NotTakenBack,
)
from oncall_tui.core.ack_scope import AckScope, scope_of_explained, scopes_of, scopes_of_group, words_of
from oncall_tui.core.alerts import Alert, Phase, Silence
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.duration import name_duration
from oncall_tui.core.errors import OncallError
from oncall_tui.core.read_only import refusal
from oncall_tui.core.tripwire import Moment
from oncall_tui.core.until import parse_end
from oncall_tui.ui.paging import page_on
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.alerts import phase_badge
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

if TYPE_CHECKING:
    from oncall_tui.actions.acknowledge import Acknowledge
    from oncall_tui.core.ack_figures import AckFigures
    from oncall_tui.core.assess import Assessment
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.screens.ack_sheet import AckTyped
    from oncall_tui.ui.screens.base import OncallScreen

UNDO_SECONDS = 10.0
"""How long the word on a fresh acknowledgement, with the key that takes it back, stays on screen."""


def acknowledge_selection(app: OncallApp) -> None:
    """One alert is acknowledged at once; several, or a group, are shown first, since that is wide."""
    if (screen := app.front) is None:
        return
    screen.hold()
    in_hand = [status for status in screen.alerts_in_hand() if status.phase is not Phase.RESOLVED]
    statuses = [status for status in in_hand if status.phase is Phase.FIRING] or in_hand
    alerts = [status.alert for status in statuses]
    if app.desk.read_only:
        app.complain(str(refusal("nothing is acknowledged", app.desk.read_only)))
    elif not alerts and screen.alerts_in_hand():
        app.complain("nothing to acknowledge: what is selected has resolved")
    elif not alerts:
        app.complain("nothing to acknowledge here: select a firing alert, or a service that has one")
    elif len(alerts) > 1 and screen.group_in_hand() is not None:
        acknowledge_with(app)
    elif len(alerts) == 1:
        _work(app, lambda: _acknowledge(app, screen, alerts))
    else:
        _confirm(app, statuses, lambda: _acknowledge(app, screen, alerts))


def acknowledge_with(app: OncallApp) -> None:
    """Ask first: what it is of (on a heading first of all its group), why, until when, and who has it.

    What others have is taken over, one's own is renewed or handed over.
    """
    if (screen := app.front) is None or (assessment := app.assessment) is None:
        return
    screen.hold()
    chosen = [s for s in screen.alerts_in_hand() if not s.alert.pending and s.phase is not Phase.RESOLVED]
    if app.desk.read_only:
        app.complain(str(refusal("nothing is acknowledged", app.desk.read_only)))
        return
    group = screen.group_in_hand()
    if group is not None and chosen:
        choice = scopes_of_group(group[0], chosen)
    else:
        below = scope_of_explained(assessment, screen.service_in_hand()) if not chosen else None
        choice = scopes_of(assessment, chosen) if chosen else (below,) if below else ()
    if not choice:
        app.complain("nothing to acknowledge here: select a firing alert, or a service that has one")
        return
    from oncall_tui.ui.screens.ack_sheet import AckSheet, AckTyped

    keys = set(choice[0].keys)
    begun = chosen or [status for status in assessment.alerts if status.alert.key in keys]

    def answered(typed: AckTyped | None) -> None:
        if typed is not None:
            _work(app, lambda: _acknowledge_as_typed(app, screen, choice[typed.scope], typed))

    settings = app.desk.acknowledge.settings
    title, words = _begin(begun, settings.author)
    end = _end_to_begin_with(begun, app.clock(), settings.duration)
    start = AckTyped(0, words, end, settings.author, settings.keep)
    app.push_screen(AckSheet(title, choice, start, settings.author, settings.at_most), answered)


def _begin(statuses: Sequence[AlertStatus], author: str) -> tuple[str, str]:
    """The sheet's title, and the comment it begins with."""
    what = (statuses[0].alert.name or "this alert") if len(statuses) == 1 else f"{len(statuses)} alerts"
    ack = statuses[0].ack if len(statuses) == 1 else None
    if ack is None:
        return f"Acknowledge {what}", ""
    if ack.author == author:
        return f"Renew {what}, or hand it over", words_of(ack.comment)
    return f"Take over {what} from {ack.author or 'somebody'}", ""


def _end_to_begin_with(statuses: Sequence[AlertStatus], now: float, duration: int) -> str:
    """The usual time; where somebody has it for longer, until then: nobody shortens that by a reflex."""
    ends_at = max((status.ack.ends_at for status in statuses if status.ack is not None), default=0.0)
    if ends_at <= now + duration:
        return name_duration(duration)
    return f"until {datetime.fromtimestamp(ends_at, UTC):%Y-%m-%d %H:%M:%SZ}"


async def _acknowledge_as_typed(app: OncallApp, screen: OncallScreen, scope: AckScope, typed: AckTyped) -> None:
    assert app.assessment is not None, "there was one to choose from"
    try:
        ends_at = parse_end(typed.end, app.clock()).at
    except ValueError as error:  # '09:00' was still ahead when it was typed, and is past now
        app.complain(f"until: {error}", title="Not acknowledged")
        return
    figures = _figures(app.assessment, set(scope.keys))
    wish = AckWish(typed.words, ends_at, typed.keep, typed.owner, take_over=True, renew=True, figures=figures)
    index, keys = app.silence_watch.index(app.assessment), set(scope.keys)
    if scope.matchers:
        shown = [status.alert for status in index.matching(scope.matchers, (scope.source,))]
        await _report(app, screen, lambda use: _as_one(use, scope, shown, wish))
    else:
        alerts = [status.alert for status in app.assessment.alerts if status.alert.key in keys]
        await _report(app, screen, lambda use: use(alerts, wish))


async def _as_one(use: Acknowledge, scope: AckScope, shown: Sequence[Alert], wish: AckWish) -> tuple[AckResult, ...]:
    first = sorted(shown, key=lambda alert: alert.key not in scope.keys)
    return (await use.group(scope.matchers, first, wish),) if first else ()


def take_back_selection(app: OncallApp) -> None:
    """Take one's own acknowledgement of the selected alerts back."""
    if (screen := app.front) is None:
        return
    screen.hold()
    statuses = [status for status in screen.alerts_in_hand() if status.phase is Phase.ACKNOWLEDGED]
    if app.desk.read_only:
        app.complain(str(refusal("nothing is taken back", app.desk.read_only)))
    elif not statuses:
        app.complain("nothing to take back here: the selection is not acknowledged")
    else:
        # A group has one silence: it is ended once, whatever number of its alerts is selected.
        alerts = {(s.alert.source, s.ack.id if s.ack else s.alert.fingerprint): s.alert for s in statuses}
        _work(app, lambda: _take_back(app, tuple(alerts.values())))


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
    """By one key; one's own that rings is given anew, so that it does no more."""
    assert app.assessment is not None, "there was one to choose from"
    keys = {alert.key for alert in alerts}
    statuses = [status for status in app.assessment.alerts if status.alert.key in keys]
    figures = _figures(app.assessment, keys)
    wish = AckWish(renew=any(status.rings for status in statuses), figures=figures)
    await _report(app, screen, lambda use: use(alerts, wish))


def _figures(assessment: Assessment, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], AckFigures]:
    """What is known now of what these alerts are about."""
    moment = Moment(assessment)
    return {one.alert.key: moment.figures(one) for one in assessment.alerts if one.alert.key in keys}


async def _report(
    app: OncallApp, screen: OncallScreen, job: Callable[[Acknowledge], Awaitable[Sequence[AckResult]]]
) -> None:
    try:
        results = await job(app.desk.acknowledge)
    except OncallError as error:
        app.complain(str(error))
        return
    for result in results:
        _tell(app, result)
        if isinstance(result, Acknowledged) and app.desk.tripwires is not None:
            app.desk.tripwires.given.forget(result.silence_id)
    # Also where the silence failed: the person said 'mine'. What is another's stays another's at the pager, too.
    mine = [result for result in results if not isinstance(result, AlreadyAcknowledged)]
    page_on(app, [alert for one in mine for alert in (one.alerts if isinstance(one, Acknowledged) else (one.alert,))])
    screen.acted()
    app.desk.poller.refresh()


def _tell(app: OncallApp, result: AckResult) -> None:
    """Each alert its own word: what is partial is never told as success."""
    name = result.alert.name or "the alert"
    match result:
        case Acknowledged(confirmed=True):
            _tell_done(app, result, name)
        case Acknowledged():
            app.complain(f"{name}: the silence was posted, but {result.note}", title="Not confirmed")
        case AlreadyAcknowledged(silence=silence, withdrawn=True):
            until = figures.clock(silence.ends_at)
            app.warn(f"{silence.author or 'somebody'} has {name} to {until}, a moment before you: yours was ended")
        case AlreadyAcknowledged(silence=silence):
            _tell_theirs(app, name, silence)
        case NotAcknowledged(error=error, hint=hint):
            app.complain(f"{name}: {error}{f' ({hint})' if hint else ''}", title="Not acknowledged")
    if result.journal:
        app.complain(result.journal, title="Journal")


def _tell_done(app: OncallApp, result: Acknowledged, name: str) -> None:
    more = len(result.alerts) - 1
    what = f"{name} and {more} more" if more > 0 else name
    verb = "are" if more > 0 else "is"
    me = app.desk.acknowledge.settings.author
    owner = result.silence.author if result.silence else me
    until = f" to {figures.clock(result.silence.ends_at)}" if result.silence else ""
    whose = f"{what} {verb} {'yours' if owner == me else f'{owner}’s'}{until}"
    if result.had and result.had != owner:
        whose += f" ({result.had} → {owner})"
    note = f"; {result.note}" if result.note else ""
    undo = f"  ({app.key_of('take_back')} takes it back)" if owner == me else ""
    app.say(f"{whose}{note}{undo}", title="Acknowledged", seconds=UNDO_SECONDS)


def _tell_theirs(app: OncallApp, name: str, silence: Silence) -> None:
    until, more = figures.clock(silence.ends_at), app.key_of("acknowledge_with")
    if silence.author == app.desk.acknowledge.settings.author:
        app.say(f"{name} is yours already, to {until}: {more} renews it or hands it over", seconds=8)
    else:
        whose = f"{silence.author or 'somebody'}’s"
        app.say(f"{name} is {whose} to {until}: nothing was done, {more} takes it over", seconds=8)


def _and_others(app: OncallApp, alert: Alert) -> str:
    """' rings again', with how many others that the same acknowledgement hid."""
    statuses = app.assessment.alerts if app.assessment else ()
    ack = next((status.ack for status in statuses if status.alert.key == alert.key), None)
    others = sum(bool(ack and s.ack == ack and s.alert.key != alert.key) for s in statuses)
    return f" and {others} more ring again" if others else " rings again"


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
            app.say(f"{alert.name}{_and_others(app, alert)}", title="Taken back")
        else:
            app.complain(f"{alert.name}: the silence was ended, but {result.note}", title="Not confirmed")
        if result.journal:
            app.complain(result.journal, title="Journal")
    app.desk.poller.refresh()

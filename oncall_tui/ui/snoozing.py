"""The key and the command that snooze: from the selection to a time, on this machine alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from oncall_tui.core.alerts import Phase
from oncall_tui.core.until import parse_end
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.spans import Line, Role, join, outside, span

if TYPE_CHECKING:
    from oncall_tui.core.assess import AlertStatus
    from oncall_tui.ui.app import OncallApp

LOCAL = "on this machine only: no silence is posted, and whoever is paged stays paged"
OFF = ("off", "end", "over")
_OVER = (Phase.RESOLVED,)


def snooze_selection(app: OncallApp, text: str = "") -> None:
    """Snooze the alerts in hand. text: a duration or a moment, 'off' to end it; '' asks."""
    screen, assessment = app.front, app.assessment
    if screen is None or assessment is None:
        return
    screen.hold()
    statuses = [one for one in screen.alerts_in_hand() if one.phase not in _OVER]
    if not statuses:
        app.complain("nothing to snooze here: select an alert, or a service that has one")
    elif text.strip().casefold() in OFF:
        _end(app, statuses)
    elif text:
        try:
            _snooze(app, statuses, parse_end(text, app.clock()).at)
        except ValueError as error:
            app.complain(f"snooze: {error}")
    else:
        _ask(app, statuses)


def _ask(app: OncallApp, statuses: Sequence[AlertStatus]) -> None:
    from oncall_tui.ui.screens.ask_end import AskEnd

    def told(typed: str) -> list[Line]:
        if typed.strip().casefold() in OFF:
            return [span("The snooze ends now.", Role.STRONG)]
        end = parse_end(typed, app.clock())
        until = join([span("Quiet until", Role.MUTED), span(figures.clock_both(end.at), Role.STRONG)])
        return [until, *([outside(end.note, Role.WARN)] if end.note else []), span(LOCAL, Role.MUTED)]

    def answered(typed: str | None) -> None:
        if typed is None:
            return
        if typed.strip().casefold() in OFF:
            _end(app, statuses)
        else:
            _snooze(app, statuses, parse_end(typed, app.clock()).at)

    question = join([span("Snooze", Role.STRONG), _what(statuses), span("for, or until:")])
    app.push_screen(AskEnd(question, told), answered)


def _what(statuses: Sequence[AlertStatus]) -> Line:
    if len(statuses) > 1:
        return span(f"{len(statuses)} alerts", Role.STRONG)
    return outside(statuses[0].alert.name or "the alert", Role.STRONG)


def _snooze(app: OncallApp, statuses: Sequence[AlertStatus], until: float) -> None:
    assert app.assessment is not None, "there was a selection"
    app.snoozes.add(app.assessment, statuses, until)
    what = "".join(text for text, _ in _what(statuses))
    off = "`:snooze off` ends it"
    app.say(f"{what} is quiet until {figures.clock(until)}, {LOCAL}. {off}", title="Snoozed", seconds=10)
    _done(app)


def _end(app: OncallApp, statuses: Sequence[AlertStatus]) -> None:
    if ended := app.snoozes.end(statuses):
        app.say(f"{ended} alert{'' if ended == 1 else 's'} no longer snoozed")
        _done(app)
    else:
        app.complain("nothing here is snoozed")


def _done(app: OncallApp) -> None:
    if app.front is not None:
        app.front.acted()
    app.understand_again()

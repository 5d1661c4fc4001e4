"""The keys that make, extend, edit and end silences: from the selection to what was read back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from oncall_tui.actions.silence_results import Ended, EndResult, NotSilenced, Silenced, SilenceResult, SilenceWish
from oncall_tui.core.alerts import Silence, SilenceState
from oncall_tui.core.errors import OncallError
from oncall_tui.core.matchers import Matcher, parse_filter, parse_matchers
from oncall_tui.core.read_only import refusal
from oncall_tui.core.silence_preview import Typed
from oncall_tui.core.silences import SilenceStatus, Standing, count_of, ringing_without
from oncall_tui.core.until import later_end, parse_end
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.silence_form import end_line
from oncall_tui.ui.render.silences import alert_lines, badge, spelled
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.silence_start import (
    EditorStart,
    blank,
    of_alerts,
    of_editing,
    of_matchers,
    of_service,
    of_silence,
    whole_minutes,
)

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.screens.base import OncallScreen

_BY_SERVICE = ("fleet", "models", "slos")
"""Screens whose rows are services, or belong to one: what is silenced there is the service."""


# A new one


def new_silence(app: OncallApp, text: str = "") -> None:
    """Open the editor. text: matchers; 'filter' for those of the filter; '' for the selection.

    The selection is the marked alerts or the one under the cursor, on screens of services the service; on the
    silences' own screen the editor begins empty. Where nothing is selected the filter's matchers are taken.
    """
    screen = app.front
    if screen is None or _refused(app):
        return
    typed = _fresh(app)
    places = tuple(app.desk.silencing.places)
    try:
        if text:
            matchers = _filter_matchers(app, screen) if text == "filter" else parse_matchers(text)
            start = of_matchers(matchers, typed, places)
        else:
            start = _of_selection(app, screen, typed)
    except ValueError as error:
        app.complain(f"silence: {error}")
        return
    _edit(app, start)


def _fresh(app: OncallApp) -> Typed:
    silencing = app.desk.silencing
    return Typed(end=whole_minutes(silencing.duration), author=silencing.author, sources=tuple(silencing.places))


def _of_selection(app: OncallApp, screen: OncallScreen, typed: Typed) -> EditorStart:
    places = tuple(app.desk.silencing.places)
    screen.hold()
    alerts, service = screen.alerts_in_hand(), screen.service_in_hand()
    if screen.NAME in _BY_SERVICE and service:
        return of_service(service, typed, places)
    if alerts:
        return of_alerts(alerts, typed, places)
    if screen.filter_text and screen.NAME != "silences":
        return of_matchers(_filter_matchers(app, screen), typed, places)
    return blank(typed, places)


def _filter_matchers(app: OncallApp, screen: OncallScreen) -> tuple[Matcher, ...]:
    """The filter's matchers; its words cannot be silenced, and that is said. Raises ValueError."""
    found = parse_filter(screen.filter_text)
    if found.words:
        app.warn(f"a silence knows labels only: {' '.join(found.words)} is left out")
    if not found.matchers:
        raise ValueError("the filter has no matchers to take")
    return found.matchers


# Silences there are


def extend_selection(app: OncallApp, statuses: Sequence[SilenceStatus]) -> None:
    """Ask for another end, and give it to these silences."""
    standing = [status for status in statuses if status.standing is not Standing.EXPIRED]
    if _refused(app):
        return
    if not standing:
        app.complain(f"nothing to extend here: {app.key_of('recreate')} makes one that is over again")
        return
    from oncall_tui.ui.screens.ask_end import AskEnd

    ends = {status.key: _ends_at(app, status) for status in standing}

    def told(text: str) -> list[Line]:
        now = app.clock()
        lines = []
        for status in standing[:6]:
            end = later_end(text, ends[status.key], now)
            sooner = span("sooner than it would", Role.WARN) if end.at < ends[status.key] - 1 else ()
            lines.append(join([end_line(end, now), sooner, outside(spelled(status.silence.matchers), Role.MUTED)]))
        return lines

    def answered(text: str | None) -> None:
        if text is not None:
            now = app.clock()
            wanted = [(status.silence, later_end(text, ends[status.key], now).at) for status in standing]
            _work(app, lambda: _extend(app, wanted))

    what = "this silence" if len(standing) == 1 else count_of(len(standing), "silence")
    app.push_screen(AskEnd(span(f"Extend {what} by, or until:", Role.STRONG), told), answered)


def _ends_at(app: OncallApp, status: SilenceStatus) -> float:
    """When it ends, unix seconds by our clock."""
    return (app.assessment.snapshot.at if app.assessment else app.clock()) + status.left


def recreate(app: OncallApp, status: SilenceStatus | None) -> None:
    """Open the editor with what a silence was, to make it again."""
    if _refused(app):
        return
    if status is None:
        app.complain("Select a silence first")
        return
    silencing = app.desk.silencing
    _edit(app, of_silence(status.silence, _fresh(app), tuple(silencing.places)))


def edit(app: OncallApp, status: SilenceStatus | None) -> None:
    """Open the editor on a silence; one that is over can only be made again."""
    if _refused(app):
        return
    if status is None:
        app.complain("Select a silence first")
    elif status.standing is Standing.EXPIRED:
        recreate(app, status)
    else:
        _edit(app, of_editing(status.silence, _ends_at(app, status)))


def expire_selection(app: OncallApp) -> None:
    """End the silences in hand, after showing which alerts ring again."""
    screen = app.front
    if screen is None or _refused(app, "is ended"):
        return
    standing = [s for s in screen.silences_in_hand() if s.state is not SilenceState.EXPIRED]
    if not standing or app.assessment is None:
        app.complain("nothing to end here: select a silence that is not over, or an alert that one hides")
        return
    from oncall_tui.ui.screens.confirm import Confirm

    keys = {(silence.source, silence.id) for silence in standing}
    statuses = [status for status in app.silence_watch.survey(app.assessment) if status.key in keys]
    lines = _about_to_ring(app, statuses)

    def answered(yes: bool | None) -> None:
        if yes:
            _work(app, lambda: _end(app, screen, standing))

    what = "this silence" if len(standing) == 1 else f"these {count_of(len(standing), 'silence')}"
    app.push_screen(Confirm(span(f"End {what} now?"), lines, "end it" if len(standing) == 1 else "end them"), answered)


def _about_to_ring(app: OncallApp, statuses: Sequence[SilenceStatus]) -> list[Line]:
    """The silences, and the alerts that no other silence hides."""
    lines: list[Line] = [
        join([badge(s), outside(spelled(s.silence.matchers)), outside(f"by {s.silence.author}", Role.MUTED)])
        for s in statuses
    ]
    if any(status.hidden is None for status in statuses):
        lines.append(span("? what rings again nobody can say: its Alertmanager does not answer", Role.UNKNOWN))
        return lines
    ringing = ringing_without(statuses)
    if not ringing:
        return [*lines, span("no alert will ring again", Role.MUTED)]
    head = span(f"{count_of(len(ringing))} will ring again:", Role.WARN)
    return [*lines, head, *alert_lines(ringing, app.clock(), min(96, app.size.width * 9 // 10 - 4), 10)]


# The editor, and what is done with what was typed


def _edit(app: OncallApp, start: EditorStart) -> None:
    from oncall_tui.ui.screens.silence_editor import SilenceEditor

    def answered(typed: Typed | None) -> None:
        if typed is not None:
            _work(app, lambda: _post(app, start, typed))

    app.push_screen(SilenceEditor(start), answered)


async def _post(app: OncallApp, start: EditorStart, typed: Typed) -> None:
    """Post what was typed. What failed comes back into the editor with why: nothing has to be typed twice."""
    use = app.desk.silencing.use
    try:
        wish = SilenceWish(
            parse_matchers(typed.matchers), parse_end(typed.end, app.clock()).at, typed.author, typed.comment
        )
        if start.editing is None:
            results: Sequence[SilenceResult] = await use.create(wish, typed.sources)
        else:
            results = [await use.change(start.editing.source, start.editing.id, wish)]
    except (OncallError, ValueError) as error:
        app.complain(str(error))
        return
    for result in results:
        tell(app, result)
    app.desk.poller.refresh()
    failed = [result for result in results if isinstance(result, NotSilenced)]
    if failed and app.front is not None:
        complaint = "; ".join(f"{result.source}: {_why(result.error, result.hint)}" for result in failed)
        again = replace(typed, sources=tuple(result.source for result in failed))
        _edit(app, replace(start, typed=again, complaint=complaint))


async def _extend(app: OncallApp, wanted: Sequence[tuple[Silence, float]]) -> None:
    for silence, ends_at in wanted:
        try:
            tell(app, await app.desk.silencing.use.extend(silence.source, silence.id, ends_at))
        except OncallError as error:
            app.complain(str(error))
            return
    _acted(app)


async def _end(app: OncallApp, screen: OncallScreen, silences: Sequence[Silence]) -> None:
    for silence in silences:
        try:
            _tell_end(app, silence, await app.desk.silencing.use.end(silence.source, silence.id))
        except OncallError as error:
            app.complain(str(error))
            return
    screen.acted()
    _acted(app)


def _acted(app: OncallApp) -> None:
    app.desk.poller.refresh()
    if app.front is not None and app.front.NAME == "silences":
        app.front.acted()


def tell(app: OncallApp, result: SilenceResult) -> None:
    """Each place its own word: what is partial is never told as success."""
    match result:
        case Silenced(confirmed=True, silence=silence):
            until = f" to {figures.clock_both(silence.ends_at)}" if silence else ""
            note = f"; {result.note}" if result.note else ""
            note += "; the old one is over" if result.replaced else ""
            waits = " (it begins later)" if silence and silence.state is SilenceState.PENDING else ""
            app.say(f"{result.source}: silenced{until}{waits}{note}", title="Silence", seconds=8)
        case Silenced():
            app.complain(f"{result.source}: the silence was posted, but {result.note}", title="Not confirmed")
        case NotSilenced(error=error, hint=hint):
            app.complain(f"{result.source}: {_why(error, hint)}", title="Not silenced")
    if result.journal:
        app.complain(result.journal, title="Journal")


def _tell_end(app: OncallApp, silence: Silence, result: EndResult) -> None:
    what = spelled(silence.matchers)
    if not isinstance(result, Ended):
        app.complain(f"{result.source}: {_why(result.error, result.hint)}", title="Not ended")
    elif result.confirmed:
        app.say(f"{what}: over{f'; {result.note}' if result.note else ''}", title="Silence ended", seconds=8)
    else:
        app.complain(f"{what}: ended, but {result.note}", title="Not confirmed")
    if result.journal:
        app.complain(result.journal, title="Journal")


def _why(error: str, hint: str) -> str:
    return f"{error} ({hint})" if hint else error


def _refused(app: OncallApp, what: str = "is made or changed") -> bool:
    """Whether nothing may be written here; it is said."""
    if app.desk.read_only:
        app.complain(str(refusal(f"no silence {what}", app.desk.read_only)))
    return bool(app.desk.read_only)


def _work(app: OncallApp, job: Callable[[], Awaitable[None]]) -> None:
    """Run it beside the screen: no key waits for a network."""
    app.run_worker(job(), group="silence", exit_on_error=True)

"""Pagers, after an acknowledgement: each pager's result by itself, and a choice where it is not certain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from oncall_tui.actions.pages import (
    PageAcknowledged,
    PageFailed,
    PageNotFound,
    PagePlan,
    PageResult,
    PageSettled,
    PageUncertain,
)
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import OncallError
from oncall_tui.core.pagers import Certainty, IncidentState, PagedIncident
from oncall_tui.core.read_only import refusal
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

if TYPE_CHECKING:
    from oncall_tui.actions.page import AcknowledgePages
    from oncall_tui.ui.app import OncallApp

TITLE_LIMIT = 60
"""Characters of an incident's title in a notice."""
_UNDER_A_SHEET = 0.2
"""Seconds between two looks whether another sheet has been closed: none opens over one that is being read."""


def page_on(app: OncallApp, alerts: Sequence[Alert]) -> None:
    """Acknowledge at the pagers what was acknowledged by a key; nothing where no pager is configured for it."""
    pages = app.desk.pages
    if pages is not None and alerts and pages.concerns(alerts):
        app.run_worker(_acknowledge(app, pages, alerts), group="page", exit_on_error=True)


def page_selection(app: OncallApp) -> None:
    """Show what would be acknowledged at which pager for the selection, and do it when the person says so."""
    if (screen := app.front) is None:
        return
    alerts = [status.alert for status in screen.alerts_in_hand()]
    pages = app.desk.pages
    if app.desk.read_only:
        app.complain(str(refusal("no page is acknowledged", app.desk.read_only)))
    elif not alerts:
        app.complain("no page to acknowledge here: select an alert, or a service that has one")
    elif pages is None or not pages.concerns(alerts):
        app.complain("the selection goes to no pager: `pagers:` in the configuration says which alerts go where")
    else:
        app.run_worker(_plan(app, pages, alerts), group="page", exit_on_error=True)


async def _acknowledge(app: OncallApp, pages: AcknowledgePages, alerts: Sequence[Alert]) -> None:
    one_at_a_time = asyncio.Lock()

    def told(result: PageResult) -> None:
        _tell(app, result)
        if isinstance(result, PageUncertain):
            app.run_worker(_choose(app, pages, result, one_at_a_time), group="choose", exit_on_error=True)

    try:
        await pages(alerts, tell=told)
    except OncallError as error:
        app.complain(str(error))


async def _choose(app: OncallApp, pages: AcknowledgePages, result: PageUncertain, turn: asyncio.Lock) -> None:
    from oncall_tui.ui.screens.choose_incident import ChooseIncident

    async with turn:
        while app.front is None:  # noqa: ASYNC110 - nothing tells when the last sheet is closed
            await asyncio.sleep(_UNDER_A_SHEET)
        chosen = await app.push_screen_wait(ChooseIncident(result, app.clock()))
    if chosen is None:
        return
    try:
        _tell(app, await pages.chosen(result, chosen))
    except OncallError as error:
        app.complain(str(error))


async def _plan(app: OncallApp, pages: AcknowledgePages, alerts: Sequence[Alert]) -> None:
    from oncall_tui.ui.screens.confirm import Confirm

    plans = await pages.plan(alerts)
    if not any(plan.found.matches for plan in plans):
        said = (f"{plan.pager}: {plan.error or plan.found.note or plan.found.doubt}" for plan in plans)
        app.complain(" | ".join(dict.fromkeys(said)), title="No page to acknowledge")
        return
    lines = [line for plan in plans for line in plan_lines(plan)]
    question = span("Acknowledge at the pagers? What is not certain is asked about first.")
    if app.front is not None and await app.push_screen_wait(Confirm(question, lines, "acknowledge them")):
        await _acknowledge(app, pages, alerts)


def plan_lines(plan: PagePlan) -> list[Line]:
    """What would be done at one pager for one alert, and why."""
    begin = join([fitted(outside(plan.pager, Role.STRONG), 20), outside(plan.alert.name)])
    if plan.error:
        return [begin, outside(f"  {plan.error}", Role.CRIT)]
    found = plan.found
    note = [outside(f"  {found.note}", Role.MUTED)] if found.note else []
    if (pick := found.pick) is None:
        return [begin, outside(f"  {found.doubt}: nothing is done unasked", Role.WARN), *note]
    sure = Role.OK if pick.certainty is Certainty.CERTAIN else Role.TEXT
    done = " (acknowledged already)" if pick.incident.state is IncidentState.ACKNOWLEDGED else ""
    what = outside(f"  {_called(pick.incident)}{done}", Role.TEXT)
    return [begin, what, outside(f"  {pick.certainty.value}: {pick.why}", sure), *note]


def _tell(app: OncallApp, result: PageResult) -> None:
    """One pager's word. What nobody confirmed is never told as done."""
    match result:
        case PageAcknowledged(confirmed=True, match=match, incident=incident, note=note):
            likely = f" ({match.certainty.value}: {match.why})" if match.certainty is not Certainty.CERTAIN else ""
            more = f"; {note}" if note else ""
            app.say(f"{result.pager}: {_called(incident)} acknowledged{likely}{more}", title="Page", seconds=8)
        case PageAcknowledged(incident=incident, note=note):
            _caution(app, f"{result.pager}: {_called(incident)}: {note}", "Page not confirmed")
        case PageSettled(incident=incident):
            app.say(f"{result.pager}: {_called(incident)} {_settled(incident)}: nothing was done", title="Page")
        case PageUncertain(why=why, note=note):
            names = _names(result.alerts)
            text = f"{result.pager}: not certain which incident is {names}: {why}{'; ' + note if note else ''}"
            _caution(app, text, "Page not acknowledged")
        case PageNotFound(note=note):
            text = f"{result.pager}: no open incident fits {_names(result.alerts)}{'; ' + note if note else ''}"
            _caution(app, text, "Page not acknowledged")
        case PageFailed(error=error, hint=hint):
            app.complain(f"{error}{f' ({hint})' if hint else ''}", title="Page not acknowledged")
    if result.journal:
        app.complain(result.journal, title="Journal")


def _caution(app: OncallApp, text: str, title: str) -> None:
    app.notify(clean_line(text), title=title, severity="warning", timeout=10, markup=False)


def _called(incident: PagedIncident) -> str:
    title = clean_line(incident.title, TITLE_LIMIT)
    return f"{clean_line(incident.called, 40)} {title}".strip() if incident.number else title or incident.called


def _settled(incident: PagedIncident) -> str:
    if incident.state is IncidentState.RESOLVED:
        return "was resolved meanwhile"
    return f"is acknowledged by {clean_line(incident.holder, 40)}" if incident.holder else "is acknowledged already"


def _names(alerts: Sequence[Alert]) -> str:
    more = f" and {len(alerts) - 1} more" if len(alerts) > 1 else ""
    return f"{alerts[0].name or 'the alert'}{more}"

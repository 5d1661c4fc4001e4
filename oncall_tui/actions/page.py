"""Acknowledge the pages of alerts: at every pager that they go to, each apart from the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from oncall_tui.actions.entry import Entry, Recorder
from oncall_tui.actions.pages import (
    Assigned,
    PageAcknowledged,
    PageFailed,
    PageNotFound,
    PagePlan,
    PageResult,
    PageSettled,
    PageUncertain,
    fitting,
)
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import SourceError
from oncall_tui.core.pagers import Found, IncidentState, Match, PagedAlert, PagedIncident, PagerOutcome
from oncall_tui.core.read_only import refusal
from oncall_tui.journal import Event, EventKind

Tell = Callable[[PageResult], object]
GroupOf = Callable[[Alert], Mapping[str, str]]


def _unheard(result: PageResult) -> None:
    """Tell nobody."""


def _no_group(alert: Alert) -> Mapping[str, str]:
    return {}


class AcknowledgePages:
    """Finds the incidents that alerts raised, and acknowledges those that are certain or likely.

    pagers: with the alerts that go to each. author: whose acknowledgement it is. comment: what goes along where a
    pager takes a note. clock: unix seconds. group_of: the labels of the group that an alert was sent in, none where
    that is not known.
    read_only: why nothing may be written, '' where it may.
    """

    def __init__(
        self,
        pagers: Sequence[Assigned],
        journal: Recorder,
        author: str,
        comment: str = "",
        *,
        read_only: str = "",
        clock: Callable[[], float] = time.time,
        group_of: GroupOf = _no_group,
    ) -> None:
        self._pagers = tuple(pagers)
        self._journal = journal
        self._author = author
        self._comment = comment
        self._read_only = read_only
        self._clock = clock
        self._group_of = group_of

    def concerns(self, alerts: Sequence[Alert]) -> bool:
        """Whether any of them goes to any pager."""
        return any(fitting(assigned, alerts) for assigned in self._pagers)

    async def plan(self, alerts: Sequence[Alert]) -> tuple[PagePlan, ...]:
        """What would be acknowledged, for every pager and each alert of its own. Changes nothing; never raises."""
        planned = await asyncio.gather(*(self._plan(assigned, alerts) for assigned in self._pagers))
        return tuple(plan for plans in planned for plan in plans)

    async def __call__(self, alerts: Sequence[Alert], note: str = "", tell: Tell = _unheard) -> tuple[PageResult, ...]:
        """Acknowledge what is certain or likely. Every result is told as soon as it is known, and all are returned.

        note: goes along in place of the comment. Raises ActionError when read-only, and nothing else.
        """
        self._refuse_read_only()

        async def at(assigned: Assigned) -> list[PageResult]:
            results: list[PageResult] = []

            def also(result: PageResult) -> None:
                results.append(result)
                tell(result)

            await self._at(assigned, alerts, note, also)
            return results

        every = await asyncio.gather(*(at(assigned) for assigned in self._pagers))
        return tuple(result for results in every for result in results)

    async def chosen(self, uncertain: PageUncertain, incident: PagedIncident, note: str = "") -> PageResult:
        """Acknowledge the incident that a person chose among the uncertain ones. Raises ActionError when read-only."""
        self._refuse_read_only()
        assigned = next(one for one in self._pagers if one.pager.name == uncertain.pager)
        match = next(one for one in uncertain.matches if one.incident == incident)
        return await self._acknowledge(assigned, uncertain.alerts, match, note, chosen=True)

    async def close(self) -> None:
        """Let go of connections."""
        await asyncio.gather(*(assigned.pager.close() for assigned in self._pagers))

    def _refuse_read_only(self) -> None:
        if self._read_only:
            raise refusal("no page is acknowledged", self._read_only)

    # Finding

    async def _plan(self, assigned: Assigned, alerts: Sequence[Alert]) -> list[PagePlan]:
        own, name = fitting(assigned, alerts), assigned.pager.name
        if not own:
            return []
        try:
            found = await self._find(assigned, own)
        except SourceError as error:
            return [PagePlan(name, alert, Found(), str(error)) for alert in own]
        return [PagePlan(name, alert, one) for alert, one in zip(own, found, strict=True)]

    async def _find(self, assigned: Assigned, own: Sequence[Alert]) -> tuple[Found, ...]:
        paged = [self._paged(alert) for alert in own]
        try:
            async with asyncio.timeout(assigned.patience):
                return await assigned.pager.find(paged)
        except TimeoutError:
            message = f"{assigned.pager.name}: no answer in {assigned.patience:g} s"
            raise SourceError(message, "is it overloaded? nothing was done there") from None

    def _paged(self, alert: Alert) -> PagedAlert:
        return PagedAlert(alert, self._group_of(alert))

    # Acting

    async def _at(self, assigned: Assigned, alerts: Sequence[Alert], note: str, tell: Tell) -> None:
        own, name = fitting(assigned, alerts), assigned.pager.name
        if not own:
            return
        try:
            found = await self._find(assigned, own)
        except SourceError as error:
            trouble = await self._note_undone(name, own, {"error": error.message})
            tell(PageFailed(name, own, error.message, error.hint, None, trouble))
            return
        picked: dict[str, tuple[Match, list[Alert]]] = {}
        doubtful: dict[tuple[str, ...], tuple[Found, list[Alert]]] = {}
        for alert, one in zip(own, found, strict=True):
            if one.pick is not None:
                picked.setdefault(one.pick.incident.id, (one.pick, []))[1].append(alert)
            else:
                # Alerts that the same incidents come into question for are asked about once.
                ids = tuple(match.incident.id for match in one.matches)
                doubtful.setdefault((*ids, one.note), (one, []))[1].append(alert)
        for one, theirs in doubtful.values():
            tell(await self._undone(name, one, tuple(theirs)))

        async def act(match: Match, theirs: tuple[Alert, ...]) -> None:
            tell(await self._acknowledge(assigned, theirs, match, note))

        await asyncio.gather(*(act(match, tuple(theirs)) for match, theirs in picked.values()))

    async def _undone(self, pager: str, found: Found, alerts: tuple[Alert, ...]) -> PageResult:
        incidents = [_told(match) for match in found.matches]
        trouble = await self._note_undone(
            pager, alerts, {"error": found.doubt, "note": found.note, "incidents": incidents}
        )
        if not found.matches:
            return PageNotFound(pager, alerts, found.note, trouble)
        return PageUncertain(pager, alerts, found.matches, found.doubt, found.note, trouble)

    async def _acknowledge(
        self, assigned: Assigned, alerts: tuple[Alert, ...], match: Match, note: str, *, chosen: bool = False
    ) -> PageResult:
        name, incident = assigned.pager.name, match.incident
        if incident.state is IncidentState.ACKNOWLEDGED:
            return PageSettled(name, alerts, incident)
        about: dict[str, object] = {"pager": name, "kind": assigned.pager.kind, **_told(match), "chosen": chosen}
        entry = Entry(self._journal)
        await entry.before(self._event(EventKind.PAGE_ACK_INTENDED, alerts, about))
        outcome: PagerOutcome | None = None
        failure = SourceError(f"{name}: cancelled before it was known", "look at it before trying again")
        try:
            outcome = await self._send(assigned, incident, alerts[0], note)
        except SourceError as error:
            failure = error
        finally:
            after = {"error": failure.message} if outcome is None else _came_of(outcome)
            kind = EventKind.PAGE_ACK_FAILED if outcome is None else EventKind.PAGE_ACK_DONE
            await entry.after(self._event(kind, alerts, about | after))
        if outcome is None:
            return PageFailed(name, alerts, failure.message, failure.hint, incident, entry.trouble)
        seen = outcome.incident or incident
        if seen.state is IncidentState.RESOLVED:
            return PageSettled(name, alerts, seen, entry.trouble)
        return PageAcknowledged(name, alerts, match, seen, outcome.confirmed, outcome.note, entry.trouble)

    async def _send(self, assigned: Assigned, incident: PagedIncident, alert: Alert, note: str) -> PagerOutcome:
        try:
            async with asyncio.timeout(assigned.patience):
                return await assigned.pager.acknowledge(
                    incident, self._paged(alert), self._author, note or self._comment
                )
        except TimeoutError:
            hint = "look at it before trying again: it may have been acknowledged all the same"
            message = f"{assigned.pager.name}: acknowledge {incident.called}: no answer in {assigned.patience:g} s"
            raise SourceError(message, hint) from None

    # The journal

    async def _note_undone(self, pager: str, alerts: tuple[Alert, ...], payload: Mapping[str, object]) -> str:
        """Write that nothing was done, and why; '' or why that could not be written."""
        entry = Entry(self._journal)
        await entry.after(self._event(EventKind.PAGE_ACK_FAILED, alerts, {"pager": pager, **payload}))
        return entry.trouble

    def _event(self, kind: EventKind, alerts: tuple[Alert, ...], payload: Mapping[str, object]) -> Event:
        first = alerts[0]
        more = {"alerts": [alert.fingerprint for alert in alerts]} if len(alerts) > 1 else {}
        return Event(
            at=self._clock(),
            kind=kind,
            actor=self._author,
            service=first.labels.get("service", ""),
            fingerprint=first.fingerprint,
            subject=first.name,
            payload={**payload, **more},
        )


def _told(match: Match) -> dict[str, object]:
    incident = match.incident
    return {
        "incident": incident.id,
        "number": incident.number,
        "title": incident.title,
        "certainty": match.certainty.value,
        "why": match.why,
    }


def _came_of(outcome: PagerOutcome) -> dict[str, object]:
    state = outcome.incident.state.value if outcome.incident else ""
    return {"confirmed": outcome.confirmed, "state": state, "note": outcome.note}

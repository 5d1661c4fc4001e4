"""What pagers have in common that list their open incidents, acknowledge one, and show it again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from oncall_tui.core.errors import Busy, Refused, SourceError, Unauthorized, Unreachable
from oncall_tui.core.pagers import (
    Found,
    IncidentState,
    PagedAlert,
    PagedIncident,
    PagerOutcome,
    match_incidents,
    worth_a_look,
)
from oncall_tui.core.placeholders import NothingThere, Placeholders, parse_placeholders
from oncall_tui.sources.pagers._api import PagerApi

PAGE: Final = 100
"""Incidents asked for at once."""
MOST: Final = 500
"""Open incidents looked through; who has more has a storm, and is told that there are more."""
LOOKED_AT: Final = 8
"""Incidents whose details are fetched in one search."""
AT_ONCE: Final = 4
PATIENCE: Final = (0.0, 0.3, 0.7, 1.5)
"""Seconds before each look at what came of an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Open incidents, the newest first. note: what is missing of them."""

    incidents: tuple[PagedIncident, ...] = ()
    note: str = ""


class ListingPager:
    """A pager that lists. Each kind says how it lists, fetches details, acknowledges, and shows one incident."""

    kind = ""

    def __init__(self, name: str, api: PagerApi, key: str | None, patience: Sequence[float] = PATIENCE) -> None:
        self.name = name
        self._api = api
        self._key = parse_placeholders(key) if key else None
        self._patience = tuple(patience)

    async def find(self, alerts: Sequence[PagedAlert]) -> tuple[Found, ...]:
        """What is open for each alert. Lists once for all of them, and fetches the details of few."""
        keys, troubles = _keys(self._key, alerts)
        listing = await self._open(tuple(dict.fromkeys(key for key in keys if key)))
        incidents, note = await self._with_details(alerts, keys, listing)

        def compared() -> tuple[Found, ...]:
            return tuple(
                Found(match_incidents(paged, incidents, key), _joined(note, trouble))
                for paged, key, trouble in zip(alerts, keys, troubles, strict=True)
            )

        # In a thread: in a storm hundreds of alerts are compared with hundreds of incidents.
        return await asyncio.to_thread(compared)

    async def acknowledge(self, incident: PagedIncident, paged: PagedAlert, author: str, note: str) -> PagerOutcome:
        """Acknowledge it and look until it shows that, or patience is at its end."""
        try:
            said = await self._send(incident, author, note)
        except (Unauthorized, Busy):
            raise
        except SourceError as problem:
            return await self._all_the_same(incident, problem)
        seen: PagedIncident | None = None
        why = "it was not read back"
        for seconds in self._patience:
            await asyncio.sleep(seconds)
            try:
                seen = await self._look(incident)
            except SourceError as error:
                why = f"it was taken, but reading it back failed: {error.message}"
                continue
            if seen is not None and seen.state is not IncidentState.TRIGGERED:
                return PagerOutcome(seen.state is IncidentState.ACKNOWLEDGED, seen, _state_note(seen, said))
            why = f"it was taken, but {'still rings' if seen else 'is not shown any more'}"
        return PagerOutcome(False, seen, _joined(why, said))

    async def greet(self) -> str | None:
        """Read what is open, which is what acknowledging needs first."""
        listing = await self._open(())
        return f"{len(listing.incidents)} open" + (f"; {listing.note}" if listing.note else "")

    async def close(self) -> None:
        """Let go of connections."""
        await self._api.close()

    # Each kind's own

    async def _open(self, keys: Sequence[str]) -> Listing:
        """What is open, the newest first; whatever has one of the keys comes with it."""
        raise NotImplementedError

    async def _details(self, incident: PagedIncident) -> PagedIncident:
        """The incident with its details."""
        raise NotImplementedError

    async def _send(self, incident: PagedIncident, author: str, note: str) -> str:
        """Ask for the acknowledgement; what to know of the answer, '' for nothing."""
        raise NotImplementedError

    async def _look(self, incident: PagedIncident) -> PagedIncident | None:
        """The incident as it is now; None where there is none."""
        raise NotImplementedError

    # Shared

    async def _with_details(
        self, alerts: Sequence[PagedAlert], keys: Sequence[str], listing: Listing
    ) -> tuple[list[PagedIncident], str]:
        """The incidents, those worth it with their details, and what to know of the search."""
        sure = {key for incident in listing.incidents for key in incident.keys}
        doubtful = [paged.alert for paged, key in zip(alerts, keys, strict=True) if not key or key not in sure]
        slots = asyncio.Semaphore(AT_ONCE)

        async def look(incident: PagedIncident) -> PagedIncident | SourceError:
            async with slots:
                try:
                    return await self._details(incident)
                except SourceError as error:
                    return error

        chosen = await asyncio.to_thread(worth_a_look, doubtful, listing.incidents, LOOKED_AT)
        looked = dict(zip((one.id for one in chosen), await asyncio.gather(*map(look, chosen)), strict=True))
        failed = [one for one in looked.values() if isinstance(one, SourceError)]
        if failed and len(failed) == len(looked) and isinstance(failed[0], Unauthorized):
            raise failed[0]
        note = f"the details of {len(failed)} could not be read: {failed[0].message}" if failed else ""
        known = {name: one for name, one in looked.items() if isinstance(one, PagedIncident)}
        return [known.get(one.id, one) for one in listing.incidents], _joined(listing.note, note)

    async def _all_the_same(self, incident: PagedIncident, problem: SourceError) -> PagerOutcome:
        """After an answer that did not come, or said no: what the incident itself says. Raises the problem again."""
        try:
            seen = await self._look(incident)
        except SourceError:
            if isinstance(problem, (Refused, Unreachable)):
                raise problem from None
            hint = "look at it before trying again: it may have been acknowledged all the same"
            raise type(problem)(problem.message, hint) from None
        if seen is None or seen.state not in (IncidentState.ACKNOWLEDGED, IncidentState.RESOLVED):
            raise problem
        return PagerOutcome(seen.state is IncidentState.ACKNOWLEDGED, seen, _state_note(seen, problem.message))


def _keys(template: Placeholders | None, alerts: Sequence[PagedAlert]) -> tuple[list[str], list[str]]:
    """The key of each alert, '' for none, and why one could not be made."""
    keys, troubles = [], []
    for paged in alerts:
        key = trouble = ""
        if template is not None:
            try:
                key = template.whole(paged.facts())
            except NothingThere as error:
                trouble = f"no key: {error}"
        keys.append(key)
        troubles.append(trouble)
    return keys, troubles


def _state_note(seen: PagedIncident, said: str) -> str:
    return _joined("it was resolved meanwhile" if seen.state is IncidentState.RESOLVED else "", said)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def with_text(incident: PagedIncident, told: object) -> PagedIncident:
    """The incident with what its details say: every value as 'name = value' on a line, and its labels by name.

    labels: of a mapping of texts called commonLabels or labels, or of the details themselves where they are flat.
    """
    text = "\n".join(_lines(told))
    return replace(incident, text=f"{incident.text}\n{text}".strip(), labels={**incident.labels, **labels_in(told)})


def labels_in(told: object) -> dict[str, str]:
    """The labels that details carry by name, for certain: those all alerts of a group share, or flat details."""
    if not isinstance(told, Mapping):
        return {}
    common = told.get("commonLabels")
    source = common if isinstance(common, Mapping) else told
    return (
        {str(name): value for name, value in source.items() if isinstance(value, str)} if "alertname" in source else {}
    )


def _lines(told: object, name: str = "", depth: int = 0) -> Iterator[str]:
    if depth > 12:
        return
    if isinstance(told, Mapping):
        for key, value in told.items():
            yield from _lines(value, str(key), depth + 1)
    elif isinstance(told, (list, tuple)):
        for value in told:
            yield from _lines(value, name, depth + 1)
    elif told is not None:
        yield f"{name} = {told}" if name else str(told)

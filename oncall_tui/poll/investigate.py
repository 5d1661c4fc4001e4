"""Carries out an investigation: asks in small portions, says how far it is, and may be cancelled at any of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import SourceError
from oncall_tui.core.events import EventKind
from oncall_tui.core.investigation import Investigation, conclude
from oncall_tui.core.ports import MetricsSource
from oncall_tui.core.questions import SPAN, Questions, questions
from oncall_tui.core.readings import Failed, Outcome, Provenance, Reading
from oncall_tui.core.surroundings import Occurrence, OccurrenceKind
from oncall_tui.journal import Journal, JournalError

MOST_RUNS = 50
"""Runbook steps told, the newest."""
PORTION = 8
"""Readings asked at once: what else is polled must not wait for an investigation."""

Progress = Callable[[int, int], object]
"""Told how many readings are answered, of how many."""


class Investigate:
    """Asks metrics sources beside the poller. sources: by name; a service that names none is asked of the first.

    journal: where runbook runs are told.
    """

    def __init__(
        self,
        sources: Sequence[MetricsSource],
        *,
        clock: Callable[[], float] = time.time,
        journal: Journal | None = None,
    ) -> None:
        self._sources: Mapping[str, MetricsSource] = {source.name: source for source in sources}
        self._clock = clock
        self._journal = journal

    async def __call__(
        self,
        catalogue: Catalogue,
        service: str,
        affected: Collection[str],
        progress: Progress = lambda done, of: None,
        *,
        span: int = SPAN,
    ) -> Investigation:
        """Investigate a service over the last span seconds. Never raises: what could not be asked is in the result."""
        asked = questions(catalogue, service, span=span)
        at = self._clock()
        answers: dict[Reading, Outcome] = {}
        total = sum(map(len, asked.readings.values()))
        progress(0, total)
        for name, portion in _portions(asked):
            answers |= await self._ask(name, portion, at)
            progress(len(answers), total)
        runs, trouble = await asyncio.to_thread(self._runs, asked, at)
        found = conclude(asked, catalogue, answers, at, affected, runs)
        return replace(found, unanswered=(*found.unanswered, trouble)) if trouble else found

    def _runs(self, asked: Questions, at: float) -> tuple[list[Occurrence], str]:
        """The runbook steps that ran for these services within the span; why they are not known, '' when they are."""
        if self._journal is None:
            return [], ""
        begun = (EventKind.STEP_INTENDED,)
        try:
            events = self._journal.events(at - asked.span, begun, MOST_RUNS, services=asked.services)
        except JournalError as error:
            return [], f"runbook runs: {error.message}"
        return [Occurrence(one.service, one.at, OccurrenceKind.RUN, one.subject) for one in events], ""

    async def _ask(self, name: str, readings: Sequence[Reading], at: float) -> Mapping[Reading, Outcome]:
        source = self._sources.get(name) if name else next(iter(self._sources.values()), None)
        if source is None:
            return _failed(readings, f"there is no Prometheus {name!r}", "", at, name)
        try:
            return (await source.read(readings, at)).outcomes
        except SourceError as error:
            return _failed(readings, error.message, error.hint, at, name)


def _portions(asked: Questions) -> Iterator[tuple[str, list[Reading]]]:
    for name, readings in asked.readings.items():
        left = iter(dict.fromkeys(readings))
        while portion := list(islice(left, PORTION)):
            yield name, portion


def _failed(readings: Sequence[Reading], error: str, hint: str, at: float, name: str) -> dict[Reading, Outcome]:
    return {reading: Failed(error, hint, at, Provenance(name, "")) for reading in readings}

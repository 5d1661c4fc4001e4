"""Gathers what a review is made of: a few questions to each Prometheus, and the journal."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.beside import ALERTED
from oncall_tui.core.burn import budget_remaining
from oncall_tui.core.catalogue import Catalogue, Service, SignalKind
from oncall_tui.core.errors import OncallError, SourceError
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.incident import ACTION_KINDS, KINDS, actions, incidents
from oncall_tui.core.ports import MetricsSource
from oncall_tui.core.readings import (
    Failed,
    Members,
    NoData,
    Outcome,
    Provenance,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.review.budgets import WEEK
from oncall_tui.core.review.review import STEP, Evidence
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.step_records import STEP_KINDS_KEPT, step_records
from oncall_tui.core.toil import toil
from oncall_tui.journal import Journal
from oncall_tui.poll.agenda import judged, service_of

Progress = Callable[[int, int], object]
"""Told how many questions are answered, of how many."""

_POINTS = 1_440
"""Points of a series of what fired: a minute each over a day."""
_WEEK_STEP = 600
"""Seconds between two looks at what fired in a week; what fired for less is missed."""
_BEFORE = 30 * 86_400.0
"""Seconds before the beginning in which it is looked for how things stood then."""
_ENTRIES = 100_000
"""Entries of the journal that are read, the newest."""
_PRESENT = 120.0
"""Seconds from now within which an end is now."""
_STATES = (EventKind.ALERT_STATE, EventKind.SIGNAL_STATE, EventKind.ENDPOINT_STATE, EventKind.VERSION_STATE)


class ReadReview:
    """Reads for reviews, beside the poller. sources: a service that names none is asked of the first."""

    def __init__(
        self, sources: Sequence[MetricsSource], journal: Journal, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._sources = tuple(sources)
        self._journal = journal
        self._clock = clock

    async def __call__(
        self, now: Assessment, since: float, until: float, progress: Progress = lambda done, of: None
    ) -> Evidence:
        """The evidence of a stretch of time. now: everything as it is now; for an end in the past it is asked anew.

        Never raises for what could not be had: that is in the evidence's troubles.
        """
        catalogue, present = now.snapshot.catalogue, self._clock() - until < _PRESENT
        span = max(1, round(until - since))
        step = max(STEP, 60.0 * math.ceil(span / _POINTS / 60))
        slos = [slo for slo in catalogue.slos() if not slo.is_template]
        drift = [one for service in catalogue.services for one in service.signals if one.kind is SignalKind.DRIFT]
        fired = {
            service.name: SeriesReading(SignalReading(service.name, ALERTED), span, int(step))
            for service in catalogue.services
        }
        week = {name: SeriesReading(one.of, WEEK, _WEEK_STEP) for name, one in fired.items()}
        asked: list[tuple[list[Reading], float]] = [
            ([SliReading(slo.id, span) for slo in slos], until),
            ([SliReading(slo.id, slo.period) for slo in slos], until - WEEK),
            ([SignalReading(one.service, one.name) for one in drift], since),
            (list(fired.values()), until),
            (list(week.values()), until),
        ]
        if not present:
            asked.append((list(judged(catalogue)), until))
        answers, done = [], 0
        for readings, at in asked:
            progress(done, len(asked) + 1)
            answers.append(await self._read(catalogue, readings, at))
            done += 1
        progress(done, len(asked) + 1)
        events, troubles = await asyncio.to_thread(self._events, since, until)
        spent, before, then, alerted, lately = answers[:5]
        ids = {slo.id: slo for slo in slos}
        return Evidence(
            since=since,
            until=until,
            assessment=now if present else _assessed(catalogue, answers[5], until),
            spent={slo: _told(spent.get(SliReading(slo, span))) for slo in ids},
            week_ago={
                slo: budget_remaining(value.value, ids[slo].objective)
                for slo in ids
                if isinstance(value := before.get(SliReading(slo, ids[slo].period)), Sample)
            },
            then={
                (one.service, one.name): value
                for one in drift
                if isinstance(value := then.get(SignalReading(one.service, one.name)), Members)
            },
            fired={service: value for service, one in fired.items() if isinstance(value := alerted.get(one), Series)},
            step=step,
            fired_lately=frozenset(
                (service, name)
                for service, one in week.items()
                if isinstance(value := lately.get(one), Series)
                for name in value.lines
            ),
            events=[event for event in events if event.kind in _STATES or event.at >= since],
            incidents=incidents(event for event in events if event.kind in KINDS),
            actions=actions(event for event in events if event.kind in ACTION_KINDS),
            toil=toil(step_records(event for event in events if event.kind in STEP_KINDS_KEPT), since, until),
            troubles=(*troubles, *_failures(answers)),
            present=present,
        )

    async def _read(self, catalogue: Catalogue, readings: Iterable[Reading], at: float) -> Mapping[Reading, Outcome]:
        """Outcomes of every source; one that does not answer fails all of its own."""
        by_source: dict[str, list[Reading]] = {}
        for reading in readings:
            service = catalogue.service(service_of(reading))
            by_source.setdefault(self._home(service), []).append(reading)
        parts = await asyncio.gather(*(self._ask(name, own, at) for name, own in by_source.items()))
        return {reading: outcome for part in parts for reading, outcome in part.items()}

    def _home(self, service: Service | None) -> str:
        first = self._sources[0].name if self._sources else ""
        return service.source or first if service is not None else first

    async def _ask(self, name: str, readings: list[Reading], at: float) -> Mapping[Reading, Outcome]:
        source = next((one for one in self._sources if one.name == name), None)
        if source is None or not readings:
            return {}
        try:
            return (await source.read(readings, at)).outcomes
        except SourceError as error:
            return {reading: _failed(name, error, at) for reading in readings}

    def _events(self, since: float, until: float) -> tuple[tuple[Event, ...], list[str]]:
        """The journal's entries, with those from which it is known how things stood at the beginning.

        Incidents and action items are told however long ago they began.
        """
        try:
            long_ago = self._journal.events(kinds=KINDS | ACTION_KINDS, limit=_ENTRIES, until=since - _BEFORE)
            return long_ago + self._journal.events(since - _BEFORE, limit=_ENTRIES, until=until + 1), []
        except OncallError as error:
            return (), [f"journal: {error.message}"]


def _assessed(catalogue: Catalogue, answers: Mapping[Reading, Outcome], at: float) -> Assessment:
    """How SLOs and signals stood at a moment in the past; of alerts, silences and endpoints nothing is known then."""
    names = {outcome.provenance.source for outcome in answers.values()}
    sources = {name: SourceHealth(name, SourceKind.PROMETHEUS, "", STEP, at) for name in names}
    figures = {}
    for reading, outcome in answers.items():
        source = outcome.provenance.source
        if isinstance(outcome, NoData | Failed):
            figures[reading] = Figure(STEP, source, trouble=outcome)
        else:
            figures[reading] = Figure(STEP, source, outcome)
    seen = Catalogue(tuple(replace(service, endpoints=()) for service in catalogue.services))
    return assess(Snapshot(at, seen, sources, figures))


def _told(outcome: Outcome | None) -> Sample | str:
    match outcome:
        case Sample():
            return outcome
        case NoData(reason=reason):
            return reason
        case Failed(error=error):
            return error
        case _:
            return "not asked"


def _failed(name: str, error: SourceError, at: float) -> Failed:
    return Failed(error.message, error.hint, at, Provenance(name, ""))


def _failures(answers: Iterable[Mapping[Reading, Outcome]]) -> Iterable[str]:
    """Each thing that went wrong, once, with how often."""
    counted: dict[str, int] = {}
    for part in answers:
        for outcome in part.values():
            if isinstance(outcome, Failed):
                what = f"{outcome.provenance.source}: {outcome.error}"
                counted[what] = counted.get(what, 0) + 1
    for what, count in counted.items():
        yield what if count == 1 else f"{what} ({count} questions)"

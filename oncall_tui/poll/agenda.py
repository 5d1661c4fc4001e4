"""What is to be asked of which metrics source, and when: what is always wanted, and what a screen in front wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from oncall_tui.core import service_graph
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    HistoryReading,
    Outcome,
    Reading,
    Readout,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.silent import past_readings
from oncall_tui.core.two_eyes import compared
from oncall_tui.poll.pace import SLOWEST, Pace

_SELDOM_AT_ONCE = 6
"""Readings wanted every few hours that are asked in one poll."""


class Agenda:
    """Keeps who wants which readings of a catalogue, and when each is due. first: asked for services that name none.

    Whoever changes what is wanted is given what nobody wants any more.
    """

    def __init__(self, catalogue: Catalogue, first: str, pace: Pace) -> None:
        self._catalogue, self._first, self._pace = catalogue, first, pace
        self._base = frozenset(always_wanted(catalogue))
        self._watched: dict[str, frozenset[Reading]] = {}
        self._due: dict[Reading, float] = {}

    def watch(self, watcher: str, readings: Iterable[Reading]) -> tuple[bool, frozenset[Reading]]:
        """What watcher wants from now on, in place of before: whether that is more, and what nobody wants any more."""
        before = self._watched.pop(watcher, frozenset())
        wanted = frozenset(readings)
        if wanted:
            self._watched[watcher] = wanted
        return bool(wanted - before), self._dropped(before)

    def adopt(self, catalogue: Catalogue) -> frozenset[Reading]:
        """Ask of this catalogue from now on; what nobody wants any more."""
        before = self._wanted()
        self._catalogue, self._base = catalogue, frozenset(always_wanted(catalogue))
        return self._dropped(before)

    def hurry(self) -> None:
        """Everything is due now."""
        self._due.clear()

    def due(self, source: str, now: float, *, at_leisure: bool, first: bool) -> list[Reading]:
        """What is to be asked of a source now.

        at_leisure: with little of what is seldom wanted, since weeks of a past must not keep what burns now waiting,
        and with none of it in the first poll.
        """
        due = [reading for reading in self._wanted_of(source) if self._due.get(reading, 0.0) <= now]
        if not at_leisure:
            return due
        seldom = [reading for reading in due if isinstance(reading, SeriesReading) and reading.every]
        later = set(seldom if first else seldom[_SELDOM_AT_ONCE:])
        return [reading for reading in due if reading not in later]

    def asked(self, readings: Sequence[Reading], readout: Readout, now: float) -> dict[Reading, float]:
        """These were asked, and when they are due again; how many seconds there are between two polls of each.

        What nobody wants any more by the time it is answered is not among them.
        """
        wanted = self._wanted()
        every = {reading: self._pace.every(reading) for reading in readings if reading in wanted}
        # Half an interval early still counts as due: jitter must not make a tier skip a whole poll.
        slack = self._pace.interval / 2
        for reading, seconds in every.items():
            if reading not in readout.unasked:
                self._due[reading] = now + _wait(readout.outcomes, reading, seconds) - slack
        return every

    def home(self, service: Service) -> str:
        """The metrics source that knows a service: the one it names, or the first."""
        return service.source or self._first

    def _dropped(self, before: frozenset[Reading]) -> frozenset[Reading]:
        gone = before - self._wanted()
        for reading in gone:
            self._due.pop(reading, None)
        return gone

    def _wanted(self) -> frozenset[Reading]:
        return self._base.union(*self._watched.values())

    def _wanted_of(self, source: str) -> list[Reading]:
        """The readings that a source answers: those of its services, and of services that name none."""
        homes = {service.name: self.home(service) for service in self._catalogue.services}
        homes[""] = (self._catalogue.graph and self._catalogue.graph.source) or self._first
        return [reading for reading in self._wanted() if homes.get(service_of(reading)) == source]


def _wait(outcomes: Mapping[Reading, Outcome], reading: Reading, seconds: float) -> float:
    """What is wanted every few hours is not waited for so long when it failed."""
    return min(seconds, SLOWEST) if isinstance(outcomes.get(reading), Failed) else seconds


def always_wanted(catalogue: Catalogue) -> Iterable[Reading]:
    """What is polled whatever screen is in front."""
    if catalogue.graph is not None:
        yield service_graph.READING
    yield from judged(catalogue)
    for service in catalogue.services:
        yield from past_readings(service)
        yield from compared(service)


def judged(catalogue: Catalogue) -> Iterable[Reading]:
    """What SLOs and signals are judged by."""
    for slo in catalogue.slos():
        if not slo.is_template:
            yield from (SliReading(slo.id, window) for window in slo.windows)
            yield HistoryReading(slo.id)
    for service in catalogue.services:
        yield from (SignalReading(service.name, signal.name) for signal in service.signals)


def service_of(reading: Reading) -> str:
    """The name of the service that a reading is of; '' for one of the whole fleet."""
    match reading:
        case SliReading(slo=slo) | CountsReading(slo=slo) | HistoryReading(slo=slo):
            return slo.partition("/")[0]
        case SignalReading(service=service):
            return service
        case SeriesReading(of=of):
            return service_of(of)

"""What an investigation asks: everything about a service and all that is upstream of it, over time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import Outcome, Reading, Series, SeriesReading, SignalReading, SliReading
from oncall_tui.core.silent import past_reading
from oncall_tui.core.topology import topology_of

SPAN = 86_400
"""Seconds looked back, unless told otherwise."""
MOST_POINTS = 720
"""Points asked of each signal over the whole span: onsets are told to a step, 2 minutes over a day."""
OUT_OF_STEP = 7
"""Seconds more than that between two of them: a freshness that rises and falls every two minutes would be met at one
height for a day, and seem to move where it is asked for more finely."""
LATE_SPAN, LATE_STEP = 10_788, 31
"""Seconds of the end of the span that are asked for more finely, and how finely: what began five minutes ago is what
people are paged for. Out of step with whole minutes, as the rest is."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: the services, nearest first, and the readings by metrics source."""

    service: str
    services: tuple[str, ...]
    readings: Mapping[str, tuple[Reading, ...]]
    span: int
    step: int

    def over_time(self, of: SignalReading | SliReading) -> tuple[SeriesReading, ...]:
        """The readings of one signal over the span: all of it, and its end more finely where that is any finer."""
        whole = SeriesReading(of, self.span, self.step)
        late = SeriesReading(of, LATE_SPAN, LATE_STEP)
        return (whole, late) if self.span > LATE_SPAN and self.step > LATE_STEP else (whole,)

    def answer(self, of: SignalReading | SliReading, answers: Mapping[Reading, Outcome]) -> Outcome | None:
        """What came of them, as one: the late part in place of the end of the whole, where there is one."""
        whole, *late = (answers.get(reading) for reading in self.over_time(of))
        if isinstance(whole, Series) and late and isinstance(late[0], Series):
            return replace(
                whole, lines={member: _joined(whole, late[0], member) for member in _members(whole, late[0])}
            )
        return whole if isinstance(whole, Series) or not late or not isinstance(late[0], Series) else late[0]


def questions(catalogue: Catalogue, service: str, *, span: int = SPAN) -> Questions:
    """Everything to ask about a service and its upstream, in steps that make at most MOST_POINTS of the span."""
    topology = topology_of(catalogue)
    names = [service, *topology.upstream(service)]
    step = max(15, -(-span // MOST_POINTS))
    step += OUT_OF_STEP if step > LATE_STEP else 0
    shape = Questions(service, tuple(names), {}, span - span % step, step)
    by_source: dict[str, list[Reading]] = {}
    for name in names:
        known = catalogue.service(name)
        if known is not None:
            by_source.setdefault(known.source, []).extend(_readings(known, shape))
    return replace(shape, readings={source: tuple(readings) for source, readings in by_source.items()})


def _members(whole: Series, late: Series) -> list[str]:
    return sorted({*whole.lines, *late.lines})


def _joined(whole: Series, late: Series, member: str) -> tuple[tuple[float, float], ...]:
    fine = late.lines.get(member, ())
    from_there = min((at for line in late.lines.values() for at, _ in line), default=math.inf)
    return (*(point for point in whole.lines.get(member, ()) if point[0] < from_there), *fine)


def _readings(service: Service, asked: Questions) -> Iterable[Reading]:
    for signal in service.signals:
        yield from asked.over_time(SignalReading(service.name, signal.name))
        if (past := past_reading(signal)) is not None:
            yield past
    for slo in service.slos:
        if not slo.is_template:
            yield from asked.over_time(SliReading(slo.id, min(slo.windows)))
    for signal in (*((service.versions,) if service.versions else ()), *service.beside):
        yield from asked.over_time(SignalReading(service.name, signal.name))

"""What a poll costs a source: all it asks at first, and how much of that an ordinary poll repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import MetricsSource
from oncall_tui.core.readings import Cost, CostPart, Reading
from oncall_tui.reports.check import PollCost


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How the dashboard polls. interval: seconds between polls; every: between two askings of a reading."""

    interval: float
    every: Callable[[Reading], float]

    def share(self, part: CostPart) -> float:
        """In which share of the polls a part is asked: 1 in each, 0 for what is asked once only."""
        if part.every is None:
            return 0.0
        seconds = part.every if isinstance(part.every, float) else self.every(part.every)
        return self.interval / max(self.interval, seconds)


async def cost_of(source: MetricsSource, readings: Sequence[Reading], rhythm: Rhythm, now: float) -> PollCost:
    """What polling these readings costs the source, found out by asking them once more. now: unix seconds."""
    try:
        cost = await source.cost(readings, now)
    except SourceError as error:
        return PollCost(source.name, rhythm.interval, why=error.message)
    return _summed(source.name, cost, rhythm)


def _summed(source: str, cost: Cost, rhythm: Rhythm) -> PollCost:
    samples = [part.samples * rhythm.share(part) for part in cost.parts if part.samples is not None]
    return PollCost(
        source,
        rhythm.interval,
        requests=sum(part.requests * rhythm.share(part) for part in cost.parts),
        samples=sum(samples) if samples else None,
        first_requests=cost.requests,
        first_samples=cost.samples,
    )

"""What a round's requests cost, by what they were for."""

from __future__ import annotations

from collections.abc import Iterable

from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import Cost, CostPart, HistoryReading, Reading, SeriesReading, SignalReading, SliReading
from oncall_tui.sources.prometheus import bounds, recorded
from oncall_tui.sources.prometheus.asks import Request
from oncall_tui.sources.prometheus.round import Spent

_OTHERS = (
    CostPart("pending alerts", 1, None, every=0.0),
    CostPart("version", 1, None),
)
"""What a poll asks beside its readings."""


def cost_of(spent: Iterable[Spent]) -> Cost:
    """The cost of a poll in which these requests were made, part by part, in the order in which they began."""
    parts: dict[str, CostPart] = {}
    for one in spent:
        name, every = _purpose(one.request)
        known = parts.get(name, CostPart(name, 0, None, every))
        told = [n for n in (known.samples, one.samples) if n is not None]
        parts[name] = CostPart(name, known.requests + 1, sum(told) if told else None, known.every)
    return Cost((*parts.values(), *_OTHERS))


def _purpose(request: Request) -> tuple[str, Reading | float | None]:
    """What a request is for, and the reading whose pace it keeps, or the seconds between two of its kind."""
    if not request.units:
        return "which rules are recorded", recorded.ASK_AGAIN
    first = request.asks[0]
    if request.units[0].labels == recorded.LABELS:
        return "recorded", min((ask.reading for ask in request.asks), key=_window)
    if first.part == bounds.PART:
        return "bucket bounds", bounds.ASK_AGAIN
    match first.reading:
        case SliReading(window=window):
            return f"window {format_duration(window)}", first.reading
        case SignalReading():
            return "signals", first.reading
        case HistoryReading():
            return "history", first.reading
    return "charts", first.reading


def _window(reading: Reading) -> int:
    of = reading.of if isinstance(reading, SeriesReading) else reading
    return of.window if isinstance(of, SliReading) else 0

"""Silent degradation: a signal that left its own past while nothing alerts. What to ask for it, and how to tell."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.baseline import GRAINS, WIDTH, Departure, band_at, departure, history_wanted, missing_history
from oncall_tui.core.catalogue import Service, Signal
from oncall_tui.core.readings import SeriesReading, SignalReading
from oncall_tui.core.snapshot import Snapshot

PAST_STEP = WIDTH + 11
"""Seconds between the values of a signal's past: out of step with what runs on the hour, or a freshness that rises and
falls every ten minutes would be met at the same height each time and seem never to move."""
PAST_EVERY = 21_600
"""Seconds between two times the past is asked for: it only grows at its end, which no band looks at."""
MOST_MEMBERS = 200
"""Members of a signal held against their past, first by name: a label with a value for every request is no signal."""


@dataclass(frozen=True, slots=True)
class Departed:
    """The member of a signal that is furthest from its own past, and how far; member is '' where there is but one."""

    member: str
    departure: Departure


def past_reading(signal: Signal) -> SeriesReading | None:
    """What is asked to know a signal's past; None for one that is not held against it."""
    if not signal.past_weeks:
        return None
    span = history_wanted(signal.past_weeks) + PAST_STEP
    span -= span % PAST_STEP
    return SeriesReading(SignalReading(signal.service, signal.name), span, PAST_STEP, every=PAST_EVERY)


def past_readings(service: Service) -> tuple[SeriesReading, ...]:
    """The same for all signals of a service."""
    readings = (past_reading(signal) for signal in service.signals)
    return tuple(reading for reading in readings if reading is not None)


def departed(snapshot: Snapshot, signal: Signal) -> Departed | None:
    """The member that left its past on the bad side, the furthest; None when none did, or nobody can say.

    The median of the last three values counts, or of those there are, so that one spike is nothing. It needs a past
    of a few weeks (core/baseline.py).
    """
    reading = past_reading(signal)
    past = snapshot.series(reading) if reading else None
    figure = snapshot.figures.get(SignalReading(signal.service, signal.name))
    if past is None or figure is None:
        return None
    found = []
    for member in sorted(past.lines)[:MOST_MEMBERS]:
        recent = [values.values[member] for values in figure.recent if member in values.values]
        band = band_at(
            past.lines[member], snapshot.at - signal.label_delay, GRAINS[signal.kind], weeks=signal.past_weeks
        )
        if band is not None and (left := departure(band, recent[-3:], signal.good, out=signal.past_spreads)):
            found.append(Departed(member, left))
    return max(found, key=lambda one: abs(one.departure.deviation), default=None)


def no_past(snapshot: Snapshot, signal: Signal) -> str:
    """Why a signal cannot be held against its past, in a few words; '' when it can, or is not meant to be."""
    reading = past_reading(signal)
    if reading is None:
        return ""
    past = snapshot.series(reading)
    if past is None:
        return f"its past is not known: {snapshot.doubt(reading)}"
    short = min((missing_history(points, snapshot.at) for points in past.lines.values()), default=0.0)
    return f"its past is too short to compare with: {short / 86_400:.1f} more days wanted" if short else ""

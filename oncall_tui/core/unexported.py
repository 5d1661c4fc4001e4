"""What of a recipe a server never exported: not missing, as nobody said that it is there."""

from __future__ import annotations

from collections.abc import Iterable

from oncall_tui.core.catalogue import Signal
from oncall_tui.core.readings import NoData, Reading, SignalReading
from oncall_tui.core.silent import past_reading
from oncall_tui.core.snapshot import Snapshot


def measured(snapshot: Snapshot, signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """The signals without those that come from a recipe and were never there, now or in the past.

    Of a recipe of which nothing has ever been there, all stay, without data: it does not fit, and that has to be seen.
    So does what cannot be told yet, or no more: a failed query is no proof of absence.
    """
    every = tuple(signals)
    fits = {one.recipe for one in every if _had(snapshot, SignalReading(one.service, one.name))}
    return tuple(one for one in every if not (one.recipe and one.recipe in fits and _never(snapshot, one)))


def _had(snapshot: Snapshot, reading: Reading) -> bool:
    figure = snapshot.figures.get(reading)
    return figure is not None and figure.value is not None


def _never(snapshot: Snapshot, signal: Signal) -> bool:
    past = past_reading(signal)
    return _absent(snapshot, SignalReading(signal.service, signal.name)) and (past is None or _absent(snapshot, past))


def _absent(snapshot: Snapshot, reading: Reading) -> bool:
    """Whether the source answered that there is nothing, and never gave anything."""
    figure = snapshot.figures.get(reading)
    return figure is not None and figure.value is None and isinstance(figure.trouble, NoData)

"""Drift computed from classic histograms: the counts of now, the reference's, and what they come to.

The counts of now are asked with all other signals. A reference that stands still is asked once; one that moves (the
same hours a week ago) as often as a twelfth of its window passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.core.binned import BinnedDrift, sides_of
from oncall_tui.core.catalogue import Signal
from oncall_tui.core.comparison import Comparison, Unusable
from oncall_tui.core.drift import Bins
from oncall_tui.core.readings import Members, NoData, Outcome, Provenance, Reading, Series, SeriesReading, SignalReading
from oncall_tui.sources.prometheus.asks import Ask, Row

NOW, REFERENCE = "now", "reference"
"""The parts of a question about a computed drift."""

SETTLED = 600.0
"""Seconds after which nothing is added any more to a stretch of time that is over."""

Sides = Mapping[str, Bins | Unusable]
Counts = dict[str, dict[float, float]]


def asks_of(reading: SignalReading | SeriesReading, signal: Signal) -> tuple[Ask, ...]:
    """What is asked for a computed drift: the counts of now, and its reference's unless they are stored."""
    binned = _binned(signal)
    now = Ask(reading, signal.query, NOW)
    if not binned.query:
        return (now,)
    # One that stands still is asked about the present alone, by whatever wants it first.
    of = reading if binned.moves else SignalReading(signal.service, signal.name)
    return (now, Ask(of, binned.query, REFERENCE))


def shown(signal: Signal) -> str:
    """The PromQL for people."""
    binned = _binned(signal)
    return f"{signal.query}\n# against {binned.words}\n{binned.query}".rstrip()


def compared(
    comparisons: Mapping[str, Comparison], at: float, provenance: Provenance, reference_at: float | None
) -> Members | NoData:
    """Comparisons by feature as the answer to a reading. reference_at: as in Members."""
    if not comparisons:
        return NoData("no buckets, neither now nor in the reference", at, provenance)
    values = {name: one.distances.psi for name, one in comparisons.items() if one.distances is not None}
    return Members(values, at, provenance, comparisons, reference_at)


@dataclass(frozen=True, slots=True)
class _Kept:
    sides: Sides
    at: float


class References:
    """The references that are known, by service and signal."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    def forget(self) -> None:
        """Another catalogue: a name may mean another reference."""
        self._kept.clear()

    def spare(self, signal: Signal, asks: Sequence[Ask], reading: Reading, now: float) -> tuple[Ask, ...]:
        """The asks without that for a reference which is known still."""
        binned = _binned(signal)
        if isinstance(reading, SeriesReading) and binned.moves:
            return tuple(asks)
        kept = self._kept.get((signal.service, signal.name))
        known = kept is not None and 0 <= now - kept.at < self._lasts(binned, kept.at)
        return tuple(ask for ask in asks if ask.part != REFERENCE) if known else tuple(asks)

    def outcome(
        self, signal: Signal, reading: Reading, rows: Mapping[str, Sequence[Row]], at: float, provenance: Provenance
    ) -> Outcome:
        """What the rows, by part, come to. Rows of the present alone may come under ''."""
        binned = _binned(signal)
        now = rows.get(NOW, rows.get("", ()))
        if isinstance(reading, SeriesReading):
            return self._series(signal, reading, now, rows.get(REFERENCE), at, provenance)
        if REFERENCE in rows:
            self._learn(signal, rows[REFERENCE], at)
        sides, asked_at = self._sides(signal)
        return compared(binned.comparisons(sides, _latest(now, signal.by)), at, provenance, asked_at)

    def _series(
        self,
        signal: Signal,
        reading: SeriesReading,
        now: Sequence[Row],
        reference: Sequence[Row] | None,
        at: float,
        provenance: Provenance,
    ) -> Outcome:
        binned = _binned(signal)
        if reference is not None and not binned.moves:
            self._learn(signal, reference, at)
        fixed, _ = self._sides(signal)
        then = _by_time(reference or (), signal.by) if binned.moves else {}
        lines: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for moment, counts in sorted(_by_time(now, signal.by).items()):
            sides = {name: sides_of(one) for name, one in then.get(moment, {}).items()} if binned.moves else fixed
            for name, value in binned.psis(sides, counts).items():
                lines[name].append((moment, value))
        if not lines:
            return NoData("at no moment are there enough events on both sides", at, provenance)
        return Series({name: tuple(points) for name, points in lines.items()}, at, provenance)

    def _learn(self, signal: Signal, rows: Sequence[Row], at: float) -> None:
        counts = _latest(rows, signal.by)
        if counts:  # nothing is asked for again: it may come to be
            sides = {name: sides_of(one) for name, one in counts.items()}
            self._kept[signal.service, signal.name] = _Kept(sides, at)
        else:
            self._kept.pop((signal.service, signal.name), None)

    def _sides(self, signal: Signal) -> tuple[Sides, float | None]:
        binned = _binned(signal)
        if not binned.query:
            return binned.stored, None
        kept = self._kept.get((signal.service, signal.name))
        return (kept.sides, kept.at) if kept else ({}, None)

    def _lasts(self, binned: BinnedDrift, asked_at: float) -> float:
        """Seconds for which a reference that was asked for then is as good as new."""
        over = binned.end is not None and asked_at >= binned.end + SETTLED
        return float("inf") if over and not binned.moves else min(3_600.0, max(60.0, binned.window / 12))


def _binned(signal: Signal) -> BinnedDrift:
    assert signal.binned is not None
    return signal.binned


def _latest(rows: Iterable[Row], by: str) -> Counts:
    """The newest counts by feature and bound."""
    counts: Counts = defaultdict(dict)
    for row in rows:
        if row.points:
            _add(counts, row, by, row.points[-1][1])
    return dict(counts)


def _by_time(rows: Iterable[Row], by: str) -> dict[float, Counts]:
    """The counts of each moment."""
    found: dict[float, Counts] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        for at, value in row.points:
            _add(found[at], row, by, value)
    return found


def _add(counts: Counts, row: Row, by: str, value: float) -> None:
    """One bucket; bounds that are one number in two spellings ('1' and '1.0') are one bucket of two servers."""
    try:
        bound = float(row.labels.get("le", ""))
    except ValueError:
        bound = float("nan")
    buckets = counts.setdefault(row.labels.get(by, "") if by else "", {})
    buckets[bound] = buckets.get(bound, 0.0) + value

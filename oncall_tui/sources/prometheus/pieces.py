"""A reading that is too much for one query, asked in pieces of its time that lie end to end, and put together here."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import CountsReading, HistoryReading, SeriesReading, SliReading
from oncall_tui.core.slo import Slo
from oncall_tui.sources.prometheus import promql, reach
from oncall_tui.sources.prometheus.asks import Ask, Piece, Row
from oncall_tui.sources.prometheus.operands import one_of
from oncall_tui.sources.prometheus.questions import Question

MORE = 4
"""Into how many times as many pieces a reading is cut when the last ones were too much still."""

MOST_PIECES = 64
"""Pieces of one reading; what is too much even so is not answered."""

SHORTEST = 300
"""Seconds that a piece of a window is long at least: a rate needs some samples."""


def in_pieces(whole: Question, current: int) -> Question | None:
    """A question, as it is asked whole, in more pieces than the current ones; None where it cannot be had so."""
    match whole.reading:
        case SliReading(window=window):
            return _window(whole, window, current)
        case HistoryReading():
            return _history(whole, current)
        case SeriesReading(span=span, step=step) | CountsReading(span=span, step=step):
            return _span(whole, span, step, current * MORE)
    return None


def _cut(window: int, current: int) -> int | None:
    """The number of equal pieces of whole seconds to come to from the current one."""
    most = min(MOST_PIECES, window // SHORTEST)
    counts = [count for count in range(current + 1, most + 1) if window % count == 0]
    return next((count for count in counts if count >= current * MORE), counts[-1] if counts else None)


def _window(whole: Question, window: int, current: int) -> Question | None:
    pieces = _cut(window, current)
    if pieces is None or not isinstance(whole.of, Slo):
        return None
    length = window // pieces
    operands = promql.piece(whole.of.sli, window, length)
    if operands is None:
        return None
    back = whole.asks[0].piece.back
    asks = [
        Ask(whole.reading, text, part, Piece(pieces, back + number * length))
        for number in range(pieces)
        for part, text in (("part", operands.part), ("total", operands.total))
    ]
    side = f"({operands.part}) / ({operands.total})"
    return replace(
        whole,
        asks=tuple(asks),
        query=f"1 - {side}" if operands.good else side,
        operands=operands,
        note=_noted(whole, f"asked in {pieces} pieces of {format_duration(length)} and added up"),
    )


def _history(whole: Question, current: int) -> Question | None:
    assert isinstance(whole.of, Slo)
    pieces = _cut(whole.of.period, current)
    if pieces is None:
        return None
    length = whole.of.period // pieces
    oldest = reach.search(whole.of.sli, whole.of.period, length) or ""
    back = whole.asks[0].piece.back
    asks = tuple(Ask(whole.reading, oldest, "", Piece(pieces, back + number * length)) for number in range(pieces))
    note = _noted(whole, f"asked in {pieces} pieces of {format_duration(length)}")
    return replace(whole, asks=asks, query=oldest, note=note)


def _span(whole: Question, span: int, step: int, wanted: int) -> Question | None:
    """Consecutive ranges, each some of the points; the oldest may be shorter."""
    points = span // step + 1
    if wanted > MOST_PIECES or points < 2 * wanted:
        return None
    each = math.ceil(points / wanted)
    back = whole.asks[0].piece.back
    pieces = [
        Piece(wanted, back + first * step, (min(each, points - first) - 1) * step) for first in range(0, points, each)
    ]
    asks = tuple(replace(ask, piece=piece) for ask in whole.asks for piece in pieces)
    return replace(whole, asks=asks, note=_noted(whole, f"asked in {len(pieces)} stretches of time"))


def _noted(whole: Question, note: str) -> str:
    return f"{whole.note}; {note}" if whole.note else note


# Put together


def joined(question: Question, rows: Mapping[Ask, Sequence[Row]]) -> dict[str, Sequence[Row]]:
    """The rows by part of the question, as if it had been asked whole.

    Raises Wrong where pieces that are to be added up are not single series.
    """
    if question.asks[0].piece.of == 1:
        # A single ask answers the whole question, though its part tell it apart (a recorded one by its metric's name).
        first, *others = question.asks
        return {ask.part: rows[ask] for ask in question.asks} if others else {"": rows[first]}
    by_part: dict[str, list[Ask]] = defaultdict(list)
    for ask in sorted(question.asks, key=lambda ask: -ask.piece.back):
        by_part[ask.part].append(ask)
    parts = dict(by_part) if len(by_part) > 1 else {"": next(iter(by_part.values()))}
    match question.reading:
        case SliReading():
            return _summed(question, [(rows[p], rows[t]) for p, t in zip(parts["part"], parts["total"], strict=True)])
        case HistoryReading():
            return {"": _earliest([rows[ask] for ask in parts[""]])}
    return {part: _end_to_end([rows[ask] for ask in asks]) for part, asks in parts.items()}


def _summed(question: Question, pieces: Sequence[tuple[Sequence[Row], Sequence[Row]]]) -> dict[str, Sequence[Row]]:
    """Both operands over the whole window. A piece without a total, or without events, has no say in the part."""
    assert question.operands is not None
    # Rates of pieces have their mean as the rate of the whole; counts have their sum.
    scale = 1 / len(pieces) if question.operands.per_second else 1.0
    parts, totals = [], []
    for part_rows, total_rows in pieces:
        part, total = one_of(part_rows), one_of(total_rows)
        if total is None:
            continue
        totals.append(total)
        idle = not total.points[-1][1] > 0
        if part is not None and not (idle and math.isnan(part.points[-1][1])):
            parts.append(part)
    return {"part": _sum(parts, scale), "total": _sum(totals, scale)}


def _sum(rows: Sequence[Row], scale: float) -> list[Row]:
    if not rows:
        return []
    newest = rows[-1]
    value = math.fsum(row.points[-1][1] for row in rows) * scale
    return [Row(newest.labels, ((newest.points[-1][0], value),))]


def _earliest(pieces: Sequence[Sequence[Row]]) -> list[Row]:
    found = [row for rows in pieces if (row := one_of(rows)) is not None]
    return [min(found, key=lambda row: row.points[-1][1])] if found else []


def _end_to_end(pieces: Sequence[Sequence[Row]]) -> list[Row]:
    lines: dict[frozenset[tuple[str, str]], list[Row]] = defaultdict(list)
    for rows in pieces:
        for row in rows:
            lines[frozenset(row.labels.items())].append(row)
    return [Row(parts[0].labels, tuple(point for part in parts for point in part.points)) for parts in lines.values()]

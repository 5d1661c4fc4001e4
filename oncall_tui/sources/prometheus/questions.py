"""A reading as a question to Prometheus: what to ask, what the answer means, where it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from oncall_tui.core.catalogue import Catalogue, Signal
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    HistoryReading,
    Members,
    NoData,
    Origin,
    Outcome,
    Provenance,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import SlicesSli, Slo
from oncall_tui.sources.prometheus import binned, promql, reach
from oncall_tui.sources.prometheus.asks import Ask, Piece, Row
from oncall_tui.sources.prometheus.operands import AGGREGATE, Nothing, Wrong, divided, events_in, numbers_only, one_of

ROUNDING = 1e-3
"""How far below 0 a ratio may lie and still be one: rate() extrapolates numerator and total apart."""

EXCESS = 0.1
"""How far above 1, which is taken as 1. It may be more than ROUNDING: where one server counts the errors and another
the total, what each did at the ends of a short window is guessed, and the worst outage must not become a mistake.
"""

START = "start"
"""The part of a question about history that looks only at the start of the period."""

_T = TypeVar("_T")
Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for a reading. of: the SLO or signal it is about; query: as shown to people.

    operands: set when the answer is the quotient of two asks, 'part' and 'total'. note: as in Provenance.
    """

    reading: Reading
    of: Slo | Signal
    asks: tuple[Ask, ...]
    query: str
    origin: Origin = Origin.RAW
    operands: promql.Operands | None = None
    note: str = ""


class Unanswerable(Exception):
    """Why a reading cannot even be asked: an outcome without a request."""

    def __init__(self, reason: str, *, failed: bool) -> None:
        super().__init__(reason)
        self.reason, self.failed = reason, failed


def slo_of(reading: Reading, catalogue: Catalogue) -> Slo | None:
    """The SLO a reading is about, None if it is about a signal or an SLO that is not known."""
    match reading:
        case (
            SliReading(slo=slo)
            | CountsReading(slo=slo)
            | HistoryReading(slo=slo)
            | SeriesReading(of=SliReading(slo=slo))
        ):
            return catalogue.slo(slo)
    return None


def question(reading: Reading, catalogue: Catalogue) -> Question:
    """The raw question for a reading. Raises Unanswerable.

    Of what is known only a while later all but a series over time is asked about so long ago.
    """
    one = _present(reading, catalogue)
    delay = one.of.label_delay
    if not delay or isinstance(reading, SeriesReading):
        return one
    note = f"as of {format_duration(delay)} before: its labels take that long"
    return replace(one, asks=tuple(replace(ask, piece=Piece(back=delay)) for ask in one.asks), note=note)


def _present(reading: Reading, catalogue: Catalogue) -> Question:
    match reading:
        case SliReading(slo, window) | SeriesReading(of=SliReading(slo, window)):
            known = _known(catalogue.slo(slo), slo)
            query = promql.ratio_of(known, window)
            operands = promql.operands(known.sli, window)
            if operands is None:
                return Question(reading, known, (Ask(reading, query),), query)
            sides = (Ask(reading, operands.part, "part"), Ask(reading, operands.total, "total"))
            return Question(reading, known, sides, query, operands=operands)
        case HistoryReading(slo):
            known = _known(catalogue.slo(slo), slo)
            oldest = reach.start(known.sli, known.period)
            if oldest is None:
                raise Unanswerable("its query names no series to look for", failed=False)
            return Question(reading, known, (Ask(reading, oldest, START),), oldest)
        case SignalReading(service, name) | SeriesReading(of=SignalReading(service, name)):
            signal = _known(catalogue.signal(service, name), f"{service}/{name}")
            if signal.binned is not None:
                return Question(reading, signal, binned.asks_of(reading, signal), binned.shown(signal))
            query = promql.instant(signal.query)
            return Question(reading, signal, (Ask(reading, query),), signal.query)
        case CountsReading(slo=slo, step=step):
            known = _known(catalogue.slo(slo), slo)
            counted = promql.counts(known.sli, step)
            if counted is None:
                raise Unanswerable("its SLI is a ratio, without counts", failed=False)
            asks = tuple(Ask(reading, text, part) for text, part in zip(counted, ("bad", "total"), strict=True))
            return Question(reading, known, asks, f"({counted[0]}) / ({counted[1]})")
    raise Unanswerable("no such reading", failed=True)


def searched(one: Question) -> Question | None:
    """The search of the whole period, for a question that was about its start alone; None for every other question."""
    if one.asks[0].part != START:
        return None
    assert isinstance(one.of, Slo)
    oldest = reach.search(one.of.sli, one.of.period) or ""
    return replace(one, asks=(Ask(one.reading, oldest),), query=oldest)


def _known(thing: _T | None, name: str) -> _T:
    if thing is None:
        raise Unanswerable(f"{name} is not in the configuration", failed=True)
    return thing


def outcome(question: Question, rows: Mapping[str, Sequence[Row]], at: float, source: str, note: str = "") -> Outcome:
    """What the rows, by part of the question, say at unix time `at`. Never a number that is not finite.

    note: what there is to know of this answer, beside the question's own note.
    """
    notes = "; ".join(filter(None, (question.note, note))) if note else question.note
    provenance = Provenance(source, question.query, question.origin, notes)
    try:
        total = None
        if question.operands is not None:
            assert isinstance(question.of, Slo)
            if isinstance(question.reading, SliReading):
                numbers_only(question.operands, rows["part"], rows["total"])
            if isinstance(question.reading, SliReading) and not isinstance(question.of.sli, SlicesSli):
                total = events_in(question.operands, rows["total"], question.reading.window)
            rows = {"": divided(question.operands, question.of.sli, rows["part"], rows["total"])}
        match question.reading:
            case SliReading():
                return Sample(_ratio(question, rows[""]), at, provenance, total)
            case HistoryReading():
                return Sample(_reach(question, rows[""], at), at, provenance)
            case SignalReading():
                return Members(_members(question, rows[""]), at, provenance)
            case SeriesReading():
                return Series(_lines(question, rows[""]), at, provenance)
            case CountsReading():
                return Series(_counts(question, rows, at), at, provenance)
    except Nothing as nothing:
        return NoData(str(nothing), at, provenance)
    except Wrong as wrong:
        return Failed(wrong.error, wrong.hint, at, provenance)


def _nothing(question: Question) -> Nothing:
    return Nothing(promql.missing(question.of.sli) if isinstance(question.of, Slo) else "no series")


def _ratio(question: Question, rows: Sequence[Row]) -> float:
    value = _one(question, rows).points[-1][1]
    if math.isnan(value):
        raise Nothing("no traffic")
    return _clamped(value)


def _reach(question: Question, rows: Sequence[Row], at: float) -> float:
    """How long before `at` the oldest sample was taken; a clock that runs ahead makes it none."""
    oldest = _one(question, rows).points[-1][1]
    if not math.isfinite(oldest):
        raise Nothing("no series")
    return max(0.0, at - question.of.label_delay - oldest)


def _one(question: Question, rows: Sequence[Row]) -> Row:
    row = one_of(rows)
    if row is None:
        raise _nothing(question)
    return row


def _clamped(value: float) -> float:
    if math.isinf(value):
        raise Nothing("errors without traffic" if value > 0 else "not a number: -Inf")
    if not -ROUNDING <= value <= 1 + EXCESS:
        raise Wrong(f"the error ratio is {value:.4g}, not between 0 and 1", "is the total query really the total?")
    return min(max(value, 0.0), 1.0)


def _members(question: Question, rows: Sequence[Row]) -> dict[str, float]:
    lines = _by_member(question, rows)
    values = {member: line[-1][1] for member, line in lines.items() if math.isfinite(line[-1][1])}
    if not values:
        raise Nothing("only NaN or infinite values" if lines else "no series")
    return values


def _by_member(question: Question, rows: Sequence[Row]) -> dict[str, Line]:
    by = question.of.by if isinstance(question.of, Signal) else ""
    if not by and len(rows) > 1:
        hint = AGGREGATE if isinstance(question.of, Slo) else f"{AGGREGATE}, or name the label in `by`"
        raise Wrong(f"{len(rows)} series where one is wanted", hint)
    lines: dict[str, Line] = {}
    for row in rows:
        member = row.labels.get(by, "") if by else ""
        if member in lines:
            raise Wrong(f"several series with {by}={member!r}", f"aggregate by ({by})")
        if row.points:
            lines[member] = row.points
    return lines


def _lines(question: Question, rows: Sequence[Row]) -> dict[str, Line]:
    wanted = _by_member(question, rows)
    is_slo = isinstance(question.of, Slo)
    lines = {member: _finite(line, ratio=is_slo) for member, line in wanted.items()}
    kept = {member: line for member, line in lines.items() if line}
    if not kept:
        raise Nothing(("no traffic" if is_slo else "only NaN or infinite values") if wanted else "no series")
    return kept


def _finite(line: Iterable[tuple[float, float]], *, ratio: bool) -> Line:
    finite = ((at, value) for at, value in line if math.isfinite(value))
    return tuple((at, _clamped(value)) for at, value in finite) if ratio else tuple(finite)


def _counts(question: Question, rows: Mapping[str, Sequence[Row]], at: float) -> dict[str, Line]:
    assert isinstance(question.reading, CountsReading)
    total = dict(_finite(_one(question, rows["total"]).points, ratio=False))
    bad = dict(_finite(_one(question, rows["bad"]).points, ratio=False))
    # A count is of the step before its moment: what is counted at the very start lies before the span.
    start = at - question.of.label_delay - question.reading.span + question.reading.step / 2
    times = sorted(time for time in total.keys() & bad.keys() if time > start)
    if not times:
        raise _nothing(question)
    # Extrapolation may put bad a hair below 0 or above total.
    return {
        "bad": tuple((time, min(max(bad[time], 0.0), max(total[time], 0.0))) for time in times),
        "total": tuple((time, max(total[time], 0.0)) for time in times),
    }

"""The fewest requests for what is asked: one per window, one for all signals, one per span and step of history.

Pure: from asks to requests, and from what a request returns back to asks. Every ask is in exactly one request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from oncall_tui.core.readings import CountsReading, HistoryReading, Reading, SeriesReading, SignalReading, SliReading
from oncall_tui.sources.prometheus.shapes import Shape, grouped, labelled, shapes_of
from oncall_tui.sources.prometheus.tree import balanced

TAG = "oncall_reading"
"""The label by which the parts of a union are told apart."""

MOST_TEXT = 48_000
"""Characters of PromQL in one request: well below what proxies take in a form body."""

MOST_PARTS = 250
"""Parts of one union."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One series of an answer: its labels, and its (unix seconds, value) points, oldest first; one if instant."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """One expression that a reading needs. part tells several of one reading apart ('bad', 'total')."""

    reading: Reading
    expression: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One expression that answers one or many asks: members maps the values of labels in its rows to the asks.

    write gives the expression for some of the members. added: labels that no row would have, had its ask been
    asked alone.
    """

    labels: Key
    members: Mapping[Key, tuple[Ask, ...]]
    write: Callable[[Iterable[Key]], str]
    added: Key = ()

    @property
    def text(self) -> str:
        """The expression for all members."""
        return self.write(self.members)

    def part(self, keys: Iterable[Key]) -> Unit:
        """The same for some of its members; for a single one, its own expression as it is."""
        kept = {key: self.members[key] for key in keys}
        if len(kept) == 1:
            (asks,) = kept.values()
            return _single(asks[0].expression, asks)
        return Unit(self.labels, kept, self.write, self.added)


@dataclass(frozen=True, slots=True)
class Request:
    """One query: of units united, now (span 0), or over the last span seconds every step seconds."""

    units: tuple[Unit, ...]
    span: int = 0
    step: int = 0

    @property
    def asks(self) -> tuple[Ask, ...]:
        """Everything it answers."""
        return tuple(ask for unit in self.units for asks in unit.members.values() for ask in asks)

    @property
    def text(self) -> str:
        """The PromQL. A unit alone is asked as it is, so that an error points into what a person wrote."""
        if len(self.units) == 1:
            return self.units[0].text
        tagged = [f'label_replace(({unit.text}), "{TAG}", "{i}", "", "")' for i, unit in enumerate(self.units)]
        return _united(tagged)

    def answers(self, rows: Iterable[Row]) -> dict[Ask, list[Row]]:
        """Every ask with its rows, maybe none, as if asked alone. A row that nobody asked for is left out."""
        found: dict[Ask, list[Row]] = {ask: [] for ask in self.asks}
        for row in rows:
            unit = self._unit_of(row)
            if unit is None:
                continue
            key = tuple(row.labels.get(label, "") for label in unit.labels)
            asks = unit.members.get(key, ())
            labels = {name: value for name, value in row.labels.items() if name != TAG and name not in unit.added}
            for ask in asks:
                found[ask].append(Row(labels, row.points))
        return found

    def _unit_of(self, row: Row) -> Unit | None:
        if len(self.units) == 1:
            return self.units[0]
        tag = row.labels.get(TAG, "")
        return self.units[int(tag)] if tag.isdigit() and int(tag) < len(self.units) else None

    def halves(self) -> tuple[Request, Request] | None:
        """The same asks in two requests; None when there is but one expression left."""
        if len(self.units) > 1:
            half = len(self.units) // 2
            return self._with(self.units[:half]), self._with(self.units[half:])
        (unit,) = self.units
        keys = list(unit.members)
        half = len(keys) // 2
        return (self._with((unit.part(keys[:half]),)), self._with((unit.part(keys[half:]),))) if half else None

    def _with(self, units: tuple[Unit, ...]) -> Request:
        return Request(units, self.span, self.step)


def _united(parts: Sequence[str]) -> str:
    """The union as a balanced tree, so that the server compares each series with few others."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    left, right = _united(parts[:half]), _united(parts[half:])
    return f"({left} or {right})" if len(parts) > 2 else f"{left} or {right}"


def plan(asks: Iterable[Ask], company: Mapping[Reading, int]) -> list[Request]:
    """Requests that answer every ask once.

    company: how many a reading may share a request with at most (itself counted), for those that have
    failed or been too slow in larger company; the others share as size allows.
    """
    lanes: dict[tuple[int, int, int, int], dict[Ask, None]] = defaultdict(dict)
    for ask in asks:
        lanes[(*_lane(ask.reading), company.get(ask.reading, 0))][ask] = None
    requests = []
    for (_, span, step, most), together in sorted(lanes.items()):
        for batch in _batches(list(together), most):
            requests += [Request(units, span, step) for units in _packed(units_of(batch))]
    return requests


def _lane(reading: Reading) -> tuple[int, int, int]:
    """What may share a request: the same window, or the same history. (window, span, step)."""
    match reading:
        case SliReading(window=window):
            return (window, 0, 0)
        case SignalReading():
            return (0, 0, 0)
        case HistoryReading():
            return (-1, 0, 0)
        case SeriesReading(span=span, step=step) | CountsReading(span=span, step=step):
            return (0, span, step)


def _batches(asks: list[Ask], most: int) -> Iterator[list[Ask]]:
    remaining = iter(asks)
    while batch := list(islice(remaining, most or None)):
        yield batch


def _packed(units: Iterable[Unit]) -> Iterator[tuple[Unit, ...]]:
    """Units in bundles that fit one request; one whose brackets do not close goes alone."""
    bundle: list[Unit] = []
    size = 0
    for unit in units:
        text = unit.text
        if not balanced(text):
            yield (unit,)
            continue
        if bundle and (size + len(text) > MOST_TEXT or len(bundle) >= MOST_PARTS):
            yield tuple(bundle)
            bundle, size = [], 0
        bundle.append(unit)
        size += len(text) + 60
    if bundle:
        yield tuple(bundle)


def units_of(asks: Sequence[Ask]) -> list[Unit]:
    """The asks as few expressions: equal ones once, those of one shape grouped, largest groups first."""
    by_text: dict[str, list[Ask]] = defaultdict(list)
    for ask in asks:
        by_text[ask.expression].append(ask)
    left = dict(by_text)
    units = []
    for shape, members in _by_size(by_text):
        keys = {value: text for value, text in members.items() if text in left}
        if len(keys) < 2:
            continue
        units += [
            _group(shape, {value: tuple(left.pop(text)) for value, text in lot.items()}) for lot in _fitting(keys)
        ]
    units += [_single(text, tuple(alike)) for text, alike in left.items()]
    return units


def _by_size(texts: Collection[str]) -> list[tuple[Shape, dict[str, str]]]:
    shapes: dict[Shape, dict[str, str]] = defaultdict(dict)
    for text in texts:
        for shape, value in shapes_of(text).items():
            shapes[shape].setdefault(value, text)
    return sorted(shapes.items(), key=lambda item: (-len(item[1]), item[0].label, item[0].key))


def _fitting(keys: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The values in lots whose query, which repeats them in every selector, stays within MOST_TEXT."""
    lot: dict[str, str] = {}
    size = 0
    for value, text in keys.items():
        cost = 2 * (len(value) + 1) * (text.count("{") + 1)
        if lot and size + cost + len(text) > MOST_TEXT:
            yield lot
            lot, size = {}, 0
        lot[value] = text
        size += cost
    yield lot


def _group(shape: Shape, members: Mapping[str, tuple[Ask, ...]]) -> Unit:
    model = next(iter(members.values()))[0].expression

    def write(keys: Iterable[Key]) -> str:
        return grouped(model, shape.label, [key[0] for key in keys])

    added = () if labelled(model) else (shape.label,)
    return Unit((shape.label,), {(value,): asks for value, asks in members.items()}, write, added)


def _single(text: str, asks: tuple[Ask, ...]) -> Unit:
    return Unit((), {(): asks}, lambda _: text)

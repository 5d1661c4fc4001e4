"""The fewest requests for what is asked: one per window, one for all signals, one per span and step of history.

Every ask is in exactly one request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from oncall_tui.core.readings import CountsReading, HistoryReading, Reading, SeriesReading, SignalReading, SliReading
from oncall_tui.sources.prometheus.asks import Ask, Key, Request, Unit, single
from oncall_tui.sources.prometheus.printing import quote, quote_regex
from oncall_tui.sources.prometheus.shapes import Shape, grouped, labelled, shapes_of
from oncall_tui.sources.prometheus.tree import balanced

MOST_TEXT = 240_000
"""Characters of PromQL in one request: below 1 MB, which proxies take at least, were each written as %XX in the form.

A server that reads less (VictoriaMetrics: 16 kB, unless told otherwise) says so, and is then asked by less.
"""

MOST_PARTS = 250
"""Parts of one union."""

_TAGGED = 60
"""Characters that a part of a union takes beside its own."""

Lane = tuple[int, int, int, int, int, int, int]
"""What shares requests: (kind, window, span, step, pieces, back, how many asks at most). They sort by urgency."""


class Planner:
    """Makes plans, and keeps the last one of each lane: a poll that asks what the one before asked is not planned anew.

    most_text: characters in one request.
    """

    def __init__(self, most_text: int = MOST_TEXT) -> None:
        self.most_text = most_text
        self._plans: dict[Lane, tuple[int, list[Ask], list[Request]]] = {}

    def plan(self, asks: Iterable[Ask], company: Mapping[Reading, int]) -> list[Request]:
        """Requests that answer every ask once, the most urgent first: short windows, long ones, charts, history.

        company: how many asks may share a request with those of a reading at most, for readings that have failed
        or been too slow in larger company; the others share as size allows.
        """
        lanes: dict[Lane, dict[Ask, None]] = defaultdict(dict)
        for ask in asks:
            lanes[(*_lane(ask), company.get(ask.reading, 0))][ask] = None
        return [request for lane in sorted(lanes) for request in self._lane_plan(lane, list(lanes[lane]))]

    def _lane_plan(self, lane: Lane, asks: list[Ask]) -> list[Request]:
        known = self._plans.get(lane)
        if known is not None and known[0] == self.most_text and known[1] == asks:
            return known[2]
        _, _, span, step, _, back, most = lane
        requests = [
            Request(units, span, step, back)
            for batch in _batches(asks, most)
            for units in _packed(units_of(batch, self.most_text), self.most_text)
        ]
        if len(self._plans) >= MOST_PLANS:
            self._plans.clear()
        self._plans[lane] = (self.most_text, asks, requests)
        return requests


MOST_PLANS = 200
"""Plans kept, lest screens that come and go fill the memory."""


def _lane(ask: Ask) -> tuple[int, int, int, int, int, int]:
    """What may share a request: the same window, or the same history, and the same stretch of it."""
    piece = ask.piece
    match ask.reading:
        case SliReading(window=window):
            return (0, window, 0, 0, piece.of, piece.back)
        case SignalReading():
            return (0, 0, 0, 0, piece.of, piece.back)
        case SeriesReading(span=span, step=step) | CountsReading(span=span, step=step):
            return (1, 0, span if piece.span is None else piece.span, step, piece.of, piece.back)
        case HistoryReading():
            # What a part of it is about is asked in another round than all of it.
            return (2, 0 if ask.part else 1, 0, 0, piece.of, piece.back)


def _batches(asks: list[Ask], most: int) -> Iterator[list[Ask]]:
    remaining = iter(asks)
    while batch := list(islice(remaining, most or None)):
        yield batch


def _packed(units: Iterable[Unit], most_text: int) -> Iterator[tuple[Unit, ...]]:
    """Units in bundles that fit one request; one whose brackets do not close goes alone."""
    bundle: list[Unit] = []
    size = 0
    for unit in units:
        text = unit.text
        if not balanced(text):
            yield (unit,)
            continue
        if bundle and (size + len(text) + _TAGGED > most_text or len(bundle) >= MOST_PARTS):
            yield tuple(bundle)
            bundle, size = [], 0
        bundle.append(unit)
        size += len(text) + _TAGGED
    if bundle:
        yield tuple(bundle)


def units_of(asks: Sequence[Ask], most_text: int = MOST_TEXT) -> list[Unit]:
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
            _group(shape, {value: tuple(left.pop(text)) for value, text in lot.items()})
            for lot in _fitting(keys, most_text)
        ]
    units += [single(text, tuple(alike)) for text, alike in left.items()]
    return units


def _by_size(texts: Collection[str]) -> list[tuple[Shape, dict[str, str]]]:
    shapes: dict[Shape, dict[str, str]] = defaultdict(dict)
    for text in texts:
        for shape, value in shapes_of(text).items():
            shapes[shape].setdefault(value, text)
    return sorted(shapes.items(), key=lambda item: (-len(item[1]), item[0].label, item[0].key))


def _fitting(keys: Mapping[str, str], most_text: int) -> Iterator[dict[str, str]]:
    """The values in lots whose query, which repeats them in every selector, stays within most_text."""
    lot: dict[str, str] = {}
    size = 0
    for value, text in keys.items():
        cost = (len(quote(quote_regex(value))) - 1) * text.count("{")
        if lot and size + cost + len(text) > most_text:
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

"""What is asked of Prometheus, and from what a request returns back to who asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from oncall_tui.core.readings import Reading

TAG = "oncall_reading"
"""The label by which the parts of a union are told apart."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One series of an answer: its labels, and its (unix seconds, value) points, oldest first; one if instant."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Which stretch of its time an ask is about, where a reading is asked in several (`of`) that lie end to end.

    It ends `back` seconds before now. span: its length in seconds, for a reading over time; 0: but the moment at its
    end; None: all of it.
    """

    of: int = 1
    back: int = 0
    span: int | None = None


WHOLE = Piece()


@dataclass(frozen=True, slots=True)
class Ask:
    """One expression that a reading needs. part tells several of one reading apart ('bad', 'total')."""

    reading: Reading
    expression: str
    part: str = ""
    piece: Piece = WHOLE
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Thousands of them are keys of one mapping after another.
        object.__setattr__(self, "_hash", hash((self.reading, self.expression, self.part, self.piece)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class Unit:
    """One expression that answers one or many asks: members maps the values of labels in its rows to the asks.

    write gives the expression for some of the members, text is that for all. added: labels that no row would have,
    had its ask been asked alone.
    """

    labels: Key
    members: Mapping[Key, tuple[Ask, ...]]
    write: Callable[[Iterable[Key]], str]
    added: Key = ()
    text: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.write(self.members))

    def part(self, keys: Iterable[Key]) -> Unit:
        """The same for some of its members; for a single one, its own expression as it is."""
        kept = {key: self.members[key] for key in keys}
        if len(kept) == 1:
            (asks,) = kept.values()
            return single(asks[0].expression, asks)
        return Unit(self.labels, kept, self.write, self.added)


def single(text: str, asks: tuple[Ask, ...]) -> Unit:
    """One expression as it is, for asks that have it in common."""
    return Unit((), {(): asks}, lambda _: text)


@dataclass(frozen=True, slots=True)
class Request:
    """One query: of units united, at one moment (span 0), or over span seconds every step seconds.

    back: how many seconds before now the moment, or the end of the span, lies.
    """

    units: tuple[Unit, ...]
    span: int = 0
    step: int = 0
    back: int = 0
    asks: tuple[Ask, ...] = field(init=False, compare=False)
    """Everything it answers."""

    def __post_init__(self) -> None:
        asks = tuple(ask for unit in self.units for asks in unit.members.values() for ask in asks)
        object.__setattr__(self, "asks", asks)

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
        by_tag = {str(i): unit for i, unit in enumerate(self.units)}
        alone = self.units[0] if len(self.units) == 1 else None
        for row in rows:
            labels = row.labels
            unit = alone or by_tag.get(labels.get(TAG, ""))
            asks = unit.members.get(tuple([labels.get(label, "") for label in unit.labels])) if unit else None
            if unit is None or asks is None:
                continue
            kept = {name: value for name, value in labels.items() if name != TAG and name not in unit.added}
            own = row if len(kept) == len(labels) else Row(kept, row.points)
            for ask in asks:
                found[ask].append(own)
        return found

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
        return Request(units, self.span, self.step, self.back)


def _united(parts: Sequence[str]) -> str:
    """The union as a balanced tree, so that the server compares each series with few others."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    left, right = _united(parts[:half]), _united(parts[half:])
    return f"({left} or {right})" if len(parts) > 2 else f"{left} or {right}"

"""YAML text -> plain data whose every value knows its line.

One document of ours, with the environment filled in, or every document of a foreign file, to the letter. Built from
parser events rather than by yaml.load: lines are wanted, a key written twice is a mistake, and the composer's recursion
takes the process down on deep nesting. Every scalar stays the text it was written as, so that the models decide what it
means: a version 1.10 is not 1.1, and a team called `no` is not False.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from oncall_tui.config.environment import EnvironmentMistake, fill_in
from oncall_tui.config.json_values import Quoted
from oncall_tui.config.mistakes import Mistake, Place, show_place, show_value
from oncall_tui.config.written import Written, position
from oncall_tui.core.text import clean_line

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_DEPTH = 40
MAX_VALUES = 100_000
"""Values in a document once its aliases are spelt out."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "map", "seq")) | {"!"}
_QUOTED = re.compile(r"'[^'\s]{2,}'|\"[^\"\s]{2,}\"")

Data = str | dict[str, "Data"] | list["Data"] | None


def value_at(data: Data, place: Place) -> Data:
    """What stands at the place; None where nothing does, or something of another shape is in the way."""
    for part in place:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


class DocumentError(Exception):
    """The text is no YAML document at all, or not one we read: a single mistake."""

    def __init__(self, line: int, what: str, column: int = 0) -> None:
        super().__init__(what)
        self.mistake = Mistake(line, "", what, column)


@dataclass(slots=True)
class _Scalar:
    text: str
    line: int
    null: bool
    written: Written | None
    quoted: bool = False


@dataclass(slots=True)
class _Sequence:
    line: int
    items: list[_Node] = field(default_factory=list)


@dataclass(slots=True)
class _Mapping:
    line: int
    items: list[tuple[_Scalar, _Node]] = field(default_factory=list)


_Node = _Scalar | _Sequence | _Mapping


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands. line: of its key if it has one; shown: what may be told of it, '' for a secret.

    filled_in: whether an environment variable is part of it. written: a text as it stands in the file.
    """

    line: int
    shown: str
    filled_in: bool = False
    written: Written | None = None


@dataclass(slots=True)
class Document:
    """data: dicts, lists, text and None, environment filled in. spots: a Spot for every place in it. text: as read."""

    data: Data = None
    spots: dict[Place, Spot] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    text: str = ""

    def position(self, place: Place, value: str, offset: int) -> tuple[int, int] | None:
        """Line and column of value[offset], value being the text at this place; None where they cannot be told."""
        spot = self.spots.get(place)
        if spot is None or spot.written is None or spot.filled_in:
            return None
        return position(self.text, spot.written, value, offset)

    def spot(self, place: Place) -> Spot:
        """The Spot there, or of the nearest thing around it."""
        while place and place not in self.spots:
            place = place[:-1]
        return self.spots.get(place, Spot(1, ""))


def read_document(text: str, environment: Mapping[str, str]) -> Document:
    """The one YAML document in text. Raises DocumentError when it cannot be understood as a whole."""
    events = _events(text)
    document = Document(text=text)
    if _begins(events):
        if (node := _Tree(events).read()) is not None:
            _Spelling(_Budget(), environment).spell(node, document)
        if _begins(events):
            raise DocumentError(_line(next(events)), "expected one YAML document, got a second one")
    return document


def read_documents(text: str) -> Iterator[Document]:
    """Every YAML document in text, in order, and nothing in it filled in: '$' and '${' stand for themselves.

    What cannot be understood has data None and its mistake; after broken YAML nothing more can be read. The bounds
    on what aliases spell out hold for all documents together.
    """
    events = _events(text)
    budget = _Budget()
    while True:
        document = Document(text=text)
        try:
            if not _begins(events):
                return
            if (node := _Tree(events).read()) is not None:
                _Spelling(budget, None).spell(node, document)
        except DocumentError as error:
            yield Document(mistakes=[error.mistake])
            if budget.left < 0:
                return
        else:
            yield document


def _events(text: str) -> Iterator[yaml.Event]:
    """Parser events, with what the parser says of broken YAML as a DocumentError."""
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 0)
        raise DocumentError(line, f"not YAML: {_without_content(error.problem)}", column) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DocumentError(line, "not YAML: a character that may not stand in a text file") from None


def _begins(events: Iterator[yaml.Event]) -> bool:
    """Whether another document follows; what is left of the one before is skipped."""
    return any(isinstance(event, yaml.DocumentStartEvent) for event in events)


def _without_content(problem: str | None) -> str:
    # libyaml quotes what it stumbled over, and that may be a password.
    return _QUOTED.sub("(...)", clean_line(problem or "not understood"))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


@dataclass(slots=True)
class _Budget:
    """How many values may still be spelt out; negative when they were too many."""

    left: int = MAX_VALUES


class _Tree:
    """Parser events -> nodes; an alias is the very node it names."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._anchors: dict[str, _Node] = {}

    def read(self) -> _Node | None:
        """The root of the document that has begun."""
        event = next(self._events)
        return self._node(event, 0) if isinstance(event, yaml.NodeEvent) else None

    def _node(self, event: yaml.Event, depth: int) -> _Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise DocumentError(line, "an alias (*) of what is not there, or not finished yet")
            return self._anchors[event.anchor]
        assert isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)), "nothing else begins a node"
        if depth > MAX_DEPTH:
            raise DocumentError(line, f"nested more than {MAX_DEPTH} deep")
        if event.tag is not None and event.tag not in _TAGS:
            raise DocumentError(line, "tags (!) are not used here; put the value in quotes if it begins with one")
        node: _Node
        if isinstance(event, yaml.ScalarEvent):
            null = event.implicit[0] and event.value in _NULLS
            node = _Scalar(event.value, line, null, Written.of(event), not event.implicit[0])
        elif isinstance(event, yaml.SequenceStartEvent):
            node = _Sequence(line, list(self._items(yaml.SequenceEndEvent, depth)))
        else:
            items = self._items(yaml.MappingEndEvent, depth)
            node = _Mapping(line, [(self._key(key), next(items)) for key in items])
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, end: type[yaml.Event], depth: int) -> Iterator[_Node]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event, depth + 1)

    def _key(self, node: _Node) -> _Scalar:
        if not isinstance(node, _Scalar):
            raise DocumentError(node.line, "expected a plain word as key, got a list or a mapping")
        return node


class _Spelling:
    """Nodes -> the document's data, with aliases and merges (<<) spelt out, within bounds."""

    def __init__(self, budget: _Budget, environment: Mapping[str, str] | None) -> None:
        self._document = Document()
        self._environment = environment
        self._budget = budget

    def spell(self, root: _Node, document: Document) -> None:
        """The document's data, spots and mistakes."""
        self._document = document
        document.data = self._value(root, (), root.line)

    def _value(self, node: _Node, place: Place, line: int) -> Data:
        self._count(line, len(place))
        if isinstance(node, _Scalar):
            return self._text(node, place, line)
        self._document.spots[place] = Spot(line, "a list" if isinstance(node, _Sequence) else "a mapping")
        if isinstance(node, _Sequence):
            return [self._value(item, (*place, index), item.line) for index, item in enumerate(node.items)]
        return {key.text: self._value(item, (*place, key.text), key.line) for key, item in self._pairs(node, place)}

    def _text(self, node: _Scalar, place: Place, line: int) -> str | None:
        shown = "nothing" if node.null else show_value(place, node.text)
        if self._environment is None or "${" not in node.text:
            self._document.spots[place] = Spot(line, shown, written=node.written)
            return None if node.null else Quoted(node.text) if node.quoted else node.text
        self._document.spots[place] = Spot(line, shown, filled_in=True)
        try:
            text = fill_in(node.text, self._environment)
            return Quoted(text) if node.quoted else text
        except EnvironmentMistake as mistake:
            self._document.mistakes.append(Mistake(node.line, show_place(place), str(mistake)))
            return node.text

    def _pairs(self, node: _Mapping, place: Place) -> Iterator[tuple[_Scalar, _Node]]:
        """The mapping's own pairs, then what it merges in and does not have."""
        lines: dict[str, int] = {}
        for key, item in node.items:
            if key.text == "<<":
                continue
            if key.text in lines:
                what = f"written twice, first on line {lines[key.text]}"
                self._document.mistakes.append(Mistake(key.line, show_place((*place, key.text)), what))
                continue
            lines[key.text] = key.line
            yield key, item
        for key, item in self._merged_in(node):
            if key.text not in lines:
                lines[key.text] = key.line
                yield key, item

    def _merged_in(self, node: _Mapping, depth: int = 0) -> Iterator[tuple[_Scalar, _Node]]:
        """The pairs of the mappings that a mapping merges in (<<), and of those that they do."""
        for merge, item in node.items:
            if merge.text != "<<":
                continue
            for source in item.items if isinstance(item, _Sequence) else [item]:
                self._count(merge.line, depth)
                if not isinstance(source, _Mapping):
                    raise DocumentError(merge.line, "expected << to name a mapping, or a list of them")
                yield from (pair for pair in source.items if pair[0].text != "<<")
                yield from self._merged_in(source, depth + 1)

    def _count(self, line: int, depth: int) -> None:
        self._budget.left -= 1
        if self._budget.left < 0 or depth > MAX_DEPTH:
            raise DocumentError(
                line, f"more than {MAX_VALUES} values, or {MAX_DEPTH} levels, once aliases are spelt out"
            )

"""Foreign documents, read piece by piece: whatever stands there, it is data or a mistake with a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from pydantic import TypeAdapter, ValidationError

from oncall_tui.config.document import Data, Document
from oncall_tui.config.fields import Name, Seconds
from oncall_tui.config.mistakes import Place, clip, show_place, show_text
from oncall_tui.config.notes import Note
from oncall_tui.core.slo import Slo

_YES = frozenset({"true", "yes", "on"})
_NO = frozenset({"false", "no", "off", ""})

Finding = Slo | Note
"""What an importer gives: SLOs, and what is to be told of them."""


class LeftOut(Exception):
    """Something that cannot be taken over. notes: why, without what it is."""

    def __init__(self, *notes: Note) -> None:
        super().__init__(*notes)
        self.notes = notes

    def of(self, about: str) -> tuple[Note, ...]:
        """The notes, each saying what is left out."""
        return tuple(replace(note, about=about) for note in self.notes)


@dataclass(frozen=True, slots=True)
class Part:
    """What stands at a place of a foreign document. data: None for nothing."""

    file: str
    document: Document
    place: Place
    data: Data

    @property
    def line(self) -> int:
        """Its line, or that of the nearest thing around it."""
        return self.document.spot(self.place).line

    @property
    def shown(self) -> str:
        """What may be told of it."""
        return self.document.spots[self.place].shown if self.place in self.document.spots else "nothing"

    def __bool__(self) -> bool:
        """Whether anything stands there; an empty list or mapping does not."""
        return bool(self.data)

    def at(self, *names: str) -> Part:
        """The value of the first of these keys that is there, of the first one if none is. Raises LeftOut."""
        if self.data is not None and not isinstance(self.data, dict):
            raise self.left_out(f"expected a mapping of keys and values, got {self.shown}")
        found = self.data or {}
        name = next((name for name in names if found.get(name) is not None), names[0])
        return Part(self.file, self.document, (*self.place, name), found.get(name))

    def has(self, *names: str) -> bool:
        """Whether one of these keys is there with a value, in what is a mapping at all."""
        return isinstance(self.data, dict) and any(self.data.get(name) is not None for name in names)

    def items(self) -> tuple[Part, ...]:
        """The entries of the list. Raises LeftOut when it is no list; nothing is an empty one."""
        if self.data is None:
            return ()
        if not isinstance(self.data, list):
            raise self.left_out(f"expected a list, got {self.shown}")
        return tuple(Part(self.file, self.document, (*self.place, at), item) for at, item in enumerate(self.data))

    def text(self, otherwise: str = "") -> str:
        """The text. Raises LeftOut when it is a list or a mapping."""
        if self.data is None:
            return otherwise
        if not isinstance(self.data, str):
            raise self.left_out(f"expected text, got {self.shown}")
        return self.data

    def required(self) -> str:
        """The text, which must be there. Raises LeftOut."""
        if not self.text().strip():
            raise self.left_out("required, but not there")
        return self.text()

    def seconds(self, such_as: str) -> int:
        """The duration that must stand there, in seconds. such_as: examples of one. Raises LeftOut."""
        try:
            return _seconds().validate_python(self.required())
        except ValidationError:
            raise self.left_out(f"expected a duration such as {such_as}, got {self.shown}") from None

    def name(self) -> str:
        """The name of a service that must stand there. Raises LeftOut."""
        if not is_name(self.required()):
            what = "a name of letters, digits, '-', '_' and '.', beginning with a letter or digit"
            raise self.left_out(f"expected {what}, got {self.shown}")
        return self.text()

    def flag(self, otherwise: bool = False) -> bool:
        """Whether it says true. Raises LeftOut when it says neither that nor false."""
        if self.data is None:
            return otherwise
        word = self.text().strip().lower()
        if word not in _YES | _NO:
            raise self.left_out(f"expected true or false, got {self.shown}")
        return word in _YES

    def texts(self) -> dict[str, str]:
        """A mapping of texts; a list in it becomes its entries, with commas. Raises LeftOut."""
        if self.data is None:
            return {}
        if not isinstance(self.data, dict):
            raise self.left_out(f"expected a mapping of keys and values, got {self.shown}")
        parts = {name: self.at(name) for name in self.data}
        return {
            name: ",".join(item.text() for item in part.items()) if isinstance(part.data, list) else part.text()
            for name, part in parts.items()
        }

    def left_out(self, what: str) -> LeftOut:
        """The reason for leaving out what this is a part of."""
        return LeftOut(Note(self.file, self.line, self._here(what), left_out=True))

    def note(self, what: str) -> Note:
        """Something to tell of this part, though what it belongs to is taken over."""
        return Note(self.file, self.line, self._here(what))

    def not_among(self, *known: str) -> Iterator[Note]:
        """A note when there are other keys than these: nobody here knows what they ask for."""
        if isinstance(self.data, dict) and (others := [clip(key) for key in self.data if key not in known]):
            first = Part(self.file, self.document, (*self.place, next(k for k in self.data if k not in known)), None)
            yield Note(self.file, first.line, self._here(f"not honoured: {', '.join(others)}"))

    def _here(self, what: str) -> str:
        return f"{show_place(self.place)}: {what}" if self.place else what


def is_name(text: object) -> bool:
    """Whether this could be the name of a service."""
    try:
        _names().validate_python(text)
    except ValidationError:
        return False
    return True


@cache
def _names() -> TypeAdapter[str]:
    return TypeAdapter(Name)


@cache
def _seconds() -> TypeAdapter[int]:
    return TypeAdapter(Seconds)


def guarded(made: Iterator[Finding], what: str) -> Iterator[Finding]:
    """What is made, up to the mistake that it is left out for. what: 'SLO', or what else is being made."""
    try:
        yield from made
    except LeftOut as left:
        yield from left.of(what)


def called(name: Part, what: str = "SLO") -> str:
    """'SLO 'ranker-latency'', or 'SLO' for one whose name is no text."""
    return f"{what} {show_text(name.data)}" if isinstance(name.data, str) and name.data else what

"""Text as a stranger would write it, in place of everything in a fleet that comes from outside."""

import dataclasses
import enum
import re
from collections.abc import Mapping

MARK = "31337"
"""In every sequence here and in none of the program's own."""

ATTACKS = (
    "\x1b[2J\x1b[31337;1H",
    "\x1b]52;c;MzEzMzc=\x07",
    "\x1b]0;31337\x1b\\",
    "\x1bP31337q\x1b\\",
    "\x1b_31337\x1b\\",
    "\x9b31337m\x9b2J",
    "\x9d0;31337\x9c",
    "\x90q31337\x9c",
    "\x1bc\x1b#8\x1b(0",
    "[@click=app.quit]x[/]",
    "[red][/nope] [link=http://31337]",
    "x[/",
    "\u202e\u2066\u200f",
    "\u200b\u200d\ufeff\u2060",
    "\ud800\udfff",
    "a\r\nb\x00\x07\x08\x0b\x0c\x7f\x85\u2028",
    "\U000e0041\U000e0042",
    "\tT\t",
    "模型 größer \U0001f468\u200d\U0001f469",
)
LONG = "\x1b[31337m" + "L" * 1_000_000
INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f\ud800-\udfff]")


class Mangler:
    """Puts an attack before every known name, wherever it stands, and before every text that is nobody's name."""

    def __init__(self, names):
        self._names = {name: ATTACKS[place % len(ATTACKS)] + name for place, name in enumerate(sorted(names))}
        self._known = re.compile("|".join(sorted(map(re.escape, self._names), key=len, reverse=True)))
        self._next = 0

    def name(self, text):
        """The text with every name in it mangled."""
        return self._known.sub(lambda match: self._names[match[0]], text)

    def prose(self, text):
        """Free text with the next attack before it."""
        self._next += 1
        return ATTACKS[self._next % len(ATTACKS)] + self.name(text)

    def deep(self, value):
        """A value of the core with every name mangled."""
        if isinstance(value, enum.Enum) or value is None:
            return value
        if isinstance(value, str):
            return self.name(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [field for field in dataclasses.fields(value) if field.init]
            return type(value)(**{field.name: self.deep(getattr(value, field.name)) for field in fields})
        if isinstance(value, Mapping):
            return {self.deep(name): self.deep(one) for name, one in value.items()}
        if isinstance(value, tuple | list | frozenset):
            return type(value)(self.deep(one) for one in value)
        return value

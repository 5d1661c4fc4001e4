"""Text with places for what is known of an alert: '{{ labels.alertname }}/{{ group.cluster }}'.

Nothing is evaluated: a place names a value, and the value is put in, escaped for what stands around it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from oncall_tui.core.text import clean_line

MAPS = ("labels", "annotations", "group")
WORDS = ("fingerprint", "source", "starts_at", "generator_url", "author", "note")
"""What a place may name: a word alone, or a label or annotation of one of the maps."""

EXPECTED = f"{{{{ labels.NAME }}}}, {{{{ annotations.NAME }}}}, {{{{ group.NAME }}}} or one of {', '.join(WORDS)}"

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_OF_MAP = re.compile(r'\s*([a-z]+)(?:\.([A-Za-z_][A-Za-z0-9_]*)|\["([^"\\]+)"\])\s*')
_WORD = re.compile(r"\s*([a-z_]+)\s*")


class PlaceholderMistake(ValueError):
    """Text that cannot be filled in. offset: of the character at fault."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.offset = offset


class NothingThere(ValueError):
    """A value that is asked for is not known. The message names it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What places are filled in with. Every text is untrusted; a word that is not there is ''."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    group: Mapping[str, str]
    words: Mapping[str, str]

    def value(self, place: Place) -> str:
        """What the place stands for; '' for what is not known."""
        if not place.map:
            return self.words.get(place.name, "")
        known = {"labels": self.labels, "annotations": self.annotations, "group": self.group}
        return known[place.map].get(place.name, "")


@dataclass(frozen=True, slots=True)
class Place:
    """One place: a name in one of MAPS, or with no map one of WORDS."""

    map: str
    name: str

    def __str__(self) -> str:
        return f"{self.map}.{self.name}" if self.map else self.name


@dataclass(frozen=True, slots=True)
class Placeholders:
    """A text taken apart."""

    parts: tuple[str | Place, ...]

    def filled(self, facts: Facts, escape: Callable[[str], str]) -> str:
        """The text with every value put in through escape; one that is not known is ''."""
        return "".join(part if isinstance(part, str) else escape(facts.value(part)) for part in self.parts)

    def whole(self, facts: Facts) -> str:
        """The text with every value put in as it is. Raises NothingThere where one is not known: no key is guessed."""
        for part in self.parts:
            if isinstance(part, Place) and not facts.value(part):
                raise NothingThere(f"the alert has no {clean_line(str(part), 80)}")
        return self.filled(facts, str)


def parse_placeholders(text: str) -> Placeholders:
    """Take a text apart. Raises PlaceholderMistake."""
    parts: list[str | Place] = []
    at = 0
    for match in _PLACE.finditer(text):
        parts += [_plain(text, at, match.start()), _place(match)]
        at = match.end()
    parts.append(_plain(text, at, len(text)))
    return Placeholders(tuple(part for part in parts if part != ""))


def _plain(text: str, start: int, end: int) -> str:
    plain = text[start:end]
    if "{{" in plain:
        raise PlaceholderMistake("a {{ that no }} ends", start + plain.index("{{"))
    return plain


def _place(match: re.Match[str]) -> Place:
    inside = match[1]
    if (named := _OF_MAP.fullmatch(inside)) and named[1] in MAPS:
        return Place(named[1], named[2] or named[3])
    if (word := _WORD.fullmatch(inside)) and word[1] in WORDS:
        return Place("", word[1])
    raise PlaceholderMistake(f"{clean_line(inside.strip(), 60)!r} is nothing that is known", match.start())


# What stands around a value


def for_json(value: str) -> str:
    """value inside a JSON string: no quote, backslash or line break of it means anything."""
    return json.dumps(value)[1:-1]


def for_form(value: str) -> str:
    """value inside a form (application/x-www-form-urlencoded)."""
    return quote_plus(value, errors="replace")


def for_text(value: str) -> str:
    """value as one safe line."""
    return clean_line(value)


def json_mistake(placeholders: Placeholders) -> str:
    """Why the text is not JSON, or would not stay it, whatever is put in; '' when nothing is wrong."""
    # A value with all that could break out: outside a string, or after a backslash, even escaped it is no JSON.
    nasty = 'x"\\\n{}'
    facts = Facts(_Always(nasty), _Always(nasty), _Always(nasty), _Always(nasty))
    try:
        json.loads(placeholders.filled(facts, for_json))
    except (ValueError, RecursionError):
        return "JSON with every {{ }} inside double quotes"
    return ""


class _Always(dict[str, str]):
    """Knows the same value under every name."""

    def __init__(self, value: str) -> None:
        super().__init__()
        self._value = value

    def get(self, key: str, default: object = None) -> str:
        return self._value

"""Where in a file a character of a YAML text stands, whatever the style it is written in.

Folding, indentation and quotes change only the white space of a text, and escapes. So the characters that are no
space are matched with those in the file, one by one and in order; where they do not agree, nothing is claimed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\r\n\x85\u2028\u2029]|.)", re.S)
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s|#[^\n]*)+)*")
"""An anchor and a tag, which stand before the scalar and count as part of it; no plain text begins like them."""
_SPACES = frozenset(" \t\r\n\x85\u2028\u2029")
_LETTERS = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v", "_": "\xa0"}
_WHITE = frozenset("tnrNLP \t\r\n\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Written:
    """A scalar as it stands in a document: its first and one-past-last character, and how it is quoted.

    style: "'", '"', '|', '>' or '' as YAML has them. line, column: of its first character, both from 1.
    """

    start: int
    end: int
    style: str
    line: int = 1
    column: int = 1

    @classmethod
    def of(cls, event: yaml.ScalarEvent) -> Written | None:
        """None where the parser does not say."""
        if event.start_mark is None or event.end_mark is None:
            return None
        start = event.start_mark
        return cls(start.index, event.end_mark.index, event.style or "", start.line + 1, start.column + 1)


def position(document: str, written: Written, text: str, offset: int) -> tuple[int, int] | None:
    """Line and column (both from 1) of text[offset], text being what the scalar says; None where they cannot be told.

    An offset on white space, which may not be in the file as such, is that of what comes after it; one past the end
    stands behind the last character.
    """
    wanted = sum(character not in _SPACES for character in text[:offset])
    letters = [character for character in text if character not in _SPACES]
    found = _letters(document, written)
    if not letters or [letter for letter, _, _ in found[: len(letters)]] != letters:
        return None
    at = found[wanted][1] if wanted < len(letters) else found[len(letters) - 1][2]
    line, begins = written.line, written.start - written.column + 1
    for match in _BREAK.finditer(document, written.start, at):
        line, begins = line + 1, match.end()
    return line, at - begins + 1


def _letters(document: str, written: Written) -> list[tuple[str, int, int]]:
    """Every character of the scalar that is no white space, with where it begins and ends in the document."""
    start, end = written.start, written.end
    if properties := _PROPERTIES.match(document, start, end):
        start = properties.end()
    if written.style in ("|", ">"):
        header = _BREAK.search(document, start, end)
        start = header.end() if header else end
    elif written.style in ("'", '"'):
        start, end = start + 1, end - 1
    found: list[tuple[str, int, int]] = []
    while start < end:
        letter, length = document[start], 1
        if written.style == "'" and document.startswith("''", start):
            length = 2
        elif written.style == '"' and letter == "\\" and (match := _ESCAPE.match(document, start)):
            letter, length = _unescaped(match.group()[1:]), len(match.group())
        if letter and letter not in _SPACES:
            found.append((letter, start, start + length))
        start += length
    return found


def _unescaped(escape: str) -> str:
    """What an escape stands for; '' for white space and a break that is escaped away."""
    if escape[0] in "xuU" and len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code) if code < 0x110000 else ""
    return "" if escape in _WHITE else _LETTERS.get(escape, escape)

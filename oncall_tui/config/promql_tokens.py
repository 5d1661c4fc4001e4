"""PromQL cut into tokens, and whether its brackets and quotes close as they opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from oncall_tui.config.promql_names import OPERATORS

DEEPEST = 250
"""Levels of brackets and operators in a query: more than anybody reads, and few enough for what recurses."""
_CLOSING = {")": "(", "]": "[", "}": "{"}
_CALLED = {"(": "parenthesis", "[": "bracket", "{": "brace"}

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)
    |(?P<number>\$window|0[xX]\w*|(?:\d|\.\d)(?:[\w.]|(?<=[eE])[+-](?=\d))*)
    |(?P<name>(?:[^\W\d]|:|\\[^\n])(?:[\w:.]|\\[^\n]|\$window)*)
    |(?P<op>=~|!~|==|!=|<=|>=|</|>/|[-+*/%^<>=@])
    |(?P<mark>[][(){},])""",
    re.VERBOSE,
)


_AT_MOST = re.compile(r"\w+|[^\w\s]")
"""Finds no fewer pieces than a query has levels: to count them takes a tenth of the time that telling tokens does."""


class Token(NamedTuple):
    """A piece of a query. kind: string, number, name, op or mark; start: its offset."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """A name as keywords are compared; '' for what is none."""
        return self.text.lower() if self.kind == "name" else ""


class Fault(Exception):
    """Where a query stops making sense, and why."""

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.offset, self.reason = offset, reason


def tokens(query: str) -> Iterator[Token]:
    """The query's tokens without space and comments. Raises Fault where none begins."""
    at, depth = 0, 0
    while at < len(query):
        if depth and query[at] == ":":
            yield Token("mark", ":", at)
            at += 1
            continue
        match = _TOKEN.match(query, at)
        if match is None:
            quote = query[at] in "\"'`"
            raise Fault(at, f"unterminated quoted string {query[at]}" if quote else f"unexpected {query[at]!r}")
        kind, text = match.lastgroup or "", match.group()
        if depth and kind == "name" and ":" in text:  # [5m:1m]: in a range the colon stands for itself
            text = text[: text.index(":")]
        depth += (text == "[") - (text == "]") if kind == "mark" else 0
        if kind != "space":
            yield Token(kind, text, at)
        at += len(text)


def balance(found: Sequence[Token]) -> None:
    """Raises Fault at the bracket that is to blame: the one that opens, if it is never closed or by another kind."""
    opened: list[Token] = []
    for token in found:
        if token.kind != "mark" or token.text in ",:":
            continue
        if token.text not in _CLOSING:
            opened.append(token)
            continue
        called = _CALLED[_CLOSING[token.text]]
        if not opened:
            raise Fault(token.start, f"unexpected right {called} '{token.text}'")
        opening = opened.pop()
        if opening.text != _CLOSING[token.text]:
            raise Fault(opening.start, f"left {_CALLED[opening.text]} closed by '{token.text}'")
    if opened:
        raise Fault(opened[-1].start, f"unclosed left {_CALLED[opened[-1].text]}")


def too_deep(query: str) -> int | None:
    """The offset at which a query nests deeper than DEEPEST; None when it does not.

    What reads queries recurses, and of the native parser nothing but a crash would be left. Every operator counts as a
    level of those after it: 1 + 2 + 3 is (1 + 2) + 3.
    """
    if len(_AT_MOST.findall(query)) < DEEPEST:
        return None
    levels = [0]
    depth = 0
    try:
        for token in tokens(query):
            if token.kind == "mark" and token.text in "([{":
                levels.append(0)
            elif token.kind == "mark" and token.text in ")]}":
                depth -= levels.pop() if len(levels) > 1 else 0
                if token.text == "]":  # x[5m:][5m:]: each range is around all before it
                    depth, levels[-1] = depth + 1, levels[-1] + 1
            elif token.text == "," and token.kind == "mark":
                depth, levels[-1] = depth - levels[-1], 0
            elif token.kind == "op" or token.word in OPERATORS:
                depth, levels[-1] = depth + 1, levels[-1] + 1
            if depth + len(levels) > DEEPEST:
                return token.start
    except Fault:
        return None  # refused before anything is nested
    return None

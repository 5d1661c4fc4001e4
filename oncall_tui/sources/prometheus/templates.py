"""Expressions that differ in nothing but the values of their '=' matchers are alike, and are understood once.

Thousands of SLOs are a handful of templates: parsing each expression for itself would take longer than asking for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around the number of a hole: characters for private use, which no label value has reason to hold."""

_HOLE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_STRING = re.compile(
    r"""(?:\b([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*)?"((?:\\.|[^"\\\n])*)"|'(?:\\.|[^'\\\n])*'|`[^`]*`|\#[^\n]*""", re.S
)
_TELLING = frozenset({"__name__", "le"})
"""Labels whose values say what an expression is, not only what it is about."""


@functools.lru_cache(maxsize=8_192)
def generalised(*texts: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The expressions with a hole for every plain value of an '=' matcher, and the values by the number of their hole.

    Equal values are the same hole, in all of the texts. What is left is PromQL still.
    """
    values: dict[str, int] = {}

    def hole(match: re.Match[str]) -> str:
        label, value = match[1], match[2]
        if label is None or label in _TELLING or not value or "\\" in value:
            return match[0]
        number = values.setdefault(value, len(values))
        return f'{match[0][: match.start(2) - match.start()]}{_OPEN}{number}{_CLOSE}"'

    if any(_OPEN in text for text in texts):
        return texts, ()
    return tuple(_STRING.sub(hole, text) for text in texts), tuple(values)


def filled(text: str, values: Sequence[str]) -> str:
    """A template, or a part of one, with its values back in their holes."""
    if not values or _OPEN not in text:
        return text
    first, rest = _pieces(text)
    return first + "".join([values[number] + literal for number, literal in rest])


@functools.lru_cache(maxsize=4_096)
def _pieces(text: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """What stands before the first hole, and each hole's number with what stands behind it."""
    first, *rest = _HOLE.split(text)
    return first, tuple((int(number), literal) for number, literal in zip(rest[::2], rest[1::2], strict=True))

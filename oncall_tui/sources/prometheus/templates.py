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
_STRING = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`|\#[^\n]*)""", re.S)
"""A string or a comment."""

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TELLING = frozenset({"__name__", "le"})
"""Labels whose values say what an expression is, not only what it is about."""


@functools.lru_cache(maxsize=8_192)
def generalised(*texts: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The expressions with a hole for every plain value of an '=' matcher, and the values by the number of their hole.

    Equal values are the same hole, in all of the texts. What is left is PromQL still.
    """
    values: dict[str, int] = {}
    if any(_OPEN in text for text in texts):
        return texts, ()
    return tuple([_template(text, values) for text in texts]), tuple(values)


def _template(text: str, values: dict[str, int]) -> str:
    """The text with holes for its values, whose numbers are taken from and put into `values`."""
    parts = _STRING.split(text)
    for i in range(1, len(parts), 2):
        value = parts[i][1:-1]
        if parts[i][0] == '"' and value and "\\" not in value and _is_plain_matcher(parts[i - 1]):
            parts[i] = f'"{_OPEN}{values.setdefault(value, len(values))}{_CLOSE}"'
    return "".join(parts)


def _is_plain_matcher(before: str) -> bool:
    """Whether the string behind this is the value of a label's '=' matcher, and the label is not a telling one."""
    before = before.rstrip()
    if not before.endswith("="):
        return False
    label = before[max(before.rfind("{"), before.rfind(",")) + 1 : -1].strip()
    return label not in _TELLING and _NAME.fullmatch(label) is not None


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

"""What is wrong with an answer that does not read, in our words: which field, where, and what was expected there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from oncall_tui.core.text import clean_line
from oncall_tui.sources.failures import MESSAGE_LIMIT

if TYPE_CHECKING:
    from pydantic import ValidationError

_DEEPEST = 12
"""Parts of a place that are told; deeper ones are the server's own nonsense."""

_TIME = "a time such as 2026-11-27T09:30:00Z"
_EXPECTED = {
    "bool": "true or false",
    "dict": "an object",
    "float": "a number",
    "frozen_set": "a list",
    "int": "a whole number",
    "list": "a list",
    "model": "an object",
    "string": "text",
    "tuple": "a list",
    **dict.fromkeys(("date", "datetime", "time", "timezone"), _TIME),
}
"""By the first word of pydantic's name for the kind of mistake."""


def wrong_in(error: ValidationError, what: str) -> str:
    """The first mistake, in one safe line: 'alerts[3].startsAt: expected a time such as ..., got a number'.

    what: was read. Nothing of the answer is repeated but the names of its fields.
    """
    first = error.errors(include_url=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "json_invalid":
        return f"{what}: {_no_json(str(context.get('error', '')))}"
    where = what + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in _place(first["loc"]))
    if kind == "missing":
        return clean_line(f"{where}: required, but not there", MESSAGE_LIMIT)
    return clean_line(f"{where}: expected {_expected(kind, context)}{_got(first['input'])}", MESSAGE_LIMIT)


def _no_json(reason: str) -> str:
    """Where it stops to be JSON is worth telling; what stands there is the server's."""
    _, _, at = reason.rpartition(" at ")
    place = f" ({at})" if at.startswith("line ") else ""
    if at == "line 1 column 0":
        return "expected JSON, got an empty answer"
    if "escape" in reason or "surrogate" in reason:
        return f"expected JSON, but a letter in it is broken{place}"
    if reason.startswith("EOF") or "unexpected end" in reason:
        return f"expected JSON, but it ends in the middle{place}"
    return f"expected JSON, got something else{place}"


def _place(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Without pydantic's own marks: the member of a union that was tried last, and a key as such."""
    plain = tuple(part for part in location if isinstance(part, int) or part not in ("str", "int", "[key]"))
    return tuple(part for part in plain if isinstance(part, int) or not part.startswith("_"))[:_DEEPEST]


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    if "expected" in context:  # one of a few words, which are ours
        words = str(context["expected"]).replace(" or ", ", ").replace("'", "")
        return f"one of {words}"
    if kind == "string_too_short":
        return "text that is not empty"
    return _EXPECTED.get(kind.partition("_")[0], "something else")


def _got(value: object) -> str:
    """The kind of what stands there."""
    if isinstance(value, bool) or value is None:
        return f", got {'null' if value is None else str(value).lower()}"
    kinds = {dict: "an object", list: "a list", int: "a number", float: "a number"}
    if isinstance(value, str):
        return ", got other text" if value else ", got none"
    return next((f", got {words}" for kind, words in kinds.items() if isinstance(value, kind)), "")

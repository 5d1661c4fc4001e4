"""What changed between two JSON values, and one value made from the other and the change.

A change is `["=", value]` for another value, `["~", dropped, tail]` for a list that lost its beginning and grew at its
end (a chart an hour later), or, for an object, one change by key, with `["-"]` for a key that is gone.
"""

from __future__ import annotations

from typing import Any

Json = Any
"""A JSON value: whoever reads one from a file checks it when it becomes something of ours."""

GONE = ["-"]
_WORTH_SHIFTING = 4
"""Elements from which on a list is looked at for a shift."""


def changed(before: Json, after: Json) -> Json | None:
    """The change from one to the other; None when they are equal."""
    if before == after:
        return None
    if isinstance(before, dict) and isinstance(after, dict):
        change: dict[str, Json] = {key: GONE for key in before if key not in after}
        for key, value in after.items():
            part = changed(before[key], value) if key in before else ["=", value]
            if part is not None:
                change[key] = part
        return change
    if _may_have_shifted(before, after):
        dropped = before.index(after[0])
        kept = len(before) - dropped
        if before[dropped:] == after[:kept]:
            return ["~", dropped, after[kept:]]
    return ["=", after]


def _may_have_shifted(before: Json, after: Json) -> bool:
    lists = isinstance(before, list) and isinstance(after, list)
    return lists and min(len(before), len(after)) >= _WORTH_SHIFTING and after[0] in before


def patched(before: Json, change: Json) -> Json:
    """The value that a change makes of one. Neither is touched. Raises ValueError for what is no change of it."""
    match change:
        case ["=", value]:
            return value
        case ["~", int(dropped), list(tail)] if isinstance(before, list):
            return before[dropped:] + tail
        case dict() if isinstance(before, dict):
            after = {key: value for key, value in before.items() if change.get(key) != GONE}
            for key, part in change.items():
                if part == GONE:
                    continue
                if key not in before and not (isinstance(part, list) and part[:1] == ["="]):
                    raise ValueError(f"a change of {key[:80]!r}, which is not there")
                after[key] = patched(before.get(key), part)
            return after
        case _:
            raise ValueError("a change that does not fit what was there before")

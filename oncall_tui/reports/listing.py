"""Long lists as JSON that can be read while it comes: one entry a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping


def listing(head: Mapping[str, object], name: str, entries: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Lines that make one JSON object: what head says, and under name the entries, each on a line of its own."""
    yield "{" + "".join(f"{_text(key)}: {_text(value)}, " for key, value in head.items()) + f"{_text(name)}: ["
    before = ""
    for entry in entries:
        if before:
            yield f"  {before},"
        before = _text(entry)
    if before:
        yield f"  {before}"
    yield "]}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)

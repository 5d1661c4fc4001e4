"""Long lists as JSON that can be read while it comes: one entry a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oncall_tui.core.json_text import json_text


def listing(head: Mapping[str, object], name: str, entries: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Lines that make one JSON object: what head says, and under name the entries, each on a line of its own."""
    yield (
        "{"
        + "".join(f"{json_text(key)}: {json_text(value)}, " for key, value in head.items())
        + f"{json_text(name)}: ["
    )
    before = ""
    for entry in entries:
        if before:
            yield f"  {before},"
        before = json_text(entry)
    if before:
        yield f"  {before}"
    yield "]}"

"""Reads the few series that are wanted out of Prometheus' text format, and passes over everything else."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

_LONGEST = 4_096
"""Characters of a line; a longer one is passed over."""
_LINE = re.compile(
    r'\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\})?\s+(\S+)(?:\s+-?[0-9.eE+]+)?\s*(?:#.*)?'
)


def values_of(text: str, wanted: Collection[str]) -> dict[str, list[float]]:
    """The finite values of the wanted metrics, by name: one for each series, in their order.

    What is not a sample line is passed over, and so are metrics that are not there: nothing is ever raised.
    """
    found: dict[str, list[float]] = {}
    for line in text.split("\n"):  # not splitlines: a label may hold any of the other line breaks
        if len(line) > _LONGEST or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or match[1] not in wanted:
            continue
        try:
            value = float(match[2])
        except ValueError:
            continue
        if math.isfinite(value):
            found.setdefault(match[1], []).append(value)
    return found

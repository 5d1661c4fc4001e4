"""When versions changed, from which of them served at each step."""

from __future__ import annotations

from itertools import pairwise

from oncall_tui.core.readings import Series

MOST_CHANGES = 12
"""The newest so many: a label with a new value for every pod is no version, and would bury a chart in marks."""


def version_changes(series: Series | None) -> tuple[tuple[float, str], ...]:
    """When each version came into service, (unix seconds, version), oldest first; at most MOST_CHANGES, the newest.

    series: one member a version, with a point at every step at which it served; the values mean nothing. A version
    comes at a step where it serves and at the step before, of those at which any is known, it did not: one that was
    there at the first step has not come, what comes back after a rollback has, and a gap in all of them is no change.
    """
    served: dict[float, set[str]] = {}
    for version, points in (series.lines if series else {}).items():
        for at, _ in points:
            served.setdefault(at, set()).add(version)
    steps = sorted(served.items())
    changes = [(at, version) for (_, before), (at, now) in pairwise(steps) for version in sorted(now - before)]
    return tuple(changes[-MOST_CHANGES:])

"""Labels whose values strangers chose: which can be used, and how they stand in PromQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from oncall_tui.core.findings import Identity
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.printing import Unwritable, grouping_of, quote
from oncall_tui.sources.prometheus.tree import kind, nodes, parse

LONGEST = 300
"""Characters of a label value that is taken for a name; no server of models has longer ones."""

NAMING = ("service", "model_name", "model", "deployment", "job")
"""Labels that name a service, best first."""

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


def usable(*values: str) -> bool:
    """Whether these label values can be asked for again: not endless, and text that can be sent."""
    return all(len(value) <= LONGEST and not any("\ud800" <= char <= "\udfff" for char in value) for value in values)


def plain_name(label: str) -> bool:
    """Whether every server and this program can write the label's name."""
    return _LABEL.match(label) is not None


def matchers(identity: Identity) -> str:
    """Between the braces of a selector: exactly these values."""
    return ",".join(f"{label}={quote(value)}" for label, value in identity)


def named_by(labels: Mapping[str, str], candidates: Iterable[str] = NAMING) -> tuple[str, str] | None:
    """The first of the candidate labels that is there, with its value."""
    return next(((label, labels[label]) for label in candidates if labels.get(label)), None)


def varying(rows: Iterable[Row]) -> set[str]:
    """The labels that are not the same on all rows."""
    every = [row.labels for row in rows]
    names = {name for labels in every for name in labels} - {"__name__"}
    return {name for name in names if len({labels.get(name, "") for labels in every}) > 1}


def grouped_by(query: str) -> set[str]:
    """The labels that some aggregation of a rule's query keeps."""
    node = parse(query)
    found: set[str] = set()
    for one in nodes(node) if node is not None else ():
        if kind(one) != "AggregateExpr" or one.modifier is None:
            continue
        try:
            grouping_of(one)
        except Unwritable:  # without: what it keeps, nobody can tell
            continue
        found.update(str(label) for label in one.modifier.labels)
    return found

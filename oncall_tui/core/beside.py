"""What is asked about a service beside its signals: when alerts fired, when it was deployed, what its labels said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from oncall_tui.core.catalogue import OWNER_LABELS, Signal, SignalKind
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.readings import Series
from oncall_tui.core.versions import version_changes

ALERTED = "@alerted"
"""The name of the signal whose members are a service's alerts, there while they fire."""
DEPLOYS = "@deploys"
"""The same of the signal that tells deploys."""
LABELS = "@labels:"
"""How the name begins of a signal whose members are values of labels of an info metric; after it come the labels."""
BY_VERSION = "@by-version:"
"""The same of a signal told apart by versions; after it comes the name of the signal."""

_JOINED, _BETWEEN = "oncall_labels", "\N{SYMBOL FOR UNIT SEPARATOR}"
MOST_MARKS = 12
"""The newest so many: what happens without end would bury a chart in marks."""
_GAP = 1.5
"""Steps from which on something was away in between."""


def alerted_signal(service: str, matchers: Sequence[Matcher] = ()) -> Signal:
    """Which of a service's alerts fire, as Prometheus itself has it: one member for each alert's name."""
    firing = Matcher("alertstate", MatchOp.EQUAL, "firing")
    own = [tuple(matchers)] if matchers else [(Matcher(label, MatchOp.EQUAL, service),) for label in OWNER_LABELS]
    parts = [f"ALERTS{{{','.join(map(str, (firing, *some)))}}}" for some in own]
    query = f"max by (alertname) ({' or '.join(parts)})"
    return Signal(service, ALERTED, SignalKind.OTHER, query, by="alertname")


def deploys_signal(service: str, query: str, by: str) -> Signal:
    """A query that tells deploys, by the label that says what was deployed ('': none)."""
    enclosed = f"{query}\n" if "#" in query else query  # or a comment would swallow the bracket
    return Signal(service, DEPLOYS, SignalKind.OTHER, f"max{f' by ({by})' if by else ''} ({enclosed})", by=by)


def labels_signal(service: str, query: str, labels: Sequence[str]) -> Signal:
    """How many series of an info metric have each combination of values of the labels: one question for all of them."""
    enclosed = f"{query}\n" if "#" in query else query
    sources = ", ".join(f'"{label}"' for label in labels)
    joined = f'label_join({enclosed}, "{_JOINED}", "{_BETWEEN}", {sources})'
    name = f"{LABELS}{','.join(labels)}"
    return Signal(service, name, SignalKind.OTHER, f"count by ({_JOINED}) ({joined})", by=_JOINED)


def labels_in(signal: Signal, series: Series | None) -> dict[str, Series]:
    """What a labels_signal's series tell of each label: how many have each of its values, '' for none."""
    labels = signal.name.removeprefix(LABELS).split(",")
    counts: dict[str, dict[str, dict[float, float]]] = {label: {} for label in labels}
    if series is None:
        return {}
    for member, line in series.lines.items():
        values = member.split(_BETWEEN)
        if len(values) != len(labels):  # a value that has the separator in it: nobody can tell whose it is
            continue
        for label, value in zip(labels, values, strict=True):
            own = counts[label].setdefault(value, {})
            for at, count in line:
                own[at] = own.get(at, 0.0) + count
    return {
        label: replace(series, lines={value: tuple(sorted(own.items())) for value, own in values.items()})
        for label, values in counts.items()
        if values
    }


def began(series: Series | None, begins: float, step: float) -> tuple[tuple[float, str], ...]:
    """When each alert began to fire, (unix seconds, its name), oldest first; at most MOST_MARKS, the newest.

    begins, step: of the time looked at, seconds. What fires at the first step began before; what fires again after a
    step without it begins anew. Between two steps nothing is known: a moment is told to a step.
    """
    found = []
    for member, line in (series.lines if series else {}).items():
        before = begins
        for at, _ in line:
            if at - before > _GAP * step:
                found.append((at, member))
            before = at
    return tuple(sorted(found)[-MOST_MARKS:])


def deploys(series: Series | None, begins: float, step: float) -> tuple[tuple[float, str], ...]:
    """When something was deployed, (unix seconds, what), oldest first; at most MOST_MARKS, the newest.

    A deploy is that a member comes, or that its value changes: an info metric with a new label, a counter of deploys,
    a generation, an annotation that is there for a while, or a timestamp, which is the moment itself if it lies in the
    time looked at. A gap in all of them is none.
    """
    if series is None:
        return ()
    came = dict.fromkeys(version_changes(series))
    first = min(line[0][0] for line in series.lines.values())
    if first - begins > _GAP * step:
        came |= dict.fromkeys((first, member) for member, line in series.lines.items() if line[0][0] == first)
    values = {member: dict(line) for member, line in series.lines.items()}
    found = {(_moment(at, values[member][at], begins), member or "deploy") for at, member in came}
    for member, line in series.lines.items():
        changed = (now for before, now in pairwise(line) if now[1] != before[1])
        found |= {(_moment(at, value, begins), member or "deploy") for at, value in changed}
    return tuple(sorted(found)[-MOST_MARKS:])


def _moment(at: float, value: float, begins: float) -> float:
    """The value where that is a time within what is looked at, else the time of the point."""
    return value if begins <= value <= at else at

"""What people do by hand again and again: what to automate next."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.step_records import StepRecord

TIMES = 2
"""Firings of an alert from which on the same ending is told."""
SHARE = 0.75
"""The part of an alert's firings that have to end with the same step."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """A step that people ran. runs: how often; seconds: in all, of the runs whose end is known; typical: the median of
    those, None where none is known. failed: runs that did not end well. people: how many. alerts: names of those it was
    run for, most often first.
    """

    runbook: str
    step: str
    title: str
    kind: str
    runs: int
    seconds: float
    typical: float | None
    failed: int
    people: int
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SameEnding:
    """An alert that ends with one step. times: of how many firings that somebody worked on (of) it was the last step
    that changed something and ended well."""

    alertname: str
    runbook: str
    step: str
    times: int
    of: int


@dataclass(frozen=True, slots=True)
class Toil:
    """What was done by hand in a time. by_hand: most runs first; endings: most times first.

    automatic: runs for which nobody pressed a key.
    """

    since: float
    until: float
    by_hand: tuple[ByHand, ...]
    endings: tuple[SameEnding, ...]
    automatic: int


def toil(records: Iterable[StepRecord], since: float, until: float) -> Toil:
    """The toil in runs that began from since to before until (unix seconds)."""
    within = [one for one in records if since <= one.at < until]
    people = [one for one in within if not one.automatic]
    steps: dict[tuple[str, str], list[StepRecord]] = {}
    for one in people:
        steps.setdefault((one.runbook, one.step), []).append(one)
    by_hand = sorted((_by_hand(runs) for runs in steps.values()), key=lambda row: (-row.runs, -row.seconds, row.step))
    return Toil(since, until, tuple(by_hand), tuple(_endings(people)), len(within) - len(people))


def _by_hand(runs: Sequence[StepRecord]) -> ByHand:
    last = runs[-1]
    took = [one.duration for one in runs if one.duration is not None]
    names = [one.alertname for one in runs if one.alertname]
    return ByHand(
        runbook=last.runbook,
        step=last.step,
        title=last.title,
        kind=last.kind,
        runs=len(runs),
        seconds=sum(took),
        typical=statistics.median(took) if took else None,
        failed=sum(one.ok is False for one in runs),
        people=len({one.actor for one in runs}),
        alerts=tuple(sorted(set(names), key=lambda name: (-names.count(name), name))),
    )


def _endings(records: Iterable[StepRecord]) -> list[SameEnding]:
    """By alert, the step that ended most of its firings."""
    last: dict[tuple[str, str, str], StepRecord] = {}
    for one in records:
        if one.alertname and one.ok and one.kind != "diagnose":
            last[one.alertname, one.fingerprint, one.starts_at] = one
    by_alert: dict[str, list[tuple[str, str]]] = {}
    for (alertname, _, _), one in last.items():
        by_alert.setdefault(alertname, []).append((one.runbook, one.step))
    found = []
    for alertname, ends in by_alert.items():
        most = max(sorted(set(ends)), key=ends.count)
        times = ends.count(most)
        if times >= TIMES and times >= SHARE * len(ends):
            found.append(SameEnding(alertname, *most, times, len(ends)))
    return sorted(found, key=lambda one: (-one.times, one.alertname))

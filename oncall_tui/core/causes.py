"""What came first: services whose signals left their range and changes made to them, ranked as the cause of a symptom.

A ranking of evidence, not a proof. Each piece of evidence is worth some points, for or against, and is told in words;
what the points are worth is measured in tests/bench/investigate.py. Nothing is learned and nothing is hidden.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.duration import humanize
from oncall_tui.core.onset import Excursion
from oncall_tui.core.topology import Topology

_EARLIEST_TAU = 600.0
"""Seconds by which a service may have moved after the first one before that counts for a whole point against it."""
_OLD = 10_800.0
"""Seconds before the symptom from which on a move is too old to be of the same incident, a point each time."""
_CHANGE_BEFORE = 1_800.0
"""Seconds after a change in which what moves is taken to follow from it."""
_SURE = 1.5
"""Points by which the first must lead before it is named alone."""
_WEAK = 3.0
"""Spreads below which a move may be chance: of dozens of signals one is a little off at any time."""
_ENOUGH = 2.0
"""Points below which nothing is named at all."""


class ChangeKind(StrEnum):
    """What was changed."""

    VERSION = "version"
    DEPLOY = "deploy"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Moved:
    """A signal that left its range. signal: its name; member: which one of it ('' for the only one)."""

    service: str
    signal: str
    kind: SignalKind
    excursion: Excursion
    member: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done to a service at a moment (unix seconds). what: in a few words ('version v41')."""

    service: str
    at: float
    kind: ChangeKind
    what: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """One candidate for the first cause, a service, with what speaks for it and against it.

    at, uncertainty: when it first moved, seconds. moved: its signals that did, first first. change: the change that
    came right before, None if there is none. score: points; only differences mean anything.
    """

    service: str
    at: float
    uncertainty: float
    moved: tuple[Moved, ...]
    change: Change | None
    score: float
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Suspects, likeliest first. sure: whether the first leads clearly; doubt: in words why not, '' when it does."""

    suspects: tuple[Suspect, ...]
    sure: bool
    doubt: str


def find_causes(
    symptom: Moved, moved: Sequence[Moved], changes: Sequence[Change], topology: Topology, affected: Collection[str]
) -> Finding:
    """Rank the services that moved, and those that were changed, as the cause of the symptom.

    moved: everything that left its range in the span looked at, the symptom's service and its upstream at least.
    affected: services known to be in trouble, the symptom's own among them; what explains them all explains more.
    A service that neither moved nor was changed cannot be ranked: what is not measured is not suspected.
    """
    first = {service: _first_of(service, moved, symptom.excursion) for service in {one.service for one in moved}}
    reach = {service: {service, *topology.downstream(service)} for service in {*first, *(c.service for c in changes)}}
    scene = _Scene(symptom, first, topology, reach, frozenset(affected) | {symptom.service})
    ranked = [scene.suspect(service, own, _before(own, changes)) for service, own in first.items()]
    told = {suspect.change for suspect in ranked}
    ranked += [scene.bare(change) for change in changes if change not in told and change.service not in first]
    ranked.sort(key=lambda suspect: (-suspect.score, suspect.at, suspect.service))
    doubt = _doubt(ranked)
    return Finding(tuple(ranked), not doubt, doubt)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What every suspect is held against. first: by service, its moves, first first."""

    symptom: Moved
    first: Mapping[str, tuple[Moved, ...]]
    topology: Topology
    reach: Mapping[str, Collection[str]]
    affected: frozenset[str]

    def suspect(self, service: str, own: tuple[Moved, ...], change: Change | None) -> Suspect:
        """A service that moved."""
        ledger = _Ledger()
        when = own[0].excursion
        at = min(when.at, change.at) if change else when.at
        self._order(ledger, own)
        self._reach(ledger, service)
        self._explained(ledger, service, when)
        strongest = _strongest(own)
        strength = min(1.5, 0.5 * math.log2(max(1.0, abs(strongest.excursion.level) / 3)))
        ledger.add(strength, f"{strongest.signal} moved by {abs(strongest.excursion.level):.0f} times its usual spread")
        if is_weak(strongest) and service != self.symptom.service:
            ledger.add(-2.0, f"{strongest.signal} is so little out of its range that it may be chance")
        if change is not None:
            lag = min(max(0.0, one.at - change.at) for one in (when, strongest.excursion) if _follows(one, change))
            ledger.add(2.5, f"{change.what} came {humanize(lag) if lag >= 1 else 'a moment'} before")
        return Suspect(service, at, when.uncertainty, own, change, ledger.score, *ledger.words)

    def bare(self, change: Change) -> Suspect:
        """A change to a service of which nothing moved."""
        ledger = _Ledger()
        self._reach(ledger, change.service)
        ledger.add(-1.5, f"nothing measured of {change.service} moved after {change.what}")
        if change.at > self.symptom.excursion.latest:
            ledger.add(-4.0, "it came after the symptom")
        elif self.symptom.excursion.at - change.at > _CHANGE_BEFORE:
            ledger.add(-2.0, f"it was {humanize(self.symptom.excursion.at - change.at)} before the symptom")
        return Suspect(change.service, change.at, 0.0, (), change, ledger.score, *ledger.words)

    def _order(self, ledger: _Ledger, own: tuple[Moved, ...]) -> None:
        """Before or after the symptom, and by how much after the first of all."""
        when, symptom = own[0].excursion, self.symptom.excursion
        lead = symptom.at - when.at
        if when.earliest > symptom.latest:
            ledger.add(-4.0, f"moved {humanize(-lead)} after the symptom")
        elif own[0].service == self.symptom.service:
            pass
        elif when.latest < symptom.earliest:
            ledger.add(1.0, f"moved {humanize(lead)} before the symptom")
        else:
            ledger.add(0.3, "moved together with the symptom, as far as can be told")
        if when.until is not None and when.until < symptom.earliest:
            ledger.add(-3.0, f"was back in range {humanize(symptom.at - when.until)} before the symptom")
        if lead > _OLD:
            ledger.add(-min(3.0, lead / _OLD), f"moved long before: {humanize(lead)}")
        others = [
            moves[0].excursion
            for service, moves in self.first.items()
            if (moves[0].excursion is when or not is_weak(moves[0]))
            and _relevant(moves[0].excursion, symptom)
            and self.affected.intersection(self.reach[service])
        ]
        earliest = min((one.latest for one in others), default=when.latest)
        behind = when.earliest - earliest
        if behind > 0:
            ledger.add(-min(3.0, behind / _EARLIEST_TAU), f"moved at least {humanize(behind)} after the first")
        elif _relevant(when, symptom):
            ledger.add(1.0, "nothing moved before it" if len(others) > 1 else "nothing else moved")

    def _reach(self, ledger: _Ledger, service: str) -> None:
        hit = [name for name in self.affected if name in self.reach[service]]
        if not hit:
            ledger.add(-5.0, "nothing that is in trouble depends on it")
            return
        share = len(hit) / len(self.affected)
        what = f"{'all' if share == 1 else f'{len(hit)} of'} {len(self.affected)} services in trouble"
        if service != self.symptom.service or len(self.affected) > 1:
            ledger.add(3.0 * share, f"is upstream of, or is, {what}")
        else:
            ledger.add(3.0, "is the service in trouble itself")

    def _explained(self, ledger: _Ledger, service: str, when: Excursion) -> None:
        above = self.topology.upstream(service)
        earlier = [
            name
            for name in above
            if (moves := self.first.get(name))
            and not is_weak(moves[0])
            and moves[0].excursion.earliest <= when.latest
            and _relevant(moves[0].excursion, self.symptom.excursion)
            and service not in self.topology.upstream(name)
        ]
        if earlier:
            ledger.add(-2.5, f"{earlier[0]}, on which it depends, had moved before it or with it")


class _Ledger:
    """Points, with the words for each."""

    def __init__(self) -> None:
        self.score = 0.0
        self._for: list[str] = []
        self._against: list[str] = []

    def add(self, points: float, words: str) -> None:
        """Count it, and say it on its side; what weighs nothing is not said."""
        self.score += points
        if abs(points) >= 0.05:
            (self._for if points > 0 else self._against).append(words)

    @property
    def words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What speaks for, and what against."""
        return tuple(self._for), tuple(self._against)


def _relevant(when: Excursion, symptom: Excursion) -> bool:
    """Whether it may belong to the symptom's incident at all."""
    over = when.until is not None and when.until < symptom.earliest
    return not over and symptom.at - when.at <= _OLD


def _first_of(service: str, moved: Iterable[Moved], symptom: Excursion) -> tuple[Moved, ...]:
    """The service's moves, first first: those that may belong to the incident, or where none may, the rest.

    Of those, where any is clearly out, the ones that are.
    """
    own = sorted((one for one in moved if one.service == service), key=lambda one: one.excursion.at)
    own = [one for one in own if _relevant(one.excursion, symptom)] or own
    return tuple(one for one in own if not is_weak(one)) or tuple(own)


def is_weak(one: Moved) -> bool:
    """Whether it is so little out of its range that it may be chance."""
    return abs(one.excursion.level) < _WEAK


def _strongest(own: Sequence[Moved]) -> Moved:
    return max(own, key=lambda one: abs(one.excursion.level))


def _before(own: tuple[Moved, ...], changes: Iterable[Change]) -> Change | None:
    """The last change to the service that came right before it first moved, else before what of it moved most.

    The latter because something else of it may have been a little off by chance just then.
    """
    theirs = [change for change in changes if change.service == own[0].service]
    for when in (own[0].excursion, _strongest(own).excursion):
        if near := [change for change in theirs if _follows(when, change)]:
            return max(near, key=lambda change: change.at)
    return None


def _follows(when: Excursion, change: Change) -> bool:
    """Whether it came right after the change, within what its onset is uncertain by."""
    return when.earliest - _CHANGE_BEFORE <= change.at <= when.latest


def _doubt(ranked: Sequence[Suspect]) -> str:
    if not ranked:
        return "nothing that is measured left its range"
    if ranked[0].score < _ENOUGH:
        return "nothing speaks clearly for any of them"
    if len(ranked) > 1 and ranked[0].score - ranked[1].score < _SURE:
        return f"{ranked[0].service} and {ranked[1].service} are as likely"
    return ""

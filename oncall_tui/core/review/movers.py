"""Signals that moved between two moments: drift above all, and what is out of date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from oncall_tui.core.assess import Assessment, SignalStatus
from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.state import State

MOST = 10
"""Movers that are told."""
LEAST = 0.02
"""A drift that moved less than this is none to tell: chance moves it as far."""


@dataclass(frozen=True, slots=True)
class Mover:
    """One feature's drift then and now, as its signal measures it; state: of its signal now."""

    service: str
    signal: str
    member: str
    then: float
    now: float
    state: State

    @property
    def moved(self) -> float:
        """How far, and in which direction."""
        return self.now - self.then


@dataclass(frozen=True, slots=True)
class Stale:
    """Features that are older than they may be. worst: the oldest one's name, seconds: its age."""

    service: str
    signal: str
    worst: str
    seconds: float
    state: State


def movers(assessment: Assessment, then: Callable[[str, str], dict[str, float]]) -> tuple[Mover, ...]:
    """The features whose drift moved most, the furthest first. then: a signal's values at the beginning."""
    found = []
    for status in _of_kind(assessment, SignalKind.DRIFT):
        before = then(status.signal.service, status.signal.name)
        for member, value in (status.values.values if status.values else {}).items():
            if member in before and abs(value - before[member]) >= LEAST:
                mover = Mover(status.signal.service, status.signal.name, member, before[member], value, status.state)
                found.append(mover)
    return tuple(sorted(found, key=lambda one: (-abs(one.moved), one.service, one.member))[:MOST])


def stale_features(assessment: Assessment) -> tuple[Stale, ...]:
    """Freshness that is out of bounds now, the oldest first."""
    found = [
        Stale(one.signal.service, one.signal.name, *one.worst, one.state)
        for one in _of_kind(assessment, SignalKind.FRESHNESS)
        if one.worst is not None and one.state in (State.WARN, State.CRIT)
    ]
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.service)))


def _of_kind(assessment: Assessment, kind: SignalKind) -> Iterable[SignalStatus]:
    return (one for service in assessment.services for one in service.signals if one.signal.kind is kind)

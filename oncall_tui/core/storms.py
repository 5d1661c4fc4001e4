"""Storms: many alerts that began within a short time and share a label, told as one event."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus

MOST = 12
"""Storms told at once; what is left over stands by itself."""

_HALF = 0.5
"""A label tells a storm when at least this part of the alerts that have it began with it."""

_TELL_NOTHING = frozenset({"severity", "sloth_severity", "priority"})
"""Labels that say how bad something is, and not what or where: half of all alerts share them."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class StormRule:
    """From how many alerts on that begin within how many seconds it is a storm; 0 alerts: never."""

    alerts: int = 20
    within: float = 300.0


@dataclass(frozen=True, slots=True)
class Storm:
    """One storm. told_by: the label that its alerts share and others hardly have. keys: of its alerts."""

    told_by: Pair
    keys: frozenset[tuple[str, str]]


def storms_of(alerts: Iterable[AlertStatus], rule: StormRule) -> tuple[Storm, ...]:
    """The storms among alerts that fire, acknowledged or not; the largest first. No alert is in two.

    A label (with its value) tells a storm when enough of the alerts that have it, and at least half of them, began
    within the time; those that began shortly before and after belong to it. Of several labels the one that most alerts
    share counts, but one that every alert has only where no other holds at least half as many.
    """
    if rule.alerts <= 0:
        return ()
    firing = [status for status in alerts if status.phase in (Phase.FIRING, Phase.ACKNOWLEDGED)]
    if len(firing) < rule.alerts:
        return ()
    firing.sort(key=lambda status: status.alert.starts_at)
    starts = [status.alert.starts_at for status in firing]
    if _densest(starts, rule.within)[1] < rule.alerts:
        return ()
    left = {pair: places for pair, places in _by_pair(firing).items() if len(places) >= rule.alerts}
    found: list[Storm] = []
    taken: set[int] = set()
    while len(found) < MOST:
        bursts = {}
        for pair, places in list(left.items()):
            if taken and not taken.isdisjoint(places):
                left[pair] = places = [place for place in places if place not in taken]
            if burst := _burst(places, starts, rule):
                bursts[pair] = burst
            else:
                del left[pair]
        if not bursts:
            break
        pair = _telling(bursts, len(firing) - len(taken))
        members = bursts[pair]
        taken.update(members)
        del left[pair]
        found.append(Storm(pair, frozenset(firing[place].alert.key for place in members)))
    return tuple(sorted(found, key=lambda storm: (-len(storm.keys), storm.told_by)))


def shared_labels(alerts: Sequence[AlertStatus]) -> dict[str, str]:
    """The labels that all of them have alike; {} of none."""
    if not alerts:
        return {}
    shared = dict(alerts[0].alert.labels)
    for status in alerts:
        labels = status.alert.labels
        if any(labels.get(name) != value for name, value in shared.items()):
            shared = {name: value for name, value in shared.items() if labels.get(name) == value}
    return shared


def _by_pair(firing: Sequence[AlertStatus]) -> dict[Pair, list[int]]:
    """For every label with its value the places of the alerts that have it, in their order."""
    pairs: dict[Pair, list[int]] = {}
    for place, status in enumerate(firing):
        for pair in status.alert.labels.items():
            known = pairs.get(pair)
            if known is None:
                pairs[pair] = [place]
            else:
                known.append(place)
    return {pair: places for pair, places in pairs.items() if pair[0] not in _TELL_NOTHING and pair[1]}


def _densest(starts: Sequence[float], within: float) -> tuple[int, int]:
    """Of sorted times, where the fullest window of that length begins, and how many are in it."""
    best, most, last = 0, 0, 0
    for first, start in enumerate(starts):
        while last < len(starts) and starts[last] - start <= within:
            last += 1
        if last - first > most:
            best, most = first, last - first
    return best, most


def _burst(places: Sequence[int], starts: Sequence[float], rule: StormRule) -> list[int]:
    """Those of the places that are one burst; [] where there is none."""
    if len(places) < rule.alerts:
        return []
    own = [starts[place] for place in places]
    first, most = _densest(own, rule.within)
    if most < rule.alerts or most < _HALF * len(places):
        return []
    since, until = own[first] - rule.within, own[first + most - 1] + rule.within
    return list(places[bisect_left(own, since) : bisect_right(own, until)])


def _telling(bursts: dict[Pair, list[int]], alerts: int) -> Pair:
    """The label that tells the largest storm best."""
    most = max(map(len, bursts.values()))
    narrow = {pair: places for pair, places in bursts.items() if _HALF * most <= len(places) < alerts}
    return min(narrow or bursts, key=lambda pair: (-len(bursts[pair]), pair))

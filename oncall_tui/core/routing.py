"""Alertmanager's routes: who is told of an alert with given labels, and whether that is so at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oncall_tui.core.matchers import Matcher
from oncall_tui.core.time_intervals import TimeInterval


@dataclass(frozen=True, slots=True)
class Receiver:
    """kinds: how it tells people ('pagerduty', 'slack'), each as often as it does; none: it tells nobody."""

    name: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One route. receiver: its own, or the one it has from above. goes_on: whether routes after it are looked at, too.

    muted, active: names of the time intervals in which it tells nobody, and outside of which it tells nobody.
    """

    receiver: str
    matchers: tuple[Matcher, ...] = ()
    goes_on: bool = False
    routes: tuple[Route, ...] = ()
    muted: tuple[str, ...] = ()
    active: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told by one route. way: the matchers of the routes on the way to it, '' for the root.

    mute: why nobody is told at this moment, in words; '' when somebody is.
    """

    receiver: Receiver
    way: tuple[str, ...]
    mute: str = ""


@dataclass(frozen=True, slots=True)
class Routing:
    """A configuration's routes, with its receivers and time intervals by name."""

    root: Route
    receivers: Mapping[str, Receiver]
    intervals: Mapping[str, tuple[TimeInterval, ...]]

    def told(self, labels: Mapping[str, str], at: float) -> tuple[Told, ...]:
        """Who would be told of an alert with these labels at a moment (unix seconds), by each route that takes it."""
        return tuple(
            Told(self.receivers.get(route.receiver, Receiver(route.receiver)), way, self._mute(route, at))
            for route, way in _taking(self.root, labels, ())
        )

    def _mute(self, route: Route, at: float) -> str:
        for name in route.muted:
            if self._within(name, at):
                return f"muted by the time interval {name}"
        if route.active and not any(self._within(name, at) for name in route.active):
            return f"active only in the time interval {' or '.join(route.active)}"
        return ""

    def _within(self, name: str, at: float) -> bool:
        return any(interval.contains(at) for interval in self.intervals.get(name, ()))


def _taking(route: Route, labels: Mapping[str, str], way: tuple[str, ...]) -> Iterator[tuple[Route, tuple[str, ...]]]:
    """The routes that take an alert, as Alertmanager finds them: the deepest that fit; the first, unless it goes on."""
    if not all(matcher.matches(labels) for matcher in route.matchers):
        return
    if route.matchers:
        way = (*way, ", ".join(map(str, route.matchers)))
    taken = False
    for child in route.routes:
        found = list(_taking(child, labels, way))
        yield from found
        taken = taken or bool(found)
        if found and not child.goes_on:
            return
    if not taken:
        yield route, way

"""Who depends on whom: what lies upstream of a service, what a fault in it reaches, and whose fault explains whose.

Upstream is what a service depends on: data flows down from there, and so do faults. A name that no service has
is kept as a node that depends on nothing: a fault may well come from where nobody watches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from oncall_tui.core.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Node:
    """One place in a drawn tree. depth: 0 for the root. seen: drawn in full elsewhere, so it has no branches here.

    last: for each depth above 0 up to its own, whether the branch taken there is the last one: what rails need.
    """

    service: str
    depth: int
    seen: bool
    last: tuple[bool, ...]


@dataclass(frozen=True)
class Topology:
    """depends_on: by service, the services whose output it uses. Cycles are allowed, and walked once."""

    depends_on: Mapping[str, tuple[str, ...]]

    @cached_property
    def _used_by(self) -> Mapping[str, tuple[str, ...]]:
        used: dict[str, list[str]] = {}
        for service, needs in self.depends_on.items():
            for name in dict.fromkeys(needs):
                used.setdefault(name, []).append(service)
        return {name: tuple(users) for name, users in used.items()}

    def upstream(self, service: str) -> Mapping[str, int]:
        """Everything the service rests on, nearest first, with how many steps away it is (1 for what it names)."""
        return _distances(service, self.depends_on)

    def downstream(self, service: str) -> Mapping[str, int]:
        """Everything that rests on the service: its blast radius, nearest first, with the number of steps."""
        return _distances(service, self._used_by)

    def upstream_tree(self, service: str) -> Iterator[Node]:
        """The services upstream as a tree to draw, the service itself first."""
        return _tree(service, self.depends_on)

    def downstream_tree(self, service: str) -> Iterator[Node]:
        """The services downstream as a tree to draw, the service itself first."""
        return _tree(service, self._used_by)

    def roots_of(self, service: str, bad: Collection[str]) -> tuple[str, ...]:
        """The bad services that explain this bad one: upstream of it through bad ones only, with nothing bad above.

        () when the service is not bad, or when nothing it depends on is: it explains itself. In a cycle of bad ones
        nobody is first, and () says so. Ordered by distance.
        """
        if service not in bad:
            return ()
        chain = {name: needs for name, needs in self.depends_on.items() if name in bad}
        reached = [name for name in _distances(service, chain) if name in bad]
        return tuple(name for name in reached if not any(need in bad for need in self.depends_on.get(name, ())))

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """Cycles, each as the services along it, beginning with the first by name; sorted.

        Every service that is on a cycle is in one of them; a knot has more cycles than anybody wants to read.
        """
        knots = _without_ends(_without_ends({name: set(needs) for name, needs in self.depends_on.items()}))
        found: set[tuple[str, ...]] = set()
        for name in sorted(knots):
            if not any(name in cycle for cycle in found) and (way := _way_back(name, self.depends_on)):
                found.add(_rotated(way))
        return tuple(sorted(found))


def topology_of(catalogue: Catalogue) -> Topology:
    """Who depends on whom, as written and as a service graph tells."""
    return Topology({service.name: service.depends_on for service in catalogue.services})


def _distances(start: str, edges: Mapping[str, Iterable[str]]) -> dict[str, int]:
    distance = {start: 0}
    left = deque([start])
    while left:
        name = left.popleft()
        for neighbour in edges.get(name, ()):
            if neighbour not in distance:
                distance[neighbour] = distance[name] + 1
                left.append(neighbour)
    del distance[start]
    return distance


def _tree(start: str, edges: Mapping[str, Iterable[str]]) -> Iterator[Node]:
    drawn: set[str] = set()
    stack: list[tuple[str, tuple[bool, ...]]] = [(start, ())]
    while stack:
        name, last = stack.pop()
        below = () if name in drawn else tuple(dict.fromkeys(edges.get(name, ())))
        yield Node(name, len(last), name in drawn and bool(tuple(edges.get(name, ()))), last)
        drawn.add(name)
        for place, neighbour in reversed(list(enumerate(below))):
            stack.append((neighbour, (*last, place == len(below) - 1)))


def _without_ends(edges: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The edges, turned around, of the nodes from which some cycle is reached."""
    needs = {name: set(below) for name, below in edges.items()}
    users: dict[str, set[str]] = {}
    for name, below in edges.items():
        for neighbour in below:
            users.setdefault(neighbour, set()).add(name)
    ends = [name for name in {*needs, *users} if not needs.get(name)]
    while ends:
        end = ends.pop()
        needs.pop(end, None)
        for user in users.pop(end, ()):
            needs[user].discard(end)
            if not needs[user]:
                ends.append(user)
    return {name: {user for user in users.get(name, ()) if user in needs} for name in needs}


def _way_back(start: str, edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The shortest way from start to itself; () if there is none."""
    came_from: dict[str, str] = {}
    left = deque([start])
    while left:
        name = left.popleft()
        for neighbour in edges.get(name, ()):
            if neighbour == start:
                way = [name]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if neighbour not in came_from:
                came_from[neighbour] = name
                left.append(neighbour)
    return ()


def _rotated(cycle: tuple[str, ...]) -> tuple[str, ...]:
    place = cycle.index(min(cycle))
    return cycle[place:] + cycle[:place]

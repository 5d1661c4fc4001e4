"""Which Alertmanagers are one cluster: those that gossip with each other, or that are configured to be one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count


@dataclass(frozen=True, slots=True)
class Member:
    """An Alertmanager as far as clusters go.

    name: that of the source. cluster: the one it is configured to belong to, '' for none. peers: the names that its
    gossip knows, its own among them; empty where it does not gossip, or has not told yet.
    """

    name: str
    cluster: str = ""
    peers: frozenset[str] = frozenset()


def clusters_of(members: Sequence[Member], before: Mapping[str, str]) -> dict[str, str]:
    """The cluster of each member, by the member's name; every member is in one, if alone.

    One cluster are those that are configured under one name, those that know a common peer, and those that were one
    before: a network that falls apart does not make two clusters of one. Members configured under two names stay
    apart whatever they gossip. before: what this gave last, so that a cluster keeps its name when more is learned.
    A name is the configured one, else the one that most of its members had, else that of its first member.
    """
    leader = {member.name: member.name for member in members}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    configured = {member.name: member.cluster for member in members if member.cluster}
    order = {member.name: index for index, member in enumerate(members)}

    def join(one: str, other: str) -> None:
        first, second = sorted((find(one), find(other)), key=order.__getitem__)
        names = {configured[name] for name in (first, second) if name in configured}
        if first == second or len(names) > 1:
            return
        leader[second] = first
        if names:
            configured[first] = names.pop()

    for shared in _ties(members, before):
        for name in shared[1:]:
            join(shared[0], name)
    groups: dict[str, list[str]] = {}
    for member in members:
        groups.setdefault(find(member.name), []).append(member.name)
    return _named(groups, configured, before)


def _ties(members: Sequence[Member], before: Mapping[str, str]) -> list[list[str]]:
    """Names of members that something makes one, in the order of what counts most."""
    ties: list[dict[str, list[str]]] = [{}, {}, {}]
    for member in members:
        if member.cluster:
            ties[0].setdefault(member.cluster, []).append(member.name)
        if member.name in before:
            ties[1].setdefault(before[member.name], []).append(member.name)
        for peer in sorted(member.peers):
            ties[2].setdefault(peer, []).append(member.name)
    return [names for kind in ties for names in kind.values()]


def _named(
    groups: Mapping[str, Sequence[str]], configured: Mapping[str, str], before: Mapping[str, str]
) -> dict[str, str]:
    """The name of each group's cluster, by member. No two groups get one name."""
    named: dict[str, str] = {}
    taken = {configured[leader] for leader in groups if leader in configured}
    for leader, names in groups.items():
        name = configured.get(leader, "")
        if not name:
            had = Counter(before[member] for member in names if member in before).most_common()
            wished = chain((one for one, _ in had), names, (f"{leader}-{number}" for number in count(2)))
            name = next(one for one in wished if one not in taken)
            taken.add(name)
        named.update(dict.fromkeys(names, name))
    return named

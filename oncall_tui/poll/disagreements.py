"""What one live member of a cluster has and another lacks, once it has lasted longer than gossip takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import AlertBoard

STRANGERS_AFTER = 120.0
"""Seconds for which two members must have had no common peer: peers are not asked for at every poll."""

_Lack = tuple[str, str, str, str]
"""Who lacks it, who has it, what it is, and its id."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a live member told last. at: when, unix seconds. alerts: fingerprints; silences: ids, None if not listed."""

    name: str
    at: float
    alerts: frozenset[str]
    silences: frozenset[str] | None
    peers: frozenset[str]


def heard(name: str, at: float, board: AlertBoard) -> Heard:
    """What a board comes to."""
    return Heard(
        name,
        at,
        frozenset(alert.fingerprint for alert in board.alerts),
        None if board.silences_error else frozenset(silence.id for silence in board.silences),
        frozenset(board.peers),
    )


class Disagreements:
    """Remembers since when a member lacks what another has. grace: seconds for which that is nothing to tell."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._since: dict[_Lack, float] = {}
        self._told: dict[str, tuple[str, ...]] = {}
        self._looked_at: frozenset[Heard] = frozenset()

    def look(self, clusters: Sequence[Sequence[Heard]]) -> Mapping[str, tuple[str, ...]]:
        """The warnings of each member, by its name. clusters: the live members of each cluster.

        A member is held to what it said in answers that are a grace apart: a poll it missed is no disagreement.
        """
        all_heard = frozenset(member for members in clusters for member in members)
        if all_heard == self._looked_at:
            return self._told
        self._looked_at = all_heard
        before, self._since = self._since, {}
        self._told = {
            member.name: tuple(self._of(member, [one for one in members if one is not member], before))
            for members in clusters
            for member in members
        }
        return self._told

    def _of(self, member: Heard, others: Sequence[Heard], before: Mapping[_Lack, float]) -> list[str]:
        warnings = []
        for what in ("alert", "silence"):
            lacking = {other.name: self._lacking(member, other, what, before) for other in others}
            if missing := frozenset().union(*lacking.values()):
                having = " or ".join(name for name, ids in lacking.items() if ids)
                number = len(missing)
                warnings.append(f"lacks {number} {what}{'s' * (number > 1)} that {having} has")
        if strangers := [one.name for one in others if self._strange(member, one, before)]:
            warnings.append(f"does not gossip with {' or '.join(strangers)}: a silence of one is none of the other's")
        return warnings

    def _lacking(self, member: Heard, other: Heard, what: str, before: Mapping[_Lack, float]) -> frozenset[str]:
        """The ids that other has and member lacked all through the grace."""
        own, theirs = (member.alerts, other.alerts) if what == "alert" else (member.silences, other.silences)
        if own is None or theirs is None:
            return frozenset()
        lasting = set()
        both_at = min(member.at, other.at)
        for one in theirs - own:
            if both_at - self._first(before, (member.name, other.name, what, one), member, other) >= self._grace:
                lasting.add(one)
        return frozenset(lasting)

    def _strange(self, member: Heard, other: Heard, before: Mapping[_Lack, float]) -> bool:
        """Whether two that both gossip have long known no common peer."""
        if not member.peers or not other.peers or member.peers & other.peers:
            return False
        since = self._first(before, (member.name, other.name, "peer", ""), member, other)
        return min(member.at, other.at) - since >= max(self._grace, STRANGERS_AFTER)

    def _first(self, before: Mapping[_Lack, float], lack: _Lack, member: Heard, other: Heard) -> float:
        """When the lack was first seen."""
        self._since[lack] = since = before.get(lack, max(member.at, other.at))
        return since

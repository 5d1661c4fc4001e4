"""What the Alertmanagers said last, and what each cluster of them comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oncall_tui.core.alerts import Alert, AlertBoard
from oncall_tui.core.clusters import Member, clusters_of
from oncall_tui.core.comings import Comings, settled
from oncall_tui.core.merging import merged, stamped
from oncall_tui.core.routing import Routing
from oncall_tui.core.snapshot import SourceHealth
from oncall_tui.poll.disagreements import Disagreements, Heard, heard
from oncall_tui.poll.lately import Lately

RESOLVED_KEPT = 300.0
"""Seconds for which an alert that resolved is told, unless it is configured."""


@dataclass(frozen=True, slots=True)
class _Told:
    board: AlertBoard
    heard: Heard


class Boards:
    """Keeps the newest board of every Alertmanager. configured: the cluster of those that are told one, by name.

    names: all Alertmanagers in the order of the configuration. grace: seconds for which members may disagree.
    resolved_kept: seconds for which an alert that resolved is still told.
    """

    def __init__(
        self, names: Sequence[str], configured: Mapping[str, str], grace: float, resolved_kept: float = RESOLVED_KEPT
    ) -> None:
        self._members = {name: Member(name, configured.get(name, "")) for name in names}
        self._clusters = clusters_of(tuple(self._members.values()), {})
        self._told: dict[str, _Told] = {}
        self._merged: dict[str, tuple[tuple[AlertBoard, ...], AlertBoard]] = {}
        self._disagreements = Disagreements(grace)
        self._lately = Lately(resolved_kept)

    def cluster(self, name: str) -> str:
        """The cluster that the Alertmanager of that name is in; '' for what is no Alertmanager."""
        return self._clusters.get(name, "")

    def members(self, name: str) -> tuple[str, ...]:
        """The Alertmanagers of the cluster of that name, or of the one that the Alertmanager of that name is in."""
        cluster = name if name in self._clusters.values() else self._clusters.get(name)
        return tuple(member for member, of in self._clusters.items() if of == cluster)

    def clusters(self) -> tuple[str, ...]:
        """The name of every cluster, in the order of the configuration."""
        return tuple(dict.fromkeys(self._clusters.values()))

    def fresh(self, name: str, board: AlertBoard) -> tuple[AlertBoard, Comings]:
        """A board as it is taken in, and what came and went with it. Long for thousands of alerts: for a thread."""
        before = self._told.get(name)
        return settled(before.board if before else None, stamped(board, self._clusters[name]))

    def take(self, name: str, board: AlertBoard, at: float, comings: Comings, *, gap: bool = False) -> None:
        """Take in what an Alertmanager said, as fresh gave it. gap: whether it did not answer in between."""
        self._lately.take(comings, at, gap=gap)
        if board.peers:
            self._members[name] = replace(self._members[name], peers=frozenset(board.peers))
            self._regroup()
        self._told[name] = _Told(stamped(board, self._clusters[name]), heard(name, at, board))

    def _regroup(self) -> None:
        before, self._clusters = self._clusters, clusters_of(tuple(self._members.values()), self._clusters)
        for name, told in self._told.items():
            if before[name] != self._clusters[name]:
                self._told[name] = _Told(stamped(told.board, self._clusters[name]), told.heard)

    def all(self, health: Mapping[str, SourceHealth], now: float) -> tuple[AlertBoard, ...]:
        """One board for each cluster that said anything. The silent do not speak as long as one member is live."""
        boards = []
        for cluster in self.clusters():
            names = [name for name in self.members(cluster) if name in self._told]
            live = [name for name in names if health[name].live(now)]
            if told := tuple(self._told[name].board for name in live or names):
                boards.append(self._merge(cluster, told))
        return tuple(boards)

    def answering(self, health: Mapping[str, SourceHealth], now: float) -> Mapping[str, Sequence[Alert]]:
        """The alerts of each cluster of which at least one member answers."""
        live = [cluster for cluster in self.clusters() if any(health[name].live(now) for name in self.members(cluster))]
        told = {board.alerts[0].source: board.alerts for board in self.all(health, now) if board.alerts}
        return {cluster: told.get(cluster, ()) for cluster in live}

    def resolved(self, boards: Sequence[AlertBoard], now: float) -> tuple[Alert, ...]:
        """The alerts that resolved a moment ago, the last first. boards: as all gave them."""
        return self._lately.resolved((a for board in boards for a in board.alerts), self.clusters(), now)

    def begun(self, now: float) -> Mapping[tuple[str, str], int]:
        """How often alerts began within the last hour, by their keys, where that is more than once."""
        return self._lately.begun(now)

    def routings(self) -> Mapping[str, Routing]:
        """The routes of each cluster, as the first of its members told them that could be understood."""
        found: dict[str, Routing] = {}
        for name, cluster in self._clusters.items():
            told = self._told.get(name)
            if told is not None and told.board.routing is not None:
                found.setdefault(cluster, told.board.routing)
        return found

    def _merge(self, cluster: str, boards: tuple[AlertBoard, ...]) -> AlertBoard:
        known = self._merged.get(cluster)
        if (
            known is None
            or len(known[0]) != len(boards)
            or any(a is not b for a, b in zip(known[0], boards, strict=True))
        ):
            known = self._merged[cluster] = (boards, merged(boards))
        return known[1]

    def warnings(self, health: Mapping[str, SourceHealth], now: float) -> dict[str, tuple[str, ...]]:
        """What is to be told of each live Alertmanager: its own troubles, and where its cluster does not agree."""
        found: dict[str, tuple[str, ...]] = {}
        speaking = []
        for cluster in self.clusters():
            names = self.members(cluster)
            live = [name for name in names if name in self._told and health[name].live(now)]
            speaking.append([self._told[name].heard for name in live])
            silent = [name for name in names if name not in live and health[name].failures]
            for name in live:
                error = self._told[name].board.silences_error
                found[name] = (*([error] if error else ()), *(f"{one} of its cluster is silent" for one in silent))
        for name, warnings in self._disagreements.look(speaking).items():
            found[name] = (*found[name], *warnings)
        return found

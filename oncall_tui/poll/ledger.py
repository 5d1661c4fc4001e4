"""The latest of everything, as answers come in; a Snapshot is a fair copy of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from oncall_tui.core.alerts import Alert, AlertBoard
from oncall_tui.core.canary import CanaryResult
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.comings import Comings
from oncall_tui.core.dead_man import DeadMan, Heartbeats
from oncall_tui.core.errors import SourceError
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Failed, Members, NoData, Outcome, Reading, Readout
from oncall_tui.core.snapshot import RECENT, Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.poll.boards import RESOLVED_KEPT, Boards

GRACE_IN_POLLS = 2
"""For how many polls two Alertmanagers of one cluster may disagree before it is told: gossip takes a while."""


class Ledger:
    """Keeps the last value of every reading with the trouble of the newest attempt, and every source's health.

    clusters: what Alertmanagers are configured to be one, as the cluster of each by name. resolved_kept: seconds for
    which an alert that resolved is still told. switches: the dead-man switches to look for.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        sources: Iterable[SourceHealth],
        *,
        clusters: Mapping[str, str] | None = None,
        resolved_kept: float = RESOLVED_KEPT,
        switches: Sequence[DeadMan] = (),
        demo: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._demo = demo
        self._health = {health.name: health for health in sources}
        self._figures: dict[Reading, Figure] = {}
        alertmanagers = [one for one in self._health.values() if one.kind is SourceKind.ALERTMANAGER]
        grace = GRACE_IN_POLLS * max((one.interval for one in alertmanagers), default=0.0)
        self.boards = Boards([one.name for one in alertmanagers], clusters or {}, grace, resolved_kept)
        self._heartbeats = Heartbeats(switches)
        self._pending: dict[str, tuple[Alert, ...]] = {}
        self._probes: dict[str, Probe] = {}
        self._canaries: dict[str, CanaryResult] = {}

    def adopt(self, catalogue: Catalogue) -> None:
        """Snapshots are of this catalogue from now on."""
        self._catalogue = catalogue

    def health(self, name: str) -> SourceHealth:
        """How the source of that name does."""
        return self._health[name]

    def answered(self, name: str, at: float, **facts: object) -> None:
        """The source answered at that time; facts are further SourceHealth fields it told."""
        self._health[name] = replace(
            self._health[name],
            answered_at=at,
            failures=0,
            error="",
            hint="",
            **facts,  # type: ignore[arg-type]
        )

    def failed(self, name: str, error: SourceError) -> None:
        """The source gave nothing this time."""
        health = self._health[name]
        # Wherever it is told, the source's name stands before it already.
        told = error.message.removeprefix(f"{name}: ")
        self._health[name] = replace(health, failures=health.failures + 1, error=told, hint=error.hint)

    def schedule(self, name: str, next_at: float | None) -> None:
        """When the source is asked next; None while paused."""
        self._health[name] = replace(self._health[name], next_at=next_at)

    def read(self, name: str, readout: Readout, every: dict[Reading, float]) -> None:
        """Take in a metrics source's outcomes of the readings that are wanted, which every has."""
        for reading, outcome in readout.outcomes.items():
            if reading in every:
                self._figures[reading] = _updated(self._figures.get(reading), name, every[reading], outcome)

    def pending(self, name: str, alerts: tuple[Alert, ...]) -> None:
        """Take in a Prometheus' pending alerts."""
        self._pending[name] = alerts

    def board(self, name: str, board: AlertBoard, at: float, comings: Comings) -> None:
        """Take in what an Alertmanager said, as `boards.fresh` gave it, unix seconds; before `answered`."""
        self.boards.take(name, board, at, comings, gap=self._health[name].failures > 0)

    def probe(self, probe: Probe) -> None:
        """Take in what a probe found, beside what is known from those before it."""
        self._probes[probe.endpoint] = probe.after(self._probes.get(probe.endpoint))

    def probed(self, endpoint: str) -> Probe | None:
        """The last probe of the endpoint of that id, if there was one."""
        return self._probes.get(endpoint)

    def canary(self, result: CanaryResult) -> None:
        """Take in what came of a canary."""
        self._canaries[result.endpoint] = result

    def forget(self, readings: Iterable[Reading]) -> None:
        """Drop figures nobody watches any more."""
        for reading in readings:
            self._figures.pop(reading, None)

    def snapshot(self, at: float, *, paused: bool = False) -> Snapshot:
        """Everything known, as an immutable value."""
        boards = self.boards.all(self._health, at)
        pending = (alert for alerts in self._pending.values() for alert in alerts)
        answering = self.boards.answering(self._health, at)
        beats = self._heartbeats.look(self.boards.clusters(), answering, at, self.boards.cluster)
        missing = (beat.alert for beat in beats if beat.alert is not None)
        return Snapshot(
            at=at,
            catalogue=self._catalogue,
            sources=self._told_health(at),
            figures=dict(self._figures),
            alerts=(*(alert for board in boards for alert in board.alerts), *pending, *missing),
            heartbeats=beats,
            resolved=self.boards.resolved(boards, at),
            begun=self.boards.begun(at),
            groups=tuple(group for board in boards for group in board.groups),
            silences=tuple(silence for board in boards for silence in board.silences),
            expired=tuple(silence for board in boards for silence in board.expired),
            routings=self.boards.routings(),
            probes=dict(self._probes),
            canaries=dict(self._canaries),
            demo=self._demo,
            paused=paused,
        )

    def _told_health(self, at: float) -> dict[str, SourceHealth]:
        """Every source's health, with the cluster it is in and what is the matter there."""
        told = dict(self._health)
        warnings = self.boards.warnings(self._health, at)
        for name, health in self._health.items():
            if cluster := self.boards.cluster(name):
                told[name] = replace(health, cluster=cluster, warnings=warnings.get(name, ()))
        return told


def _updated(figure: Figure | None, source: str, every: float, outcome: Outcome) -> Figure:
    """A failure keeps the last value: it may be young enough to trust. After NoData it only shows its age."""
    last = figure.value if figure else None
    recent = figure.recent if figure else ()
    if isinstance(outcome, NoData | Failed):
        return Figure(every, source, last, outcome, recent)
    if isinstance(outcome, Members):
        recent = (*recent, outcome)[-RECENT:]
    return Figure(every, source, outcome, recent=recent)

"""The latest of everything, as answers come in; a Snapshot is a fair copy of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from oncall_tui.core.alerts import Alert, AlertBoard
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import SourceError
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Failed, Members, NoData, Outcome, Reading, Readout
from oncall_tui.core.snapshot import RECENT, Figure, Snapshot, SourceHealth


class Ledger:
    """Keeps the last value of every reading with the trouble of the newest attempt, and every source's health."""

    def __init__(self, catalogue: Catalogue, sources: Iterable[SourceHealth], *, demo: bool = False) -> None:
        self._catalogue = catalogue
        self._demo = demo
        self._health = {health.name: health for health in sources}
        self._figures: dict[Reading, Figure] = {}
        self._boards: dict[str, AlertBoard] = {}
        self._pending: dict[str, tuple[Alert, ...]] = {}
        self._probes: dict[str, Probe] = {}

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
        self._health[name] = replace(health, failures=health.failures + 1, error=error.message, hint=error.hint)

    def schedule(self, name: str, next_at: float | None) -> None:
        """When the source is asked next; None while paused."""
        self._health[name] = replace(self._health[name], next_at=next_at)

    def read(self, name: str, readout: Readout, every: dict[Reading, float]) -> None:
        """Take in a metrics source's outcomes."""
        for reading, outcome in readout.outcomes.items():
            self._figures[reading] = _updated(self._figures.get(reading), name, every[reading], outcome)

    def pending(self, name: str, alerts: tuple[Alert, ...]) -> None:
        """Take in a Prometheus' pending alerts."""
        self._pending[name] = alerts

    def board(self, name: str, board: AlertBoard) -> None:
        """Take in what an Alertmanager said."""
        self._boards[name] = board

    def probe(self, probe: Probe) -> None:
        """Take in what a probe found."""
        self._probes[probe.endpoint] = probe

    def forget(self, readings: Iterable[Reading]) -> None:
        """Drop figures nobody watches any more."""
        for reading in readings:
            self._figures.pop(reading, None)

    def snapshot(self, at: float, *, paused: bool = False) -> Snapshot:
        """Everything known, as an immutable value."""
        boards = self._boards.values()
        pending = (alert for alerts in self._pending.values() for alert in alerts)
        return Snapshot(
            at=at,
            catalogue=self._catalogue,
            sources=dict(self._health),
            figures=dict(self._figures),
            alerts=(*(alert for board in boards for alert in board.alerts), *pending),
            groups=tuple(group for board in boards for group in board.groups),
            silences=tuple(silence for board in boards for silence in board.silences),
            expired=tuple(silence for board in boards for silence in board.expired),
            probes=dict(self._probes),
            demo=self._demo,
            paused=paused,
        )


def _updated(figure: Figure | None, source: str, every: float, outcome: Outcome) -> Figure:
    """A failure keeps the last value: it may be young enough to trust. After NoData it only shows its age."""
    last = figure.value if figure else None
    recent = figure.recent if figure else ()
    if isinstance(outcome, NoData | Failed):
        return Figure(every, source, last, outcome, recent)
    if isinstance(outcome, Members):
        recent = (*recent, outcome)[-RECENT:]
    return Figure(every, source, outcome, recent=recent)

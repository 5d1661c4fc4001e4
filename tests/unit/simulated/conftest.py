from collections.abc import Callable
from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import Failed, Members, NoData, Sample, Series, SeriesReading, SignalReading, SliReading
from oncall_tui.core.silent import PAST_EVERY, past_readings
from oncall_tui.core.snapshot import RECENT, Figure, Snapshot
from oncall_tui.poll.investigate import Investigate
from oncall_tui.sources.simulated.world import World, demo_world

EPOCH = 1_700_000_000.0


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_config(Path(__file__).parents[3] / "config.example.yaml").catalogue()


_SHARED: dict[int, dict[SeriesReading, Figure]] = {}
"""Pasts that are the same in every story, by seed."""


class Stage:
    """A world with a clock that the test moves. past: whether every signal is held against its own, as by the poller."""

    def __init__(self, scenario: str, catalogue: Catalogue, seed: int = 7, *, past: bool = False) -> None:
        self.now = EPOCH
        self.world: World = demo_world(scenario, lambda: self.now, catalogue, epoch=EPOCH, seed=seed)
        self._past = [one for service in self.world.catalogue.services for one in past_readings(service) if past]
        self._known: dict[SeriesReading, Figure] = {}
        self._seed = seed
        self._recent: dict[SignalReading, tuple[Members, ...]] = {}

    def investigate(self) -> Investigate:
        """What the screen asks with, at the stage's own time."""
        return Investigate([self.world.metrics], clock=lambda: self.now)

    async def _pasts(self) -> dict[SeriesReading, Figure]:
        """Asked once: it is every six hours in a dashboard. What no story touched is the same in all of them."""
        if not self._known:
            effects = self.world.fleet.scenario.effects
            touched = {effect.service for effect in effects if effect.curve.times[0] < 0}
            shared = _SHARED.setdefault(self._seed, {})
            asked = [one for one in self._past if one.of.service in touched or one not in shared]
            for reading, outcome in (await self.world.metrics.read(asked, EPOCH)).outcomes.items():
                assert isinstance(outcome, Series), outcome
                figure = Figure(PAST_EVERY, self.world.metrics.name, outcome)
                (self._known if reading.of.service in touched else shared)[reading] = figure
            self._known |= {reading: shared[reading] for reading in self._past if reading not in self._known}
        return self._known

    def _figure(self, reading: SliReading | SignalReading, outcome: Sample | Members | NoData) -> Figure:
        if isinstance(outcome, NoData):
            return Figure(15, self.world.metrics.name, None, outcome)
        recent: tuple[Members, ...] = ()
        if isinstance(reading, SignalReading):
            recent = (*self._recent.get(reading, ()), outcome)[-RECENT:]
            self._recent[reading] = recent
        return Figure(15, self.world.metrics.name, outcome, recent=recent)

    def readings(self) -> list[SliReading | SignalReading]:
        slos = [SliReading(slo.id, window) for slo in self.world.catalogue.slos() for window in slo.windows]
        return slos + [SignalReading(s.service, s.name) for v in self.world.catalogue.services for s in v.signals]

    async def at(self, seconds: float) -> Assessment:
        """One whole poll so many seconds into the story, understood."""
        self.now = EPOCH + seconds
        world = self.world
        readout = await world.metrics.read(self.readings(), self.now)
        figures = dict(await self._pasts())
        for reading, outcome in readout.outcomes.items():
            assert not isinstance(outcome, Failed), outcome
            figures[reading] = self._figure(reading, outcome)
        board = await world.alerts.board()
        probes = {endpoint.id: await world.prober.probe(endpoint) for endpoint in world.catalogue.endpoints()}
        alerts = (*board.alerts, *await world.metrics.pending_alerts())
        return assess(
            Snapshot(
                self.now,
                world.catalogue,
                {},
                figures,
                alerts=alerts,
                groups=board.groups,
                silences=board.silences,
                probes=probes,
                demo=True,
            )
        )


@pytest.fixture(scope="session")
def staged(catalogue) -> Callable[..., Stage]:
    return lambda scenario, **more: Stage(scenario, catalogue, **more)


@pytest.fixture
def stage(staged) -> Callable[..., Stage]:
    return staged

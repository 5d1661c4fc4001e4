from collections.abc import Callable
from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import Failed, NoData, SignalReading, SliReading
from oncall_tui.core.snapshot import Figure, Snapshot
from oncall_tui.sources.simulated.world import World, demo_world

EPOCH = 1_700_000_000.0


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_config(Path(__file__).parents[3] / "config.example.yaml").catalogue()


class Stage:
    """A world with a clock that the test moves."""

    def __init__(self, scenario: str, catalogue: Catalogue, seed: int = 7) -> None:
        self.now = EPOCH
        self.world: World = demo_world(scenario, lambda: self.now, catalogue, epoch=EPOCH, seed=seed)

    def readings(self) -> list[SliReading | SignalReading]:
        slos = [SliReading(slo.id, window) for slo in self.world.catalogue.slos() for window in slo.windows]
        return slos + [SignalReading(s.service, s.name) for v in self.world.catalogue.services for s in v.signals]

    async def at(self, seconds: float) -> Assessment:
        """One whole poll so many seconds into the story, understood."""
        self.now = EPOCH + seconds
        world = self.world
        readout = await world.metrics.read(self.readings(), self.now)
        figures = {}
        for reading, outcome in readout.outcomes.items():
            assert not isinstance(outcome, Failed), outcome
            missing = isinstance(outcome, NoData)
            figures[reading] = Figure(
                15, world.metrics.name, None if missing else outcome, outcome if missing else None
            )
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


@pytest.fixture
def stage(catalogue) -> Callable[..., Stage]:
    return lambda scenario, **more: Stage(scenario, catalogue, **more)

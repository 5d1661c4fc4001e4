"""The simulated fleet, watched for some minutes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.readings import HistoryReading, NoData, Reading, SeriesReading, SignalReading, SliReading
from oncall_tui.core.snapshot import RECENT, Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.sources.simulated.world import demo_world

EPOCH = 1_700_000_000.0
EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"


@pytest.fixture(scope="session")
def watched() -> Callable[..., "list[Snapshot]"]:
    """Snapshots of a story, one every 15 s, as a poller would have made them."""

    @cache
    def watch(scenario: str = "feature-stale", minutes: float = 4) -> list[Snapshot]:
        return asyncio.run(_watch(scenario, int(minutes * 4)))

    return watch


async def _watch(scenario: str, polls: int) -> list[Snapshot]:
    now = [EPOCH]
    world = demo_world(scenario, lambda: now[0], load_config(EXAMPLE).catalogue(), epoch=EPOCH, seed=7)
    catalogue = world.catalogue
    readings: list[Reading] = [SliReading(slo.id, window) for slo in catalogue.slos() for window in slo.windows]
    readings += [HistoryReading(slo.id) for slo in catalogue.slos()]
    signals = [SignalReading(s.service, s.name) for v in catalogue.services for s in v.signals]
    readings += [*signals, *(SeriesReading(one, 3_600, 60) for one in signals[:3])]
    figures: dict[Reading, Figure] = {}
    seen = []
    for poll in range(polls):
        now[0] = EPOCH + 15 * poll
        readout = await world.metrics.read(readings, now[0])
        for reading, outcome in readout.outcomes.items():
            before = figures.get(reading, Figure(15, world.metrics.name))
            if isinstance(outcome, NoData):
                figures[reading] = replace(before, trouble=outcome)
            else:
                recent = (*before.recent, outcome)[-RECENT:] if isinstance(reading, SignalReading) else ()
                figures[reading] = Figure(15, world.metrics.name, outcome, None, recent)
        board = await world.alerts.board()
        probes = {endpoint.id: await world.prober.probe(endpoint) for endpoint in catalogue.endpoints()}
        sources = {
            name: SourceHealth(name, kind, "http://127.0.0.1:1", 15, now[0])
            for name, kind in (
                (world.metrics.name, SourceKind.PROMETHEUS),
                (world.alerts.name, SourceKind.ALERTMANAGER),
            )
        }
        seen.append(
            Snapshot(
                now[0],
                catalogue,
                sources,
                dict(figures),
                alerts=board.alerts,
                groups=board.groups,
                silences=board.silences,
                begun={alert.key: 2 for alert in board.alerts[:1]},
                probes=probes,
                demo=True,
            )
        )
    return seen

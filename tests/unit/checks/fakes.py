"""Sources that say what they are told, and a configuration with the lines of its parts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from oncall_tui.checks import Parts, Rhythm
from oncall_tui.config.loader import read_config
from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core.alerts import AlertBoard
from oncall_tui.core.canary import CanaryResult, CanaryState
from oncall_tui.core.errors import SourceError
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import (
    Cost,
    CostPart,
    Grouped,
    HistoryReading,
    Members,
    Provenance,
    Readout,
    Sample,
    SignalReading,
    SliReading,
)
from oncall_tui.runbooks import RunbookLibrary

FROM = Provenance("prom", "up")


class Metrics:
    """Answers every reading with a value unless outcomes or trouble say otherwise."""

    def __init__(self, name: str = "prometheus") -> None:
        self.name, self.url, self.version = name, f"http://{name}", "2.42.0"
        self.trouble: SourceError | None = None
        self.hang = False
        self.skew: float | None = 0.0
        self.warnings: tuple[str, ...] = ()
        self.outcomes: dict = {}
        self.found: dict[str, Grouped] = {}
        self.reads: list[list] = []
        self.catalogue = None
        self.closed = False
        self.spent = Cost((CostPart("window 5m", 2, 1_000, SliReading("x", 300)), CostPart("version", 1, None)))

    async def greet(self, now):
        if self.hang:
            await asyncio.sleep(60)
        if self.trouble:
            raise self.trouble
        return Readout({}, self.warnings, self.skew, 1)

    async def read(self, readings, now):
        self.reads.append(list(readings))
        return Readout({reading: self.outcomes.get(reading, self._value(reading, now)) for reading in readings})

    def _value(self, reading, now):
        if isinstance(reading, SignalReading):
            return Members({"": 0.5}, now, FROM)
        return Sample(30 * 86_400.0 if isinstance(reading, HistoryReading) else 0.0, now, FROM, 100.0)

    async def cost(self, readings, now):
        self.costed = list(readings)
        return self.spent

    async def groups(self, slos, now):
        return self.found

    def adopt(self, catalogue):
        self.catalogue = catalogue

    async def pending_alerts(self):
        return ()

    async def close(self):
        self.closed = True


class Alerts:
    def __init__(self, name: str = "alertmanager", skew: float | None = 0.0) -> None:
        self.name, self.url = name, f"http://{name}"
        self.trouble: SourceError | None = None
        self.skew = skew

    async def board(self):
        if self.trouble:
            raise self.trouble
        return AlertBoard(version="0.25.0", skew=self.skew)

    async def close(self):
        pass


class Prober:
    def __init__(self, **probes: Probe) -> None:
        self.probes = probes
        self.answer, self.why = CanaryState.RIGHT, ""

    async def probe(self, endpoint):
        return self.probes.get(endpoint.name) or Probe(endpoint.id, 0.0, live=True, ready=True, version="1.2")

    async def canary(self, endpoint):
        return CanaryResult(endpoint.id, 0.0, self.answer, "POST http://x/infer {}", 0.1, self.why)

    async def close(self):
        pass


def parts_of(folder: Path, text: str, **given) -> Parts:
    """What is checked of a configuration with this text, over fakes unless given."""
    file = folder / "config.yaml"
    file.write_text(f"journal: {folder / 'journal.sqlite3'}\n" + text, encoding="utf-8")
    config, document = read_config(file)
    defaults = {
        "config": config,
        "catalogue": config.catalogue(),
        "where": Whereabouts(file, document),
        "metrics": [Metrics(source.name) for source in config.sources.prometheus],
        "alerts": [Alerts(source.name) for source in config.sources.alertmanager],
        "prober": Prober(),
        "rhythm": Rhythm(15.0, lambda reading: 60.0),
        "library": RunbookLibrary(config.runbooks.folders, (), config.runbooks.timeout),
    }
    return Parts(**{**defaults, **given})

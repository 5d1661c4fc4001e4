"""What one `status` of 200 SLOs over 8 windows costs, beside what else one could do with the same Prometheus.

Run it with `python tests/bench/slos.py` (seven minutes on two cores); it needs prometheus, promtool, curl, and pip for Google's
slo-generator, which is installed into a virtual environment of its own (without it that comparison is not measured).
In each round the ways take turns, so that a busy machine slows all alike; what is told are medians. The ways:

    status          the whole command `oncall-tui status`, from the start of its process to its end: the configuration read,
                    the period's history looked at as well, everything judged and written as JSON
    ours, cold      one read with nothing remembered, as `oncall-tui status` makes it
    ours            the same once more, as the dashboard does at every poll
    one by one      one query per SLO and window through the same client
    slo-generator   2.6, in a process that has loaded its SLOs already; only its computing counts
    floor           curl, with one grouped division per window, as many at once as we ask. It is a floor indeed: it names
                    no service, tells a missing numerator from a missing total in no way, and nobody reads its answers

Goals, of one read: at least 10 times fewer requests than one by one, at least 10 times faster than slo-generator, at most
1.5 times the floor. Of the whole command: from 200 to 2,000 SLOs of one shape as many requests, and at most 5 times the
time. How much longer one read of 2,000 takes is told beside how much longer the floor takes for them, without a goal:
ten times the series are ten times the work for the server. Exit code 1 when a goal is missed. The fleet is scraped every minute, Prometheus' default; those that grow have a sample every half hour, so that
the history of thousands is written in a minute.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))

import yaml
from prometheus_fixture import start_prometheus

from oncall_tui.__main__ import collect_seldom
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import Reading, Sample, SliReading
from oncall_tui.core.slo import EventsSli, Slo, SloKind
from oncall_tui.sources.prometheus import PrometheusSource

ROUNDS, CONCURRENCY = 3, 4
PERIOD, FINE = 7 * DAY, 60
"""Seconds of history, and between samples in its last hour."""
AHEAD = HOUR // 2
"""Seconds by which the history goes on: slo-generator asks as of now, whenever that is when its turn comes."""

FEWER, LEAST_SPEEDUP, MOST_OVER_FLOOR, MOST_GROWTH = 10.0, 10.0, 1.5, 5.0
GENERATOR = ("slo-generator[prometheus]==2.6.0", "setuptools<81")

Figures = dict[tuple[str, int], float]


@dataclass(frozen=True)
class Fleet:
    """Services with an availability each, all of one shape. step: seconds between samples before the last hour."""

    metric: str
    count: int
    step: int

    @property
    def names(self) -> list[str]:
        return [f"model-{i:04d}" for i in range(self.count)]

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(tuple(Service(name, slos=(self.slo(name),)) for name in self.names))

    @property
    def readings(self) -> list[SliReading]:
        return [SliReading(f"{name}/availability", window) for name in self.names for window in WINDOWS]

    def slo(self, name: str) -> Slo:
        total, bad = (
            f'sum(rate({self.metric}_total{{service="{name}"{code}}}[$window]))' for code in ("", ',code="500"')
        )
        return Slo(name, "availability", SloKind.AVAILABILITY, 0.999, PERIOD, EventsSli(total, bad))


FLEET, FEW, MANY = Fleet("requests", 200, FINE), Fleet("few", 200, 1_800), Fleet("many", 2_000, 1_800)
WINDOWS = FLEET.slo("").windows


@dataclass
class Way:
    """One way to get the figures: what it does, and what that took each time (seconds)."""

    name: str
    run: Callable[[], Awaitable[tuple[Figures, int]]]
    found: Callable[[], Figures] | None = None
    """Where the figures are afterwards, for a way that only fetches them."""
    walls: list[float] = field(default_factory=list)
    figures: Figures = field(default_factory=dict)
    requests: int = 0

    async def turn(self, *, counts: bool) -> None:
        start = time.perf_counter()
        self.figures, self.requests = await self.run()
        if counts:
            self.walls.append(time.perf_counter() - start)
        if self.found is not None:
            self.figures = self.found()

    @property
    def wall(self) -> float:
        return median(self.walls)


def history(end: int) -> Iterator[str]:
    """OpenMetrics: two counters of every service."""
    for fleet in (FLEET, FEW, MANY):
        times = [*range(end - PERIOD - HOUR, end - HOUR, fleet.step), *range(end - HOUR, end + AHEAD, FINE)]
        yield f"# TYPE {fleet.metric} counter"
        for i, name in enumerate(fleet.names):
            for code, rate in (("200", 5 + i % 7), ("500", (i % 5) / 100)):
                series = f'{fleet.metric}_total{{service="{name}",code="{code}"}}'
                for at in times:
                    yield f"{series} {round((at - times[0]) * rate)} {at}"


def cold(url: str, fleet: Fleet, now: float) -> Way:
    """Our source as a new process has it: nothing parsed, nothing learnt, no connection."""

    async def run() -> tuple[Figures, int]:
        forget()
        source = source_of(url, fleet)
        try:
            return await read(source, fleet.readings, now)
        finally:
            await source.close()

    return Way("ours cold", run)


def forget() -> None:
    """Empty every cache that our source's modules keep."""
    for name, module in list(sys.modules.items()):
        if name.startswith("oncall_tui."):
            for value in vars(module).values():
                getattr(value, "cache_clear", lambda: None)()


def warm(source: PrometheusSource, fleet: Fleet, now: float) -> Way:
    """Our source at the next poll."""
    return Way("ours", lambda: read(source, fleet.readings, now))


def status(url: str, fleet: Fleet, file: Path) -> Way:
    """The whole command over a configuration of the same SLOs; it asks as of now."""
    services = []
    for service in fleet.catalogue.services:
        (slo,) = service.slos
        assert isinstance(slo.sli, EventsSli)
        events = {"error": slo.sli.error, "total": slo.sli.total}
        written = {"name": slo.name, "kind": slo.kind.value, "objective": 100 * slo.objective}
        written |= {"period": format_duration(slo.period), "events": events}
        services.append({"name": service.name, "slos": [written]})
    sources = {"prometheus": [{"name": "bench", "url": url, "timeout": "60s"}]}
    file.write_text(yaml.safe_dump({"sources": sources, "polling": {"timeout": "60s"}, "services": services}))
    command = (sys.executable, "-m", "oncall_tui", "status", "--format", "json", "--config", str(file))

    async def run() -> tuple[Figures, int]:
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env=dict(os.environ))
        told: dict[str, Any] = json.loads((await process.communicate())[0])
        names = {format_duration(window): window for window in WINDOWS}
        figures = {
            (slo["service"], names[name]): float(ratio)
            for slo in told["slos"]
            for name, ratio in slo["error_ratio"].items()
        }
        return figures, int(told["sources"][0]["requests"])

    return Way("status", run)


def one_by_one(source: PrometheusSource, fleet: Fleet, now: float) -> Way:
    """The same source, asked for one reading at a time, as many at once as it has threads."""

    async def run() -> tuple[Figures, int]:
        turn = asyncio.Semaphore(CONCURRENCY)

        async def ask(reading: SliReading) -> tuple[Figures, int]:
            async with turn:
                return await read(source, [reading], now)

        parts = await asyncio.gather(*(ask(reading) for reading in fleet.readings))
        return {k: v for part, _ in parts for k, v in part.items()}, sum(requests for _, requests in parts)

    return Way("one by one", run)


def source_of(url: str, fleet: Fleet) -> PrometheusSource:
    return PrometheusSource("bench", url, HttpConfig(timeout=60), fleet.catalogue, CONCURRENCY)


async def read(source: PrometheusSource, readings: list[SliReading], now: float) -> tuple[Figures, int]:
    wanted: list[Reading] = list(readings)
    readout = await source.read(wanted, now)
    figures: Figures = {}
    for reading in readings:
        outcome = readout.outcomes[reading]
        assert isinstance(outcome, Sample), (reading, outcome)
        figures[reading.slo.partition("/")[0], reading.window] = outcome.value
    return figures, readout.requests


def floor(url: str, fleet: Fleet, now: float, folder: Path) -> Way:
    """One curl that asks one grouped division per window, and puts the answers into files."""
    folder.mkdir()

    arguments: list[str] = ["curl", "-s", "--no-progress-meter", "--parallel", "--parallel-max", str(CONCURRENCY)]
    for i, window in enumerate(WINDOWS):
        bad, total = (
            f"sum by (service) (rate({fleet.metric}_total{code}[{format_duration(window)}]))"
            for code in ('{code="500"}', "")
        )
        form = f"time={now}&query={quote(f'{bad} / {total}')}"
        arguments += [*(["--next", "-s"] if i else []), "-o", f"{folder}/{window}", "-d", form, f"{url}/api/v1/query"]

    async def run() -> tuple[Figures, int]:
        process = await asyncio.create_subprocess_exec(*arguments)
        assert await process.wait() == 0
        return {}, len(WINDOWS)

    def found() -> Figures:
        return {
            (row["metric"]["service"], window): float(row["value"][1])
            for window in WINDOWS
            for row in json.loads((folder / str(window)).read_text())["data"]["result"]
        }

    return Way("floor", run, found)


DRIVER = """
import json, logging, sys, time
from slo_generator import compute, utils
logging.disable(logging.CRITICAL)
config = utils.load_config(sys.argv[1])
slos = utils.load_configs(sys.argv[2], kind="ServiceLevelObjective")
print(len(slos), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    reports = [report for slo in slos for report in compute.compute(slo, config)]
    wall = time.perf_counter() - start
    errors = [report["errors"] for report in reports if not report["valid"]]
    assert not errors, errors[0]
    figures = [(r["metadata"]["name"], r["window"], 1 - r["sli_measurement"]) for r in reports]
    print(json.dumps({"wall": wall, "figures": figures}), flush=True)
"""


class Generator:
    """slo-generator in a process of its own, which computes everything whenever it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.way = Way("slo-generator", self._run)

    async def _run(self) -> tuple[Figures, int]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(await asyncio.to_thread(self.process.stdout.readline))
        self.wall = answer["wall"]
        return {(name, window): ratio for name, window, ratio in answer["figures"]}, 2 * len(answer["figures"])

    async def turn(self, *, counts: bool) -> None:
        await self.way.turn(counts=False)
        if counts:
            self.way.walls.append(self.wall)


def generator(url: str, folder: Path) -> Generator | str:
    """slo-generator over the few SLOs, or why it could not be had."""
    (folder / "slos").mkdir(parents=True)
    steps = [
        {"name": f"over {window}s", "window": window, "burn_rate_threshold": 1, "alert": False}
        | {"message_alert": "", "message_ok": ""}
        for window in WINDOWS
    ]
    shared = {
        "backends": {"prometheus": {"url": url}},
        "exporters": {},
        "error_budget_policies": {"default": {"steps": steps}},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(shared))
    for name in FLEET.names:
        series = f'{FLEET.metric}_total{{service="{name}"'
        sli = {"filter_good": series + ',code="200"}[window]', "filter_valid": series + "}[window]"}
        spec = {"description": "", "backend": "prometheus", "method": "good_bad_ratio", "exporters": []}
        slo = {
            "apiVersion": "sre.google.com/v2",
            "kind": "ServiceLevelObjective",
            "metadata": {
                "name": name,
                "labels": {"service_name": name, "feature_name": "x", "slo_name": "availability"},
            },
            "spec": spec | {"service_level_indicator": sli, "goal": 0.999},
        }
        (folder / "slos" / f"{name}.yaml").write_text(yaml.safe_dump(slo))
    python = folder / "venv" / "bin" / "python"
    try:
        venv.create(folder / "venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *GENERATOR], check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        return f"could not be installed: {error}"
    process = subprocess.Popen(
        [python, "-c", DRIVER, folder / "config.yaml", folder / "slos"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    return Generator(process) if ready.strip() == str(FLEET.count) else f"did not load its SLOs: {ready!r}"


async def measure(url: str, now: float, folder: Path) -> bool:
    """Every way in turn, and what came of it."""
    sources = {fleet: source_of(url, fleet) for fleet in (FLEET, FEW, MANY)}
    ways = {"one by one": one_by_one(sources[FLEET], FLEET, now)}
    for fleet, source in sources.items():
        of = "" if fleet is FLEET else f", {fleet.metric}"
        ways[f"floor{of}"] = floor(url, fleet, now, folder / fleet.metric)
        ways[f"status{of}"] = status(url, fleet, folder / f"{fleet.metric}.yaml")
        ways[f"ours{of}, cold"] = cold(url, fleet, now)
        ways[f"ours{of}"] = warm(source, fleet, now)
    theirs = generator(url, folder / "generator")
    turns: list[Any] = [*ways.values(), *([theirs] if isinstance(theirs, Generator) else [])]
    try:
        for round_ in range(ROUNDS + 1):
            for way in turns:
                await way.turn(counts=round_ > 0)
    finally:
        if isinstance(theirs, Generator):
            theirs.process.terminate()
            theirs.process.wait()
        for source in sources.values():
            await source.close()
    return report(ways, theirs)


def report(ways: dict[str, Way], theirs: Generator | str) -> bool:
    """Print the figures; whether all goals are met."""
    told = ways | ({"slo-generator": theirs.way} if isinstance(theirs, Generator) else {})
    for name, way in told.items():
        best = f"{way.wall:7.3f} s (median of {ROUNDS}, {min(way.walls):.3f} at best)"
        print(f"{name:>16}: {way.requests:5d} requests, {best}")
    ours, requests = ways["ours, cold"], ways["one by one"].requests
    goals = [
        goal("requests, one by one / ours, cold", requests / ours.requests, at_least=FEWER),
        *(over(ways, f"ours{kind}", "floor", MOST_OVER_FLOOR) for kind in (", cold", "")),
        goal("requests, status, many / few", ways["status, many"].requests / ways["status, few"].requests, at_most=1),
        over(ways, "status, many", "status, few", MOST_GROWTH),
        same("one by one", ours.figures, ways["one by one"].figures, 1e-9),
        # The command asks a little later than the others.
        *(same(f"status{of}", ways[f"ours{of}"].figures, ways[f"status{of}"].figures, 0.01) for of in ("", ", many")),
        *(same(f"floor{of}", ways[f"ours{of}"].figures, ways[f"floor{of}"].figures, 1e-9) for of in ("", ", many")),
    ]
    for kind in ("ours{}, cold", "ours{}", "floor{}"):
        over(ways, kind.format(", many"), kind.format(", few"))
    over(ways, "status", "floor")
    over(ways, "one by one", "ours, cold")
    if isinstance(theirs, Generator):
        goals.append(goal("time, slo-generator / ours, cold", theirs.way.wall / ours.wall, at_least=LEAST_SPEEDUP))
        # It asks as of now, by increase(), a little later than we do.
        goals.append(same("slo-generator", ours.figures, theirs.way.figures, 0.01))
    else:
        print(f"slo-generator {theirs}: NOT MEASURED")
    return all(goals)


def over(ways: dict[str, Way], one: str, other: str, at_most: float | None = None) -> bool:
    """Print how much longer one way takes than another; whether that is within the goal, if there is one."""
    return goal(f"time, {one} / {other}", ways[one].wall / ways[other].wall, at_most=at_most)


def goal(what: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> bool:
    """Print a figure beside its goal, if it has one; whether it is met."""
    good = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    bound = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}" if at_most else "no goal"
    mark = "" if bound == "no goal" else "ok" if good else "MISSED"
    print(f"{mark:>16}  {what}: {value:.3g} ({bound})")
    return good


def same(whom: str, ours: Figures, others: Figures, within: float) -> bool:
    """Whether two ways found the same."""
    assert ours.keys() == others.keys(), whom
    apart = max(abs(ours[key] - others[key]) for key in ours)
    return goal(f"largest difference from {whom}", apart, at_most=within)


def main() -> int:
    collect_seldom()
    now = int(time.time()) // FINE * FINE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = start_prometheus(folder, "\n".join(history(now)) + "\n")
        try:
            good = asyncio.run(measure(server.url, float(now), folder))
        finally:
            server.stop()
    print("goals met" if good else "goals MISSED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

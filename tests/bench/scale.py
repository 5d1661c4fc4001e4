"""What many SLOs of one shape cost: a cold read and a steady one of 20, 200 and 2,000 SLOs over 8 windows, and `status`.

Run it with `python tests/bench/scale.py`; it needs prometheus and promtool. Goals: from 200 to 2,000 the number of
requests stays the same and the wall time of `status` grows at most five times. Exit code 1 when either is missed.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))

from prometheus_fixture import start_prometheus

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import Reading, Readout, Sample, SliReading
from oncall_tui.core.slo import EventsSli, Slo, SloKind
from oncall_tui.core.snapshot import Figure, Snapshot
from oncall_tui.sources.prometheus import PrometheusSource

WINDOWS = (300, 1_800, 3_600, 7_200, 21_600, 86_400, 259_200, 604_800)
SIZES = (20, 200, 2_000)
SPAN, STEP, RUNS, MOST_GROWTH = 7_200, 60, 3, 5.0


def catalogue(size: int) -> Catalogue:
    """One availability SLO a service, all of one shape."""
    return Catalogue(tuple(Service(f"model-{i:04d}", slos=(_slo(f"model-{i:04d}"),)) for i in range(size)))


def _slo(name: str) -> Slo:
    total = f'sum(rate(requests_total{{service="{name}"}}[$window]))'
    bad = f'sum(rate(requests_total{{service="{name}",code="500"}}[$window]))'
    return Slo(name, "availability", SloKind.AVAILABILITY, 0.999, 604_800, EventsSli(total, bad))


def history(end: int) -> str:
    """OpenMetrics text: two counters of every service."""
    lines = ["# TYPE requests counter"]
    for i in range(max(SIZES)):
        for code, rate in (("200", 1_000), ("500", i % 7)):
            series = f'requests_total{{service="model-{i:04d}",code="{code}"}}'
            lines += [f"{series} {n * rate} {at}" for n, at in enumerate(range(end - SPAN, end + 1, STEP))]
    return "\n".join(lines) + "\n"


async def measure(url: str, size: int, now: float) -> int:
    """Requests of a cold read; prints these and a steady one's, and the times of both."""
    known = catalogue(size)
    readings: list[Reading] = [SliReading(slo.id, window) for slo in known.slos() for window in WINDOWS]
    source = PrometheusSource("bench", url, HttpConfig(timeout=60), known)
    cold, cold_wall, cold_cpu = await _timed(source, readings, now)
    warm, wall, cpu = await _timed(source, readings, now)
    await source.close()
    right = sum(isinstance(outcome, Sample) for outcome in warm.outcomes.values())
    figures = {r: Figure(15.0, "bench", o) for r, o in warm.outcomes.items() if isinstance(o, Sample)}
    started = time.perf_counter()
    assess(Snapshot(now, known, {}, figures))
    print(
        f"{size:5d} SLOs: cold {cold.requests:3d} requests, {cold_wall:6.3f} s (client CPU {cold_cpu:6.3f} s); "
        f"then {warm.requests:3d} requests, {wall:6.3f} s (CPU {cpu:6.3f} s); {right}/{len(readings)} answered; "
        f"assess {time.perf_counter() - started:.3f} s"
    )
    return cold.requests


def status(folder: Path, url: str, size: int) -> float:
    """Wall seconds of one `oncall-tui status --format json`, the least of some runs."""
    services = [
        {
            "name": slo.service,
            "slos": [{"name": slo.name, "objective": "99.9%", "period": "7d", "events": _events(slo)}],
        }
        for slo in catalogue(size).slos()
    ]
    file = folder / f"{size}.yaml"
    file.write_text(json.dumps({"sources": {"prometheus": [{"url": url, "timeout": 60}]}, "services": services}))
    command = [sys.executable, "-m", "oncall_tui", "status", "--config", str(file), "--format", "json"]
    walls = []
    for _ in range(RUNS):
        started = time.perf_counter()
        answer = subprocess.run(command, check=False, capture_output=True)
        walls.append(time.perf_counter() - started)
        assert len(json.loads(answer.stdout)["slos"]) == size
    print(f"{size:5d} SLOs: status {min(walls):.2f} s, the least of {RUNS}")
    return min(walls)


def _events(slo: Slo) -> dict[str, str | None]:
    assert isinstance(slo.sli, EventsSli)
    return {"total": slo.sli.total, "error": slo.sli.error}


async def _timed(source: PrometheusSource, readings: list[Reading], now: float) -> tuple[Readout, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    readout = await source.read(readings, now)
    return readout, time.perf_counter() - wall, time.process_time() - cpu


def main() -> int:
    now = int(time.time()) // STEP * STEP
    with tempfile.TemporaryDirectory() as folder:
        server = start_prometheus(Path(folder), history(now))
        try:
            requests = {size: asyncio.run(measure(server.url, size, float(now))) for size in SIZES}
            walls = {size: status(Path(folder), server.url, size) for size in SIZES[1:]}
        finally:
            server.stop()
    growth = walls[2_000] / walls[200]
    good = requests[2_000] == requests[200] and growth <= MOST_GROWTH
    print(
        f"{requests[200]} requests and {requests[2_000]}; {growth:.1f} times the wall time of `status`: "
        f"goals {'met' if good else 'MISSED'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

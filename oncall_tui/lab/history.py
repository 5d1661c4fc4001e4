"""The fleet's past as Prometheus blocks: written as OpenMetrics text, made into blocks by promtool."""

from __future__ import annotations

import asyncio
import math
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from oncall_tui.core.errors import ActionError
from oncall_tui.lab.processes import run_to_end
from oncall_tui.lab.protocols import series_name
from oncall_tui.sources.simulated.fleet import Fleet

HOUR, DAY = 3_600, 86_400
BLOCK = "1458h"
"""promtool reads a text once per block, so one block should hold it all (its sizes are 2h times powers of 3)."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One point every step seconds up to this age in seconds."""

    age: float
    step: int


RESOLUTIONS = (Resolution(4 * HOUR, 15), Resolution(3 * DAY, 60), Resolution(float("inf"), 150))
"""Fine where alerts look, and never over 150 s: a rate over five minutes needs two points."""

PARTS = 4
"""Parts the text is written in: one is made into blocks while the next is written, and the disk never holds it all."""

SECONDS_PER_POINT = 3e-6
"""What one point of one series costs on its way into a block, roughly, on two slow cores."""


def moments(start: float, end: float, resolutions: Sequence[Resolution] = RESOLUTIONS) -> Iterator[int]:
    """Unix times in whole seconds from start up to end, oldest first, coarser the older.

    Each is on its step's grid, and one step gives way to the next where their grids meet, so that no two
    neighbours are further apart than the larger step.
    """
    at = start
    for coarse, fine in zip(reversed(resolutions), [*reversed(resolutions[:-1]), None], strict=True):
        until = end
        if fine is not None:
            meeting = math.lcm(coarse.step, fine.step)
            until = (end - fine.age) // meeting * meeting
        tick = math.ceil(at / coarse.step) * coarse.step
        while tick < until:
            yield tick
            tick += coarse.step
        at = max(at, until)


def time_to_backfill(fleet: Fleet, span: float) -> float:
    """About how long it takes to write this many seconds of history, in seconds."""
    return sum(1 for _ in moments(0, span)) * len(fleet.series) * SECONDS_PER_POINT


def write_openmetrics(
    fleet: Fleet,
    times: Sequence[int],
    target_labels: Mapping[str, Mapping[str, str]],
    file: Path,
    stop: threading.Event | None = None,
) -> int:
    """Write every series at these unix times, and `up` for every target; returns how many points.

    target_labels: the labels a scrape adds, by service. Gives up in the middle once stop is set.
    """
    named = [
        (series_name(one.metric, {**target_labels[one.labels["service"]], **one.labels}), one.value)
        for one in fleet.series
    ]
    ups = [series_name("up", labels) for labels in target_labels.values()]
    points = 0
    with file.open("w", encoding="utf-8") as out:
        for batch in _batches(times):
            if stop is not None and stop.is_set():
                break
            lines = [f"{name} 1 {t}\n" for name in ups for t in batch]
            for name, value in named:
                lines += [f"{name} {known!r} {t}\n" for t in batch if (known := value(t)) is not None]
            points += len(lines)
            out.write("".join(lines))
        out.write("# EOF\n")
    return points


async def backfill(
    promtool: Path, fleet: Fleet, start: float, end: float, target_labels: Mapping[str, Mapping[str, str]], folder: Path
) -> int:
    """Put the fleet's past between two unix times into the folder, which is made; returns how many points.

    While promtool makes blocks of one part the next is written. Raises ActionError with promtool's own words
    when it does not take one.
    """
    times = tuple(moments(start, end))
    size = -(-len(times) // PARTS) or 1
    points = 0
    with tempfile.TemporaryDirectory(prefix="openmetrics-", dir=folder.parent) as texts:
        try:
            async with asyncio.TaskGroup() as blocks:
                for first in range(0, len(times), size):
                    text = Path(texts, f"{first}.txt")
                    points += await _write(fleet, times[first : first + size], target_labels, text)
                    blocks.create_task(_make_blocks(promtool, text, folder))
        except* ActionError as failures:
            raise failures.exceptions[0] from None
    return points


async def _write(fleet: Fleet, times: Sequence[int], target_labels: Mapping[str, Mapping[str, str]], text: Path) -> int:
    """Write in a thread; when we are cancelled the thread is told to stop and waited for."""
    stop = threading.Event()
    writing = asyncio.ensure_future(asyncio.to_thread(write_openmetrics, fleet, times, target_labels, text, stop))
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        stop.set()
        await writing
        raise


async def _make_blocks(promtool: Path, text: Path, folder: Path) -> None:
    arguments = ("tsdb", "create-blocks-from", "openmetrics", "--quiet", f"--max-block-duration={BLOCK}")
    log = text.with_suffix(".log")
    await run_to_end("promtool", (str(promtool), *arguments, str(text), str(folder)), log)
    await asyncio.to_thread(text.unlink)


def _batches(times: Sequence[int]) -> Iterator[Sequence[int]]:
    """A hundred moments at a time: the fleet remembers what its series share at as many."""
    return (times[i : i + 100] for i in range(0, len(times), 100))

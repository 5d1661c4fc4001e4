"""What the soak counts, and what it makes of it."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from pathlib import Path
from statistics import median

ROOMS = {
    "memory": (1.1, 0),
    "blocks": (1.1, 0),
    "tasks": (1.1, 2),
    "threads": (1.1, 2),
    "files": (1.1, 2),
    "connections": (1.1, 2),
    "wal": (1.5, 1),
}
"""How many times as much the last third of the time may hold as the middle third, and how many more: of small
numbers one is much."""


class Figures:
    """What is held at one moment, while the dashboard shows the same screen, as many alerts and no sheet."""

    def __init__(self, hour, home, told):
        gc.collect()
        self.hour = hour
        # Not gc.get_objects(): a reference to a tuple that another thread is just making is a SystemError there.
        self.blocks = sys.getallocatedblocks()
        self.memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        self.tasks = len(asyncio.all_tasks())
        self.threads = threading.active_count()
        self.files = len(os.listdir("/proc/self/fd"))
        self.connections = told["connected"]
        self.requests = told["asked"]
        sizes = {path: path.stat().st_size / 1e6 for path in Path(home).rglob("*") if path.is_file()}
        self.wal = sum(size for path, size in sizes.items() if path.name.endswith("-wal"))
        self.journal = sum(size for path, size in sizes.items() if path.suffix.startswith(".sqlite3")) - self.wal
        self.recorder = sum(size for path, size in sizes.items() if "journal" not in path.name)

    def row(self):
        return (
            f"{self.hour:.1f}", f"{self.memory:.1f}", f"{self.blocks:,}", self.tasks, self.threads, self.files,
            self.connections, f"{self.journal:.1f}", f"{self.wal:.1f}", f"{self.recorder:.1f}", f"{self.requests:,}",
        )  # fmt: skip


TITLES = (
    "hour", "memory, MB", "blocks", "tasks", "threads", "files", "connections", "journal, MB", "its log, MB",
    "recorder, MB", "requests",
)  # fmt: skip


def line(cells):
    """One line of a Markdown table, which reads well on a terminal, too."""
    return "| " + " | ".join(f"{cell:>{len(title)}}" for cell, title in zip(cells, TITLES, strict=True)) + " |"


def head():
    return line(TITLES) + "\n|" + "|".join("-" * (len(title) + 1) + ":" for title in TITLES) + "|"


def thirds(taken):
    """The middle and the last third; the first is for warming up: screens are seen for the first time."""
    part = len(taken) // 3
    return taken[part : len(taken) - part], taken[len(taken) - part :]


def ratios(taken):
    """Of each figure, how much it is in the last third and in the middle third, by the median."""
    middle, last = thirds(taken)
    return {name: tuple(median(getattr(one, name) for one in part) for part in (last, middle)) for name in ROOMS}


def grown(taken):
    """What grew, in words."""
    found = []
    for name, (late, early) in ratios(taken).items():
        times, more = ROOMS[name]
        if late > early * times + more:
            found.append(f"{name} {early:,.1f} -> {late:,.1f}")
    return found

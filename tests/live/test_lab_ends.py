"""`oncall-tui lab` as a process: a signal at any moment leaves no process, no port taken and no file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab_fixture import eventually, require_binaries

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

COMMAND = """
import asyncio, sys
from oncall_tui.lab import run_lab
asyncio.run(run_lab("quiet", int(sys.argv[1]), True, None))
"""
READY = "Ctrl-C stops it."


def descendants(pid: int) -> set[int]:
    children = {
        int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()
    }
    return children | {one for child in children for one in descendants(child)}


def gone(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@contextmanager
def lab_process(home: Path, history: int, until: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start it and read what it prints until a line holds the text."""
    require_binaries()
    environment = {**os.environ, "TMPDIR": str(home), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(history)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if until in line:
                break
        else:
            pytest.fail(said)
        yield process, said
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with lab_process(tmp_path, 600, READY) as (process, _):
        started = descendants(process.pid)
        assert len(started) == 2
        assert list(tmp_path.iterdir())
        process.send_signal(number)
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "has stopped" in rest
    assert gone(started)
    assert list(tmp_path.iterdir()) == []


def test_a_signal_while_the_history_is_written_leaves_nothing(tmp_path: Path) -> None:
    with lab_process(tmp_path, 30 * 86_400, "history takes") as (process, _):
        eventually(lambda: list(descendants(process.pid)), 20)
        started = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in rest
    assert time.monotonic() - began < 10
    assert gone(started)
    assert list(tmp_path.iterdir()) == []


def test_a_lab_that_is_killed_takes_its_servers_with_it(tmp_path: Path) -> None:
    with lab_process(tmp_path, 600, READY) as (process, _):
        started = descendants(process.pid)
        process.kill()
        process.wait()
        eventually(lambda: gone(started), 10)


def test_a_terminal_that_is_gone_does_not_keep_the_lab_from_ending_well(tmp_path: Path) -> None:
    with lab_process(tmp_path, 600, READY) as (process, _):
        started = descendants(process.pid)
        assert process.stdout is not None
        process.stdout.close()
        process.send_signal(signal.SIGHUP)
        assert process.wait(20) == 0
    assert gone(started)
    assert list(tmp_path.iterdir()) == []

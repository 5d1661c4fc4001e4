"""A single VictoriaMetrics on loopback, as it comes out of the box, with history imported."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_fixture import RunningPrometheus, binary, free_port


@contextmanager
def running_victoria(folder: Path, exposition: str) -> Iterator[RunningPrometheus]:
    """exposition: lines of Prometheus' text format, with milliseconds. Stopped by its own id at the end."""
    server = binary("victoria-metrics")
    url = f"http://127.0.0.1:{free_port()}"
    arguments = [f"-httpListenAddr={url.removeprefix('http://')}", f"-storageDataPath={folder / 'data'}"]
    log = folder / "victoria.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [server, *arguments, "-retentionPeriod=10y", "-memory.allowedBytes=256MB"],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    running = RunningPrometheus(url, process)
    try:
        _wait(running, log)
        _post(f"{url}/api/v1/import/prometheus", exposition.encode())
        _post(f"{url}/internal/force_flush")
        yield running
    finally:
        running.stop()


def _wait(running: RunningPrometheus, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and running.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{running.url}/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text()[-2_000:])


def _post(url: str, body: bytes = b"") -> None:
    with urllib.request.urlopen(url, body, timeout=60) as answer:
        assert answer.status in (200, 204)

"""A Prometheus on loopback, with history. Skipped where a binary is missing, unless ONCALL_TUI_LIVE=required."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest


def binary(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("ONCALL_TUI_LIVE") == "required":
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningPrometheus:
    """One Prometheus: its URL and its process."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self.process = url, process

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_prometheus(folder: Path, history: str = "", config: str = "", *flags: str) -> RunningPrometheus:
    """history: OpenMetrics text without its '# EOF', written into the database before the start."""
    server, tool = binary("prometheus"), binary("promtool")
    data = folder / "data"
    if history:
        text = folder / "history.om"
        text.write_text(history + "# EOF\n")
        # One large block: promtool reads the text once for each.
        make = [tool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1458h", str(text), str(data)]
        subprocess.run(make, check=True, capture_output=True)
    settings = folder / "prometheus.yml"
    settings.write_text(config or "global: {scrape_interval: 1h}\n")
    port = free_port()
    arguments = [f"--config.file={settings}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}"]
    log = (folder / "prometheus.log").open("wb")
    process = subprocess.Popen(
        [server, *arguments, "--storage.tsdb.retention.time=10y", *flags], stdout=log, stderr=subprocess.STDOUT
    )
    running = RunningPrometheus(f"http://127.0.0.1:{port}", process)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{running.url}/-/ready", timeout=1) as answer:
                if answer.status == 200:
                    return running
        except OSError:
            time.sleep(0.1)
    running.stop()
    pytest.fail((folder / "prometheus.log").read_text()[-2_000:])

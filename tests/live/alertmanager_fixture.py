"""A real Alertmanager on a free loopback port, for tests that want one."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

CONFIG = """
route:
  receiver: default
  group_by: [alertname, service]
  group_wait: 0s
  routes:
    - matchers: [severity="page"]
      receiver: pager
      continue: true
    - matchers: [severity="page"]
      receiver: chat
receivers: [{name: default}, {name: pager}, {name: chat}]
inhibit_rules:
  - source_matchers: [alertname="FeatureStoreDown"]
    target_matchers: [alertname="ModelStale"]
    equal: [cluster]
"""


class AlertmanagerServer:
    def __init__(self, url: str) -> None:
        self.url = url

    def fire(self, *alerts: dict[str, str], **more: object) -> None:
        """Post alerts with these label sets through the API; more: further keys of each."""
        body = [{"labels": labels, "startsAt": datetime.now(UTC).isoformat(), **more} for labels in alerts]
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as response:
            assert response.status == 200

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False


def require_alertmanager() -> str:
    if BINARY is None:
        if os.environ.get("ONCALL_TUI_LIVE") == "required":
            pytest.fail("no alertmanager binary, and ONCALL_TUI_LIVE=required")
        pytest.skip("no alertmanager binary")
    return BINARY


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_alertmanager(folder: Path, prefix: str = "", port: int = 0) -> Iterator[AlertmanagerServer]:
    """An Alertmanager that keeps its files in folder and answers below prefix ('/am'), on a free port by default."""
    binary = require_alertmanager()
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG)
    port = port or free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                binary,
                f"--config.file={config}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                f"--web.route-prefix={prefix or '/'}",
                "--cluster.listen-address=",
            ],
            stdout=log,
            stderr=log,
        )
    server = AlertmanagerServer(f"http://127.0.0.1:{port}{prefix}")
    try:
        deadline = time.monotonic() + 15
        while not server._ready():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "Alertmanager did not become ready"
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(10)

"""A real Alertmanager on a free loopback port, for tests that want one."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
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
    def __init__(self, url: str, process: subprocess.Popen) -> None:
        self.url = url
        self.process = process

    def fire(self, *alerts: dict[str, str], **more: object) -> None:
        """Post alerts with these label sets through the API; more: further keys of each."""
        body = [{"labels": labels, "startsAt": datetime.now(UTC).isoformat(), **more} for labels in alerts]
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as response:
            assert response.status == 200

    def told(self, path: str) -> object:
        """What a GET below /api/v2 answers."""
        with urllib.request.urlopen(f"{self.url}/api/v2{path}", timeout=5) as response:
            return json.load(response)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.process.kill()
        self.process.wait(10)

    def hang(self) -> None:
        """Let it take connections and never answer, until it goes on."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End the hang."""
        self.process.send_signal(signal.SIGCONT)

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
def running_alertmanager(
    folder: Path, prefix: str = "", port: int = 0, *, config: str = CONFIG, gossip: str = "", peers: Sequence[str] = ()
) -> Iterator[AlertmanagerServer]:
    """An Alertmanager that keeps its files in folder and answers below prefix ('/am'), on a free port by default.

    gossip: the address it gossips on, '' for none; peers: those of its peers.
    """
    binary = require_alertmanager()
    written = folder / "alertmanager.yml"
    written.write_text(config)
    port = port or free_port()
    # Gossip that settles at once, and that gets around in tests' time.
    quick = ["--cluster.gossip-interval=50ms", "--cluster.pushpull-interval=1s", "--cluster.settle-timeout=1s"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                binary,
                f"--config.file={written}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                f"--web.route-prefix={prefix or '/'}",
                f"--cluster.listen-address={gossip}",
                *(quick if gossip else []),
                *(f"--cluster.peer={peer}" for peer in peers),
            ],
            stdout=log,
            stderr=log,
        )
    server = AlertmanagerServer(f"http://127.0.0.1:{port}{prefix}", process)
    try:
        deadline = time.monotonic() + 15
        while not server._ready():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "Alertmanager did not become ready"
            time.sleep(0.05)
        yield server
    finally:
        server.go_on()
        process.terminate()
        process.wait(10)


@contextmanager
def running_cluster(folder: Path, members: int = 2, *, config: str = CONFIG) -> Iterator[list[AlertmanagerServer]]:
    """Alertmanagers that gossip with each other and know it. Their files are in folder/am-1, folder/am-2..."""
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(members)]
    with ExitStack() as running:
        servers = []
        for number, address in enumerate(addresses, 1):
            place = folder / f"am-{number}"
            place.mkdir()
            one = running_alertmanager(place, config=config, gossip=address, peers=addresses)
            servers.append(running.enter_context(one))
        deadline = time.monotonic() + 15
        while any(len(server.told("/status")["cluster"].get("peers", ())) < members for server in servers):
            assert time.monotonic() < deadline, "the members did not find each other"
            time.sleep(0.05)
        yield servers

"""The list of alerts with 10,000 of them beside the same with 100, in one run, on real Alertmanagers.

    python tests/bench/alerts.py [ALERTS] [ROUNDS]

Two dashboards in ptys take turns: key to paint for the cursor, pages, the filter as it is typed, and clearing it, by
median and p99 (goals: at most twice that of 100 alerts, and no key over 50 ms at p99 on an idle machine); memory; bytes
written per poll in which nothing changed beside a second of nothing but the clock (goal: the clock only), and in which
1 % of the alerts changed; and the time to list them beside `amtool alert query`. Nothing is asserted: it prints.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "live"))

from alertmanager_fixture import running_alertmanager

ROWS, COLUMNS = 40, 120
QUIET = 0.06
"""Seconds without a byte after which a key is answered in full."""
POLL = 6
DAY = 86_400
ROUTE = """
route: {receiver: default, group_by: [alertname, service], group_wait: 0s, group_interval: 1h, repeat_interval: 1d}
receivers: [{name: default}]
"""


def labels_of(number: int) -> dict[str, str]:
    """Alerts as a fleet of models has them."""
    return {
        "alertname": f"Alert{number % 40}",
        "service": f"svc-{number % 97}",
        "severity": ("page", "ticket", "info")[number % 3],
        "instance": f"host-{number}:9100",
        "cluster": "prod",
        "team": f"team-{number % 13}",
        "namespace": f"ns-{number % 31}",
    }


def fire(server, numbers, over=False) -> None:
    """Post them a thousand at a time; spread over a day, so that they are no storm."""
    now = datetime.now(UTC)
    for first in range(0, len(numbers), 1_000):
        batch = numbers[first : first + 1_000]
        body = [
            {
                "labels": labels_of(number),
                "annotations": {"summary": f"{number} is not well", "runbook_url": "https://runbooks.example/x"},
                "startsAt": (now - timedelta(seconds=60 + number * 7_919 % DAY)).isoformat(),
                "endsAt": (now + timedelta(seconds=-1 if over else 7_200)).isoformat(),
            }
            for number in batch
        ]
        post(server, body)


def post(server, body) -> None:
    import json
    import urllib.request

    request = urllib.request.Request(
        f"{server.url}/api/v2/alerts", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 200


class Dashboard:
    """oncall-tui in a pty, on the alerts screen."""

    def __init__(self, config: Path) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", XDG_STATE_HOME=str(config.parent))
            python = sys.executable
            os.execv(python, [python, "-m", "oncall_tui", "--config", str(config)])
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.seen = b""

    def read(self, seconds: float) -> int:
        """Take what is written within so many seconds; how many bytes."""
        deadline, before = time.perf_counter() + seconds, len(self.seen)
        while (left := deadline - time.perf_counter()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                self.seen += os.read(self.terminal, 1 << 20)
        return len(self.seen) - before

    def until(self, needle: bytes, seconds: float = 60.0) -> None:
        deadline, since = time.perf_counter() + seconds, len(self.seen)
        while needle not in plain(self.seen[since:]):
            if time.perf_counter() > deadline:
                raise SystemExit(f"no {needle!r} within {seconds}s; the terminal got {self.seen[-600:]!r}")
            self.read(0.05)

    def key(self, keys: bytes) -> float:
        """Milliseconds from the key to the last byte it paints; NaN where nothing is painted."""
        start = last = time.perf_counter()
        os.write(self.terminal, keys)
        patience = 1.0
        while select.select([self.terminal], [], [], patience)[0]:
            self.seen += os.read(self.terminal, 1 << 20)
            last, patience = time.perf_counter(), QUIET
        return (last - start) * 1_000 if last > start else float("nan")

    def memory(self) -> float:
        """Resident MB."""
        told = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", told)[1]) / 1024

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def plain(written: bytes) -> bytes:
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", written)


@contextmanager
def dashboard(folder: Path, url: str):
    folder.mkdir(exist_ok=True)
    config = folder / "config.yaml"
    config.write_text(
        f"sources: {{alertmanager: [{{name: am, url: {url}}}]}}\npolling: {{interval: {POLL}s}}\n"
        f"journal: {folder / 'journal.sqlite3'}\n"
    )
    one = Dashboard(config)
    try:
        one.until(b"Fleet")
        one.read(3.0)
        one.key(b"2")
        one.until(b"Alert")
        one.key(b":")
        for letter in b"group none\r":
            one.key(bytes([letter]))
        one.read(2.0)
        yield one
    finally:
        one.end()


KEYS = {
    "cursor": [b"j"] * 6 + [b"k"] * 3,
    "page": [b"\x04"] * 4 + [b"\x15"] * 2,
    "first and last": [b"G", b"g"],
    "open the filter": [b"/"],
    "type the filter": [b"h", b"o", b"s", b"t", b"-", b"7", b"1"],
    "clear it": [b"\x1b"],
    "a matcher": [b"/", *(bytes([letter]) for letter in b'team="team-7"')],
    "clear it again": [b"\x1b"],
}


def keys(dashboards: dict[str, Dashboard], rounds: int) -> None:
    """Both take every key in turn."""
    took = {name: {what: [] for what in KEYS} for name in dashboards}
    for _ in range(rounds):
        for what, pressed in KEYS.items():
            for key in pressed:
                for name, one in dashboards.items():
                    one.read(random.uniform(0.0, 0.1))
                    took[name][what].append(one.key(key))
    few, many = dashboards
    print(f"{'key to paint, ms':18} {few + ' median':>16} {'p99':>7} {many + ' median':>18} {'p99':>7}   ratio")
    for what in KEYS:
        figures = []
        for name in (few, many):
            values = sorted(value for value in took[name][what] if value == value)
            figures += [statistics.median(values), values[min(len(values) - 1, int(len(values) * 0.99))]]
        ratio = figures[2] / figures[0]
        print(f"{what:18} {figures[0]:16.1f} {figures[1]:7.1f} {figures[2]:18.1f} {figures[3]:7.1f} {ratio:7.2f}x")


def bytes_of_polls(one: Dashboard, server, alerts: int) -> None:
    """Bytes on the wire of quiet polls, of nothing but the clock, and of polls with changes."""
    polls = 4
    one.read(POLL)
    quiet = one.read(polls * POLL)
    one.key(b"p")
    one.read(2.0)
    clock = one.read(polls * POLL)
    one.key(b"p")
    one.read(2 * POLL)
    print(
        f"bytes in {polls} polls ({polls * POLL} s) in which nothing changed: {quiet}; paused, the clock only: {clock}"
    )
    part, changed = max(1, alerts // 200), 0
    for turn in range(polls):
        gone = list(range(turn * part, (turn + 1) * part))
        fire(server, gone, over=True)
        fire(server, list(range(alerts + turn * part, alerts + (turn + 1) * part)))
        changed += one.read(POLL)
    print(f"bytes a poll in which 1 % changed: {changed / polls:.0f} (a whole screen: about {ROWS * COLUMNS})")


def listing(server, config: Path) -> None:
    """Both ways of listing from a shell."""
    ways = {
        "oncall-tui alerts": [sys.executable, "-m", "oncall_tui", "alerts", "--config", str(config)],
        "amtool alert query": [
            shutil.which("amtool") or "amtool",
            "alert",
            "query",
            f"--alertmanager.url={server.url}",
        ],
    }
    for what, command in ways.items():
        times = []
        for _ in range(3):
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=False)
            times.append(time.perf_counter() - start)
        print(f"{what:20} {statistics.median(times):6.2f} s, {done.stdout.count(bytes([10]))} lines")


def main(alerts: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder, dashboards, servers = Path(name), {}, {}
        for count in (100, alerts):
            place = folder / f"am-{count}"
            place.mkdir()
            servers[count] = running.enter_context(running_alertmanager(place, config=ROUTE))
            fire(servers[count], list(range(count)))
        listing(servers[alerts], _config_for(folder, servers[alerts].url))
        for count, server in servers.items():
            dashboards[f"{count:,}"] = running.enter_context(dashboard(folder / f"tui-{count}", server.url))
        keys(dashboards, rounds)
        for label, one in dashboards.items():
            print(f"memory with {label} alerts: {one.memory():.0f} MB")
        bytes_of_polls(dashboards[f"{alerts:,}"], servers[alerts], alerts)


def _config_for(folder: Path, url: str) -> Path:
    config = folder / "list.yaml"
    config.write_text(f"sources: {{alertmanager: [{{name: am, url: {url}}}]}}\njournal: {folder / 'list.sqlite3'}\n")
    return config


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [10_000, 8][len(arguments) :]))

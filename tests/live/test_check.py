"""`oncall-tui check` against real servers: what is well, and everything that may be wrong with them."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from alertmanager_fixture import running_alertmanager
from lab_fixture import RunningLab

pytestmark = pytest.mark.live

STEP = 60
SPAN = 3 * 3_600


def history() -> str:
    """Three hours of a histogram with bounds 0.1, 0.5 and +Inf, of errors and of drift, all at an even pace."""
    now = int(time.time()) // STEP * STEP
    lines = []
    for series, rate in (
        ('lat_seconds_bucket{le="0.1"}', 8),
        ('lat_seconds_bucket{le="0.5"}', 9),
        ('lat_seconds_bucket{le="+Inf"}', 10),
        ("lat_seconds_count", 10),
        ('requests_total{code="200"}', 99),
        ('requests_total{code="500"}', 1),
    ):
        lines += [f"{series} {(at - now + SPAN) * rate} {at}" for at in range(now - SPAN, now + 1, STEP)]
    for series in ('drift_psi{feature="age"}', 'drift_psi{feature="price"}'):
        lines += [f"{series} 0.05 {at}" for at in range(now - SPAN, now + 1, STEP)]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def prometheus(prometheus_server: Callable[..., Any]) -> str:
    return str(prometheus_server(history()).url)


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as server:
        yield server.url


class FrontEnd(ThreadingHTTPServer):
    """What stands before a server: it may want a password, show a login page, or have a clock of its own."""

    daemon_threads = True
    password = ""
    page = b""
    ahead = 0.0

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.upstream = upstream
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Forward(BaseHTTPRequestHandler):
    server: FrontEnd

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.server.ahead)

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.page:
            return self._answer(200, "text/html", self.server.page)
        wanted = base64.b64encode(f"oncall:{self.server.password}".encode()).decode()
        if self.server.password and self.headers.get("Authorization") != f"Basic {wanted}":
            return self._answer(401, "text/plain", b"Unauthorized")
        kind = {"Content-Type": self.headers.get("Content-Type", "")}
        request = urllib.request.Request(self.server.upstream + self.path, body or None, kind, method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return self._answer(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        except urllib.error.HTTPError as error:
            return self._answer(error.code, error.headers.get("Content-Type", ""), error.read())

    do_POST = do_GET

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def front_end(upstream: str, **how: Any) -> Iterator[str]:
    server = FrontEnd(upstream)
    for name, value in how.items():
        setattr(server, name, value)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()


SERVICES = """\
services:
  - name: ranker
    slos:
      - name: availability
        objective: 98%
        events:
          error: sum(rate(requests_total{code=~"5.."}[$window]))
          total: sum(rate(requests_total[$window]))
      - name: latency
        objective: 80%
        latency: {histogram: lat_seconds, threshold: 500ms}
    signals:
      - {name: drift, query: drift_psi, by: feature}
"""


def config(prometheus: str, alertmanager: str = "", services: str = SERVICES, more: str = "") -> str:
    alerts = f"  alertmanager: [{{url: '{alertmanager}'}}]\n" if alertmanager else ""
    return f"{more}sources:\n  prometheus: [{{url: '{prometheus}'}}]\n{alerts}{services}"


def check(folder: Path, text: str) -> tuple[int, dict[str, dict[str, Any]], float]:
    """The exit code, the findings by 'check subject', and the seconds it took."""
    file = folder / "config.yaml"
    file.write_text(f"journal: {folder}/journal.sqlite3\n{text}", encoding="utf-8")
    return run(file)


def run(file: Path) -> tuple[int, dict[str, dict[str, Any]], float]:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "oncall_tui", "check", "--config", str(file), "--format", "json"],
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stderr == b"", done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode
    found = {f"{one['check']} {one['subject']}": one for one in told["findings"]}
    return done.returncode, found, time.monotonic() - begun


def test_the_lab_is_all_well(lab: RunningLab) -> None:
    code, found, _ = run(lab.lab.config_path)
    assert {name: one["what"] for name, one in found.items() if one["result"] != "ok"} == {}
    assert code == 0
    assert "version 2." in found["Prometheus prometheus"]["what"]
    assert "version 0." in found["Alertmanager alertmanager"]["what"]
    assert found["signal ranker/drift"]["what"].endswith("members by feature")


def test_a_sound_configuration_is_ok_and_young_slos_say_since_when(
    tmp_path: Path, prometheus: str, alertmanager: str
) -> None:
    code, found, _ = check(tmp_path, config(prometheus, alertmanager))
    assert code == 0, found
    assert "le=0.5 exists" in found["SLO ranker/latency"]["what"]
    assert "younger than its period of 30d" in found["SLO ranker/availability"]["what"]
    assert found["signal ranker/drift"]["what"] == "2 members by feature"
    assert found["clock prometheus"]["what"] == found["clock alertmanager"]["what"] == "agrees with ours"


def test_what_a_poll_costs_is_what_the_server_says_it_touched(tmp_path: Path, prometheus: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"journal: {tmp_path}/journal.sqlite3\n{config(prometheus)}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "oncall_tui", "check", "--config", str(file), "--format", "json", "--explain"],
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    told = json.loads(done.stdout)
    (cost,) = told["costs"]
    # A window each, the signals, histories, which rules are recorded, pending alerts and the version, at the least.
    assert 10 <= cost["first_requests"] <= 20
    assert 0 < cost["requests"] < cost["first_requests"]
    # Over 3 hours of a sample a minute the 30d window alone of two counters touches this much.
    assert cost["first_samples"] > 2 * SPAN / STEP
    assert 0 < cost["samples"] < cost["first_samples"]
    (latency,) = [one for one in told["explained"] if one["slo"] == "ranker/latency"]
    hour = next(window for window in latency["windows"] if window["window"] == "1h")
    assert hour["error_ratio"] == pytest.approx(0.1)
    assert hour["events"] == pytest.approx(10 * 3_600, rel=0.05)
    assert 'le=~"0\\\\.5"' in hour["query"]


WRONG = """\
services:
  - name: ranker
    slos:
      - {name: bucket, objective: 80%, latency: {histogram: lat_seconds, threshold: 300ms}}
      - name: misspelt
        objective: 98%
        events: {error: 'sum(rate(reqests_total[$window]))', total: 'sum(rate(requests_total[$window]))'}
      - {name: several, objective: 98%, error_ratio: 'rate(requests_total[$window])'}
      - {name: newer, objective: 98%, error_ratio: 'double_exponential_smoothing(drift_psi[$window], 0.5, 0.5)'}
    signals:
      - {name: drift, query: drift_psi, by: featur}
      - {name: gone, query: no_such_metric}
"""


def test_what_has_no_data_is_told_with_its_line_and_its_reason(tmp_path: Path, prometheus: str) -> None:
    code, found, _ = check(tmp_path, config(prometheus, services=WRONG))
    assert code == 2
    bucket = found["SLO ranker/bucket"]
    assert (bucket["result"], bucket["where"]) == ("failed", "config.yaml:7")
    assert "no bucket le=0.3" in bucket["what"]
    assert "0.1" in bucket["what"]
    assert "0.5" in bucket["what"]
    assert "own bounds" in bucket["do"]
    assert "no series for the error query" in found["SLO ranker/misspelt"]["what"]
    assert found["SLO ranker/misspelt"]["where"] == "config.yaml:8"
    assert "series where one is wanted" in found["SLO ranker/several"]["what"]
    assert found["signal ranker/drift"]["result"] == "failed"
    assert found["signal ranker/gone"]["what"] == "no data: no series"
    assert found["signal ranker/gone"]["where"] == "config.yaml:15"
    # A function that this server is too old for: what the server says of it, and the others stand.
    assert found["SLO ranker/newer"]["result"] == "failed"
    assert "double_exponential_smoothing" in found["SLO ranker/newer"]["what"]


def test_passwords_login_pages_dead_ports_and_unknown_hosts_are_told_apart(
    tmp_path: Path, prometheus: str, alertmanager: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with (
        front_end(prometheus, password="right") as guarded,
        front_end(prometheus, page=b"<html>Sign in</html>") as login,
        front_end(alertmanager, password="right") as guarded_alerts,
        front_end(alertmanager, page=b"<html>Sign in</html>") as login_alerts,
    ):
        right = "basic_auth: {username: oncall, password: right}"
        wrong = "basic_auth: {username: oncall, password: wrong}"
        text = f"""\
sources:
  prometheus:
    - {{name: good, url: '{guarded}', {right}}}
    - {{name: wrong, url: '{guarded}', {wrong}}}
    - {{name: login, url: '{login}'}}
    - {{name: dead, url: '{dead}'}}
    - {{name: unknown, url: 'http://no-such-host.invalid'}}
    - {{name: plain, url: '{prometheus.replace("http://", "https://")}'}}
  alertmanager:
    - {{name: am-good, url: '{guarded_alerts}', {right}}}
    - {{name: am-wrong, url: '{guarded_alerts}', {wrong}}}
    - {{name: am-login, url: '{login_alerts}'}}
    - {{name: am-dead, url: '{dead}'}}
"""
        code, found, _ = check(tmp_path, text + SERVICES)
    assert code == 2
    what = {
        name.split()[1]: one["what"] for name, one in found.items() if one["check"] in ("Prometheus", "Alertmanager")
    }
    assert "answers" in what["good"]
    assert "answers" in what["am-good"]
    assert "HTTP 401" in what["wrong"]
    assert "HTTP 401" in what["am-wrong"]
    assert "web page" in what["login"]
    assert "web page" in what["am-login"]
    assert "connection refused" in what["dead"]
    assert "connection refused" in what["am-dead"]
    assert "no such host" in what["unknown"] or "name" in what["unknown"].lower()
    assert "TLS" in what["plain"]
    assert found["Prometheus wrong"]["where"] == "config.yaml:5"
    assert "basic_auth" in found["Prometheus wrong"]["do"]
    assert found["SLO ranker/availability"]["result"] == "ok"
    assert "wrong" not in json.dumps([one["what"] for one in found.values() if one["check"] == "config"])


def test_a_clock_that_is_off_is_a_warning(tmp_path: Path, prometheus: str, alertmanager: str) -> None:
    with front_end(prometheus, ahead=120.0) as fast, front_end(alertmanager, ahead=-90.0) as slow:
        code, found, _ = check(tmp_path, config(fast, slow))
    assert code == 1
    assert found["clock prometheus"]["result"] == "warning"
    assert found["clock prometheus"]["what"] in ("its clock is 119 s ahead of ours", "its clock is 120 s ahead of ours")
    assert "behind ours" in found["clock alertmanager"]["what"]


def test_a_link_to_a_runbook_that_is_gone_fails(tmp_path: Path, prometheus: str) -> None:
    rules = f"""\
runbooks:
  rules:
    - {{title: there, match: ['a="b"'], file: '{prometheus}/-/healthy'}}
    - {{title: gone, match: ['a="b"'], file: '{prometheus}/no/such/runbook'}}
    - {{title: file, match: ['a="b"'], file: no/such/file.md}}
"""
    code, found, _ = check(tmp_path, config(prometheus, more=rules))
    assert code == 2
    assert found[f"runbook {prometheus}/-/healthy"]["result"] == "ok"
    gone = found[f"runbook {prometheus}/no/such/runbook"]
    assert (gone["what"], gone["where"]) == ("HTTP 404: there is no such page", "config.yaml:5")
    assert found[f"runbook {tmp_path}/no/such/file.md"]["where"] == "config.yaml:6"


def test_what_hangs_delays_nobody(tmp_path: Path, prometheus: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        text = f"""\
polling: {{timeout: 3s}}
sources:
  prometheus:
    - {{name: good, url: '{prometheus}'}}
    - {{name: hung, url: '{url}', timeout: 2}}
  alertmanager: [{{url: '{url}', timeout: 2}}]
"""
        endpoint = f"    endpoints: [{{url: '{url}', timeout: 2}}]\n"
        code, found, took = check(tmp_path, text + SERVICES + endpoint)
    assert code == 2
    assert took < 10
    assert found["SLO ranker/availability"]["result"] == "ok"
    assert "no answer in time" in found["Prometheus hung"]["what"]
    assert found["endpoint ranker/http"]["result"] == "failed"

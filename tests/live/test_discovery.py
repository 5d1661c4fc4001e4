"""A real Prometheus that knows SLOs, model servers and gauges, and nobody who configured anything."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyte
import pytest
from click.testing import CliRunner, Result
from prometheus_fixture import binary, free_port

from oncall_tui.cli import cli
from oncall_tui.config.discovered import written
from oncall_tui.config.loader import config_from, load_config
from oncall_tui.config.models import Config
from oncall_tui.core.catalogue import ServiceKind
from oncall_tui.core.findings import Findings
from oncall_tui.core.slo import LatencySli, Slo
from oncall_tui.core.state import State
from oncall_tui.sources.prometheus.discovery import MOST_REQUESTS
from oncall_tui.ui.app import OncallApp
from oncall_tui.wiring.dashboard import dashboard
from oncall_tui.wiring.server import Server, findings_of

pytestmark = pytest.mark.live

SLOTH_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
PYRRA_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "4d")
ODD = 'a \\"b\\" ${HOME} $window {x}'
"""A service whose name is a trap for PromQL, for the environment and for $window; as OpenMetrics writes it."""
ODD_NAME = 'a "b" ${HOME} $window {x}'
ALERTMANAGER = "http://127.0.0.1:9099/am"

CONFIG = """
global: {scrape_interval: 1h, evaluation_interval: 1h}
rule_files: [RULES]
alerting:
  alertmanagers:
    - path_prefix: /am
      static_configs: [{targets: ['127.0.0.1:9099']}]
scrape_configs:
  - job_name: vllm
    static_configs: [{targets: ['127.0.0.1:8000']}]
  - job_name: triton
    static_configs: [{targets: ['127.0.0.1:8002']}]
"""

TOTAL = 'http_requests_total{job="api"}'
ERRORS = 'http_requests_total{code=~"5..",job="api"}'


def rule_file() -> str:
    """Pyrra's rules for 99% over 28d, and nothing of Sloth's: it is found without."""
    recorded = [
        {
            "record": f"http_requests:burnrate{window}",
            "expr": f"sum(rate({ERRORS}[{window}])) / sum(rate({TOTAL}[{window}]))",
            "labels": {"slo": "api-errors", "job": "api"},
        }
        for window in PYRRA_WINDOWS
    ]
    recorded.append(
        {
            "record": "http_requests:increase4w",
            "expr": f"sum by (code) (increase({TOTAL}[4w]))",
            "labels": {"slo": "api-errors", "job": "api"},
        }
    )
    own = '{job="api",slo="api-errors"}'
    alerts = [
        {
            "alert": "ErrorBudgetBurn",
            "expr": f"http_requests:burnrate{short}{own} > ({factor} * (1-0.99)) "
            f"and http_requests:burnrate{long}{own} > ({factor} * (1-0.99))",
            "labels": {"slo": "api-errors", "severity": severity, "short": short, "long": long},
        }
        for factor, short, long, severity in (
            (14, "5m", "1h", "critical"),
            (7, "30m", "6h", "critical"),
            (2, "2h", "1d", "warning"),
            (1, "6h", "4d", "warning"),
        )
    ]
    return json.dumps({"groups": [{"name": "api-errors", "rules": recorded + alerts}]})


def series() -> Iterator[tuple[str, str, float]]:
    """(metric, labels, value) of everything that does not change."""
    for service, name, period, ratio in (
        ("ranker", "availability", "30d", 0.0005),
        (ODD, "odd", "4w", 0.0005),
    ):
        own = f'sloth_id="{service}-{name}",sloth_service="{service}",sloth_slo="{name}"'
        for window in SLOTH_WINDOWS:
            yield f"slo:sli_error:ratio_rate{window}", f'{own},sloth_window="{window}"', 0.002
        yield f"slo:sli_error:ratio_rate{period}", f'{own},sloth_window="{period}"', ratio
        yield "slo:time_period:days", own, {"30d": 30, "4w": 28}[period]
        yield "slo:objective:ratio", own, 0.999
        yield "sloth_slo_info", f'{own},sloth_objective="99.9",sloth_version="v0.12",team="ranking"', 1
    own = 'sloth_id="gateway-routes",sloth_service="gateway",sloth_slo="routes"'
    for handler, ratio in (("/rank", 0.03), ("/search", 0.0)):
        for window in (*SLOTH_WINDOWS, "30d"):
            labels = f'{own},sloth_window="{window}",handler="{handler}"'
            yield f"slo:sli_error:ratio_rate{window}", labels, ratio
    yield "slo:time_period:days", own, 30
    yield "sloth_slo_info", f'{own},sloth_objective="97"', 1
    for window in PYRRA_WINDOWS:
        yield f"http_requests:burnrate{window}", 'slo="api-errors",job="api"', 0.02
    yield "http_requests:increase4w", 'slo="api-errors",job="api",code="200"', 995
    yield "http_requests:increase4w", 'slo="api-errors",job="api",code="500"', 5
    yield "feast_feature_freshness_seconds", 'job="feast",feature_view="clicks",project="p"', 120
    yield "feast_feature_freshness_seconds", 'job="feast",feature_view="users",project="p"', 3_600
    yield "feature_drift_psi", 'service="ranker",feature="price"', 0.31
    yield "feature_drift_psi", 'service="ranker",feature="age"', 0.02
    yield "vllm:num_requests_waiting", 'job="vllm",model_name="org/llama-3",engine="0"', 4
    yield "nv_inference_pending_request_count", 'job="triton",model="ranker",version="1"', 2


def counters() -> Iterator[tuple[str, str, float]]:
    """(metric, labels, growth per minute) of what counts."""
    vllm = 'job="vllm",model_name="org/llama-3",engine="0"'
    for le, rate in (("0.5", 30), ("1.0", 57), ("2.5", 60), ("+Inf", 60)):
        yield "vllm:e2e_request_latency_seconds_bucket", f'{vllm},le="{le}"', rate
    yield "vllm:e2e_request_latency_seconds_count", vllm, 60
    yield "vllm:request_success_total", f'{vllm},finished_reason="stop"', 60
    yield "http_requests_total", 'job="vllm",handler="/v1/completions",status="2xx"', 54
    yield "http_requests_total", 'job="vllm",handler="/v1/completions",status="5xx"', 6
    triton = 'job="triton",model="ranker",version="1"'
    yield "nv_inference_request_success", triton, 99
    yield "nv_inference_request_failure", triton, 1
    yield "nv_inference_request_duration_us", triton, 99 * 20_000


def history(now: int) -> str:
    moments = range(now - 1_800, now + 61, 60)
    lines: dict[str, list[str]] = {}
    for metric, labels, value in series():
        lines.setdefault(metric, []).extend(f"{metric}{{{labels}}} {value} {at}" for at in moments)
    for metric, labels, growth in counters():
        lines.setdefault(metric, []).extend(f"{metric}{{{labels}}} {growth * i} {at}" for i, at in enumerate(moments))
    return "".join(f"# TYPE {name} unknown\n" + "\n".join(some) + "\n" for name, some in lines.items())


def told(url: str, what: str) -> Any:
    with urllib.request.urlopen(f"{url}/api/v1/{what}", timeout=5) as answer:
        return json.load(answer)["data"]


@pytest.fixture(scope="module")
def url(prometheus_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    rules = tmp_path_factory.mktemp("rules") / "pyrra.yaml"
    rules.write_text(rule_file())
    url = str(prometheus_server(history(int(time.time())), CONFIG.replace("RULES", str(rules))).url)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:  # what it is configured with is known to it some seconds after the start
        if told(url, "alertmanagers")["activeAlertmanagers"] and len(told(url, "targets")["activeTargets"]) == 2:
            return url
        time.sleep(0.2)
    pytest.fail("it does not know its own Alertmanager")


@pytest.fixture(scope="module")
def findings(url: str) -> Findings:
    return asyncio.run(findings_of(Server(url)))


@pytest.fixture(scope="module")
def config(findings: Findings) -> Config:
    return config_from(written(findings), Path("found"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def status_of(url: str) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = json.loads(run("status", "--prometheus", url, "--format", "json").stdout)
    return answer


def slo_of(config: Config, slo_id: str) -> Slo:
    found = config.catalogue().slo(slo_id)
    assert found is not None, slo_id
    return found


def test_discovery_takes_a_bounded_number_of_requests(findings: Findings) -> None:
    assert 0 < findings.requests <= MOST_REQUESTS
    assert findings.remarks == ()


def test_it_finds_the_services_and_what_they_are(config: Config) -> None:
    assert {service.name: service.kind for service in config.catalogue().services} == {
        "a-b-HOME-window-x": ServiceKind.OTHER,
        "api": ServiceKind.OTHER,
        "gateway": ServiceKind.OTHER,
        "ranker": ServiceKind.MODEL,
        "feast": ServiceKind.FEATURE_STORE,
        "org-llama-3": ServiceKind.MODEL,
    }


def test_it_finds_the_alertmanager_and_another_can_be_named(url: str, config: Config) -> None:
    assert [source.url for source in config.sources.alertmanager] == [ALERTMANAGER]
    other = asyncio.run(findings_of(Server(url, ("http://127.0.0.1:9/", "http://127.0.0.1:10"))))
    text = written(other)
    assert [source.url for source in config_from(text, Path("found")).sources.alertmanager] == [
        "http://127.0.0.1:9",
        "http://127.0.0.1:10",
    ]


def test_pyrras_slo_has_its_own_target_period_and_tiers(config: Config) -> None:
    slo = slo_of(config, "api/api-errors")
    assert (slo.objective, slo.period) == (0.99, 28 * 86_400)
    assert [(tier.severity.value, round(tier.factor(slo.period), 2)) for tier in slo.policy] == [
        ("page", 14.0),
        ("page", 7.0),
        ("ticket", 2.0),
        ("ticket", 1.0),
    ]


def test_the_figures_of_recorded_slos_are_what_is_recorded(url: str) -> None:
    found = {slo["id"]: slo for slo in status_of(url)["slos"]}
    for slo_id, ratio, over_period, objective in (
        ("ranker/availability", 0.002, 0.0005, 0.999),
        ("a-b-HOME-window-x/odd", 0.002, 0.0005, 0.999),
        ("api/api-errors", 0.02, 0.005, 0.99),
        ("gateway/routes{handler=/rank}", 0.03, 0.03, 0.97),
        ("gateway/routes{handler=/search}", 0.0, 0.0, 0.97),
    ):
        slo = found[slo_id]
        budget = 1 - objective
        *of_tiers, of_period = slo["burn"].values()
        assert of_tiers == [pytest.approx(ratio / budget)] * len(of_tiers), slo_id
        assert of_period == pytest.approx(over_period / budget), slo_id
        assert slo["budget_remaining"] == pytest.approx(1 - over_period / budget), slo_id
    assert "gateway/routes" not in found


def test_signals_of_model_servers_are_in_seconds_and_shares(url: str) -> None:
    found = {
        f"{service['service']}/{signal['signal']}": signal["values"]
        for service in status_of(url)["services"]
        for signal in service["signals"]
    }
    assert found["org-llama-3/throughput"][""] == pytest.approx(1.0)
    assert found["org-llama-3/errors"][""] == pytest.approx(0.1)
    # 57 of 60 are within a second, the rest within 2.5: the 99th percentile lies 2.4/3 of the way.
    assert found["org-llama-3/latency-p99"][""] == pytest.approx(2.2)
    assert found["org-llama-3/queue"][""] == 4
    assert found["ranker/latency-mean"][""] == pytest.approx(0.02)
    assert found["ranker/errors"][""] == pytest.approx(0.01)
    assert found["ranker/drift"] == {"price": 0.31, "age": 0.02}
    assert found["feast/freshness"] == {"clicks": 120, "users": 3_600}


def test_endpoints_and_slos_that_nobody_promised_are_proposals(findings: Findings, tmp_path: Path) -> None:
    text = written(findings)
    assert config_from(text, Path("found")).catalogue().service("org-llama-3").slos == ()  # type: ignore[union-attr]
    assert "#     url: http://127.0.0.1:8000" in text
    assert "#     url: http://127.0.0.1:8000" in text.split("name: ranker")[1].split("name: feast")[0]
    freed = config_from(uncommented(text), Path("freed"))
    assert slo_of(freed, "org-llama-3/latency").sli == LatencySli(
        "vllm:e2e_request_latency_seconds", 1.0, 'model_name="org/llama-3"'
    )
    assert [endpoint.url for endpoint in freed.catalogue().endpoints()] == ["http://127.0.0.1:8000"] * 2


def uncommented(text: str) -> str:
    """Every commented line that is a key, an item or part of one, in force."""
    return re.sub(r"(?m)^( *)# ( *(?:- )?[a-z_]+:.*)$", r"\1\2", text)


def test_proposed_slos_have_data_once_they_are_in_force(findings: Findings, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(uncommented(written(findings)))
    answer = json.loads(run("status", "--config", str(file), "--format", "json").stdout)
    figures = {slo["id"]: slo["error_ratio"]["5m"] for slo in answer["slos"]}
    assert figures["org-llama-3/latency"] == pytest.approx(0.05)
    assert figures["org-llama-3/availability"] == pytest.approx(0.1)
    assert figures["ranker/availability-of-requests"] == pytest.approx(0.01)


def test_init_writes_what_the_dashboard_would_load(url: str, findings: Findings, tmp_path: Path) -> None:
    printed = run("init", url)
    assert printed.exit_code == 0
    assert printed.stdout == written(findings)
    file = tmp_path / "new" / "config.yaml"
    assert run("init", url, "--output", str(file)).stdout == f"written: {file}\n"
    assert load_config(file).catalogue() == config_from(printed.stdout, Path("found")).catalogue()


async def test_the_dashboard_opens_over_nothing_but_a_url(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = OncallApp(lambda: dashboard(None, server=Server(url)))
    async with app.run_test(size=(120, 40)) as pilot:
        deadline = time.monotonic() + 20
        while app.assessment is None or app.assessment.state is not State.CRIT:
            assert time.monotonic() < deadline, "it shows nothing"
            await pilot.pause(0.1)
        assert app.desk.title == url.removeprefix("http://")
        assert "oncall-tui init" in app.desk.banner
        assert {status.service.name for status in app.assessment.services} >= {"ranker", "org-llama-3", "feast"}
    await app.close()


def test_the_command_shows_what_it_found_on_a_terminal(url: str, tmp_path: Path) -> None:
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    command = [sys.executable, "-m", "oncall_tui", "--prometheus", url, "--alertmanager", "http://127.0.0.1:1"]
    environment = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path)}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        deadline = time.monotonic() + 30
        while not all(word in "\n".join(screen.display) for word in (url.removeprefix("http://"), "org-llama-3")):
            assert time.monotonic() < deadline, "\n".join(screen.display)
            if select.select([ours], [], [], 0.2)[0]:
                stream.feed(os.read(ours, 65_536))
        os.write(ours, b"q")
        while process.poll() is None:
            assert time.monotonic() < deadline, "it does not quit"
            if select.select([ours], [], [], 0.2)[0]:
                with suppress(OSError):
                    os.read(ours, 65_536)
        assert process.returncode == 0
    finally:
        process.kill()
        os.close(ours)


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """VictoriaMetrics with the same history; it knows no rules, no targets and no Alertmanagers."""
    folder, port = tmp_path_factory.mktemp("victoria"), free_port()
    flags = [f"-storageDataPath={folder / 'data'}", f"-httpListenAddr=127.0.0.1:{port}", "-search.latencyOffset=0s"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([binary("victoria-metrics"), *flags], stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    lines = (line for line in history(int(time.time())).splitlines() if not line.startswith("#"))
    text = "".join(f"{line}000\n" for line in lines).encode()
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{url}/api/v1/import/prometheus", data=text, timeout=5).close()
                if told(url, "query?query=count(sloth_slo_info)")["result"]:
                    break
            except OSError:
                pass
            time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def test_victoria_metrics_tells_what_it_has_and_what_it_has_not_is_said(victoria: str) -> None:
    text = run("init", victoria).stdout
    assert "# - Alertmanagers could not be asked for" in text
    assert "# - left out: Pyrra's api-errors: no objective" in text
    burn = {slo["id"]: slo["burn"]["1h"] for slo in status_of(victoria)["slos"]}
    assert burn == {
        "ranker/availability": pytest.approx(2.0),
        "a-b-HOME-window-x/odd": pytest.approx(2.0),
        "gateway/routes{handler=/rank}": pytest.approx(1.0),
        "gateway/routes{handler=/search}": 0.0,
    }


def test_a_server_that_knows_nothing_gives_a_configuration_that_says_so(
    prometheus_server: Callable[..., Any], tmp_path: Path
) -> None:
    text = run("init", prometheus_server().url).stdout
    assert "Nothing was found" in text
    assert config_from(text, Path("found")).catalogue().services == ()

"""A real Prometheus that knows SLOs, model servers and gauges, and nobody who configured anything."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from oncall_tui.cli import cli
from oncall_tui.config.loader import config_from, load_config
from oncall_tui.config.models import Config
from oncall_tui.config.written import written
from oncall_tui.core.catalogue import ServiceKind
from oncall_tui.core.findings import Findings
from oncall_tui.core.slo import Slo
from oncall_tui.sources.prometheus.discovery import MOST_REQUESTS
from oncall_tui.wiring import Server, findings_of

pytestmark = pytest.mark.live

SLOTH_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
PYRRA_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "4d")
ODD = "a \\\"b\\\" ${HOME} $window {x}"
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


@pytest.fixture(scope="module")
def url(prometheus_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    rules = tmp_path_factory.mktemp("rules") / "pyrra.yaml"
    rules.write_text(rule_file())
    return str(prometheus_server(history(int(time.time())), CONFIG.replace("RULES", str(rules))).url)


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


def test_print(findings) -> None:
    print(written(findings))
    assert 0


def test_print_status(url) -> None:
    print(run("status", "--prometheus", url).output)
    assert 0

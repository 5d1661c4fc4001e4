"""The runbooks in docs/runbooks: understood to the last line, complete for the example fleet, and able to run."""

from __future__ import annotations

import http.server
import os
import threading
from pathlib import Path
from urllib.parse import parse_qs

import promql_parser
import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.alerts import Alert
from oncall_tui.rules import alert_name
from oncall_tui.runbooks import Because, Runbook, RunbookLibrary, StepKind, alert_environment, preview_step, run_step
from oncall_tui.sources.simulated.scenarios import SCENARIOS

ROOT = Path(__file__).parents[3]
LIBRARY = RunbookLibrary([ROOT / "docs" / "runbooks"], monotonic=lambda: 0.0)
BOOKS = LIBRARY.runbooks()
STEPS = [pytest.param(book, step, id=f"{book.path.stem}-{step.id}") for book in BOOKS for step in book.steps]
MITIGATIONS = [case for case in STEPS if case.values[1].kind is not StepKind.DIAGNOSE]
DIAGNOSES = [case for case in STEPS if case.values[1].kind is StepKind.DIAGNOSE]
HEAL = "oncall-tui fleet heal "


def titles_for(**labels: str) -> list[str]:
    return [item.runbook.title for item in LIBRARY.for_alert(labels, {}) if item.because is Because.MATCHES]


class Queries(http.server.BaseHTTPRequestHandler):
    """A Prometheus that has no series, and remembers what it was asked."""

    asked: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append(parse_qs(body)["query"][0])
        answer = b'{"status":"success","data":{"resultType":"vector","result":[]}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def prometheus():
    handler = type("Handler", (Queries,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler.asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_there_is_nothing_wrong_with_any_of_them() -> None:
    assert [str(problem) for problem in LIBRARY.problems()] == []
    assert len(BOOKS) >= 8
    assert all(book.matchers and book.steps and "## Escalate" in book.text for book in BOOKS)


def test_every_alert_of_the_example_fleet_has_one() -> None:
    without = []
    for service in load_config(ROOT / "config.example.yaml").catalogue().services:
        names = [alert_name(slo) for slo in service.slos] + ["EndpointDown"] * bool(service.endpoints)
        names += {"pipeline": ["PipelineStale"], "feature-store": ["FeatureStale"]}.get(service.kind, ["FeatureDrift"])
        without += [name for name in names if not titles_for(alertname=name, service=service.name)]
    assert without == []
    assert titles_for(alertname="Watchdog") == ["The watchdog"]


@pytest.mark.parametrize(
    ("alertname", "service", "title"),
    [
        ("RankerAccuracyBurn", "ranker", "The ranker is wrong"),
        ("FeatureStoreFreshnessBurn", "feature-store", "Features are stale"),
        ("PipelineStale", "clickstream", "Features are stale"),
        ("PipelineStale", "labels", "Labels do not arrive"),
        ("AssistantLatencyBurn", "assistant", "A model is slow"),
        ("FraudAvailabilityBurn", "fraud", "A bad model release"),
        ("GatewayAvailabilityBurn", "gateway", "Requests fail"),
    ],
)
def test_the_right_one_comes_first_and_alone(alertname: str, service: str, title: str) -> None:
    assert titles_for(alertname=alertname, service=service) == [title]


@pytest.mark.parametrize(("book", "step"), MITIGATIONS)
def test_a_mitigation_is_one_that_a_scenario_knows(book: Runbook, step) -> None:
    assert step.kind is StepKind.MITIGATE
    known = {scenario.mitigation for scenario in SCENARIOS.values()}
    assert step.code.removeprefix(HEAL).strip() in known


def test_every_scenario_that_can_be_mended_has_a_step_that_does() -> None:
    wanted = {scenario.mitigation for scenario in SCENARIOS.values() if scenario.mitigation}
    assert wanted <= {case.values[1].code.removeprefix(HEAL).strip() for case in MITIGATIONS}


@pytest.mark.parametrize(("book", "step"), DIAGNOSES)
async def test_a_diagnosis_runs_without_a_prometheus_and_says_so(book: Runbook, step) -> None:
    lines: list[str] = []
    result = await run_step(preview_step(book, step, alert_environment(None)), lines.append)
    assert result.ok, lines
    assert "No Prometheus to ask" in "\n".join(lines)


@pytest.mark.parametrize("tool", ["promtool", "curl"])
async def test_every_query_reaches_prometheus_and_parses(prometheus, tool: str, tmp_path: Path) -> None:
    url, asked = prometheus
    path = _path_with(tool, tmp_path)
    alert = Alert("am", "f", {"alertname": "FeatureDrift", "service": "ranker"})
    environment = alert_environment(alert, "ranker", {"ONCALL_PROMETHEUS_URL": url, "PATH": path})
    for case in DIAGNOSES if tool == "promtool" else DIAGNOSES[:1]:
        before = len(asked)
        lines: list[str] = []
        book, step = case.values
        result = await run_step(preview_step(book, step, environment), lines.append)
        assert result.ok, lines
        assert len(asked) - before == step.code.count("promql.sh")
    for query in asked:
        promql_parser.parse(query)


async def test_a_prometheus_that_is_away_fails_the_step() -> None:
    book, step = DIAGNOSES[0].values
    environment = alert_environment(None, "", {"ONCALL_PROMETHEUS_URL": "http://127.0.0.1:9"})
    result = await run_step(preview_step(book, step, environment), lambda line: None)
    assert not result.ok


def _path_with(tool: str, folder: Path) -> str:
    """A PATH that has this tool and not the other."""
    other = {"promtool": "curl", "curl": "promtool"}[tool]
    found = {
        entry.name: entry
        for place in reversed(os.environ["PATH"].split(os.pathsep))
        if Path(place).is_dir()
        for entry in Path(place).iterdir()
        if entry.name in ("sh", "promtool", "curl", "echo")
    }
    if tool not in found:
        pytest.skip(f"{tool} is not installed")
    for name, target in found.items():
        if name != other:
            (folder / name).symlink_to(target)
    return str(folder)

"""All checks over fakes: what is found, where it is, and that nothing waits for what is dead."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes import FROM, Alerts, Metrics, Prober, parts_of

from oncall_tui.checks import check_all, machine
from oncall_tui.config.models import Config
from oncall_tui.core.alerts import Alert
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.errors import Unauthorized, Unreachable
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Failed, Grouped, SliReading
from oncall_tui.core.topology import topology_of
from oncall_tui.poll.agenda import always_wanted
from oncall_tui.reports.check import Check, Finding, Result
from oncall_tui.runbooks import Rule, RunbookLibrary

CONFIG = """\
sources:
  prometheus: [{url: http://prom}]
  alertmanager:
    - {name: am, url: http://am}
services:
  - name: ranker
    depends_on: [store]
    endpoints:
      - {url: http://ranker, name: main}
    slos:
      - {name: availability, objective: 99%, error_ratio: 'sum(rate(e[$window])) / sum(rate(t[$window]))'}
    signals:
      - {name: accuracy, query: acc}
  - name: store
    slos:
      - name: freshness
        objective: 99%
        at_most: {query: age, bound: 60}
"""


def found(parts, *, explain: bool = False) -> Check:
    return asyncio.run(check_all(parts, lambda: 1_000.0, explain=explain))


def of(check: Check, kind: str, subject: str = "") -> Finding:
    (one,) = [f for f in check.findings if f.check == kind and (not subject or f.subject == subject)]
    return one


def test_a_configuration_whose_parts_all_answer_is_all_ok(tmp_path: Path) -> None:
    check = found(parts_of(tmp_path, CONFIG))
    assert {finding.result for finding in check.findings} == {Result.OK}
    assert check.exit_code == 0
    assert of(check, "SLO", "ranker/availability") == Finding(
        "SLO", "ranker/availability", Result.OK, "data over all 8 windows", "config.yaml:12"
    )
    assert of(check, "signal").where == "config.yaml:14"
    assert of(check, "endpoint").what == "http: live and ready, version 1.2"
    assert of(check, "Prometheus").where == "config.yaml:3"
    assert of(check, "Alertmanager").where == "config.yaml:5"


def test_all_figures_of_a_source_are_one_read(tmp_path: Path) -> None:
    metrics = Metrics()
    found(parts_of(tmp_path, CONFIG, metrics=[metrics]))
    assert len(metrics.reads) == 1
    assert SliReading("store/freshness", 300) in metrics.reads[0]


def test_what_tells_the_versions_of_a_service_is_checked_as_a_signal_is(tmp_path: Path) -> None:
    config = CONFIG.replace("    depends_on", "    versions: {query: info, by: version}\n    depends_on")
    versions = of(found(parts_of(tmp_path, config)), "signal", "ranker/versions")
    assert (versions.result, versions.what) == (Result.FAILED, "its series have no label version")
    assert versions.where == "config.yaml:8"


def test_a_dead_source_leaves_its_figures_unchecked_and_delays_no_other(tmp_path: Path) -> None:
    dead, alive = Metrics("dead"), Metrics("alive")
    dead.hang = True
    config = CONFIG.replace(
        "[{url: http://prom}]", "[{name: alive, url: 'http://a'}, {name: dead, url: 'http://d'}]"
    ).replace("  - name: store", "  - name: store\n    source: dead")
    parts = parts_of(tmp_path, "polling: {timeout: 1s}\n" + config, metrics=[alive, dead])
    begun = time.monotonic()
    check = found(parts, explain=True)
    assert time.monotonic() - begun < 5
    assert of(check, "Prometheus", "dead").result is Result.FAILED
    assert of(check, "Prometheus", "dead").what == "dead: no answer in time"
    assert of(check, "SLO", "store/freshness").result is Result.NOT_CHECKED
    assert of(check, "SLO", "ranker/availability").result is Result.OK
    assert check.exit_code == 2
    assert [one.slo for one in check.explained] == ["ranker/availability", "store/freshness"]
    assert "avg_over_time" in check.explained[1].windows[0].query


def test_a_source_that_wants_a_password_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    metrics, alerts = Metrics(), Alerts("am")
    metrics.trouble = Unauthorized("prometheus: HTTP 401", "check basic_auth")
    alerts.trouble = Unreachable("am: connection refused", "is it running?")
    check = found(parts_of(tmp_path, CONFIG, metrics=[metrics], alerts=[alerts]))
    assert (of(check, "Prometheus").what, of(check, "Prometheus").do) == ("prometheus: HTTP 401", "check basic_auth")
    assert of(check, "Alertmanager").what == "am: connection refused"
    assert not [one for one in check.findings if one.check == "clock"]


def test_what_a_poll_costs_is_told_by_how_often_each_part_is_asked(tmp_path: Path) -> None:
    metrics = Metrics()
    parts = parts_of(tmp_path, CONFIG, metrics=[metrics])
    (cost,) = found(parts, explain=True).costs
    assert (cost.requests, cost.samples) == (0.5, 250.0)
    assert (cost.first_requests, cost.first_samples) == (3, 1_000)
    assert set(metrics.costed) == set(always_wanted(parts.catalogue))
    assert found(parts).costs == ()


def test_what_there_was_no_time_for_is_asked_again_as_long_as_that_helps(tmp_path: Path) -> None:
    class Slow(Metrics):
        left = 3

        async def read(self, readings, now):
            readout = await super().read(readings, now)
            self.left -= 1
            late = frozenset(list(readings)[: max(0, self.left)])
            failed = {reading: Failed("no time", "", now, FROM) for reading in late}
            return replace(readout, outcomes={**readout.outcomes, **failed}, unasked=late)

    slow, stuck = Slow(), Slow()
    assert found(parts_of(tmp_path, CONFIG, metrics=[slow])).exit_code == 0
    assert len(slow.reads) == 3
    stuck.left = 1_000
    assert found(parts_of(tmp_path, CONFIG, metrics=[stuck])).exit_code == 2
    assert len(stuck.reads) == 2


@pytest.mark.parametrize(
    ("skew", "result", "what"),
    [
        (0.0, Result.OK, "agrees with ours"),
        (-12.0, Result.OK, "off by -12 s"),
        (31.0, Result.WARNING, "its clock is 31 s ahead of ours"),
        (-300.0, Result.WARNING, "its clock is 300 s behind ours"),
        (None, Result.NOT_CHECKED, "its answers carry no date"),
    ],
)
def test_clocks_that_differ_by_over_half_a_minute_are_a_warning(
    tmp_path: Path, skew: float | None, result: Result, what: str
) -> None:
    metrics = Metrics()
    metrics.skew = skew
    check = found(parts_of(tmp_path, CONFIG, metrics=[metrics], alerts=[Alerts("am", skew)]))
    for source in ("prometheus", "am"):
        assert (of(check, "clock", source).result, of(check, "clock", source).what) == (result, what)


def test_offline_nothing_is_asked_and_nothing_fails_for_it(tmp_path: Path) -> None:
    metrics = Metrics()
    rule = "runbooks: {rules: [{title: t, match: ['a=\"b\"'], file: 'http://127.0.0.1:1/x'}]}\n"
    check = found(parts_of(tmp_path, rule + CONFIG, metrics=[metrics], offline=True), explain=True)
    assert metrics.reads == []
    unchecked = {one.check for one in check.findings if one.result is Result.NOT_CHECKED}
    assert unchecked == {"Prometheus", "Alertmanager", "endpoint", "SLO", "signal", "runbook"}
    assert check.exit_code == 0
    assert check.explained[0].windows[0].query == "sum(rate(e[5m])) / sum(rate(t[5m]))"


@pytest.mark.parametrize(
    ("probe", "result", "what"),
    [
        (Probe("x", 0, live=False, ready=None, error="GET /: connection refused"), Result.FAILED, "http: down"),
        (Probe("x", 0, live=None, ready=None, error="GET /: HTTP 401"), Result.FAILED, "no telling whether it lives"),
        (Probe("x", 0, live=True, ready=False), Result.WARNING, "http: live, not ready"),
        (Probe("x", 0, live=True, ready=None), Result.OK, "http: live"),
    ],
)
def test_an_endpoint_is_as_its_probe_found_it(tmp_path: Path, probe: Probe, result: Result, what: str) -> None:
    check = found(parts_of(tmp_path, CONFIG, prober=Prober(main=probe)))
    assert of(check, "endpoint").result is result
    assert what in of(check, "endpoint").what
    assert probe.error in of(check, "endpoint").what


def test_a_query_that_failed_is_told_with_what_the_server_said(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.outcomes[SliReading("ranker/availability", 300)] = Failed("prometheus: parse error", "try it", 0.0, FROM)
    check = found(parts_of(tmp_path, CONFIG, metrics=[metrics]), explain=True)
    assert of(check, "SLO", "ranker/availability").what == "no data over 5m: prometheus: parse error"
    assert check.explained[0].windows[0].why == "prometheus: parse error"
    assert check.explained[0].windows[1].value == 0.0


def test_grouped_slos_are_checked_by_member_and_a_template_without_any_fails(tmp_path: Path) -> None:
    config = CONFIG.replace("objective: 99%, error_ratio", "by: [region], objective: 99%, error_ratio")
    parts = parts_of(tmp_path, config)
    (metrics,) = parts.metrics
    (template,) = parts.catalogue.services[0].slos
    members = tuple(replace(template, group={"region": region}) for region in ("eu", "us"))
    metrics.found = {template.id: Grouped(members)}
    check = found(parts)
    assert of(check, "SLO", "ranker/availability{region=eu}").where == "config.yaml:12"
    assert SliReading("ranker/availability{region=us}", 300) in metrics.reads[0]
    assert metrics.catalogue.slo("ranker/availability{region=us}")
    metrics.found = {template.id: Grouped(())}
    missing = of(found(parts), "SLO", "ranker/availability")
    assert (missing.result, missing.what) == (Result.FAILED, "there is no group by region")


def test_circles_of_dependencies_are_told_with_their_way(tmp_path: Path) -> None:
    check = found(parts_of(tmp_path, CONFIG.replace("  - name: store", "  - name: store\n    depends_on: [ranker]")))
    circle = of(check, "depends_on")
    assert (circle.result, circle.what) == (Result.WARNING, "a cycle: ranker -> store -> ranker")
    assert circle.where == "config.yaml:7"
    assert check.exit_code == 1


@pytest.mark.parametrize(
    ("edges", "circles"),
    [
        ({"a": "b", "b": "c", "c": ""}, []),
        ({"a": "a"}, [("a",)]),
        ({"a": "b", "b": "ca", "c": "b"}, [("a", "b"), ("b", "c")]),
        ({"a": "bc", "b": "d", "c": "d", "d": ""}, []),
        ({"a": "x", "b": "cx", "c": "b"}, [("b", "c")]),
    ],
)
def test_each_circle_is_found_once(edges: dict[str, str], circles: list[tuple[str, ...]]) -> None:
    services = [Service(name, depends_on=tuple(upstream)) for name, upstream in edges.items()]
    assert list(topology_of(Catalogue(tuple(services))).cycles()) == circles


def test_a_chain_of_thousands_is_walked_without_recursion() -> None:
    services = [Service(str(n), depends_on=(str((n + 1) % 5_000),)) for n in range(5_000)]
    (circle,) = topology_of(Catalogue(tuple(services))).cycles()
    assert len(circle) == 5_000


def test_a_service_of_which_nothing_is_known_is_a_warning(tmp_path: Path) -> None:
    check = found(parts_of(tmp_path, CONFIG + "  - {name: idle, alerts: ['a=\"nobody\"']}\n"))
    assert of(check, "service").subject == "idle"
    assert of(check, "service").result is Result.WARNING
    assert of(check, "service").where == "config.yaml:20"


def test_slos_without_a_prometheus_to_ask_fail(tmp_path: Path) -> None:
    config = CONFIG.replace("  prometheus: [{url: http://prom}]\n", "")
    check = found(parts_of(tmp_path, config), explain=True)
    assert of(check, "config", "sources").result is Result.FAILED
    assert len(check.explained) == 2


def test_promql_that_could_not_be_read_is_not_called_right(tmp_path: Path) -> None:
    check = found(parts_of(tmp_path, CONFIG.replace("query: acc", "query: 'acc default 0'")))
    unread = of(check, "PromQL", "ranker/accuracy")
    assert unread.result is Result.NOT_CHECKED
    assert unread.where == "config.yaml:14"
    assert of(check, "PromQL", "queries").what == "2 read without a mistake"


def test_what_an_imported_file_leaves_out_is_a_warning_and_its_slos_are_checked(tmp_path: Path) -> None:
    (tmp_path / "slos.yaml").write_text(
        """\
version: prometheus/v1
service: search
slos:
  - name: answers
    objective: 99
    sli: {raw: {error_ratio_query: 'rate(bad_total[{{.window}}])'}}
    alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}
  - name: broken
    objective: 99
    sli: {raw: {error_ratio_query: 'rate(bad_total[{{.window}}]'}}
"""
    )
    check = found(parts_of(tmp_path, CONFIG + "slo_files: [slos.yaml]\n"))
    (left_out,) = [one for one in check.findings if one.check == "import" and one.result is Result.WARNING]
    assert left_out.where == "slos.yaml:10"
    assert "unclosed left parenthesis" in left_out.what
    assert of(check, "SLO", "search/answers").where == "slos.yaml (Sloth)"
    assert check.exit_code == 1


def test_a_runbook_that_a_rule_names_must_be_there_and_sound(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "good.md").write_text("# Good\n```sh {kind=odd}\ntrue\n```\n")
    runbooks = """\
runbooks:
  folders: [books, nowhere]
  rules:
    - {title: here, match: ['a="b"'], file: books/good.md}
    - {title: gone, match: ['a="b"'], file: books/gone.md}
"""
    parts = parts_of(tmp_path, runbooks + CONFIG)
    rules = [Rule(rule.matchers, rule.file, rule.title) for rule in parts.config.runbooks.rules]
    parts = replace(parts, library=RunbookLibrary(parts.config.runbooks.folders, rules))
    books = {Path(one.subject).name: one for one in found(parts).findings if one.check == "runbook"}
    assert books["folders"].what.startswith("1 runbooks in ")
    assert books["nowhere"].result is Result.FAILED
    assert (books["gone.md"].result, books["gone.md"].where) == (Result.FAILED, "config.yaml:6")
    assert (books["good.md"].result, books["good.md"].where) == (Result.WARNING, "good.md:2")
    assert books["rules"].what == "1 files that rules name are there"


def test_what_a_runbook_needs_and_should_move_has_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "a.md").write_text(
        "---\nrequires: [no-such-program, sh]\n---\n```sh {verify=search/nothing}\ntrue\n```\n"
        "```sh {verify=answers}\ntrue\n```\n```sh {verify=nowhere}\ntrue\n```\n"
    )
    parts = parts_of(tmp_path, "runbooks: {folders: [books]}\n" + CONFIG)
    service = Service("search", slos=(), signals=(Signal("search", "answers", SignalKind.OTHER, "up"),))
    parts = replace(
        parts,
        library=RunbookLibrary(parts.config.runbooks.folders),
        config=_Config(parts.config, Catalogue((service,))),
    )
    told = [one.what for one in machine.runbooks(parts.config, parts.library, parts.where)]
    assert told[1:] == [
        "is not installed, and required by a.md",
        "step true is to move search/nothing, which is no signal or SLO",
        "step true-3 is to move nowhere, which is no signal or SLO",
    ]


class _Config:
    """A configuration with another catalogue."""

    def __init__(self, config: Config, catalogue: Catalogue) -> None:
        self.runbooks = config.runbooks
        self.catalogue = lambda: catalogue


class _Gone(BaseHTTPRequestHandler):
    """A wiki whose page is gone."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_a_link_that_an_alert_carries_and_that_answers_404_is_told(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Gone)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    link = f"http://127.0.0.1:{server.server_port}/stale.md"
    told = (
        Alert("am", "f", {"alertname": "Stale"}, {"runbook_url": link}),
        Alert("am", "g", {}, {"runbook_url": "x.md"}),
    )

    class WithAlerts(Alerts):
        async def board(self):
            return replace(await super().board(), alerts=told)

    try:
        check = found(replace(parts_of(tmp_path, CONFIG), alerts=(WithAlerts(),)))
    finally:
        server.shutdown()
        server.server_close()
    [gone] = [one for one in check.findings if one.check == "runbook"]
    assert (gone.subject, gone.result, gone.where) == (link, Result.FAILED, "alert Stale")
    assert "there is no such page" in gone.what

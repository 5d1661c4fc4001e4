"""The lab as a whole: history, live data, rules, alerts, model servers, healing, a crash, a clean end."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from lab_fixture import RunningLab, eventually, running_lab

from oncall_tui.config.loader import load_config
from oncall_tui.core.errors import ActionError
from oncall_tui.lab import Lab, LabPorts
from oncall_tui.lab.binaries import find_binaries
from oncall_tui.lab.control import heal_over_http
from oncall_tui.lab.files import target_labels
from oncall_tui.lab.run import lab_config, story

pytestmark = pytest.mark.live


def alerts(lab: RunningLab) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{lab.lab.alertmanager_url}/api/v2/alerts").json()
    return found


def test_the_rules_file_passes_promtools_own_check(lab: RunningLab) -> None:
    rules = lab.lab.folder / "rules.yaml"
    done = subprocess.run([lab.lab.binaries.promtool, "check", "rules", rules], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout
    config = lab.lab.folder / "prometheus.yaml"
    done = subprocess.run([lab.lab.binaries.promtool, "check", "config", config], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_is_evaluated_and_healthy(lab: RunningLab) -> None:
    def evaluated() -> list[dict[str, Any]] | None:
        rules = [rule for group in lab.get("rules")["groups"] for rule in group["rules"]]
        return None if any(rule["health"] == "unknown" for rule in rules) else rules

    rules = eventually(evaluated)
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
    written = yaml.safe_load((lab.lab.folder / "rules.yaml").read_text())
    assert len(rules) == sum(len(group["rules"]) for group in written["groups"])
    burns = {rule["labels"]["slo"] for rule in rules if rule["name"].endswith("Burn")}
    assert burns == {slo.name for slo in lab.lab.catalogue.slos()}


def test_both_recorded_and_raw_slos_exist(lab: RunningLab) -> None:
    recorded = eventually(lambda: lab.query("slo:sli_error:ratio_rate30d"))
    ids = {one["metric"]["sloth_id"] for one in recorded}
    every = {f"{slo.service}-{slo.name}" for slo in lab.lab.catalogue.slos()}
    assert ids < every
    for one in recorded:
        assert 0 <= float(one["value"][1]) <= 1


def test_the_past_is_there_and_the_present_continues_it_without_a_break(lab: RunningLab) -> None:
    fleet = lab.lab.fleet
    eventually(lambda: lab.query("up == 1 and timestamp(up) > " + str(fleet.epoch + 5)))
    expression = 'http_requests_total{service="ranker",code="200"}'
    (series,) = lab.query(f"{expression}[3d]")
    times, values = zip(*((float(t), float(value)) for t, value in series["values"]), strict=True)
    assert times[0] == pytest.approx(fleet.epoch - 2 * 86_400, abs=60)
    assert max(b - a for a, b in pairwise(times)) <= 61
    around = [b - a for a, b in pairwise(times) if a > fleet.epoch - 3_600]
    assert max(around) <= 30, "a gap between the history and the first scrapes"
    assert all(a <= b for a, b in pairwise(values)), "a counter never falls"
    assert lab.query(f"resets({expression}[3d])")[0]["value"][1] == "0"


def test_history_and_scrapes_are_the_same_series(lab: RunningLab) -> None:
    eventually(lambda: len(lab.query("up == 1")) == len(lab.lab.fleet.services))
    at = str(lab.lab.fleet.epoch - 3_600)
    then = {frozenset(one["metric"].items()) for one in lab.query('{job="fleet"}', time=at)}
    now = {frozenset(one["metric"].items()) for one in lab.query('{job="fleet",__name__!~"scrape_.*"}')}
    assert then - now == set()
    assert {frozenset(target_labels(s).items()) | {("__name__", "up")} for s in lab.lab.fleet.services} <= then


def test_the_history_says_what_the_fleet_says(lab: RunningLab) -> None:
    fleet = lab.lab.fleet
    at = float(int(fleet.epoch - 7_200) // 60 * 60)
    told = {
        frozenset((k, v) for k, v in one["metric"].items() if k not in ("job", "instance")): float(one["value"][1])
        for one in lab.query('{job="fleet",__name__!="up"}', time=str(at))
    }
    meant = {frozenset({"__name__": p.metric, **p.labels}.items()): p.value for p in fleet.exposition(at)}
    assert told == meant


def test_alerts_reach_alertmanager_and_those_nobody_has_reach_a_receiver(lab: RunningLab) -> None:
    eventually(lambda: any(one["labels"]["alertname"] == "Watchdog" for one in alerts(lab)))
    drifts = eventually(
        lambda: [a for a in alerts(lab) if a["labels"]["alertname"] == "FeatureDrift" and a["status"]["silencedBy"]], 60
    )
    assert {one["labels"]["service"] for one in drifts} <= {"retriever", "churn"}
    assert all(one["annotations"]["runbook_url"].startswith(lab.lab.control_url) for one in drifts)
    notified = lab.lab.control.notifications
    (receiver, payload) = eventually(lambda: list(notified), 120)[0]
    assert receiver == "tickets"
    assert payload["status"] == "firing"
    assert all("Watchdog" not in one["groupLabels"].values() for _, one in notified)


def test_a_condition_that_has_not_held_for_long_enough_is_pending() -> None:
    with running_lab("feature-stale", 3_600) as lab:
        eventually(lambda: [a for a in lab.get("alerts")["alerts"] if a["state"] == "pending"])


def test_the_free_configuration_is_valid_and_names_servers_that_answer(lab: RunningLab) -> None:
    config = load_config(lab.lab.config_path)
    assert [source.url for source in config.sources.prometheus] == [lab.lab.prometheus_url]
    assert [source.url for source in config.sources.alertmanager] == [lab.lab.alertmanager_url]
    endpoints = list(config.catalogue().endpoints())
    assert len(endpoints) == 8
    paths = {
        "http": "",
        "kserve_v2": "/v2/health/ready",
        "triton": "/v2/health/ready",
        "vllm": "/health",
        "torchserve": "/ping",
    }
    for endpoint in endpoints:
        path = paths.get(endpoint.protocol.value, f"/v1/models/{endpoint.model}")
        assert httpx.get(endpoint.url + path).status_code == 200, endpoint


def test_healing_ends_the_incident_for_prometheus_too() -> None:
    with running_lab("bad-release", 3_600, into=300) as lab:
        failing = 'sum(rate(http_requests_total{service="fraud",code="500"}[15s])) > 1'
        eventually(lambda: lab.query(failing), 90)
        eventually(lambda: lab.query('model_info{service="fraud",version="2.4.0"}'))
        heal_over_http(lab.lab.control_url, "rollback-fraud")
        eventually(lambda: not lab.query(failing), 90)
        eventually(lambda: not lab.query('model_info{service="fraud",version="2.4.0"}'))


def test_a_killed_prometheus_refuses_and_comes_back_with_its_data(lab: RunningLab) -> None:
    (before,) = lab.query('count_over_time(up{instance="ranker"}[2d])')
    lab.run(lab.lab.kill_prometheus())
    try:
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{lab.lab.prometheus_url}/-/ready")
    finally:
        lab.run(lab.lab.start_prometheus())
    (after,) = lab.query('count_over_time(up{instance="ranker"}[2d])')
    assert float(after["value"][1]) > 0.99 * float(before["value"][1])


def test_the_story_says_what_to_type_next(lab: RunningLab) -> None:
    told = story(lab.lab)
    assert f"oncall-tui --config {lab.lab.config_path}" in told
    assert f"ONCALL_LAB_CONTROL={lab.lab.control_url} oncall-tui fleet heal replay-clickstream" in told
    assert lab.lab.prometheus_url in told


def test_a_folder_that_is_given_is_kept_and_one_with_something_in_it_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    with running_lab("quiet", 600, folder=folder):
        pass
    assert (folder / "prometheus.yaml").is_file()
    assert not (folder / "openmetrics").exists()
    with pytest.raises(ActionError, match="is not empty"), running_lab("quiet", 600, folder=folder):
        pass


def test_a_server_that_does_not_start_is_quoted_and_the_rest_is_stopped(lab: RunningLab) -> None:
    async def start() -> None:
        binaries = replace(find_binaries(), prometheus=Path("/bin/false"))
        ports = LabPorts.unused(lab.lab.fleet.services)
        broken = Lab(lab_config(), "quiet", ports=ports, history=600, binaries=binaries)
        try:
            async with broken:
                pytest.fail("it started")
        finally:
            assert not broken.processes["Alertmanager"].running
            assert not broken.folder.exists()

    with pytest.raises(ActionError, match="Prometheus ended with code 1"):
        asyncio.run(start())

"""What Prometheus and Alertmanager are told."""

from __future__ import annotations

from pathlib import Path

import promql_parser
import yaml

from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service, Signal, SignalKind
from oncall_tui.lab import files
from oncall_tui.lab.ports import LabPorts

PORTS = LabPorts(1, 2, 3, {"ranker": 4, "labels": 5})


def test_history_and_scrapes_carry_the_same_target_labels() -> None:
    (job,) = yaml.safe_load(files.prometheus_config(PORTS, Path("rules.yaml")))["scrape_configs"]
    for target, service in zip(job["static_configs"], PORTS.services, strict=True):
        assert {"job": job["job_name"], **target["labels"]} == files.target_labels(service)
        assert target["targets"] == [f"127.0.0.1:{PORTS.services[service]}"]
    assert job["honor_labels"] is True


def test_pages_tickets_and_the_watchdog_go_different_ways_and_a_page_hides_its_ticket() -> None:
    config = yaml.safe_load(files.alertmanager_config("http://127.0.0.1:3"))
    receivers = {one["name"]: one.get("webhook_configs", []) for one in config["receivers"]}
    routed = {route["matchers"][0]: route["receiver"] for route in config["route"]["routes"]}
    assert routed == {'alertname="Watchdog"': "deadman", 'severity="page"': "pager"}
    assert config["route"]["receiver"] == "tickets"
    assert receivers["deadman"] == []
    assert receivers["pager"][0]["url"] == "http://127.0.0.1:3/notify/pager"
    (rule,) = config["inhibit_rules"]
    assert rule["equal"] == ["service", "slo"]


def test_signals_with_a_warning_and_every_service_become_alerts() -> None:
    service = Service(
        "ranker",
        team="ranking",
        signals=(
            Signal("ranker", "drift", SignalKind.DRIFT, 'feature_drift_psi{service="ranker"}', by="feature", warn=0.1),
            Signal("ranker", "freshness", SignalKind.FRESHNESS, "age", warn=900),
            Signal("ranker", "calm", SignalKind.DRIFT, "x"),
            Signal("ranker", "queue", SignalKind.OTHER, "x", warn=5),
        ),
        endpoints=(Endpoint("ranker", "kserve", Protocol.KSERVE_V2, "http://x"),),
    )
    group = files.symptom_alerts(Catalogue((service, Service("labels"))), lambda alert: f"http://r/{alert}")
    by_name = {rule["alert"]: rule for rule in group["rules"] if rule["labels"].get("service") != "labels"}
    assert set(by_name) == {"Watchdog", "FeatureDrift", "PipelineStale", "EndpointDown"}
    drift = by_name["FeatureDrift"]
    assert drift["expr"] == 'max by (feature) (feature_drift_psi{service="ranker"}) > 0.1'
    assert drift["for"] == "30s"
    assert drift["labels"] == {"severity": "ticket", "service": "ranker", "team": "ranking"}
    assert drift["annotations"]["runbook_url"] == "http://r/FeatureDrift"
    assert by_name["EndpointDown"]["labels"]["endpoint"] == "kserve"
    assert by_name["EndpointDown"]["labels"]["severity"] == "page"
    assert by_name["Watchdog"]["labels"] == {"severity": "none"}
    for rule in group["rules"]:
        promql_parser.parse(rule["expr"])

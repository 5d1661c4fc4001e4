"""What the lab's servers are told: Prometheus' and Alertmanager's configuration, and alerts beside the burn rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from oncall_tui.core.burn import Severity
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.slo import NO_LABELS
from oncall_tui.lab.ports import HOST, LabPorts
from oncall_tui.rules import Group, Rule

Labels = Mapping[str, str]

INTERVAL = "5s"
"""Between two scrapes and between two evaluations: the stories unfold in minutes."""
RESEND = "15s"
"""Between two tellings of one alert. What fires before Prometheus has found its Alertmanager is told the next time."""
RETENTION = "90d"
"""Prometheus' own default is shorter than the history."""
JOB = "fleet"


def target_labels(service: str) -> dict[str, str]:
    """The labels a scrape of one service adds; the history carries the same."""
    return {"job": JOB, "instance": service, "service": service}


def prometheus_config(ports: LabPorts, rules: Path) -> str:
    """prometheus.yml: every service is a target, and names itself."""
    targets = [
        {"targets": [f"{HOST}:{port}"], "labels": {"instance": service, "service": service}}
        for service, port in ports.services.items()
    ]
    return _yaml(
        {
            "global": {
                "scrape_interval": INTERVAL,
                "evaluation_interval": INTERVAL,
                "external_labels": {"cluster": "lab"},
            },
            "rule_files": [str(rules)],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"{HOST}:{ports.alertmanager}"]}]}]},
            "scrape_configs": [{"job_name": JOB, "honor_labels": True, "static_configs": targets}],
        }
    )


def alertmanager_config(control_url: str) -> str:
    """alertmanager.yml: pages and tickets go to the control's sink, the watchdog nowhere; a page hides its ticket."""

    def receiver(name: str) -> dict[str, Any]:
        return {"name": name, "webhook_configs": [{"url": f"{control_url}/notify/{name}", "send_resolved": True}]}

    return _yaml(
        {
            "route": {
                "receiver": "tickets",
                "group_by": ["alertname", "service"],
                "group_wait": "2s",
                "group_interval": "10s",
                "repeat_interval": "4h",
                "routes": [
                    {"receiver": "deadman", "matchers": ['alertname="Watchdog"']},
                    {"receiver": "pager", "matchers": [f'severity="{Severity.PAGE}"']},
                ],
            },
            "inhibit_rules": [
                {
                    "source_matchers": [f'severity="{Severity.PAGE}"'],
                    "target_matchers": [f'severity="{Severity.TICKET}"'],
                    "equal": ["service", "slo"],
                }
            ],
            "receivers": [receiver("pager"), receiver("tickets"), {"name": "deadman"}],
        }
    )


def symptom_alerts(catalogue: Catalogue, runbook_url: Callable[[str], str]) -> Group:
    """Alerts on what has no budget: drift and freshness over their warnings, endpoints, and one that always fires."""
    rules: list[Rule] = []
    for service in catalogue.services:
        labels = {"service": service.name} | ({"team": service.team} if service.team else {})
        rules += (
            _out_of_bounds(signal, signal.warn, labels, runbook_url)
            for signal in service.signals
            if signal.warn is not None and signal.kind in _SYMPTOMS and signal.binned is None
        )
        rules.append(_endpoint_down(service, labels, runbook_url))
    watchdog = _alert("Watchdog", "vector(1)", runbook_url, "Alerting works: this alert always fires", severity="none")
    return {"name": "fleet-symptoms", "rules": [watchdog, *rules]}


_SYMPTOMS = {SignalKind.DRIFT: "Drift", SignalKind.FRESHNESS: "Stale"}


def _out_of_bounds(signal: Signal, warn: float, labels: Labels, runbook_url: Callable[[str], str]) -> Rule:
    drifts = signal.kind is SignalKind.DRIFT
    who = f"{{{{ $labels.{signal.by} }}}}" if signal.by else "It"
    found = 'PSI {{ $value | printf "%.2f" }}' if drifts else "{{ $value | humanizeDuration }} old"
    return _alert(
        f"{'Feature' if signal.by else 'Pipeline'}{_SYMPTOMS[signal.kind]}",
        f"max{f' by ({signal.by})' if signal.by else ''} ({signal.query}) > {warn:g}",
        runbook_url,
        f"{signal.service} {'drifts from what it was trained on' if drifts else 'serves stale data'}",
        f"{who}: {found}; the bound is {warn:g}.",
        hold="30s",
        labels=labels,
    )


def _endpoint_down(service: Service, labels: Labels, runbook_url: Callable[[str], str]) -> Rule:
    endpoint = {"endpoint": service.endpoints[0].name} if service.endpoints else {}
    return _alert(
        "EndpointDown",
        f'max(up{{job="{JOB}", service="{service.name}"}}) == 0',
        runbook_url,
        f"{service.name} does not answer",
        "Its /metrics cannot be read; what is shown of it is its past.",
        hold="10s",
        severity=Severity.PAGE,
        labels={**labels, **endpoint},
    )


def _alert(
    name: str,
    expr: str,
    runbook_url: Callable[[str], str],
    summary: str,
    description: str = "",
    *,
    hold: str = "",
    severity: str = Severity.TICKET,
    labels: Labels = NO_LABELS,
) -> Rule:
    rule: Rule = {"alert": name, "expr": expr}
    if hold:
        rule["for"] = hold
    annotations = {"summary": summary, "description": description, "runbook_url": runbook_url(name)}
    return {
        **rule,
        "labels": {"severity": str(severity), **labels},
        "annotations": {key: text for key, text in annotations.items() if text},
    }


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(document), sort_keys=False, width=10_000)

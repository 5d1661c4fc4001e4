"""The example is complete, right, and describes the fleet that the lab runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from oncall_tui.config.loader import load_config
from oncall_tui.config.models import Config
from oncall_tui.config.slos import SLI_KEYS
from oncall_tui.core.catalogue import Catalogue, Protocol, SignalKind
from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import EventsSli, LatencySli, Side, SlicesSli, SloKind

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(EXAMPLE)


@pytest.fixture(scope="module")
def catalogue(config: Config) -> Catalogue:
    return config.catalogue()


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for inner in get_args(annotation):
        yield from models_in(inner)


OPTIONS = sorted({(model.__name__, name) for model in models_in(Config) for name in model.model_fields})


@pytest.mark.parametrize(("model", "option"), OPTIONS, ids=[".".join(option) for option in OPTIONS])
def test_every_option_is_in_the_example(model: str, option: str) -> None:
    assert re.search(rf"(^|[\s{{(]|# ){option}:", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE), (model, option)


def uncommented(text: str, without: str) -> str:
    """The example with every optional line in force, but for those of alternatives that exclude what stands there."""
    lines, skipped = [], -1
    for line in text.splitlines():
        option = re.match(r"(\s*)# (#?( *)(?:- .*|[a-z_0-9]+:.*|X-.*))$", line)
        if option is None:
            lines.append(line)
            continue
        depth = len(option[3])
        if depth > skipped >= 0:
            continue
        skipped = depth if re.match(without, option[2].strip()) else -1
        if skipped < 0:
            lines.append(option[1] + option[2])
    return "\n".join(lines)


AUTHS = ("basic_auth", "authorization", "oauth2")


@pytest.mark.parametrize("auth", AUTHS)
def test_what_is_commented_out_is_right_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: str) -> None:
    secrets = ("PAGERDUTY_TOKEN", "PAGERDUTY_ROUTING_KEY", "ONCALL_TOKEN", "JIRA_TOKEN", "OPSGENIE_KEY", "GITHUB_TOKEN")
    for name in ("PROMETHEUS_PASSWORD", "PROMETHEUS_TOKEN", "OAUTH_SECRET", *secrets):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("WEBHOOK_URL", "https://chat.example.org/hooks/secret")
    monkeypatch.setenv("LAUNCH_URL", "https://ci.example.org/hooks/secret")
    others = "|".join(other for other in AUTHS if other != auth)
    text = uncommented(
        EXAMPLE.read_text(encoding="utf-8"), rf"({others}|{'|'.join(SLI_KEYS)}|period_error_ratio|protocol):"
    )
    file = tmp_path / "config.yaml"
    file.write_text(text, encoding="utf-8")
    config = load_config(file)
    source = config.sources.prometheus[0]
    assert getattr(source, auth) is not None
    assert source.headers["X-Team"].get_secret_value() == "ml-platform"
    assert source.http().headers["X-Scope-OrgID"].get_secret_value() == source.tenant == "ml-platform"
    assert source.parameters() == {
        "partial_response": ("true",),
        "dedup": ("true",),
        "extra_label": ("cluster=prod", "team=ml"),
        "nocache": ("1",),
    }
    assert config.runbooks.rules[0].title == "GPU saturation"
    assert config.acknowledge.author == "maria"
    kinds = ["pagerduty", "pagerduty_events", "grafana", "jira", "opsgenie", "webhook"]
    assert [pager.kind for pager in config.pagers] == kinds
    assert config.pagers[0].called == "night-shift"
    gateway = config.catalogue().services[0]
    assert gateway.labels == {"tier": "1"}
    assert [f"{matcher}" for matcher in gateway.matchers] == ['service="gateway"']
    assert gateway.slos[0].tiers == load_config(EXAMPLE).catalogue().services[0].slos[0].policy
    assert gateway.signals[0].crit == 10.0


def test_what_the_example_calls_a_default_is_one(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("theme: ''\n", encoding="utf-8")
    bare, example = load_config(file), load_config(EXAMPLE)
    assert example.polling == bare.polling
    assert example.acknowledge == bare.acknowledge
    assert example.runbooks.timeout == bare.runbooks.timeout
    assert example.journal == bare.journal
    assert (bare.read_only, bare.theme, bare.services, bare.pagers) == (False, "", (), ())


def test_it_points_at_the_lab(config: Config) -> None:
    assert [(source.name, source.url) for source in config.sources.prometheus] == [
        ("prometheus", "http://127.0.0.1:19090")
    ]
    assert [(source.name, source.url) for source in config.sources.alertmanager] == [
        ("alertmanager", "http://127.0.0.1:19093")
    ]
    assert config.runbooks.folders == (EXAMPLE.parent / "docs/runbooks",)


def test_the_fleet_has_its_services_and_dependencies(catalogue: Catalogue) -> None:
    assert {service.name: (service.kind.value, service.team, service.depends_on) for service in catalogue.services} == {
        "gateway": ("gateway", "edge", ("ranker", "retriever", "fraud", "assistant")),
        "ranker": ("model", "ranking", ("feature-store", "embedder")),
        "retriever": ("model", "search", ("embedder",)),
        "embedder": ("model", "search", ()),
        "fraud": ("model", "risk", ("feature-store",)),
        "churn": ("model", "growth", ("feature-store",)),
        "assistant": ("model", "assistant", ()),
        "feature-store": ("feature-store", "platform", ("clickstream",)),
        "clickstream": ("pipeline", "platform", ()),
        "labels": ("pipeline", "platform", ()),
    }
    assert {service.source for service in catalogue.services} == {"prometheus"}


def test_the_fleet_has_its_objectives(catalogue: Catalogue) -> None:
    assert {slo.id: (slo.objective, bound_of(slo.sli)) for slo in catalogue.slos()} == {
        "gateway/availability": (0.999, None),
        "gateway/latency": (0.99, 0.25),
        "ranker/availability": (0.999, None),
        "ranker/latency": (0.99, 0.1),
        "ranker/accuracy": (0.99, (Side.AT_LEAST, 0.9)),
        "retriever/availability": (0.999, None),
        "retriever/latency": (0.99, 0.25),
        "embedder/availability": (0.999, None),
        "embedder/throughput": (0.99, (Side.AT_LEAST, 20.0)),
        "fraud/availability": (0.9995, None),
        "fraud/latency": (0.995, 0.1),
        "fraud/accuracy": (0.98, (Side.AT_LEAST, 0.85)),
        "fraud/drift": (0.95, (Side.AT_MOST, 0.25)),
        "churn/availability": (0.995, None),
        "churn/accuracy": (0.95, (Side.AT_LEAST, 0.75)),
        "assistant/availability": (0.995, None),
        "assistant/latency": (0.99, 2.5),
        "feature-store/availability": (0.9995, None),
        "feature-store/latency": (0.999, 0.05),
        "feature-store/freshness": (0.995, (Side.AT_MOST, 900.0)),
        "clickstream/freshness": (0.99, (Side.AT_MOST, 300.0)),
        "clickstream/throughput": (0.99, (Side.AT_LEAST, 500.0)),
        "labels/freshness": (0.95, (Side.AT_MOST, 86400.0)),
    }
    for slo in catalogue.slos():
        assert slo.kind is SloKind(slo.name)
        assert format_duration(slo.period) == "30d"


def bound_of(sli: object) -> object:
    match sli:
        case EventsSli(error=error, good=good):
            assert error
            assert good is None
            return None
        case LatencySli(threshold=threshold):
            return threshold
        case SlicesSli(bound=bound, side=side):
            return side, bound
    raise AssertionError(sli)


def test_the_fleet_has_its_endpoints_in_the_order_of_the_services(catalogue: Catalogue) -> None:
    assert [(e.service, e.protocol, e.url, e.model) for e in catalogue.endpoints()] == [
        ("gateway", Protocol.HTTP, "http://127.0.0.1:19101/healthz", ""),
        ("ranker", Protocol.KSERVE_V2, "http://127.0.0.1:19102", "ranker"),
        ("retriever", Protocol.TRITON, "http://127.0.0.1:19103", "retriever"),
        ("embedder", Protocol.TRITON, "http://127.0.0.1:19104", "embedder"),
        ("fraud", Protocol.TF_SERVING, "http://127.0.0.1:19105", "fraud"),
        ("churn", Protocol.TORCHSERVE, "http://127.0.0.1:19106", "churn"),
        ("assistant", Protocol.VLLM, "http://127.0.0.1:19107", "assistant"),
        ("feature-store", Protocol.HTTP, "http://127.0.0.1:19108/healthz", ""),
    ]


def test_drift_freshness_and_quality_tell_their_members_apart(catalogue: Catalogue) -> None:
    by = {(s.name, signal.kind): signal.by for s in catalogue.services for signal in s.signals if signal.by}
    assert by == {
        **{(model, SignalKind.DRIFT): "feature" for model in ("ranker", "retriever", "embedder", "fraud", "churn")},
        ("feature-store", SignalKind.FRESHNESS): "feature_view",
        ("feature-store", SignalKind.QUALITY): "check",
        ("clickstream", SignalKind.QUALITY): "check",
    }

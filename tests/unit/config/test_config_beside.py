"""What an investigation asks besides, as configured: versions' labels, deploys, info metrics."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_tui.config.loader import config_from
from oncall_tui.core.beside import ALERTED, BY_VERSION, DEPLOYS, LABELS
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.errors import ConfigError
from oncall_tui.sources.prometheus.by_version import told_by_version


def catalogue(text: str) -> Catalogue:
    whole = f"sources: {{prometheus: [{{url: 'http://p:9090'}}]}}\nservices:\n  - name: ranker\n{text}"
    return config_from(whole, Path("c.yaml")).catalogue()


def service(text: str) -> Service:
    return catalogue(text).services[0]


def test_alerts_are_always_asked_and_nothing_else_where_nothing_is_written() -> None:
    one = service("    team: x")
    assert [signal.name for signal in one.beside] == [ALERTED]
    assert one.version_label == ""


def test_an_info_metric_gives_a_signal_a_label_and_the_versions_one_the_usual_ones() -> None:
    one = service("""    versions: {query: model_info, by: version}
    info: [{query: pods, labels: [image, node]}]
    deploys: {query: d, by: rev}""")
    queries = {signal.name: signal.query for signal in one.beside}
    assert queries[f"{LABELS}image,node"] == (
        'count by (oncall_labels) (label_join(pods, "oncall_labels", "␟", "image", "node"))'
    )
    (usual,) = [query for query in queries.values() if "model_info" in query]
    assert '"version", "image_id", "config_hash"' in usual
    assert queries[DEPLOYS] == "max by (rev) (d)"
    assert one.version_label == "version"


def test_a_recipe_brings_its_info_and_its_versions_label() -> None:
    one = service("    recipes: [kubernetes]")
    queries = {signal.name: signal.query for signal in one.beside}
    assert 'label_join(kube_pod_container_info{container="ranker"}, ' in queries[f"{LABELS}image,image_id"]
    assert service("    recipes: [triton]").version_label == "version"


def test_signals_are_told_apart_by_version_where_the_label_is_known() -> None:
    found = told_by_version(
        catalogue("""    versions: {query: model_info, by: version, label: model_version}
    signals:
      - {name: errors, query: 'sum(rate(e[5m])) / sum(rate(t[5m]))'}
      - {name: latency-p99, query: 'histogram_quantile(0.99, sum by (le) (rate(h_bucket[5m])))'}
      - {name: drift, query: d, by: feature}
      - {name: odd-errors, query: 'sum(a) / on(x) sum(b)'}
      - {name: queue, query: q}""")
    ).services[0]
    queries = {
        signal.name.removeprefix(BY_VERSION): signal.query
        for signal in found.beside
        if signal.name.startswith(BY_VERSION)
    }
    assert set(queries) == {"errors", "latency-p99"}
    assert queries["errors"].startswith("avg by (model_version) (")
    assert queries["errors"].count("by (model_version)") == 3
    assert "le, model_version" in queries["latency-p99"]
    assert found.signals[0].query == "sum(rate(e[5m])) / sum(rate(t[5m]))"


def test_without_versions_nothing_is_told_apart() -> None:
    plain = catalogue("    signals: [{name: errors, query: e}]")
    assert told_by_version(plain) == plain


@pytest.mark.parametrize(
    "text",
    [
        "    info: [{query: pods, labels: []}]",
        "    info: [{query: pods}]",
        "    deploys: {by: x}",
        "    deploys: {query: 'sum('}",
        "    versions: {query: a, by: b, label: 'c d'}",
    ],
)
def test_what_is_wrong_is_a_mistake(text: str) -> None:
    with pytest.raises(ConfigError):
        service(text)

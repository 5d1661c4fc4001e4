"""What model servers answer: unknown models and routes, loading and ready, and metrics in the text format."""

from __future__ import annotations

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from oncall_tui.core.catalogue import Protocol
from oncall_tui.lab.answers import Model
from oncall_tui.lab.protocols import answer, exposition
from oncall_tui.sources.simulated.fleet import Fleet, Point

READY = Model("ranker", "4.3.0", ready=True)
LOADING = Model("ranker", "4.3.0", ready=False)


@pytest.mark.parametrize("protocol", Protocol)
def test_an_unknown_route_is_not_found(protocol: Protocol) -> None:
    assert answer(protocol, "/admin", READY).status == 404


@pytest.mark.parametrize(
    ("protocol", "path"),
    [
        (Protocol.KSERVE_V2, "/v2/models/other"),
        (Protocol.KSERVE_V2, "/v2/models/other/ready"),
        (Protocol.TRITON, "/v2/models/other"),
        (Protocol.TRITON, "/v2/models/other/ready"),
        (Protocol.TF_SERVING, "/v1/models/other"),
        (Protocol.TF_SERVING, "/v1/models/other/metadata"),
        (Protocol.TORCHSERVE, "/models/other"),
    ],
)
def test_a_model_that_is_not_served_is_not_found(protocol: Protocol, path: str) -> None:
    assert answer(protocol, path, READY).status == 404


@pytest.mark.parametrize(
    ("protocol", "path", "ready", "loading"),
    [
        (Protocol.HTTP, "/healthz", 200, 503),
        (Protocol.HTTP, "/livez", 200, 200),
        (Protocol.KSERVE_V2, "/v2/health/live", 200, 200),
        (Protocol.KSERVE_V2, "/v2/health/ready", 200, 503),
        (Protocol.KSERVE_V2, "/v2/models/ranker/ready", 200, 503),
        (Protocol.KSERVE_V2, "/v2/models/ranker/versions/4.3.0/ready", 200, 503),
        (Protocol.TRITON, "/v2/health/live", 200, 200),
        (Protocol.TRITON, "/v2/health/ready", 200, 400),
        (Protocol.TRITON, "/v2/models/ranker/ready", 200, 400),
        (Protocol.TRITON, "/v2/models/ranker", 200, 400),
        (Protocol.TF_SERVING, "/v1/models/ranker", 200, 200),
        (Protocol.TORCHSERVE, "/ping", 200, 200),
        (Protocol.TORCHSERVE, "/models/ranker", 200, 200),
        (Protocol.VLLM, "/health", 200, 503),
        (Protocol.VLLM, "/v1/models", 200, 200),
    ],
)
def test_a_loading_model_is_alive_but_not_ready_as_its_protocol_says_it(
    protocol: Protocol, path: str, ready: int, loading: int
) -> None:
    assert answer(protocol, path, READY).status == ready
    assert answer(protocol, path, LOADING).status == loading


def test_where_the_status_does_not_tell_a_loading_model_the_body_does() -> None:
    status = json.loads(answer(Protocol.TF_SERVING, "/v1/models/ranker", LOADING).body)
    assert status["model_version_status"][0]["state"] == "LOADING"
    (model,) = json.loads(answer(Protocol.TORCHSERVE, "/models/ranker", LOADING).body)
    assert model["workers"][0]["status"] != "READY"


@pytest.mark.parametrize(
    ("protocol", "path"),
    [
        (Protocol.HTTP, "/healthz"),
        (Protocol.KSERVE_V2, "/v2"),
        (Protocol.KSERVE_V2, "/v2/models/ranker"),
        (Protocol.TRITON, "/v2/models/ranker"),
        (Protocol.TF_SERVING, "/v1/models/ranker"),
        (Protocol.TORCHSERVE, "/models/ranker"),
        (Protocol.VLLM, "/version"),
    ],
)
def test_the_version_is_told_where_the_protocol_tells_it(protocol: Protocol, path: str) -> None:
    assert b'"4.3.0"' in answer(protocol, path, READY).body


def test_metrics_read_back_as_the_fleet_has_them_each_family_with_its_type() -> None:
    fleet = Fleet("quiet", 1_795_000_000)
    points = list(fleet.exposition(fleet.epoch, "ranker"))
    families = list(text_string_to_metric_families(exposition(points).body.decode()))
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }
    assert samples == {(p.metric, frozenset(p.labels.items())): p.value for p in points}
    types = {family.name: family.type for family in families}
    assert types["http_request_duration_seconds"] == "histogram"
    assert types["http_requests"] == "counter"
    assert types["model_accuracy_ratio"] == "gauge"


def test_label_values_cannot_break_out_of_their_line() -> None:
    nasty = 'a"} 1\nevil{x="\\'
    body = exposition([Point("m", {"x": nasty}, 1.0, "gauge")]).body.decode()
    (family,) = text_string_to_metric_families(body)
    (sample,) = family.samples
    assert sample.labels == {"x": nasty}

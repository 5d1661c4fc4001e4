"""Model servers found by what they export: signals in seconds and shares, proposals with real bounds."""

from __future__ import annotations

from typing import Any

import promql_parser
import pytest
from discovery_answers import found, row, service
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.catalogue import Protocol, ServiceKind, SignalKind
from oncall_tui.core.errors import TimedOut
from oncall_tui.core.findings import Findings, FoundEndpoint, FoundService
from oncall_tui.core.recipes.recipe import Recipe
from oncall_tui.core.recipes.servers import RECIPES
from oncall_tui.core.slo import EventsSli, LatencySli
from oncall_tui.sources.prometheus.asks import Row

BOUNDS = ("0.5", "1.0", "2.5", "+Inf")


def histogram(name: str, bounds: tuple[str, ...] = BOUNDS, /, **labels: str) -> list[Row]:
    return [row(f"{name}_count", **labels), *(row(f"{name}_bucket", le=le, **labels) for le in bounds)]


VLLM = {"job": "vllm", "model_name": "llama"}
OF_VLLM = [
    *histogram("vllm:e2e_request_latency_seconds", **VLLM),
    row("vllm:request_success_total", finished_reason="stop", **VLLM),
    row("http_requests_total", job="vllm", status="2xx", handler="/"),
]


def signals(one: FoundService) -> dict[str, str]:
    return {signal.name: signal.query for signal in one.signals}


def only(findings: Findings) -> FoundService:
    (one,) = findings.services
    return one


def test_vllm_has_its_latency_throughput_and_the_errors_of_its_http_server() -> None:
    one = only(found(OF_VLLM))
    assert (one.name, one.kind, one.identity) == ("llama", ServiceKind.MODEL, (("model_name", "llama"),))
    assert signals(one) == {
        "latency-p99": "histogram_quantile(0.99, sum by (le) "
        '(rate(vllm:e2e_request_latency_seconds_bucket{model_name="llama"}[5m])))',
        "throughput": 'sum(rate(vllm:request_success_total{model_name="llama"}[5m]))',
        "errors": '(sum(rate(http_requests_total{job="vllm",status=~"5.."}[5m])) '
        'or sum(rate(http_requests_total{job="vllm"}[5m])) * 0) / sum(rate(http_requests_total{job="vllm"}[5m]))',
    }
    assert {signal.name: signal.unit for signal in one.signals}["latency-p99"] == "s"


def test_without_its_http_metrics_it_is_said_that_vllm_counts_no_errors() -> None:
    one = only(found(OF_VLLM[:-1]))
    assert "errors" not in signals(one)
    assert any("vLLM counts no errors" in remark for remark in one.remarks)
    assert not any("vLLM counts no errors" in remark for remark in only(found(OF_VLLM)).remarks)


def test_http_requests_of_other_jobs_and_without_a_status_are_not_its_errors() -> None:
    others = [row("http_requests_total", job="api", status="2xx"), row("http_requests_total", job="vllm", code="200")]
    assert "errors" not in signals(only(found([*OF_VLLM[:-1], *others])))


def test_errors_that_several_models_share_are_said_to_be_of_the_job() -> None:
    other = [row("vllm:request_success_total", job="vllm", model_name="qwen")]
    findings = found([*OF_VLLM, *other])
    remarks = {s.name: s.remark for s in service(findings, "llama").signals}
    assert remarks["errors"] == "of the whole job"
    assert remarks["throughput"] == ""


def test_a_latency_slo_is_proposed_at_a_bound_that_the_server_has() -> None:
    proposals = {one.name: one for one in only(found(OF_VLLM)).proposals}
    assert proposals["latency"].sli == LatencySli("vllm:e2e_request_latency_seconds", 1.0, 'model_name="llama"')
    assert proposals["latency"].remark == "the server's bounds are, in seconds, 0.5, 1.0, 2.5"
    assert isinstance(proposals["availability"].sli, EventsSli)


def test_a_histogram_without_buckets_gives_no_percentile_and_no_proposal() -> None:
    one = only(found([row("vllm:e2e_request_latency_seconds_count", **VLLM)]))
    assert signals(one) == {}
    assert one.proposals == ()


def test_buckets_that_cannot_be_asked_for_are_believed_and_nothing_is_proposed() -> None:
    findings = found(OF_VLLM, failing={"_bucket": TimedOut("p: slow")})
    assert "latency-p99" in signals(only(findings))
    assert [one.name for one in only(findings).proposals] == ["availability"]
    assert "buckets of latency histograms could not be asked for: p: slow" in findings.remarks


def test_microseconds_are_divided_and_proposed_by_the_bound_as_it_is_written() -> None:
    series = histogram(
        ":tensorflow:serving:request_latency", ("10", "900000", "1.8e+06", "+Inf"), model_name="fraud", job="tf"
    )
    series.append(row(":tensorflow:serving:request_count", model_name="fraud", status="OK", job="tf"))
    one = only(found(series))
    assert signals(one)["latency-p99"].endswith(" / 1e+06")
    latency = next(proposal for proposal in one.proposals if proposal.name == "latency")
    assert latency.sli == EventsSli(
        'sum(rate(:tensorflow:serving:request_latency_count{model_name="fraud"}[$window]))',
        good='sum(rate(:tensorflow:serving:request_latency_bucket{model_name="fraud",le="900000"}[$window]))',
    )


def test_a_service_of_one_model_is_called_by_its_own_name() -> None:
    one = only(found([row("vllm:request_success_total", service="chat", **VLLM)]))
    assert (one.name, one.identity) == ("chat", (("service", "chat"),))


def test_the_models_of_one_service_are_each_called_by_theirs() -> None:
    metric = "nv_inference_pending_request_count"
    findings = found([row(metric, service="triton", job="t", model=model) for model in ("a", "b")])
    assert {one.name: one.identity for one in findings.services} == {
        "a": (("model", "a"), ("service", "triton")),
        "b": (("model", "b"), ("service", "triton")),
    }


def test_one_model_in_several_services_of_many_is_told_apart() -> None:
    metric = "nv_inference_pending_request_count"
    findings = found([row(metric, service=s, model=m) for s in ("eu", "us") for m in ("a", "b")])
    assert {one.name for one in findings.services} == {"eu-a", "eu-b", "us-a", "us-b"}


def test_a_server_that_names_no_model_is_called_by_its_job() -> None:
    one = only(found([row("tgi_queue_size", job="tgi"), row("tgi_request_count", job="tgi")]))
    assert (one.name, one.identity) == ("tgi", (("job", "tgi"),))


def test_errors_that_a_label_tells_are_not_taken_for_none_where_there_is_no_such_label() -> None:
    counter = {"job": "b", "service_name": "b"}
    assert "errors" not in signals(only(found([row("bentoml_service_request_total", **counter)])))
    with_label = row("bentoml_service_request_total", http_response_code="200", **counter)
    assert "errors" in signals(only(found([with_label])))


def test_older_names_of_a_metric_are_taken_where_the_newer_are_not_there() -> None:
    one = only(found([row("ray_serve_deployment_request_counter", deployment="d", job="ray")]))
    assert signals(one)["throughput"] == 'sum(rate(ray_serve_deployment_request_counter{deployment="d"}[5m]))'


def test_findings_of_one_service_are_put_together() -> None:
    series = [
        row("vllm:request_success_total", service="x", **VLLM),
        row("feature_drift_psi", service="x", feature="f"),
    ]
    one = only(found(series))
    assert one.kind is ServiceKind.MODEL
    assert {signal.kind for signal in one.signals} == {SignalKind.THROUGHPUT, SignalKind.DRIFT}


def targets(*urls: str, job: str = "vllm") -> dict[str, Any]:
    return {"targets": {"activeTargets": [{"labels": {"job": job}, "scrapeUrl": url} for url in urls]}}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://10.0.0.1:8000/metrics", "http://10.0.0.1:8000"),
        ("https://[::1]:8000/metrics?x=y", "https://[::1]:8000"),
        ("http://user:secret@host/metrics", "http://host"),
        ("http://host:port/metrics", None),
        ("ftp://host/metrics", None),
        ("", None),
    ],
)
def test_where_it_is_scraped_may_be_its_endpoint(url: str, expected: str | None) -> None:
    endpoints = only(found(OF_VLLM, targets(url))).endpoints
    assert endpoints == (() if expected is None else (FoundEndpoint(Protocol.VLLM, expected, "llama"),))


def test_tritons_endpoint_is_beside_its_metrics() -> None:
    series = [row("nv_inference_pending_request_count", job="t", model="a")]
    one = only(found(series, targets("http://gpu:8002/metrics", job="t")))
    assert one.endpoints == (FoundEndpoint(Protocol.TRITON, "http://gpu:8000", "a"),)


@pytest.mark.parametrize("data", [None, 3, {"activeTargets": None}, {"activeTargets": [None, {"labels": 1}, {}]}])
def test_targets_of_any_other_shape_are_passed_over(data: Any) -> None:
    assert only(found(OF_VLLM, {"targets": data})).endpoints == ()


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.server)
def test_every_recipe_gives_all_its_signals_where_everything_is_exported(recipe: Recipe) -> None:
    labels = {"job": "j", **({recipe.identity[0]: "m"} if recipe.identity else {})}
    series = [row("http_requests_total", job="j", status="200"), row("Requests2XX", job="j")]
    labels |= {one.label: "1" for one in recipe.signals if one.label}
    for need in (need for one in recipe.signals for need in one.needs):
        series += histogram(need.removesuffix("_bucket"), **labels) if "_bucket" in need else [row(need, **labels)]
    one = service(found(series), "m" if recipe.identity else "j")
    names = {signal.name for signal in one.signals}
    assert {signal.name for signal in recipe.signals} <= names
    for signal in one.signals:
        promql_parser.parse(signal.query)
        assert "$" not in signal.query


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(HOSTILE, HOSTILE)
def test_whatever_a_model_and_a_job_are_called_exactly_they_are_asked_for(model: str, job: str) -> None:
    series = [row("vllm:request_success_total", job=job, model_name=model)]
    one = only(found([*series, row("vllm:num_requests_waiting", job=job, model_name=model)]))
    (selector,) = promql_parser.parse(signals(one)["queue"]).expr.matchers.matchers
    assert (selector.name, selector.value) == ("model_name", model)

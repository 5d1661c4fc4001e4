"""Every recipe on a real Prometheus that has the documented series: each signal has data, with the members it promises."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_fixture import RunningPrometheus, start_prometheus

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.loader import config_from
from oncall_tui.core import recipes
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import Members, Outcome, SignalReading
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live

NAME = "ranker"
SPAN, STEP = 7_200, 30
Labels = Mapping[str, str]
POD = {"namespace": "ml", "pod": "ranker-1", "container": NAME}
GPU = {"gpu": "0", "UUID": "GPU-1", "device": "nvidia0", "modelName": "NVIDIA A100", "Hostname": "n1", **POD}
MODEL = {"model_name": NAME}

GAUGES: list[tuple[str, Labels, float]] = [
    ("evidently:data_drift:p_value", {"dataset_name": NAME, "feature": "age", "feature_type": "num"}, 0.01),
    ("evidently:data_drift:p_value", {"dataset_name": NAME, "feature": "price", "feature_type": "num"}, 0.6),
    ("evidently:data_drift:share_drifted_features", {"dataset_name": NAME}, 0.5),
    *(
        (f"seldon_metric_drift_{what}", {**MODEL, "index": index}, value)
        for what, value in (("is_drift", 1.0), ("p_val", 0.02), ("distance", 0.3))
        for index in "01"
    ),
    ("whylogs_counts_null", {"model": NAME, "column": "age"}, 5.0),
    ("whylogs_counts_n", {"model": NAME, "column": "age"}, 100.0),
    ("whylogs_constraint_failed", {"model": NAME, "constraint": "age is positive"}, 1.0),
    ("whylogs_distribution_mean", {"model": NAME, "column": "prediction"}, 0.4),
    ("whylogs_drift_score", {"model": NAME, "column": "age"}, 0.2),
    ("nannyml_realized_performance", {"model": NAME, "metric": "roc_auc"}, 0.8),
    ("nannyml_estimated_performance", {"model": NAME, "metric": "roc_auc"}, 0.85),
    ("nannyml_univariate_drift", {"model": NAME, "column": "age", "method": "jensen_shannon"}, 0.12),
    ("nannyml_missing_values_rate", {"model": NAME, "column": "age"}, 0.03),
    ("nannyml_alert", {"model": NAME, "metric": "roc_auc"}, 0.0),
    ("container_memory_working_set_bytes", {**POD, "id": "/k"}, 900.0),
    ("kube_pod_container_resource_limits", {**POD, "resource": "memory", "unit": "byte"}, 1_000.0),
    ("kube_pod_container_status_ready", POD, 1.0),
    ("kube_pod_container_info", {**POD, "image": "ranker:1.2", "image_id": "sha256:1"}, 1.0),
    ("DCGM_FI_DEV_GPU_UTIL", GPU, 75.0),
    ("DCGM_FI_DEV_FB_USED", GPU, 30_000.0),
    ("DCGM_FI_DEV_FB_FREE", GPU, 10_000.0),
    ("DCGM_FI_DEV_GPU_TEMP", GPU, 61.0),
    ("DCGM_FI_DEV_XID_ERRORS", GPU, 0.0),
    ("vllm:num_requests_waiting", {**MODEL, "engine": "0"}, 3.0),
    ("vllm:kv_cache_usage_perc", {**MODEL, "engine": "0"}, 0.4),
    ("nv_inference_pending_request_count", {"model": NAME, "version": "1"}, 2.0),
    ("ray_serve_deployment_queued_queries", {"deployment": NAME}, 1.0),
    ("tgi_queue_size", {}, 1.0),
    ("sglang:num_queue_reqs", MODEL, 1.0),
    ("sglang:token_usage", MODEL, 0.5),
    ("bentoml_service_request_in_progress", {"service_name": NAME}, 1.0),
    ("feast_feature_freshness_seconds", {"feature_view": "users", "project": "p"}, 300.0),
]
COUNTERS: list[tuple[str, Labels, float]] = [
    ("container_cpu_usage_seconds_total", {**POD, "id": "/k"}, 1.5),
    ("container_cpu_cfs_throttled_periods_total", POD, 1.0),
    ("container_cpu_cfs_periods_total", POD, 10.0),
    ("kube_pod_container_status_restarts_total", POD, 0.0),
    ("vllm:request_success_total", {**MODEL, "finished_reason": "stop"}, 4.0),
    ("vllm:generation_tokens_total", MODEL, 400.0),
    ("nv_inference_request_success", {"model": NAME, "version": "1"}, 9.0),
    ("nv_inference_request_failure", {"model": NAME, "version": "1"}, 1.0),
    ("nv_inference_request_duration_us", {"model": NAME, "version": "1"}, 90_000.0),
    ("nv_inference_queue_duration_us", {"model": NAME, "version": "1"}, 9_000.0),
    ("ts_inference_latency_microseconds", {**MODEL, "model_version": "1.0"}, 50_000.0),
    ("ts_inference_requests_total", {**MODEL, "model_version": "1.0"}, 5.0),
    (":tensorflow:serving:request_count", {**MODEL, "status": "OK"}, 5.0),
    ("ray_serve_deployment_request_counter_total", {"deployment": NAME}, 5.0),
    ("ray_serve_deployment_error_counter_total", {"deployment": NAME}, 1.0),
    ("tgi_request_count", {}, 5.0),
    ("tgi_request_success", {}, 4.0),
    ("sglang:num_requests_total", MODEL, 5.0),
    ("sglang:num_aborted_requests_total", MODEL, 1.0),
    ("sglang:generation_tokens_total", MODEL, 100.0),
    (
        "bentoml_service_request_total",
        {"service_name": NAME, "service_version": "v1", "http_response_code": "200"},
        5.0,
    ),
    ("model_infer_request_success_total", {**MODEL, "model_version": "1"}, 5.0),
    ("model_infer_request_failure_total", {**MODEL, "model_version": "1"}, 1.0),
    ("feast_feature_server_request_total", {"endpoint": "/get-online-features", "status": "success"}, 5.0),
    ("feast_materialization_result_total", {"feature_view": "users", "status": "failure"}, 0.01),
]
HISTOGRAMS: list[tuple[str, Labels]] = [
    ("seldon_model_drift", {**MODEL, "model_version": "1"}),
    ("vllm:e2e_request_latency_seconds", MODEL),
    ("vllm:time_to_first_token_seconds", MODEL),
    ("nv_inference_first_response_histogram_ms", {"model": NAME, "version": "1"}),
    (":tensorflow:serving:request_latency", MODEL),
    ("request_predict_seconds", MODEL),
    ("ray_serve_deployment_processing_latency_ms", {"deployment": NAME}),
    ("tgi_request_duration", {}),
    ("tgi_request_generated_tokens", {}),
    ("sglang:e2e_request_latency_seconds", MODEL),
    ("sglang:time_to_first_token_seconds", MODEL),
    ("bentoml_service_request_duration_seconds", {"service_name": NAME}),
    (
        "seldon_api_executor_client_requests_seconds",
        {**MODEL, "deployment_name": "d", "code": "200", "model_version": "1"},
    ),
    ("feast_feature_server_request_latency_seconds", {"endpoint": "/get-online-features"}),
]
BOUNDS = {"0.5": 2.0, "1.0": 4.0, "+Inf": 5.0}


def _line(name: str, labels: Labels, value: float, at: float) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value:g} {at:.3f}\n"


def _history(end: float) -> str:
    lines = []
    times = [(n, end - SPAN + n * STEP) for n in range(SPAN // STEP + 1)]
    for name, labels, value in GAUGES:
        lines += [_line(name, labels, value, at) for _, at in times]
    counted = list(COUNTERS)
    for name, labels in HISTOGRAMS:
        counted += [(f"{name}_bucket", {**labels, "le": le}, rate) for le, rate in BOUNDS.items()]
        counted += [(f"{name}_count", labels, 5.0), (f"{name}_sum", labels, 2.5)]
    for name, labels, rate in counted:
        lines += [_line(name, labels, rate * n * STEP, at) for n, at in times]
    return "".join(lines)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPrometheus]:
    running = start_prometheus(tmp_path_factory.mktemp("recipes"), _history(time.time() - 5))
    yield running
    running.stop()


def _service(url: str, name: str) -> Service:
    text = f"sources: {{prometheus: [{{url: '{url}'}}]}}\nservices:\n  - name: {NAME}\n    recipes: [{name}]"
    return config_from(text, Path("c.yaml")).catalogue().services[0]


async def _answers(url: str, name: str) -> dict[str, Outcome]:
    service = _service(url, name)
    source = PrometheusSource("prometheus", url, HttpConfig(), Catalogue((service,)), concurrency=4)
    readings = [SignalReading(NAME, signal.name) for signal in service.signals]
    if service.versions is not None:
        readings.append(SignalReading(NAME, service.versions.name))
    try:
        outcomes = (await source.read(readings, time.time())).outcomes
    finally:
        await source.close()
    return {reading.signal: outcomes[reading] for reading in readings}


@pytest.mark.parametrize("name", recipes.BY_NAME)
async def test_every_signal_of_a_recipe_has_data_from_the_documented_series(
    prometheus: RunningPrometheus, name: str
) -> None:
    answers = await _answers(prometheus.url, name)
    without = {signal: answer for signal, answer in answers.items() if not isinstance(answer, Members)}
    assert not without
    by = {one.name: one.by for one in recipes.signals(name, "")}
    for signal, answer in answers.items():
        assert isinstance(answer, Members)
        assert ("" not in answer.values) == bool(by.get(signal) or signal.startswith("@")), signal


async def test_the_figures_are_those_that_the_series_tell(prometheus: RunningPrometheus) -> None:
    async def value(recipe: str, signal: str, member: str = "") -> float:
        answer = (await _answers(prometheus.url, recipe))[signal]
        assert isinstance(answer, Members)
        return answer.values[member]

    assert await value("dcgm", "gpu") == pytest.approx(0.75)
    assert await value("dcgm", "gpu-memory") == pytest.approx(0.75)
    assert await value("kubernetes", "memory-of-limit") == pytest.approx(0.9)
    assert await value("kubernetes", "cpu") == pytest.approx(1.5, rel=0.02)
    assert await value("kubernetes", "cpu-throttled") == pytest.approx(0.1, rel=0.02)
    assert await value("kubernetes", "replicas-not-ready") == 0
    assert await value("evidently", "drift-p-value", "age") == pytest.approx(0.01)
    assert await value("triton", "errors") == pytest.approx(0.1, rel=0.02)
    assert await value("triton", "latency-mean") == pytest.approx(0.01, rel=0.02)
    assert await value("vllm", "latency-p50") == pytest.approx(0.5 + 0.5 * 0.25, rel=0.02)
    assert await value("whylogs", "null-values", "age") == pytest.approx(0.05)
    assert await value("alibi_detect", "drift-share") == pytest.approx(0.5, rel=0.02)
    assert await value("feast", "freshness", "users") == 300
    assert await value("kubernetes", "@versions", "ranker:1.2") == 1

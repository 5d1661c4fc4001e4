"""What model servers export, and what to make of it. Data only: a server more is an entry more."""

from __future__ import annotations

from dataclasses import replace

from oncall_tui.core.catalogue import Protocol, ServiceKind, SignalKind
from oncall_tui.core.recipes.recipe import (
    HistogramRecipe,
    Recipe,
    SignalRecipe,
    errors,
    errors_of,
    failures,
    gauge,
    highest,
    labelled,
    mean,
    p99,
    rate,
    worst,
)

_HTTP = labelled("http_requests_total", "status", '=~"5.."', "$job")
_TRITON = failures("nv_inference_request_failure", "nv_inference_request_success")
_TF = labelled(":tensorflow:serving:request_count", "status", '!="OK"')
_KNATIVE = labelled("revision_request_count", "response_code_class", '="5xx"')
_RAY = errors_of("ray_serve_deployment_error_counter_total", "ray_serve_deployment_request_counter_total")
_RAY_OLD = errors_of("ray_serve_deployment_error_counter", "ray_serve_deployment_request_counter")
_RAY_HTTP = errors_of("ray_serve_num_http_error_requests_total", "ray_serve_num_http_requests_total")
_RAY_HTTP_OLD = errors_of("ray_serve_num_http_error_requests", "ray_serve_num_http_requests")
_SGLANG = errors_of("sglang:num_aborted_requests_total", "sglang:num_requests_total")
_BENTO = labelled("bentoml_service_request_total", "http_response_code", '=~"5.."')
_MLSERVER = failures("model_infer_request_failure_total", "model_infer_request_success_total")
_OVMS = failures("ovms_requests_fail", "ovms_requests_success")
_SELDON = labelled("seldon_api_executor_client_requests_seconds_count", "code", '=~"5.."')
_FEAST = labelled("feast_feature_server_request_total", "status", '=~"error|5.."')
_FEAST_FAILED = " or ".join(
    f'sum by (feature_view) (increase(feast_materialization{result}_total{{$own,status="failure"}}[1h]))'
    for result in ("_result", "")
)
_FEAST_MORE = (
    replace(worst("freshness", SignalKind.FRESHNESS, "feast_feature_freshness_seconds", "feature_view"), unit="s"),
    SignalRecipe(
        "failed-materializations",
        SignalKind.QUALITY,
        "in 1h",
        _FEAST_FAILED,
        ("feast_materialization_result_total",),
        by="feature_view",
        warn=0.5,
    ),
)
"""Freshness counts from the end of the last materialization, not from the events in it."""
_TORCH_2XX, _TORCH_5XX = (f"sum(rate(Requests{code}XX{{$job}}[$window]))" for code in (2, 5))
_TORCH = errors(
    f"{_TORCH_5XX} or {_TORCH_2XX} * 0", f"{_TORCH_2XX} + ({_TORCH_5XX} or {_TORCH_2XX} * 0)", ("Requests2XX",)
)
_TGI_ALL, _TGI_GOOD = (f"sum(rate(tgi_request_{what}{{$own}}[$window]))" for what in ("count", "success"))
_TGI = errors(f"clamp_min({_TGI_ALL} - {_TGI_GOOD}, 0)", _TGI_ALL, ("tgi_request_count", "tgi_request_success"))

VLLM = Recipe(
    "vLLM",
    ("model_name",),
    (
        p99("vllm:e2e_request_latency_seconds"),
        p99("vllm:time_to_first_token_seconds", name="first-token-latency-p99"),
        rate("vllm:request_success_total"),
        rate("vllm:generation_tokens_total", name="token-throughput", unit="tokens/s"),
        _HTTP[0],
        gauge("queue", "vllm:num_requests_waiting"),
        highest("kv-cache-used", "vllm:kv_cache_usage_perc"),
        highest("kv-cache-used", "vllm:gpu_cache_usage_perc"),
    ),
    (_HTTP[1],),
    (HistogramRecipe("vllm:e2e_request_latency_seconds"), HistogramRecipe("vllm:time_to_first_token_seconds")),
    protocol=Protocol.VLLM,
    lacks=("errors", "vLLM counts no errors itself; its HTTP server does, as http_requests_total with a status"),
)


def _on_ray(vllm: Recipe) -> Recipe:
    """vLLM's metrics as Ray passes them on: under names of its own, and without the HTTP server's."""

    def renamed(signal: SignalRecipe) -> SignalRecipe:
        needs = tuple(metric.replace("vllm:", "ray_vllm_") for metric in signal.needs)
        return replace(signal, query=signal.query.replace("vllm:", "ray_vllm_"), needs=needs)

    signals = tuple(renamed(signal) for signal in vllm.signals if signal is not _HTTP[0])
    latency = tuple(HistogramRecipe(one.histogram.replace("vllm:", "ray_vllm_")) for one in vllm.latency)
    return Recipe("vLLM on Ray", vllm.identity, signals, latency=latency, lacks=vllm.lacks)


RECIPES: tuple[Recipe, ...] = (
    VLLM,
    _on_ray(VLLM),
    Recipe(
        "Triton",
        ("model",),
        (
            p99("nv_inference_first_response_histogram_ms", 1_000, "first-response-latency-p99"),
            mean("nv_inference_request_duration_us", "nv_inference_request_success", 1e6),
            rate("nv_inference_request_success"),
            _TRITON[0],
            gauge("queue", "nv_inference_pending_request_count"),
        ),
        (_TRITON[1],),
        (HistogramRecipe("nv_inference_first_response_histogram_ms", 1_000),),
        protocol=Protocol.TRITON,
        port=8000,
        more=(mean("nv_inference_queue_duration_us", "nv_inference_request_success", 1e6, "queue-latency-mean"),),
        versions=("nv_inference_request_success", "version"),
        lacks=(
            "latency-p99",
            "Triton adds latencies up in a counter, so there is a mean only, by default",
        ),
    ),
    Recipe(
        "TorchServe",
        ("model_name",),
        (
            mean("ts_inference_latency_microseconds", "ts_inference_requests_total", 1e6),
            rate("ts_inference_requests_total"),
            _TORCH[0],
        ),
        (_TORCH[1],),
        protocol=Protocol.TORCHSERVE,
        port=8080,
        versions=("ts_inference_requests_total", "model_version"),
        lacks=("latency-p99", "TorchServe adds latencies up in a counter, so there is a mean only"),
    ),
    Recipe(
        "TensorFlow Serving",
        ("model_name",),
        (
            p99(":tensorflow:serving:request_latency", 1e6),
            rate(":tensorflow:serving:request_count"),
            _TF[0],
        ),
        (_TF[1],),
        (HistogramRecipe(":tensorflow:serving:request_latency", 1e6),),
        protocol=Protocol.TF_SERVING,
    ),
    Recipe(
        "KServe",
        ("model_name",),
        (
            p99("request_predict_seconds"),
            SignalRecipe(
                "throughput",
                SignalKind.THROUGHPUT,
                "req/s",
                "sum(rate(request_predict_seconds_count{$own}[5m]))",
                ("request_predict_seconds_bucket",),
            ),
        ),
        latency=(HistogramRecipe("request_predict_seconds"),),
        protocol=Protocol.KSERVE_V2,
        lacks=("errors", "KServe's own server counts no errors; Knative's proxy does, as revision_request_count"),
    ),
    Recipe(
        "KServe on Knative",
        ("service_name", "configuration_name", "revision_name"),
        (p99("revision_app_request_latencies", 1_000), rate("revision_request_count"), _KNATIVE[0]),
        (_KNATIVE[1],),
        (HistogramRecipe("revision_app_request_latencies", 1_000),),
    ),
    Recipe(
        "Ray Serve",
        ("deployment",),
        (
            p99("ray_serve_deployment_processing_latency_ms", 1_000),
            rate("ray_serve_deployment_request_counter_total"),
            rate("ray_serve_deployment_request_counter"),
            _RAY[0],
            _RAY_OLD[0],
            gauge("queue", "ray_serve_deployment_queued_queries"),
        ),
        (_RAY[1], _RAY_OLD[1]),
        (HistogramRecipe("ray_serve_deployment_processing_latency_ms", 1_000),),
    ),
    Recipe(
        "Ray Serve's HTTP proxy",
        ("application", "route"),
        (
            p99("ray_serve_http_request_latency_ms", 1_000),
            rate("ray_serve_num_http_requests_total"),
            rate("ray_serve_num_http_requests"),
            _RAY_HTTP[0],
            _RAY_HTTP_OLD[0],
        ),
        (_RAY_HTTP[1], _RAY_HTTP_OLD[1]),
        (HistogramRecipe("ray_serve_http_request_latency_ms", 1_000),),
        kind=ServiceKind.GATEWAY,
    ),
    Recipe(
        "TGI",
        (),
        (
            p99("tgi_request_duration"),
            rate("tgi_request_count"),
            SignalRecipe(
                "token-throughput",
                SignalKind.THROUGHPUT,
                "tokens/s",
                "sum(rate(tgi_request_generated_tokens_sum{$own}[5m]))",
                ("tgi_request_generated_tokens_bucket",),
            ),
            _TGI[0],
            gauge("queue", "tgi_queue_size"),
        ),
        (_TGI[1],),
        (HistogramRecipe("tgi_request_duration"),),
        protocol=Protocol.TGI,
    ),
    Recipe(
        "SGLang",
        ("model_name",),
        (
            p99("sglang:e2e_request_latency_seconds"),
            p99("sglang:time_to_first_token_seconds", name="first-token-latency-p99"),
            rate("sglang:num_requests_total"),
            rate("sglang:generation_tokens_total", name="token-throughput", unit="tokens/s"),
            _SGLANG[0],
            gauge("queue", "sglang:num_queue_reqs"),
            highest("kv-cache-used", "sglang:token_usage"),
        ),
        (_SGLANG[1],),
        (HistogramRecipe("sglang:e2e_request_latency_seconds"), HistogramRecipe("sglang:time_to_first_token_seconds")),
        protocol=Protocol.SGLANG,
    ),
    Recipe(
        "BentoML",
        ("service_name",),
        (
            p99("bentoml_service_request_duration_seconds"),
            rate("bentoml_service_request_total"),
            _BENTO[0],
            gauge("in-progress", "bentoml_service_request_in_progress"),
        ),
        (_BENTO[1],),
        (HistogramRecipe("bentoml_service_request_duration_seconds"),),
        protocol=Protocol.BENTOML,
        versions=("bentoml_service_request_total", "service_version"),
    ),
    Recipe(
        "MLServer",
        ("model_name",),
        (rate("model_infer_request_success_total"), _MLSERVER[0]),
        (_MLSERVER[1],),
        protocol=Protocol.MLSERVER,
        port=8080,
    ),
    Recipe(
        "Seldon Core",
        ("model_name", "deployment_name"),
        (
            p99("seldon_api_executor_client_requests_seconds"),
            SignalRecipe(
                "throughput",
                SignalKind.THROUGHPUT,
                "req/s",
                "sum(rate(seldon_api_executor_client_requests_seconds_count{$own}[5m]))",
                ("seldon_api_executor_client_requests_seconds_bucket",),
            ),
            replace(_SELDON[0], needs=("seldon_api_executor_client_requests_seconds_bucket",)),
        ),
        (replace(_SELDON[1], needs=("seldon_api_executor_client_requests_seconds_bucket",)),),
        (HistogramRecipe("seldon_api_executor_client_requests_seconds"),),
        versions=("seldon_api_executor_client_requests_seconds_count", "model_version"),
    ),
    Recipe(
        "OpenVINO",
        ("name",),
        (
            p99("ovms_request_time_us", 1e6),
            rate("ovms_requests_success", "ovms_requests_fail"),
            _OVMS[0],
            gauge("in-progress", "ovms_current_requests"),
        ),
        (_OVMS[1],),
        (HistogramRecipe("ovms_request_time_us", 1e6),),
        protocol=Protocol.KSERVE_V2,
    ),
    Recipe(
        "llama.cpp",
        (),
        (
            rate("llamacpp:tokens_predicted_total", name="token-throughput", unit="tokens/s"),
            gauge("queue", "llamacpp:requests_deferred"),
            gauge("in-progress", "llamacpp:requests_processing"),
        ),
        lacks=("errors", "llama.cpp exports neither latencies nor errors"),
    ),
    Recipe(
        "Feast's feature server",
        (),
        (
            p99("feast_feature_server_request_latency_seconds"),
            rate("feast_feature_server_request_total"),
            _FEAST[0],
        ),
        (_FEAST[1],),
        (HistogramRecipe("feast_feature_server_request_latency_seconds"),),
        kind=ServiceKind.FEATURE_STORE,
        more=_FEAST_MORE,
    ),
)

BESIDE = ('{__name__="http_requests_total",status!="",$job}', '{__name__="Requests2XX",$job}')
"""What servers export that has no label for the model; it is looked for in the jobs that export models alone."""

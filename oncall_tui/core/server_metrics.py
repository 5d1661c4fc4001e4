"""The few of a model server's own metrics that matter to who is on call, and what they come to.

A queue or a cache is a gauge and shown as it is; a counter is shown as what it grew by a second between two looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from oncall_tui.core.catalogue import Protocol
from oncall_tui.core.exposition import values_of


class How(Enum):
    """What a server's series of one metric come to."""

    SUM = "sum"
    MOST = "most"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One figure. name: as people read it. metrics: the names it has had, newest first. unit: '%' for a ratio 0..1."""

    name: str
    how: How
    metrics: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ServerFigure:
    """One figure as the server told it. unit: '' for a number of things, '%' (of 0..1), '/s'."""

    name: str
    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at /metrics gave. at: unix seconds. counters: their totals, by the figure's name."""

    at: float
    figures: tuple[ServerFigure, ...] = ()
    counters: Mapping[str, float] | None = None


WANTED: dict[Protocol, tuple[Wanted, ...]] = {
    Protocol.VLLM: (
        Wanted("running", How.SUM, ("vllm:num_requests_running",)),
        Wanted("waiting", How.SUM, ("vllm:num_requests_waiting",)),
        Wanted("kv cache", How.MOST, ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"), "%"),
        Wanted("preempted", How.RATE, ("vllm:num_preemptions_total",)),
    ),
    Protocol.TGI: (
        Wanted("queue", How.SUM, ("tgi_queue_size",)),
        Wanted("batch", How.SUM, ("tgi_batch_current_size",)),
        Wanted("requests", How.RATE, ("tgi_request_count",)),
        Wanted("failed", How.RATE, ("tgi_request_failure",)),
    ),
    Protocol.SGLANG: (
        Wanted("running", How.SUM, ("sglang:num_running_reqs",)),
        Wanted("queue", How.SUM, ("sglang:num_queue_reqs",)),
        Wanted("kv cache", How.MOST, ("sglang:token_usage",), "%"),
    ),
    Protocol.LLAMA_CPP: (
        Wanted("running", How.SUM, ("llamacpp:requests_processing",)),
        Wanted("deferred", How.SUM, ("llamacpp:requests_deferred",)),
        Wanted("kv cache", How.MOST, ("llamacpp:kv_cache_usage_ratio",), "%"),
    ),
    Protocol.TRITON: (
        Wanted("pending", How.SUM, ("nv_inference_pending_request_count",)),
        Wanted("requests", How.RATE, ("nv_inference_request_success",)),
        Wanted("failed", How.RATE, ("nv_inference_request_failure",)),
        Wanted("gpu", How.MOST, ("nv_gpu_utilization",), "%"),
    ),
    Protocol.MLSERVER: (
        Wanted("in progress", How.SUM, ("rest_server_requests_in_progress",)),
        Wanted("requests", How.RATE, ("model_infer_request_success_total", "model_infer_request_success")),
        Wanted("failed", How.RATE, ("model_infer_request_failure_total", "model_infer_request_failure")),
    ),
    Protocol.TORCHSERVE: (
        Wanted("requests", How.RATE, ("ts_inference_requests_total",)),
        Wanted("failed", How.RATE, ("Requests5XX",)),
    ),
    Protocol.TF_SERVING: (Wanted("requests", How.RATE, (":tensorflow:serving:request_count",)),),
    Protocol.RAY_SERVE: (
        Wanted("queued", How.SUM, ("ray_serve_deployment_queued_queries",)),
        Wanted("running", How.SUM, ("ray_serve_replica_processing_queries",)),
        Wanted("failed", How.RATE, ("ray_serve_num_http_error_requests_total", "ray_serve_num_http_error_requests")),
    ),
    Protocol.BENTOML: (
        Wanted("in progress", How.SUM, ("bentoml_service_request_in_progress",)),
        Wanted("requests", How.RATE, ("bentoml_service_request_total",)),
    ),
}
"""What is looked for, by protocol; of the others no metrics are known."""

SAME_PORT: dict[Protocol, str] = {
    Protocol.VLLM: "/metrics",
    Protocol.TGI: "/metrics",
    Protocol.SGLANG: "/metrics",
    Protocol.LLAMA_CPP: "/metrics",
    Protocol.BENTOML: "/metrics",
    Protocol.TF_SERVING: "/monitoring/prometheus/metrics",
}
"""Where those are that a server exports beside its API; the others have a port for them."""


def read(protocol: Protocol, text: str, at: float, before: Reading | None = None) -> Reading:
    """The protocol's figures out of an exposition. before: the reading that counters are held against.

    What is not exported is left out, and so is a counter that was not there before or has begun anew.
    """
    wanted = WANTED.get(protocol, ())
    found = values_of(text, {metric for one in wanted for metric in one.metrics})
    figures: list[ServerFigure] = []
    counters: dict[str, float] = {}
    for one in wanted:
        values = next((found[metric] for metric in one.metrics if metric in found), None)
        if values is None:
            continue
        if one.how is not How.RATE:
            figures.append(ServerFigure(one.name, max(values) if one.how is How.MOST else sum(values), one.unit))
            continue
        counters[one.name] = sum(values)
        earlier = before.counters.get(one.name) if before and before.counters else None
        if before is not None and earlier is not None and counters[one.name] >= earlier and at > before.at:
            figures.append(ServerFigure(one.name, (counters[one.name] - earlier) / (at - before.at), "/s"))
    return Reading(at, tuple(figures), counters)

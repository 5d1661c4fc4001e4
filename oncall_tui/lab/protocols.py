"""What model servers answer: the health, readiness and metadata routes of each protocol, as pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oncall_tui.core.catalogue import Protocol
from oncall_tui.lab.answers import Answer, Model, as_json, unknown
from oncall_tui.lab.more_protocols import MORE_ROUTES
from oncall_tui.sources.simulated.fleet import Point

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def answer(protocol: Protocol, path: str, model: Model) -> Answer:
    """What a server of this protocol says to GET path; 404 for what it does not know."""
    return ROUTES[protocol](path, model)


def exposition(points: list[Point]) -> Answer:
    """Points in Prometheus' text format: one family after the other, each with its type."""
    families: dict[tuple[str, str], list[str]] = {}
    for point in points:
        lines = families.setdefault((family_of(point), point.type), [])
        lines.append(f"{series_name(point.metric, point.labels)} {point.value!r}")
    text = "".join(
        f"# TYPE {family} {type_}\n" + "\n".join(lines) + "\n" for (family, type_), lines in families.items()
    )
    return Answer(200, text.encode(), EXPOSITION)


def family_of(point: Point) -> str:
    """The family a point belongs to: a histogram's without the suffix of its parts."""
    if point.type != "histogram":
        return point.metric
    return point.metric.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")


def series_name(metric: str, labels: Mapping[str, str]) -> str:
    """A series as the text formats write it."""
    written = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{metric}{{{written}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _http(path: str, model: Model) -> Answer:
    if path == "/livez":
        return as_json({"status": "ok", "version": model.version})
    if path in ("/healthz", "/readyz", "/health"):
        status = "ok" if model.ready else "starting"
        return as_json({"status": status, "version": model.version}, 200 if model.ready else 503)
    return unknown(path)


def _kserve(path: str, model: Model) -> Answer:
    state = 200 if model.ready else 503
    match path.strip("/").split("/"):
        case ["v2"]:
            return as_json({"name": "kserve", "version": model.version, "extensions": []})
        case ["v2", "health", "live"]:
            return as_json({"live": True})
        case ["v2", "health", "ready"]:
            return as_json({"ready": model.ready}, state)
        case ["v2", "models", name, *version] if name == model.name and version[:1] in ([], ["versions"], ["ready"]):
            if version[-1:] == ["ready"]:
                return as_json({"name": name, "ready": model.ready}, state)
            return as_json(_metadata(model, "sklearn"))
    return unknown(path)


def _mlserver(path: str, model: Model) -> Answer:
    """KServe's routes and the repository's index, which is asked with a POST whose body says no more than it needs."""
    if path == "/v2/repository/index":
        state = "READY" if model.ready else "UNAVAILABLE"
        return as_json([{"name": model.name, "version": model.version, "state": state, "reason": ""}])
    return _kserve(path, model)


def _triton(path: str, model: Model) -> Answer:
    state = 200 if model.ready else 400  # Triton's health answers have no body, and 'not yet' is a bad request
    match path.strip("/").split("/"):
        case ["v2"]:
            extensions = ["classification", "model_repository", "statistics"]
            return as_json({"name": "triton", "version": "2.41.0", "extensions": extensions})
        case ["v2", "health", "live"]:
            return Answer(200)
        case ["v2", "health", "ready"] | ["v2", "models", model.name, "ready"]:
            return Answer(state)
        case ["v2", "models", model.name]:
            if not model.ready:
                return as_json({"error": f"Request for unknown model: '{model.name}' has no available versions"}, 400)
            return as_json(_metadata(model, "onnxruntime_onnx"))
    return unknown(path)


def _metadata(model: Model, platform: str) -> dict[str, Any]:
    tensor = {"datatype": "FP32", "shape": [-1, 8]}
    return {
        "name": model.name,
        "versions": [model.version],
        "platform": platform,
        "inputs": [{"name": "features", **tensor}],
        "outputs": [{"name": "score", **tensor, "shape": [-1, 1]}],
    }


def _tf_serving(path: str, model: Model) -> Answer:
    spec = {"name": model.name, "signature_name": "", "version": model.version}
    match path.strip("/").split("/"):
        case ["v1", "models", model.name]:
            status = {
                "version": model.version,
                "state": "AVAILABLE" if model.ready else "LOADING",
                "status": {"error_code": "OK", "error_message": ""},
            }
            return as_json({"model_version_status": [status]})
        case ["v1", "models", model.name, "metadata"] if model.ready:
            return as_json({"model_spec": spec, "metadata": {"signature_def": {"signature_def": {}}}})
        case ["v1", "models", name, *_]:
            return as_json({"error": f"Servable not found for request: Latest({name})"}, 404)
    return unknown(path)


def _torchserve(path: str, model: Model) -> Answer:
    worker = {"id": "9000", "status": "READY" if model.ready else "UNLOADING", "gpu": False}
    match path.strip("/").split("/"):
        case ["ping"]:
            return as_json({"status": "Healthy" if model.ready else "Partial Healthy"}, 200)
        case ["models"]:
            return as_json({"models": [{"modelName": model.name, "modelUrl": f"{model.name}.mar"}]})
        case ["models", model.name, *_]:
            described = {"modelName": model.name, "modelVersion": model.version, "modelUrl": f"{model.name}.mar"}
            return as_json([{**described, "runtime": "python", "minWorkers": 1, "maxWorkers": 1, "workers": [worker]}])
        case ["models", name, *_]:
            message = f"Model not found: {name}"
            return as_json({"code": 404, "type": "ModelNotFoundException", "message": message}, 404)
    return unknown(path)


def _vllm(path: str, model: Model) -> Answer:
    match path:
        case "/health" | "/ping":
            return Answer(200 if model.ready else 503)
        case "/version":
            return as_json({"version": model.version})
        case "/v1/models":
            card = {"id": model.name, "object": "model", "created": 0, "owned_by": "vllm"}
            return as_json({"object": "list", "data": [{**card, "root": f"{model.name}-{model.version}"}]})
    return unknown(path)


ROUTES: Mapping[Protocol, Callable[[str, Model], Answer]] = {
    Protocol.HTTP: _http,
    Protocol.KSERVE_V2: _kserve,
    Protocol.TRITON: _triton,
    Protocol.TF_SERVING: _tf_serving,
    Protocol.TORCHSERVE: _torchserve,
    Protocol.VLLM: _vllm,
    Protocol.MLSERVER: _mlserver,
    **MORE_ROUTES,
}

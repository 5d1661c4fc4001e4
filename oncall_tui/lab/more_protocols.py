"""The routes of servers of language models, and of those that are a shell around any model."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oncall_tui.core.catalogue import Protocol
from oncall_tui.lab.answers import Answer, Model, as_json, unknown


def _cards(model: Model, owner: str) -> Answer:
    card = {"id": model.name, "object": "model", "created": 0, "owned_by": owner}
    return as_json({"object": "list", "data": [card]})


def _tgi(path: str, model: Model) -> Answer:
    match path:
        case "/health":
            unhealthy = {"error": "unhealthy", "error_type": "healthcheck"}
            return Answer(200) if model.ready else as_json(unhealthy, 503)
        case "/info":
            return as_json({"model_id": model.name, "version": model.version, "max_total_tokens": 4096})
    return unknown(path)


def _sglang(path: str, model: Model) -> Answer:
    match path:
        case "/health":
            return Answer(200 if model.ready else 503)
        case "/v1/models":
            return _cards(model, "sglang")
        case "/get_model_info":
            return as_json({"model_path": model.name, "is_generation": True, "weight_version": "default"})
        case "/server_info":
            return as_json({"model_path": model.name, "version": model.version})
    return unknown(path)


def _ray_serve(path: str, model: Model) -> Answer:
    match path:
        case "/-/healthz":
            return Answer(200, b"success") if model.ready else Answer(503, b"Route table is not populated yet.")
        case "/-/routes":
            return as_json({"/": model.name} if model.ready else {})
    return unknown(path)


def _bentoml(path: str, model: Model) -> Answer:
    match path:
        case "/livez":
            return Answer(200)
        case "/readyz":
            return Answer(200 if model.ready else 503)
        case "/docs.json":
            return as_json({"openapi": "3.0.2", "info": {"title": model.name, "version": model.version}, "paths": {}})
    return unknown(path)


def _mlflow(path: str, model: Model) -> Answer:
    match path:
        case "/ping" | "/health":
            return Answer(200 if model.ready else 503, b"\n")
        case "/version":
            return Answer(200, model.version.encode())
    return unknown(path)


def _ollama(path: str, model: Model) -> Answer:
    match path:
        case "/api/version":
            return as_json({"version": model.version})
        case "/api/tags":
            return as_json({"models": [{"name": f"{model.name}:latest"}] if model.ready else []})
        case "/api/ps":
            return as_json({"models": [{"name": f"{model.name}:latest"}] if model.ready else []})
    return unknown(path)


def _llama_cpp(path: str, model: Model) -> Answer:
    loading = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    match path:
        case "/health":
            return as_json({"status": "ok"}) if model.ready else as_json(loading, 503)
        case "/v1/models":
            return _cards(model, "llamacpp") if model.ready else as_json(loading, 503)
        case "/props":
            return as_json({"model_alias": model.name, "build_info": model.version, "total_slots": 1})
    return unknown(path)


def _sagemaker(path: str, model: Model) -> Answer:
    match path:
        case "/ping":
            return Answer(200 if model.ready else 503)
        case "/models":
            return as_json({"models": [{"modelName": model.name, "modelUrl": "/opt/ml/model"}] if model.ready else []})
    return unknown(path)


MORE_ROUTES: Mapping[Protocol, Callable[[str, Model], Answer]] = {
    Protocol.TGI: _tgi,
    Protocol.SGLANG: _sglang,
    Protocol.RAY_SERVE: _ray_serve,
    Protocol.BENTOML: _bentoml,
    Protocol.MLFLOW: _mlflow,
    Protocol.OLLAMA: _ollama,
    Protocol.LLAMA_CPP: _llama_cpp,
    Protocol.SAGEMAKER: _sagemaker,
}

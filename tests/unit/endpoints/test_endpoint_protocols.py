"""Every protocol against a server that speaks it: well, loading, broken, wrong."""

import json
from dataclasses import replace

import pytest
from model_server import serving

from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.probes import Probe
from oncall_tui.sources.endpoints import EndpointProber

KSERVE = {
    "/v2/health/live": (200, {"live": True}),
    "/v2/health/ready": (200, {"ready": True}),
    "/v2/models/ranker/ready": (200, {"name": "ranker", "ready": True}),
    "/v2/models/ranker": (200, {"name": "ranker", "versions": ["9", "10"], "platform": "sklearn"}),
    "/v2": (200, {"name": "mlserver", "version": "1.5.0"}),
}
TRITON = {
    "/v2/health/live": 200,
    "/v2/health/ready": 200,
    "/v2/models/ranker/ready": 200,
    "/v2/models/ranker": (200, {"name": "ranker", "versions": ["3"]}),
    "/v2": (200, {"name": "triton", "version": "2.41.0"}),
}
VLLM = {
    "/health": 200,
    "/v1/models": (200, {"object": "list", "data": [{"id": "llama"}, {"id": "lora-a", "parent": "llama"}]}),
    "/version": (200, {"version": "0.9.1"}),
}
WORKERS = [{"id": "9000", "status": "UNLOADING"}, {"id": "9001", "status": "READY"}]
TORCHSERVE = {
    "/ping": (200, {"status": "Healthy"}),
    "/models/ranker": (200, [{"modelName": "ranker", "modelVersion": "1.2", "workers": WORKERS}]),
}

MLSERVER = KSERVE | {
    "/v2/repository/index": (
        200,
        [
            {"name": "a", "version": "1", "state": "READY", "reason": ""},
            {"name": "ranker", "state": "READY"},
            {"name": "c", "state": "UNAVAILABLE"},
        ],
    )
}
TGI = {"/health": 200, "/info": (200, {"model_id": "org/llama", "version": "2.3.1", "sha": None})}
SGLANG = {
    "/health": 200,
    "/v1/models": (200, {"object": "list", "data": [{"id": "llama"}]}),
    "/get_model_info": (200, {"model_path": "org/llama", "weight_version": "default"}),
    "/server_info": (200, {"version": "0.5.2"}),
}
RAY_SERVE = {"/-/healthz": (200, b"success"), "/-/routes": (200, {"/": "ranker", "/x": "other", "/y": "other"})}
BENTOML = {
    "/livez": 200,
    "/readyz": 200,
    "/docs.json": (200, {"openapi": "3.0.2", "info": {"title": "ranker", "version": "qx3a"}, "paths": {}}),
}
MLFLOW = {"/ping": (200, b"\n"), "/version": (200, b"2.14.1")}
OLLAMA = {
    "/api/version": (200, {"version": "0.12.6"}),
    "/api/tags": (200, {"models": [{"name": "llama3:latest"}, {"name": "qwen:7b"}]}),
    "/api/ps": (200, {"models": [{"name": "qwen:7b", "size_vram": 1}]}),
}
LLAMA_CPP = {
    "/health": (200, {"status": "ok"}),
    "/v1/models": (200, {"object": "list", "data": [{"id": "llama"}]}),
    "/props": (200, {"model_alias": "llama", "build_info": "b8681-x", "total_slots": 4}),
}
SAGEMAKER = {"/ping": 200, "/models": (200, {"models": [{"modelName": "m1", "modelUrl": "/opt"}]})}
LOADING_503 = (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})


def tf_status(*states: tuple[str, str], message: str = "") -> dict[str, object]:
    status = {"error_code": "OK", "error_message": message}
    return {"model_version_status": [{"version": v, "state": state, "status": status} for v, state in states]}


TF_SERVING = {"/v1/models/ranker": (200, tf_status(("9", "AVAILABLE"), ("10", "AVAILABLE"), ("11", "LOADING")))}


async def look(protocol: Protocol, routes: dict[str, object], model: str = "", path: str = "") -> Probe:
    prober = EndpointProber()
    with serving(routes) as server:
        endpoint = Endpoint("svc", "ep", protocol, server.url + path, model, timeout=3.0)
        probe = await prober.probe(endpoint)
        await prober.close()
        asked = tuple(request.partition("?")[0] for request in server.asked)
    assert probe.endpoint == "svc/ep"
    assert probe.requests == asked
    assert probe.error.isprintable()
    assert (probe.latency is None) or 0 <= probe.latency < 3
    return probe


def states(probe: Probe) -> tuple[bool | None, bool | None]:
    return (probe.live, probe.ready)


# Well


@pytest.mark.parametrize(
    ("protocol", "routes", "model", "version", "models"),
    [
        (Protocol.HTTP, {"/": 200}, "", "", ()),
        (Protocol.HTTP, {"/": (200, {"status": "ok", "version": "1.4"})}, "", "1.4", ()),
        (Protocol.KSERVE_V2, KSERVE, "ranker", "10", ("ranker",)),
        (Protocol.KSERVE_V2, KSERVE, "", "1.5.0", ()),
        (Protocol.TRITON, TRITON, "ranker", "3", ("ranker",)),
        (Protocol.TRITON, TRITON, "", "2.41.0", ()),
        (Protocol.VLLM, VLLM, "llama", "0.9.1", ("llama", "lora-a")),
        (Protocol.VLLM, VLLM, "lora-a", "0.9.1", ("llama", "lora-a")),
        (Protocol.VLLM, VLLM, "", "0.9.1", ("llama", "lora-a")),
        (Protocol.TORCHSERVE, TORCHSERVE, "ranker", "1.2", ("ranker",)),
        (Protocol.TORCHSERVE, TORCHSERVE, "", "", ()),
        (Protocol.TF_SERVING, TF_SERVING, "ranker", "10", ("ranker",)),
        (Protocol.MLSERVER, MLSERVER, "ranker", "10", ("a", "ranker")),
        (Protocol.MLSERVER, MLSERVER, "", "1.5.0", ("a", "ranker")),
        (Protocol.TGI, TGI, "", "2.3.1", ("org/llama",)),
        (Protocol.SGLANG, SGLANG, "llama", "0.5.2", ("llama",)),
        (Protocol.SGLANG, SGLANG, "", "0.5.2", ("llama",)),
        (Protocol.RAY_SERVE, RAY_SERVE, "ranker", "", ("ranker", "other")),
        (Protocol.RAY_SERVE, RAY_SERVE, "", "", ("ranker", "other")),
        (Protocol.BENTOML, BENTOML, "", "qx3a", ("ranker",)),
        (Protocol.MLFLOW, MLFLOW, "", "2.14.1", ()),
        (Protocol.OLLAMA, OLLAMA, "llama3", "0.12.6", ("qwen:7b",)),
        (Protocol.OLLAMA, OLLAMA, "qwen:7b", "0.12.6", ("qwen:7b",)),
        (Protocol.OLLAMA, OLLAMA, "", "0.12.6", ("qwen:7b",)),
        (Protocol.LLAMA_CPP, LLAMA_CPP, "llama", "b8681-x", ("llama",)),
        (Protocol.LLAMA_CPP, LLAMA_CPP, "", "b8681-x", ("llama",)),
        (Protocol.SAGEMAKER, SAGEMAKER, "", "", ("m1",)),
        (Protocol.SAGEMAKER, {"/ping": 200}, "", "", ()),
    ],
)
async def test_a_server_that_is_well_is_live_and_ready_with_its_version(protocol, routes, model, version, models):
    probe = await look(protocol, routes, model)
    assert states(probe) == (True, True)
    assert (probe.version, probe.models, probe.error, probe.hint) == (version, models, "", "")
    assert probe.latency is not None


async def test_the_requests_are_told_in_order():
    probe = await look(Protocol.KSERVE_V2, KSERVE, "ranker")
    assert probe.requests == (
        "GET /v2/health/live",
        "GET /v2/health/ready",
        "GET /v2/models/ranker/ready",
        "GET /v2/models/ranker",
    )


async def test_a_path_prefix_and_a_strange_model_name_are_asked_for_as_they_are():
    routes = {f"/base{path.replace('ranker', 'a%2Fb%20%C3%A9')}": answer for path, answer in TRITON.items()}
    for prefix in ("/base", "/base/"):
        assert states(await look(Protocol.TRITON, routes, "a/b é", prefix)) == (True, True)


async def test_a_secret_in_the_query_is_sent_and_not_told():
    with serving({"/healthz": 200}) as server:
        prober = EndpointProber()
        probe = await prober.probe(Endpoint("s", "e", Protocol.HTTP, f"{server.url}/healthz?token=s3cret"))
        await prober.close()
    assert server.asked == ["GET /healthz?token=s3cret"]
    assert "s3cret" not in repr(probe)
    assert probe.requests == ("GET /healthz",)


# Loading


@pytest.mark.parametrize(
    ("protocol", "routes", "model"),
    [
        (Protocol.HTTP, {"/": 503}, ""),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/health/ready": 503}, ""),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/health/ready": 400}, ""),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/health/ready": (200, {"ready": False})}, ""),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/health/live": 503}, ""),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/models/ranker/ready": 503}, "ranker"),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/models/ranker/ready": (200, {"ready": False})}, "ranker"),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/health/ready": 503}, "ranker"),
        (Protocol.TRITON, TRITON | {"/v2/health/ready": 400}, "ranker"),
        (Protocol.TRITON, TRITON | {"/v2/models/ranker/ready": (400, {"error": "unknown model"})}, "ranker"),
        (Protocol.TORCHSERVE, {"/ping": 503}, ""),
        (Protocol.TORCHSERVE, {"/ping": (200, {"status": "Partial Healthy"})}, ""),
        (Protocol.TF_SERVING, {"/v1/models/ranker": (200, tf_status(("1", "LOADING")))}, "ranker"),
        (Protocol.TF_SERVING, {"/v1/models/ranker": 503}, "ranker"),
        (Protocol.MLSERVER, MLSERVER | {"/v2/health/ready": 503}, ""),
        (Protocol.TGI, TGI | {"/health": (503, {"error": "unhealthy", "error_type": "healthcheck"})}, ""),
        (Protocol.SGLANG, SGLANG | {"/health": 503}, "llama"),
        (Protocol.RAY_SERVE, RAY_SERVE | {"/-/healthz": (503, b"Route table is not populated yet.")}, "ranker"),
        (Protocol.BENTOML, BENTOML | {"/readyz": 503}, ""),
        (Protocol.MLFLOW, {"/ping": 503}, ""),
        (Protocol.OLLAMA, OLLAMA | {"/api/version": 503}, ""),
        (Protocol.LLAMA_CPP, LLAMA_CPP | {"/health": LOADING_503}, "llama"),
        (Protocol.SAGEMAKER, {"/ping": 503}, ""),
    ],
)
async def test_a_server_that_loads_is_live_and_not_ready_and_says_why(protocol, routes, model):
    probe = await look(protocol, routes, model)
    assert states(probe) == (True, False)
    assert probe.error.startswith("GET /")


async def test_readiness_of_the_model_does_not_hide_that_the_server_is_not_ready():
    probe = await look(Protocol.TRITON, TRITON | {"/v2/health/ready": 400}, "ranker")
    assert (probe.ready, probe.version) == (False, "3")
    assert probe.error == "GET /v2/health/ready: not ready (HTTP 400 Bad Request)"


async def test_tf_serving_says_in_which_state_its_versions_are():
    routes = {"/v1/models/ranker": (200, tf_status(("7", "END"), ("8", "LOADING"), message="no GPU\nmemory"))}
    probe = await look(Protocol.TF_SERVING, routes, "ranker")
    assert probe.error == "GET /v1/models/ranker: no version is AVAILABLE: 7 END, 8 LOADING: no GPU memory"


# Broken


@pytest.mark.parametrize(
    ("protocol", "routes", "model"),
    [
        (Protocol.HTTP, {"/": 500}, ""),
        (Protocol.HTTP, {"/": 502}, ""),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/health/live": 500}, "ranker"),
        (Protocol.KSERVE_V2, KSERVE | {"/v2/health/live": (200, {"live": False})}, ""),
        (Protocol.TRITON, TRITON | {"/v2/health/live": 400}, ""),
        (Protocol.VLLM, VLLM | {"/health": 503}, "llama"),
        (Protocol.VLLM, VLLM | {"/health": 500}, ""),
        (Protocol.TORCHSERVE, TORCHSERVE | {"/ping": (500, {"status": "Unhealthy"})}, "ranker"),
        (Protocol.TF_SERVING, {"/v1/models/ranker": 500}, "ranker"),
        (Protocol.MLSERVER, MLSERVER | {"/v2/health/live": 500}, ""),
        (Protocol.TGI, TGI | {"/health": 500}, ""),
        (Protocol.SGLANG, SGLANG | {"/health": 500}, ""),
        (Protocol.RAY_SERVE, RAY_SERVE | {"/-/healthz": 500}, ""),
        (Protocol.BENTOML, BENTOML | {"/livez": 500}, ""),
        (Protocol.MLFLOW, MLFLOW | {"/ping": 500}, ""),
        (Protocol.OLLAMA, OLLAMA | {"/api/version": 500}, ""),
        (Protocol.LLAMA_CPP, LLAMA_CPP | {"/health": 500}, ""),
        (Protocol.SAGEMAKER, {"/ping": 500}, ""),
    ],
)
async def test_a_server_that_says_it_is_broken_is_down_and_is_not_asked_further(protocol, routes, model):
    probe = await look(protocol, routes, model)
    assert probe.live is False
    assert probe.ready is not True
    assert probe.error
    assert len(probe.requests) == 1


async def test_a_dead_vllm_engine_is_called_dead():
    probe = await look(Protocol.VLLM, VLLM | {"/health": 503})
    assert probe.error == "GET /health: the engine is dead (HTTP 503 Service Unavailable)"


@pytest.mark.parametrize(
    ("protocol", "routes"),
    [
        (Protocol.KSERVE_V2, KSERVE | {"/v2/models/ranker/ready": 404}),
        (Protocol.VLLM, VLLM),
        (Protocol.TORCHSERVE, TORCHSERVE | {"/models/ranker": (200, [{"workers": [{"status": "UNLOADING"}]}])}),
        (Protocol.TORCHSERVE, TORCHSERVE | {"/models/ranker": (200, [{"modelVersion": "1", "workers": []}])}),
        (
            Protocol.TF_SERVING,
            {"/v1/models/ranker": (404, {"error": "Servable not found for request: Latest(ranker)"})},
        ),
        (Protocol.MLSERVER, MLSERVER | {"/v2/models/ranker/ready": 404}),
        (Protocol.SGLANG, SGLANG),
        (Protocol.RAY_SERVE, RAY_SERVE | {"/-/routes": (200, {"/": "other"})}),
        (Protocol.OLLAMA, OLLAMA),
        (Protocol.LLAMA_CPP, LLAMA_CPP),
    ],
)
async def test_a_live_server_without_the_model_is_not_ready(protocol, routes):
    assert states(await look(protocol, routes, "ranker")) == (True, False)


# Neither


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize("answer", [301, 302, 307, 401, 403, 404, 405, 429])
async def test_an_answer_that_is_no_health_is_unknown_and_never_green(protocol, answer):
    headers = {"Location": "/ok"} if 300 <= answer < 400 else {}
    first = {
        Protocol.HTTP: "/",
        Protocol.VLLM: "/health",
        Protocol.TORCHSERVE: "/ping",
        Protocol.TF_SERVING: "/v1/models/ranker",
        Protocol.TGI: "/health",
        Protocol.SGLANG: "/health",
        Protocol.RAY_SERVE: "/-/healthz",
        Protocol.BENTOML: "/livez",
        Protocol.MLFLOW: "/ping",
        Protocol.OLLAMA: "/api/version",
        Protocol.LLAMA_CPP: "/health",
        Protocol.SAGEMAKER: "/ping",
    }.get(protocol, "/v2/health/live")
    probe = await look(protocol, {first: (answer, b"", headers), "/ok": 200}, "ranker")
    assert states(probe) == (None, None)
    assert probe.error.startswith(f"GET {first}: HTTP {answer}")
    assert probe.hint
    assert probe.requests == (f"GET {first}",)


@pytest.mark.parametrize("status", [401, 403, 302])
async def test_a_model_that_may_not_be_seen_is_unknown_though_the_server_is_well(status):
    for protocol, routes, path in (
        (Protocol.VLLM, VLLM, "/v1/models"),
        (Protocol.KSERVE_V2, KSERVE, "/v2/models/ranker/ready"),
    ):
        assert states(await look(protocol, routes | {path: status}, "ranker")) == (True, None)


async def test_tf_serving_without_a_model_name_says_that_it_needs_one():
    probe = await look(Protocol.TF_SERVING, TF_SERVING)
    assert states(probe) == (None, None)
    assert "model" in probe.hint
    assert probe.requests == ()


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b"{}", b'{"model_version_status": {}}', b"<html>"])
async def test_a_200_that_is_not_tf_serving_is_unknown(body):
    probe = await look(Protocol.TF_SERVING, {"/v1/models/ranker": (200, body)}, "ranker")
    assert states(probe) == (None, None)
    assert probe.error


@pytest.mark.parametrize("body", [b"", b"nonsense", b"{}", b"[1, null]", b'{"data": 7}'])
async def test_a_model_list_that_cannot_be_read_is_never_ready(body):
    probe = await look(Protocol.VLLM, VLLM | {"/v1/models": (200, body)}, "llama")
    assert probe.live is True
    assert probe.ready is not True
    assert probe.error


# Versions


@pytest.mark.parametrize(
    ("protocol", "routes", "path"),
    [
        (Protocol.KSERVE_V2, KSERVE, "/v2/models/ranker"),
        (Protocol.TRITON, TRITON, "/v2/models/ranker"),
        (Protocol.VLLM, VLLM | {"/v1/models": (200, {"data": [{"id": "ranker"}]})}, "/version"),
        (Protocol.TORCHSERVE, TORCHSERVE, "/models/ranker"),
        (Protocol.TGI, TGI, "/info"),
        (Protocol.BENTOML, BENTOML, "/docs.json"),
        (Protocol.MLFLOW, MLFLOW, "/version"),
        (Protocol.LLAMA_CPP, LLAMA_CPP | {"/v1/models": (200, {"data": [{"id": "ranker"}]})}, "/props"),
    ],
)
@pytest.mark.parametrize("metadata", [404, 405, (200, {}), (200, []), (200, {"version": None, "versions": [None, {}]})])
async def test_a_server_that_does_not_tell_its_version_is_well_all_the_same(protocol, routes, path, metadata):
    probe = await look(protocol, routes | {path: metadata}, "ranker")
    assert states(probe) == (True, True)
    assert (probe.version, probe.error) == ("", "")


@pytest.mark.parametrize("metadata", [500, 401, (200, b"nonsense"), (200, b"[" * 50_000)])
async def test_metadata_that_fails_is_noted_and_does_not_change_the_state(metadata):
    probe = await look(Protocol.TRITON, TRITON | {"/v2/models/ranker": metadata}, "ranker")
    assert states(probe) == (True, True)
    assert probe.version == ""
    assert probe.error.startswith("GET /v2/models/ranker: ")


@pytest.mark.parametrize(
    ("versions", "newest"),
    [(["9", "10"], "10"), (["10", "9"], "10"), (["v1", "v2"], "v2"), ([3, 12], "12"), ([], ""), (["007", "8"], "8")],
)
async def test_the_version_is_the_newest(versions, newest):
    routes = TRITON | {"/v2/models/ranker": (200, {"versions": versions})}
    assert (await look(Protocol.TRITON, routes, "ranker")).version == newest


async def test_hostile_versions_names_and_errors_are_safe_to_show():
    hostile = "\x1b]0;owned\x07\u202e\n" + "x" * 10_000
    routes = VLLM | {"/version": (200, {"version": hostile}), "/v1/models": (200, {"data": [{"id": hostile}]})}
    probe = await look(Protocol.VLLM, routes)
    assert probe.version.isprintable()
    assert len(probe.version) <= 60
    assert all(name.isprintable() and len(name) <= 200 for name in probe.models)
    broken = await look(Protocol.TRITON, TRITON | {"/v2/health/live": (500, {"error": hostile})})
    assert broken.error.isprintable()
    assert len(broken.error) <= 300


async def test_the_first_trouble_is_the_one_told():
    probe = await look(Protocol.TRITON, TRITON | {"/v2/health/ready": 400, "/v2/models/ranker": 500}, "ranker")
    assert probe.error.startswith("GET /v2/health/ready")


async def test_a_timestamp_and_an_identity_are_kept():
    prober = EndpointProber(clock=lambda: 1_000.0)
    with serving({"/": 200}) as server:
        endpoint = Endpoint("svc", "ep", Protocol.HTTP, server.url)
        probe = await prober.probe(endpoint)
        other = await prober.probe(replace(endpoint, name="other"))
    await prober.close()
    assert (probe.at, probe.endpoint, other.endpoint) == (1_000.0, "svc/ep", "svc/other")


async def test_weights_that_were_swapped_in_have_a_version_of_their_own_and_the_server_is_not_asked_for_its():
    routes = SGLANG | {"/get_model_info": (200, {"weight_version": "step-9000"})}
    probe = await look(Protocol.SGLANG, routes, "llama")
    assert probe.version == "step-9000"
    assert probe.requests == ("GET /health", "GET /v1/models", "GET /get_model_info")


async def test_an_older_sglang_tells_its_version_under_the_older_name():
    routes = {path: answer for path, answer in SGLANG.items() if path != "/server_info"}
    probe = await look(Protocol.SGLANG, routes | {"/get_server_info": (200, {"version": "0.4.1"})})
    assert probe.version == "0.4.1"
    assert probe.error == ""


async def test_a_bento_that_was_started_from_its_source_has_no_version():
    document = {"info": {"title": "ranker", "version": "None"}}
    assert (await look(Protocol.BENTOML, BENTOML | {"/docs.json": (200, document)})).version == ""


async def test_the_index_of_mlserver_is_asked_with_a_post_that_says_what_is_wanted():
    with serving(MLSERVER) as server:
        prober = EndpointProber()
        await prober.probe(Endpoint("s", "e", Protocol.MLSERVER, server.url, "ranker"))
        await prober.close()
    asked = server.asked.index("POST /v2/repository/index")
    assert json.loads(server.sent[asked]) == {"ready": True}


@pytest.mark.parametrize("body", [b"", b"Ollama is running", b"<html>"])
async def test_a_200_that_is_no_ollama_is_unknown(body):
    probe = await look(Protocol.OLLAMA, OLLAMA | {"/api/version": (200, body)})
    assert states(probe) == (None, None)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"7"])
async def test_routes_of_ray_serve_that_cannot_be_read_are_never_ready(body):
    probe = await look(Protocol.RAY_SERVE, RAY_SERVE | {"/-/routes": (200, body)}, "ranker")
    assert probe.live is True
    assert probe.ready is not True
    assert probe.error

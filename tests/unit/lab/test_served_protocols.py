"""Every protocol over the lab's real servers, as our own prober sees it: ready, loading, and asked its canary."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from oncall_tui.core.canary import Canary, CanaryState, Expectation
from oncall_tui.core.canary_shapes import shaped
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.lab.servers import model_server
from oncall_tui.lab.stage import Stage
from oncall_tui.sources.endpoints import EndpointProber
from oncall_tui.sources.simulated.fleet import Fleet
from oncall_tui.sources.simulated.service import Vitals

EPOCH = 1_795_000_000.0


class Played(Stage):
    """The ranker, as ready and as wrong as the test wants it."""

    def __init__(self, ready: bool = True, wrong: bool = False) -> None:
        super().__init__(Fleet("quiet", EPOCH), lambda: EPOCH)
        self._so = {"ready": ready, "wrong": wrong}

    def vitals(self, service: str) -> Vitals:
        return replace(super().vitals(service), typical=0.0, **self._so)


@pytest.fixture
def serve() -> Iterator[object]:
    opened = []

    def start(stage: Stage, endpoint: Endpoint) -> Endpoint:
        server = model_server(stage, "ranker", endpoint, 0)
        opened.append(server)
        path = "/healthz" if endpoint.protocol is Protocol.HTTP else ""
        return replace(endpoint, url=server.url + path)

    yield start
    for server in opened:
        server.close()


@pytest.mark.parametrize("protocol", Protocol)
async def test_a_model_that_is_ready_and_one_that_loads_are_told_apart(serve, protocol: Protocol) -> None:
    prober = EndpointProber()
    endpoint = Endpoint("ranker", "e", protocol, "http://unused", "ranker")
    ready = await prober.probe(serve(Played(), endpoint))
    loading = await prober.probe(serve(Played(ready=False), endpoint))
    await prober.close()
    assert (ready.live, ready.ready, ready.error) == (True, True, "")
    assert ready.latency is not None
    if protocol not in (Protocol.RAY_SERVE, Protocol.SAGEMAKER):  # they tell none
        assert ready.version == "4.3.0"
    # vLLM does not listen before it is loaded: a 503 of it means that its engine is dead.
    assert (loading.live, loading.ready) == ((False, False) if protocol is Protocol.VLLM else (True, False))


@pytest.mark.parametrize(
    ("protocol", "given", "right"),
    [
        (Protocol.KSERVE_V2, [[1.6, 0.3, 0.7, 0.2]], [0.8069]),
        (Protocol.TRITON, {"features": [[1.6, 0.3, 0.7, 0.2]]}, [0.8069]),
        (Protocol.MLSERVER, [[1.6, 0.3, 0.7, 0.2]], [0.8069]),
        (Protocol.TF_SERVING, [[1.6, 0.3, 0.7, 0.2]], [[0.8069]]),
        (Protocol.TORCHSERVE, [[1.6, 0.3, 0.7, 0.2]], [0.8069]),
        (Protocol.VLLM, "What is the capital of France?", "Paris"),
    ],
)
async def test_a_canary_tells_a_model_that_is_right_from_one_that_is_up_and_wrong(
    serve, protocol, given, right
) -> None:
    request, found_at = shaped(protocol, "ranker", given)
    canary = Canary(request, Expectation(found_at, equals=json.dumps(right)))
    endpoint = Endpoint("ranker", "e", protocol, "http://unused", "ranker", canary=canary)
    prober = EndpointProber()
    fine = await prober.canary(serve(Played(), endpoint))
    wrong = await prober.canary(serve(Played(wrong=True), endpoint))
    loading = await prober.canary(serve(Played(ready=False), endpoint))
    await prober.close()
    assert (fine.state, fine.why) == (CanaryState.RIGHT, "")
    assert fine.request.startswith("POST http://127.0.0.1:")
    assert wrong.state is CanaryState.WRONG
    assert wrong.why.startswith("expected ")
    assert loading.state is CanaryState.FAILED
    assert "503" in loading.why

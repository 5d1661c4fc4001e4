"""The simulated fleet's model endpoints."""

from __future__ import annotations

from collections.abc import Callable

from oncall_tui.core.canary import CanaryResult, CanaryState, judge, sent
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.probes import Probe
from oncall_tui.core.server_metrics import Reading, ServerFigure
from oncall_tui.sources.simulated.fleet import Fleet
from oncall_tui.sources.simulated.inference import infer

_REQUESTS = {
    Protocol.HTTP: ("GET {path}",),
    Protocol.KSERVE_V2: ("GET /v2/health/live", "GET /v2/models/{model}/ready", "GET /v2/models/{model}"),
    Protocol.TRITON: ("GET /v2/health/live", "GET /v2/models/{model}/ready", "GET /v2/models/{model}"),
    Protocol.VLLM: ("GET /health", "GET /v1/models", "GET /version"),
    Protocol.TORCHSERVE: ("GET /ping", "GET /models/{model}"),
    Protocol.TF_SERVING: ("GET /v1/models/{model}",),
    Protocol.MLSERVER: ("GET /v2/health/live", "GET /v2/models/{model}/ready", "POST /v2/repository/index"),
    Protocol.TGI: ("GET /health", "GET /info"),
    Protocol.SGLANG: ("GET /health", "GET /v1/models", "GET /get_model_info"),
    Protocol.RAY_SERVE: ("GET /-/healthz", "GET /-/routes"),
    Protocol.BENTOML: ("GET /livez", "GET /readyz", "GET /docs.json"),
    Protocol.MLFLOW: ("GET /ping", "GET /version"),
    Protocol.OLLAMA: ("GET /api/version", "GET /api/tags", "GET /api/ps"),
    Protocol.LLAMA_CPP: ("GET /health", "GET /v1/models", "GET /props"),
    Protocol.SAGEMAKER: ("GET /ping", "GET /models"),
}
_QUEUES = {Protocol.VLLM: "waiting", Protocol.TRITON: "pending"}
"""What the servers that export their queue call it."""


class SimulatedProber:
    """Implements core.ports.Prober. clock: unix seconds now."""

    def __init__(self, fleet: Fleet, clock: Callable[[], float]) -> None:
        self._fleet = fleet
        self._clock = clock

    async def probe(self, endpoint: Endpoint) -> Probe:
        """One look at one endpoint of the fleet; of one that is not in it nothing is known."""
        now = self._clock()
        if endpoint.service not in self._fleet.services:
            return Probe(endpoint.id, now, None, None, error=f"{endpoint.service} is not in the simulated fleet")
        path = "/" + endpoint.url.partition("://")[2].partition("/")[2]
        requests = tuple(text.format(path=path, model=endpoint.model) for text in _REQUESTS[endpoint.protocol])
        vitals = self._fleet.vitals(endpoint.service, now)
        if not vitals.live:
            return Probe(
                endpoint.id, now, live=False, ready=False, requests=requests[:1], error="connection refused",
                hint="is it running?",
            )  # fmt: skip
        return Probe(
            endpoint.id,
            now,
            live=True,
            ready=vitals.ready,
            version=vitals.version,
            latency=0.002 + vitals.typical / 10,
            models=(endpoint.model,) if endpoint.model and vitals.ready else (),
            requests=requests,
            error="" if vitals.ready else "the model is loading",
            own=Reading(now, (ServerFigure(_QUEUES[endpoint.protocol], vitals.queue or 0.0),))
            if endpoint.metrics and endpoint.protocol in _QUEUES
            else None,
        )

    async def canary(self, endpoint: Endpoint) -> CanaryResult:
        """The endpoint's canary, answered as the model in service does now and judged as any other answer."""
        now, canary = self._clock(), endpoint.canary
        assert canary is not None, "who asks knows that there is one"
        told = sent(canary.request, endpoint.url + canary.request.path.replace("{model}", endpoint.model))
        vitals = self._fleet.vitals(endpoint.service, now)
        body = canary.request.body.encode()
        answer = infer(endpoint.protocol, endpoint.model, vitals.version, body, wrong=vitals.wrong)
        if answer is None:
            why = "HTTP 400 Bad Request"
            return CanaryResult(endpoint.id, now, CanaryState.FAILED, told, why=why)
        verdict = judge(canary.expect, answer, vitals.typical)
        return CanaryResult(endpoint.id, now, verdict.state, told, vitals.typical, verdict.why)

    async def close(self) -> None:
        """Nothing is held."""

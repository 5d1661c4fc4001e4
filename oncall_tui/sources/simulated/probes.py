"""The simulated fleet's model endpoints."""

from __future__ import annotations

from collections.abc import Callable

from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.probes import Probe
from oncall_tui.sources.simulated.fleet import Fleet

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
        )

    async def close(self) -> None:
        """Nothing is held."""

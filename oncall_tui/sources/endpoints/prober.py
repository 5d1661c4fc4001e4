"""Asks model endpoints how they are, each in its own time and none at another's cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.canary import CanaryResult
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.errors import Malformed, Refused, SourceError, TimedOut
from oncall_tui.core.probes import Probe
from oncall_tui.sources.endpoints import (
    bentoml,
    http,
    kserve_v2,
    llama_cpp,
    mlflow,
    mlserver,
    ollama,
    ray_serve,
    sagemaker,
    sglang,
    tf_serving,
    tgi,
    torchserve,
    triton,
    vllm,
)
from oncall_tui.sources.endpoints.asking import Asker, Request, target
from oncall_tui.sources.endpoints.canary import Canaries
from oncall_tui.sources.endpoints.look import Look
from oncall_tui.sources.endpoints.own_metrics import OwnMetrics
from oncall_tui.sources.endpoints.steps import Answer, Step

STEPS: dict[Protocol, tuple[Step, ...]] = {
    Protocol.HTTP: http.STEPS,
    Protocol.KSERVE_V2: kserve_v2.STEPS,
    Protocol.TRITON: triton.STEPS,
    Protocol.VLLM: vllm.STEPS,
    Protocol.TORCHSERVE: torchserve.STEPS,
    Protocol.TF_SERVING: tf_serving.STEPS,
    Protocol.MLSERVER: mlserver.STEPS,
    Protocol.TGI: tgi.STEPS,
    Protocol.SGLANG: sglang.STEPS,
    Protocol.RAY_SERVE: ray_serve.STEPS,
    Protocol.BENTOML: bentoml.STEPS,
    Protocol.MLFLOW: mlflow.STEPS,
    Protocol.OLLAMA: ollama.STEPS,
    Protocol.LLAMA_CPP: llama_cpp.STEPS,
    Protocol.SAGEMAKER: sagemaker.STEPS,
}
_PLAIN = HttpConfig(max_response_mb=1)
"""Health and metadata are small, and nothing else is read."""


class EndpointProber:
    """A prober for every protocol. http: how to talk to an endpoint, by its id; plain: to one that is not in it.

    clock: unix seconds.
    """

    def __init__(
        self,
        http: Mapping[str, HttpConfig] | None = None,
        *,
        plain: HttpConfig = _PLAIN,
        clock: Callable[[], float] = time.time,
    ) -> None:
        settings = dict(http or {})
        self._clock = clock
        self._asker = Asker(lambda endpoint: settings.get(endpoint.id, plain))
        self._own = OwnMetrics(self._asker, clock)
        self._canaries = Canaries(self._asker, clock)
        self._under_way: dict[Endpoint, asyncio.Task[Probe]] = {}

    async def probe(self, endpoint: Endpoint) -> Probe:
        """One look, over within endpoint.timeout seconds, and as long again for its own metrics. Never raises.

        Looks at one endpoint never overlap: who asks while one is under way gets that one.
        """
        task = self._under_way.get(endpoint)
        if task is None:
            task = asyncio.create_task(self._probe(endpoint))
            self._under_way[endpoint] = task
            task.add_done_callback(lambda _: self._under_way.pop(endpoint, None))
        return await asyncio.shield(task)

    async def canary(self, endpoint: Endpoint) -> CanaryResult:
        """The endpoint's canary, within the bounds that are set for it. Never raises."""
        return await self._canaries.ask(endpoint)

    async def close(self) -> None:
        """Let go of connections, and of looks under way."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self._canaries.close(), return_exceptions=True)
        await self._asker.close()

    async def _probe(self, endpoint: Endpoint) -> Probe:
        look = Look(endpoint, self._clock())
        try:
            async with asyncio.timeout(endpoint.timeout):
                await self._walk(endpoint, look)
        except TimeoutError:
            look.failed(_too_slow(endpoint, look))
        except Exception as bug:  # noqa: BLE001 - a mistake of ours is UNKNOWN on one row, not the end of all polling
            look.unreadable(Malformed(f"the probe itself failed: {type(bug).__name__}"))
        probe = look.probe()
        if not probe.live or not endpoint.metrics:
            return probe
        own = await self._own.look(endpoint)
        requests = (*probe.requests, own.request) if own.request else probe.requests
        return replace(probe, own=own.reading, own_error=own.error, requests=requests)

    async def _walk(self, endpoint: Endpoint, look: Look) -> None:
        """Take the protocol's steps until one gets no answer, or says that there is nobody to ask."""
        steps = [step for step in STEPS[endpoint.protocol] if step.applies(endpoint.model)]
        if not steps:
            look.unreadable(Refused(f"{endpoint.protocol} needs the model's name", "set model: for this endpoint"))
        for step in steps:
            if look.skips(step):
                continue
            try:
                answer = await self._ask(endpoint, step, look)
            except SourceError as error:
                look.failed(_too_slow(endpoint, look) if isinstance(error, TimedOut) else error)
                return
            try:
                look.found(step.read(answer, endpoint.model), answer)
            except Malformed as error:
                look.unreadable(error)
            if not look.lives:
                return

    async def _ask(self, endpoint: Endpoint, step: Step, look: Look) -> Answer:
        """One request. Raises SourceError."""
        url = target(endpoint, step.path)
        headers = (("Content-Type", "application/json"),) if step.post else ()
        request = Request(step.method, url, endpoint.timeout, step.post.encode(), headers)
        look.asking(step, str(request))
        return await self._asker.ask(endpoint, request)


def _too_slow(endpoint: Endpoint, look: Look) -> TimedOut:
    asked = f"{look.request}: no answer within {endpoint.timeout:g}s"
    return TimedOut(asked, "is it overloaded? raise its timeout if it is merely slow")

"""What a probe of a model endpoint found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """One look at one endpoint.

    live, ready: None where the protocol does not tell, or the probe did not get that far. version: as the
    server names it, '' if it does not. latency: seconds the readiness request took, None if it failed.
    requests: what was asked ('GET /v2/health/live'), in order. error: one line, '' when all is well.
    models: names the server says it has loaded.
    """

    endpoint: str
    at: float
    live: bool | None
    ready: bool | None
    version: str = ""
    latency: float | None = None
    models: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""

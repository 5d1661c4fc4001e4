"""Endpoints as JSON."""

from __future__ import annotations

from oncall_tui.core.endpoint_status import EndpointStatus
from oncall_tui.reports.moments import Json, moment


def endpoint_json(status: EndpointStatus, now: float) -> Json:
    """One endpoint, as `status` tells it."""
    probe = status.probe
    return {
        "endpoint": status.endpoint.id,
        "url": status.endpoint.url,
        "protocol": status.endpoint.protocol.value,
        "state": status.state.name,
        "live": probe.live if probe else None,
        "ready": probe.ready if probe else None,
        "version": (probe.version or None) if probe else None,
        "latency_s": probe.latency if probe else None,
        "latency_p50_s": probe.p50 if probe else None,
        "latency_p95_s": probe.p95 if probe else None,
        "models": list(probe.models) if probe else [],
        "requests": list(probe.requests) if probe else [],
        "tls_expires": moment(probe.expires) if probe and probe.expires is not None else None,
        "metrics": {one.name: one.value for one in probe.own.figures} if probe and probe.own else {},
        "canary": _canary(status),
        "disagreements": [str(one) for one in status.disagreements],
        "age_s": round(now - probe.at, 3) if probe else None,
        "error": (probe.error or None) if probe else status.reason,
    }


def _canary(status: EndpointStatus) -> Json | None:
    """What came of the canary; null where there is none, or none was asked."""
    result = status.canary
    if result is None:
        return None
    return {
        "answer": result.state.value,
        "why": result.why or None,
        "request": result.request or None,
        "latency_s": result.seconds,
        "at": moment(result.at),
    }

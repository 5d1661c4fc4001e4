"""What a probe of a model endpoint found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oncall_tui.core.server_metrics import Reading

REMEMBERED = 100
"""Probes whose latency is remembered: 25 minutes of them at one every 15 seconds."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One look at one endpoint.

    live, ready: None where the protocol does not tell, or the probe did not get that far. version: as the
    server names it, '' if it does not. latency: seconds the readiness request took, None if it failed.
    requests: what was asked ('GET /v2/health/live'), in order. error: one line, '' when all is well.
    models: names the server says it has loaded. expires: until when its TLS certificate is valid, unix seconds; None
    without TLS. own: the last of its own metrics, None where none were had; own_error: why the newest look at them gave
    none. latencies: of the last REMEMBERED probes that had one, oldest first, this one's among them. since: when the
    first of the probes was that found what this one did (live, ready, version) and all between; None where not told.
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
    expires: float | None = None
    own: Reading | None = None
    own_error: str = ""
    latencies: tuple[float, ...] = ()
    since: float | None = None

    def after(self, before: Probe | None) -> Probe:
        """The same with what is known from the probe before it."""
        known = before is not None and (before.live, before.ready, before.version) == (
            self.live,
            self.ready,
            self.version,
        )
        return replace(
            self,
            latencies=remembered(before.latencies if before else (), self.latency),
            since=before.since if before and known else self.at,
        )

    @property
    def p50(self) -> float | None:
        """The median latency of the probes remembered, seconds; None of none."""
        return percentile(self.latencies, 0.5)

    @property
    def p95(self) -> float | None:
        """The latency that 95% of the probes remembered keep below, seconds; None of none."""
        return percentile(self.latencies, 0.95)


def remembered(before: Sequence[float], latency: float | None) -> tuple[float, ...]:
    """The latencies with one more; a probe without one changes nothing, and does not make the rest look better."""
    return tuple(before) if latency is None else (*before, latency)[-REMEMBERED:]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share (0..1) of the values do not exceed: nearest rank, None of none."""
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-len(ordered) * share // 1)
    return ordered[min(len(ordered), max(1, int(rank))) - 1]

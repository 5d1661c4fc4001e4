"""How an endpoint is: what the probe found, what its canary said, its certificate, and whether Prometheus agrees."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.canary import Canary, CanaryResult, CanaryState
from oncall_tui.core.catalogue import Endpoint
from oncall_tui.core.duration import humanize
from oncall_tui.core.probes import Probe
from oncall_tui.core.snapshot import STALE_AFTER_POLLS, Snapshot
from oncall_tui.core.state import State
from oncall_tui.core.two_eyes import Disagreement, disagreements

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """An endpoint now. canary: the last result, None where there is no canary or none was asked yet.

    asleep: whether that result is too old to say anything. disagreements: with Prometheus, the gravest first.
    """

    endpoint: Endpoint
    state: State
    reason: str
    probe: Probe | None
    canary: CanaryResult | None = None
    asleep: bool = False
    disagreements: tuple[Disagreement, ...] = ()


def assess_endpoint(snapshot: Snapshot, endpoint: Endpoint) -> EndpointStatus:
    """The worst of what is known; UNKNOWN when the last look is too old.

    CRIT when it is down or answers a canary wrongly, WARN when it is not ready, its canary fails or is late, its
    certificate ends soon or Prometheus says otherwise. A canary that is too old says nothing, and is said to be.
    """
    probe = snapshot.probes.get(endpoint.id)
    if probe is None:
        return EndpointStatus(endpoint, State.UNKNOWN, "not asked yet", None)
    canary = snapshot.canaries.get(endpoint.id) if endpoint.canary else None
    asleep = bool(canary and endpoint.canary and _asleep(snapshot, endpoint.canary, canary))
    if snapshot.at - probe.at > STALE_AFTER_POLLS * max(endpoint.interval, endpoint.timeout):
        return EndpointStatus(endpoint, State.UNKNOWN, "stale", probe, canary, asleep)
    apart = disagreements(snapshot, endpoint, probe)
    parts = [_probed(probe)]
    if endpoint.canary and canary and not asleep:
        parts += _answered(endpoint.canary, canary)
    parts += _certified(snapshot, endpoint, probe)
    parts += [(State.WARN, str(one)) for one in apart]
    state = min(part[0] for part in parts)
    # What is no better than WARN is all told: a probe that fails and a Prometheus that says otherwise belong together.
    reason = "; ".join(why for its, why in sorted(parts, key=lambda part: part[0]) if its is state or its <= State.WARN)
    return EndpointStatus(endpoint, state, reason, probe, canary, asleep, apart)


def _probed(probe: Probe) -> tuple[State, str]:
    """What is ready lives, even where the protocol has no word for it; what only lives may not be ready: UNKNOWN."""
    if probe.live is False:
        return State.CRIT, probe.error or "down"
    if probe.ready is False:
        return State.WARN, probe.error or "not ready"
    if probe.ready is None:
        return State.UNKNOWN, probe.error or "it does not tell"
    return State.OK, "ready"


def _asleep(snapshot: Snapshot, canary: Canary, result: CanaryResult) -> bool:
    return snapshot.at - result.at > STALE_AFTER_POLLS * (canary.pause + canary.timeout)


def _answered(canary: Canary, result: CanaryResult) -> list[tuple[State, str]]:
    match result.state:
        case CanaryState.WRONG:
            return [(canary.wrong_is, f"wrong answer: {result.why}")]
        case CanaryState.FAILED:
            return [(State.WARN, f"the canary failed: {result.why}")]
        case CanaryState.LATE:
            return [(State.WARN, f"the canary is late: {result.why}")]
    return []


def _certified(snapshot: Snapshot, endpoint: Endpoint, probe: Probe) -> list[tuple[State, str]]:
    """A certificate that has ended is seen only where it is not verified; elsewhere nobody could have answered."""
    left = tls_left(snapshot, probe)
    if left is None or left >= endpoint.tls_warn:
        return []
    if left <= 0:
        return [(State.WARN, f"its TLS certificate expired {humanize(-left)} ago")]
    return [(State.WARN, f"its TLS certificate ends in {humanize(left)}")]


def tls_left(snapshot: Snapshot, probe: Probe) -> float | None:
    """Seconds for which the certificate is still valid, negative once it has ended; None without TLS."""
    return None if probe.expires is None else probe.expires - snapshot.at

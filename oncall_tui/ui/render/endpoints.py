"""A service's endpoints: a cell of a table, and everything that is known of each."""

from __future__ import annotations

from collections.abc import Iterator

from oncall_tui.core.canary import CanaryState
from oncall_tui.core.duration import humanize
from oncall_tui.core.endpoint_status import EndpointStatus, tls_left
from oncall_tui.core.server_metrics import ServerFigure
from oncall_tui.core.snapshot import STALE_AFTER_POLLS, Snapshot
from oncall_tui.core.state import State
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.spans import STATE_GLYPHS, STATE_ROLES, Line, Role, join, outside, span

_WORDS = {CanaryState.WRONG: "wrong", CanaryState.LATE: "late", CanaryState.FAILED: "failing"}
MODELS_SHOWN = 5
"""Names of loaded models on a line; how many more there are is told."""

_CANARY_STATES = {
    CanaryState.RIGHT: State.OK,
    CanaryState.LATE: State.WARN,
    CanaryState.FAILED: State.WARN,
    CanaryState.WAITING: State.UNKNOWN,
}


def cell(endpoints: tuple[EndpointStatus, ...]) -> Line:
    """The worst endpoint in a glyph and a word; '-' where there is none."""
    if not endpoints:
        return span("-", Role.MUTED)
    worst = min(endpoints, key=lambda endpoint: endpoint.state)
    return span(f"{STATE_GLYPHS[worst.state]} {endpoint_word(worst)}", STATE_ROLES[worst.state])


def endpoint_word(status: EndpointStatus) -> str:
    """One word for how an endpoint is."""
    probe, canary = status.probe, status.canary
    if probe is None:
        return "asking"
    if status.reason == "stale":
        return "stale"
    if probe.live is False:
        return "down"
    if probe.ready is False:
        return "loading"
    if canary is not None and not status.asleep and canary.state in _WORDS:
        return _WORDS[canary.state]
    if status.disagreements:
        return "disagree"
    return "ready" if probe.live and probe.ready else "unknown"


def lines(snapshot: Snapshot, status: EndpointStatus) -> list[Line]:
    """What the probe found; its figures; its canary; where Prometheus says otherwise. What is not there has no line."""
    found = [_head(snapshot, status), _facts(snapshot, status), _own(snapshot, status), _canary(snapshot, status)]
    found += [join([_indent(), outside(str(one), STATE_ROLES[State.WARN])]) for one in status.disagreements]
    return [line for line in found if line]


def _head(snapshot: Snapshot, status: EndpointStatus) -> Line:
    endpoint, probe = status.endpoint, status.probe
    if probe is None:
        return join([span("endpoint", Role.HEADING), outside(endpoint.url), span("asking…", Role.UNKNOWN)])
    role = STATE_ROLES[status.state]
    return join(
        [
            span("endpoint", Role.HEADING),
            span(f"{STATE_GLYPHS[status.state]} {endpoint_word(status)}", role),
            span(endpoint.protocol.value, Role.MUTED),
            outside(endpoint.url),
            outside(f"v{probe.version}") if probe.version else (),
            outside(probe.error, role) if probe.error else (),
            outside(probe.hint, Role.MUTED) if probe.hint else (),
            span(f"{humanize(max(0.0, snapshot.at - probe.at))} ago", Role.MUTED),
        ]
    )


def _indent() -> Line:
    return span("        ", Role.TEXT)


def _facts(snapshot: Snapshot, status: EndpointStatus) -> Line:
    """Latency of the probes, what is loaded, how long the certificate lasts, and what was sent."""
    probe = status.probe
    if probe is None:
        return ()
    parts: list[Line] = []
    if probe.p50 is not None and probe.p95 is not None:
        p50, p95 = figures.quantity(probe.p50, "s"), figures.quantity(probe.p95, "s")
        parts.append(span(f"probe p50 {p50} p95 {p95} of {len(probe.latencies)}"))
    if probe.models:
        more = len(probe.models) - MODELS_SHOWN
        names = ", ".join(probe.models[:MODELS_SHOWN]) + (f" and {more} more" if more > 0 else "")
        parts.append(join([span("loaded", Role.MUTED), outside(names)]))
    left = tls_left(snapshot, probe)
    if left is not None:
        role = Role.WARN if left < status.endpoint.tls_warn else Role.TEXT
        told = f"TLS {humanize(left)} left" if left > 0 else f"TLS expired {humanize(-left)} ago"
        parts.append(span(told, role))
    if probe.requests:
        parts.append(join([span("asked", Role.MUTED), outside(", ".join(probe.requests), Role.MUTED)]))
    return join([_indent(), *_apart(parts)]) if parts else ()


def _apart(parts: list[Line]) -> Iterator[Line]:
    for index, part in enumerate(parts):
        if index:
            yield span("·", Role.MUTED)
        yield part


def _own(snapshot: Snapshot, status: EndpointStatus) -> Line:
    """The server's own metrics with their age; why there are none, where they were wanted."""
    probe = status.probe
    if probe is None or not (probe.own or probe.own_error):
        return ()
    parts = [span("its metrics", Role.MUTED)]
    if probe.own is not None and probe.own.figures:
        parts += [join([outside(one.name, Role.MUTED), span(figure(one))]) for one in probe.own.figures]
        age = max(0.0, snapshot.at - probe.own.at)
        parts.append(span(f"{humanize(age)} ago", Role.MUTED))
    elif probe.own is not None and not probe.own.counters:
        parts.append(span("none of those looked for", Role.MUTED))
    if probe.own_error:
        parts.append(outside(probe.own_error, Role.UNKNOWN))
    return join([_indent(), *parts])


def figure(one: ServerFigure) -> str:
    """A figure with its unit."""
    if one.unit == "%":
        return f"{one.value * 100:.0f}%"
    return f"{one.value:.3g}{one.unit}"


def _canary(snapshot: Snapshot, status: EndpointStatus) -> Line:
    """The canary's answer, and what was asked to the letter; dimmed to UNKNOWN when it is too old."""
    canary, result = status.endpoint.canary, status.canary
    if canary is None:
        return ()
    if result is None:
        return join([_indent(), span("canary", Role.MUTED), span("not asked yet", Role.UNKNOWN)])
    state = canary.wrong_is if result.state is CanaryState.WRONG else _CANARY_STATES[result.state]
    state = State.UNKNOWN if status.asleep else state
    late = f"asked last {humanize(STALE_AFTER_POLLS * canary.pause)} ago or more" if status.asleep else ""
    return join(
        [
            _indent(),
            span("canary", Role.MUTED),
            span(f"{STATE_GLYPHS[state]} {result.state.value}", STATE_ROLES[state]),
            outside(result.why, STATE_ROLES[state]) if result.why else (),
            span(late, Role.UNKNOWN) if late else (),
            span(f"in {figures.quantity(result.seconds, 's')}") if result.seconds is not None else (),
            span(f"{humanize(max(0.0, snapshot.at - result.at))} ago", Role.MUTED),
            outside(result.hint, Role.MUTED) if result.hint else (),
            outside(result.request, Role.MUTED) if result.request else (),
        ]
    )

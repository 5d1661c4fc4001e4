"""Whether each source lets us in, what it says it is, and whether its clock agrees with ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core.canary import CanaryResult, CanaryState
from oncall_tui.core.catalogue import Endpoint
from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import AlertSource, MetricsSource, Prober
from oncall_tui.core.probes import Probe
from oncall_tui.core.snapshot import SKEW_LIMIT
from oncall_tui.core.state import State
from oncall_tui.reports.check import Finding, Result


async def prometheus(source: MetricsSource, where: Whereabouts, now: float, patience: float) -> tuple[Finding, ...]:
    """What came of greeting one Prometheus. patience: seconds."""
    place = where.source("prometheus", source.name)
    try:
        async with asyncio.timeout(patience):
            readout = await source.greet(now)
    except (SourceError, TimeoutError) as error:
        return (_silent("Prometheus", source.name, place, error),)
    reached = Finding("Prometheus", source.name, Result.OK, _reached(source.url, source.version), place)
    told = (Finding("Prometheus", source.name, Result.WARNING, warning, place) for warning in readout.warnings)
    return (reached, *told, _clock(source.name, place, readout.skew))


async def alertmanager(source: AlertSource, where: Whereabouts, patience: float) -> tuple[Finding, ...]:
    """What came of reading the board of one Alertmanager. patience: seconds."""
    place = where.source("alertmanager", source.name)
    try:
        async with asyncio.timeout(patience):
            board = await source.board()
    except (SourceError, TimeoutError) as error:
        return (_silent("Alertmanager", source.name, place, error),)
    what = f"{_reached(source.url, board.version)}, {len(board.alerts)} alerts, {len(board.silences)} silences"
    return Finding("Alertmanager", source.name, Result.OK, what, place), _clock(source.name, place, board.skew)


async def endpoint(prober: Prober, one: Endpoint, where: Whereabouts, now: float) -> tuple[Finding, ...]:
    """What a probe of one endpoint found, and what its canary brought if it has one; now: unix seconds."""
    probe = await prober.probe(one)
    place = where.endpoint(one)
    probed = Finding("endpoint", one.id, _result(probe), _probed(one, probe), place, probe.hint)
    found = (probed, *_certificate(one, probe, place, now))
    if one.canary is None:
        return found
    if probe.live is False or probe.ready is False:
        why = "not asked: the server is not ready"
        return (*found, Finding("canary", one.id, Result.NOT_CHECKED, why, place))
    return (*found, _canary(one, await prober.canary(one), place))


def _certificate(one: Endpoint, probe: Probe, place: str, now: float) -> Iterator[Finding]:
    if probe.expires is None:
        return
    days = (probe.expires - now) / 86_400
    soon = probe.expires - now < one.tls_warn
    what = (
        f"its TLS certificate ends in {days:.0f} days"
        if days > 0
        else f"its TLS certificate ended {-days:.0f} days ago"
    )
    yield Finding("endpoint", one.id, Result.WARNING if soon else Result.OK, what, place, "renew it" if soon else "")


_CANARIES = {CanaryState.RIGHT: Result.OK, CanaryState.LATE: Result.WARNING, CanaryState.WAITING: Result.NOT_CHECKED}


def _canary(one: Endpoint, result: CanaryResult, place: str) -> Finding:
    took = f" in {result.seconds:.3g} s" if result.seconds is not None else ""
    why = f": {result.why}" if result.why else ""
    what = f"{result.state.value}{took}{why}; sent {result.request}"
    came = _CANARIES.get(result.state, Result.FAILED)
    if result.state is CanaryState.WRONG and one.canary is not None and one.canary.wrong_is is State.WARN:
        came = Result.WARNING
    return Finding("canary", one.id, came, what, place, result.hint)


def unasked(kind: str, name: str, place: str) -> Finding:
    """A source that was left alone."""
    return Finding(kind, name, Result.NOT_CHECKED, "not asked: offline", place)


def answered(findings: tuple[Finding, ...]) -> bool:
    """Whether a source with these findings can be asked more."""
    return all(finding.result is not Result.FAILED for finding in findings)


def _silent(kind: str, name: str, place: str, error: SourceError | TimeoutError) -> Finding:
    if isinstance(error, SourceError):
        return Finding(kind, name, Result.FAILED, error.message, place, error.hint)
    return Finding(kind, name, Result.FAILED, f"{name}: no answer in time", place, "raise polling.timeout")


def _reached(url: str, version: str) -> str:
    return f"{url} answers" + (f", version {version}" if version else "")


def _clock(name: str, place: str, skew: float | None) -> Finding:
    if skew is None:
        return Finding("clock", name, Result.NOT_CHECKED, "its answers carry no date", place)
    if abs(skew) > SKEW_LIMIT:
        what = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
        return Finding("clock", name, Result.WARNING, what, place, "set both by NTP: figures are of another moment")
    return Finding("clock", name, Result.OK, "agrees with ours" if abs(skew) < 2 else f"off by {skew:+.0f} s", place)


def _result(probe: Probe) -> Result:
    if probe.live is not True:
        return Result.FAILED
    return Result.OK if probe.ready is not False and not probe.error else Result.WARNING


def _probed(one: Endpoint, probe: Probe) -> str:
    return ", ".join(_parts(one, probe))


def _parts(one: Endpoint, probe: Probe) -> Iterator[str]:
    state = {True: "live", False: "down", None: "no telling whether it lives"}[probe.live]
    ready = {True: " and ready", False: ", not ready", None: ""}[probe.ready if probe.live else None]
    yield f"{one.protocol.value}: {state}{ready}"
    if probe.version:
        yield f"version {probe.version}"
    if probe.error:
        yield probe.error

"""Whether each source lets us in, what it says it is, and whether its clock agrees with ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core.catalogue import Endpoint
from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import AlertSource, MetricsSource, Prober
from oncall_tui.core.probes import Probe
from oncall_tui.core.snapshot import SKEW_LIMIT
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


async def endpoint(prober: Prober, one: Endpoint, where: Whereabouts) -> Finding:
    """What a probe of one endpoint found."""
    probe = await prober.probe(one)
    place = where.endpoint(one)
    return Finding("endpoint", one.id, _result(probe), _probed(one, probe), place, probe.hint)


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

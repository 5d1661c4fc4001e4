"""All checks together: what depends on nothing at once, and nothing waits for a source that is dead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from oncall_tui.checks import figures, machine, pagers, sources
from oncall_tui.checks.cost import Rhythm, cost_of
from oncall_tui.checks.graph import graph_findings
from oncall_tui.checks.postmortems import templates
from oncall_tui.checks.written import written
from oncall_tui.config.models import Config
from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core import service_graph
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import AlertSource, MetricsSource, Pager, Prober
from oncall_tui.core.readings import Outcome, Reading
from oncall_tui.core.silent import past_readings
from oncall_tui.core.slo import Slo
from oncall_tui.core.text import clean_line
from oncall_tui.core.two_eyes import compared
from oncall_tui.reports.check import Check, Explained, Finding, PollCost, Result
from oncall_tui.runbooks import RunbookLibrary
from oncall_tui.sources.failures import redact_url
from oncall_tui.sources.links import Links, Page, Presence

_OF_PRESENCE = {
    Presence.THERE: Result.OK,
    Presence.GONE: Result.FAILED,
    Presence.UNCLEAR: Result.NOT_CHECKED,
    Presence.UNREACHABLE: Result.WARNING,
}


MOST_LINKS = 200
"""Links to runbooks looked at in one check."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is checked. extra: findings that only whoever wires the parts can make. offline: nothing is asked.

    rhythm: how it would be polled, for what that costs.
    """

    config: Config
    catalogue: Catalogue
    where: Whereabouts
    metrics: Sequence[MetricsSource]
    alerts: Sequence[AlertSource]
    prober: Prober
    library: RunbookLibrary
    rhythm: Rhythm
    extra: Sequence[Finding] = ()
    offline: bool = False
    pagers: Sequence[Pager] = ()


@dataclass(slots=True)
class _Found:
    """What one part of the check brought."""

    findings: list[Finding] = field(default_factory=list)
    explained: list[Explained] = field(default_factory=list)
    costs: list[PollCost] = field(default_factory=list)


async def check_all(parts: Parts, clock: Callable[[], float], *, explain: bool = False) -> Check:
    """Every check, in the order they are told. clock: unix seconds. explain: with every SLO's windows."""
    now = clock()
    local = asyncio.create_task(asyncio.to_thread(_local, parts))
    asked: list[Awaitable[_Found]] = [_metrics(parts, source, now, explain) for source in parts.metrics]
    asked += [_alerts(parts, source) for source in parts.alerts]
    asked += [_pager(parts, one) for one in parts.pagers]
    asked += [_endpoints(parts, now), _links(parts)]
    found = await asyncio.gather(*asked)
    findings = [*(await local), *(one for each in found for one in each.findings)]
    homeless = () if parts.metrics else tuple(one for service in parts.catalogue.services for one in service.slos)
    explained = [one for each in found for one in each.explained]
    explained += [figures.explained(slo, {}, now) for slo in homeless if explain]
    return Check(tuple(findings), tuple(explained), tuple(cost for each in found for cost in each.costs))


def _local(parts: Parts) -> list[Finding]:
    """In a thread, for it reads files."""
    return [
        *written(parts.config, parts.catalogue, parts.where),
        *parts.extra,
        machine.journal(parts.config.journal.file, parts.where.place("journal")),
        *machine.runbooks(parts.config, parts.library, parts.where),
        *templates(parts.config, parts.where),
    ]


# Prometheus


async def _metrics(parts: Parts, source: MetricsSource, now: float, explain: bool) -> _Found:
    own = [service for service in parts.catalogue.services if _home(parts, service) == source.name]
    place = parts.where.source("prometheus", source.name)
    if parts.offline:
        greeted: tuple[Finding, ...] = (sources.unasked("Prometheus", source.name, place),)
        return _unknown(parts, own, greeted, "not asked: offline", now, explain)
    patience = float(parts.config.polling.timeout)
    greeted = await sources.prometheus(source, parts.where, now, patience)
    if not sources.answered(greeted):
        return _unknown(parts, own, greeted, f"not asked: {source.name} does not answer", now, explain)
    try:
        async with asyncio.timeout(patience):
            return await _figures(parts, source, own, greeted, now, explain)
    except (SourceError, TimeoutError) as error:
        what = error.message if isinstance(error, SourceError) else f"{source.name}: no answer in time"
        hint = error.hint if isinstance(error, SourceError) else "raise polling.timeout"
        failed = Finding("Prometheus", source.name, Result.FAILED, what, place, hint)
        return _unknown(parts, own, (*greeted, failed), "it was not answered", now, explain)


def _home(parts: Parts, service: Service) -> str:
    return service.source or (parts.metrics[0].name if parts.metrics else "")


def _unknown(
    parts: Parts, own: Sequence[Service], before: Iterable[Finding], why: str, now: float, explain: bool
) -> _Found:
    found = _Found(list(before))
    for service in own:
        for slo in service.slos:
            found.findings.append(Finding("SLO", slo.id, Result.NOT_CHECKED, why, parts.where.slo(slo)))
        for one in figures.signals_of(service):
            subject, place = figures.subject_of(one), parts.where.signal(one)
            found.findings.append(Finding("signal", subject, Result.NOT_CHECKED, why, place))
        found.explained += [figures.explained(slo, {}, now) for slo in service.slos if explain]
    return found


async def _figures(
    parts: Parts, source: MetricsSource, own: Sequence[Service], greeted: Iterable[Finding], now: float, explain: bool
) -> _Found:
    """One read of everything that the source is there for."""
    found = _Found(list(greeted))
    written_slos = [slo for service in own for slo in service.slos]
    slos, complaints = await _split(source, written_slos, parts, now)
    signals = [signal for service in own for signal in figures.signals_of(service)]
    readings: list[Reading] = [reading for slo in slos for reading in figures.readings_of_slo(slo)]
    readings += figures.readings_of_signals(signals)
    graph = parts.catalogue.graph
    if graph is not None and graph.source == source.name:
        readings.append(service_graph.READING)
    outcomes, warnings = await _read(source, readings, now)
    if service_graph.READING in outcomes:
        found.findings += graph_findings(outcomes[service_graph.READING], parts.catalogue, parts.where)
    found.findings += [Finding("Prometheus", source.name, Result.WARNING, warning) for warning in warnings]
    found.findings += complaints
    found.findings += [figures.slo_finding(slo, outcomes, parts.where.slo(slo)) for slo in slos]
    for signal, reading in zip(signals, figures.readings_of_signals(signals), strict=True):
        found.findings.append(figures.signal_finding(signal, outcomes.get(reading), parts.where.signal(signal)))
    if explain:
        found.explained += [figures.explained(slo, outcomes, now) for slo in slos]
        polled = [reading for slo in slos for reading in figures.polled_of_slo(slo)]
        polled += figures.readings_of_signals([signal for service in own for signal in service.signals])
        polled += [reading for service in own for reading in past_readings(service)]
        polled += [reading for service in own for reading in compared(service)]
        found.costs.append(await cost_of(source, polled, parts.rhythm, now))
    return found


async def _read(
    source: MetricsSource, readings: Sequence[Reading], now: float
) -> tuple[dict[Reading, Outcome], tuple[str, ...]]:
    """All outcomes and the warnings. What there was no time for is asked again, as long as that helps."""
    readout = await source.read(readings, now)
    outcomes, warnings = dict(readout.outcomes), dict.fromkeys(readout.warnings)
    unasked = readout.unasked
    while unasked:
        readout = await source.read(tuple(unasked), now)
        outcomes |= readout.outcomes
        warnings |= dict.fromkeys(readout.warnings)
        if not readout.unasked < unasked:
            break
        unasked = readout.unasked
    return outcomes, tuple(warnings)


async def _split(
    source: MetricsSource, slos: Sequence[Slo], parts: Parts, now: float
) -> tuple[list[Slo], list[Finding]]:
    """The SLOs with members in the place of templates, and a finding for each template that has none or not all."""
    templates = [slo for slo in slos if slo.is_template]
    if not templates:
        return list(slos), []
    grouped = await source.groups(templates, now)
    members = {slo_id: one.members for slo_id, one in grouped.items()}
    source.adopt(parts.catalogue.split(members))
    findings = []
    for slo in templates:
        one = grouped.get(slo.id)
        if one is None or one.complaint or not one.members:
            what = one.complaint if one and one.complaint else f"there is no group by {', '.join(slo.by)}"
            do = "see that its queries keep these labels"
            findings.append(Finding("SLO", slo.id, Result.FAILED, what, parts.where.slo(slo), do))
    return [member for slo in slos for member in members.get(slo.id, () if slo.is_template else (slo,))], findings


# The others


async def _alerts(parts: Parts, source: AlertSource) -> _Found:
    if parts.offline:
        place = parts.where.source("alertmanager", source.name)
        return _Found([sources.unasked("Alertmanager", source.name, place)])
    return _Found([*(await sources.alertmanager(source, parts.where, float(parts.config.polling.timeout)))])


async def _pager(parts: Parts, one: Pager) -> _Found:
    place = parts.where.pager(one.name)
    if parts.offline:
        return _Found([sources.unasked("pager", one.name, place)])
    return _Found([await pagers.pager(one, place, float(parts.config.polling.timeout))])


async def _endpoints(parts: Parts, now: float) -> _Found:
    every = tuple(parts.catalogue.endpoints())
    if parts.offline:
        return _Found([sources.unasked("endpoint", one.id, parts.where.endpoint(one)) for one in every])
    found = await asyncio.gather(*(sources.endpoint(parts.prober, one, parts.where, now) for one in every))
    return _Found([finding for each in found for finding in each])


async def _links(parts: Parts) -> _Found:
    written_at = machine.web_runbooks(parts.config, parts.where)
    if not parts.offline:
        written_at = await _of_alerts(parts) | written_at
    if not written_at:
        return _Found()
    if parts.offline:
        return _Found([sources.unasked("runbook", redact_url(url), place) for url, place in written_at.items()])
    looked_at = dict(islice(written_at.items(), MOST_LINKS))
    links = Links()
    try:
        pages = await asyncio.gather(*(links.look(url) for url in looked_at))
    finally:
        await links.close()
    findings = [_link(url, place, page) for (url, place), page in zip(looked_at.items(), pages, strict=True)]
    if left := len(written_at) - len(looked_at):
        what = f"{left} links more than the {MOST_LINKS} that one check looks at"
        findings.append(Finding("runbook", "links", Result.NOT_CHECKED, what))
    return _Found(findings)


async def _of_alerts(parts: Parts) -> dict[str, str]:
    """The links that alerts carry which are there now, each with one of its alerts."""
    found: dict[str, str] = {}
    for source in parts.alerts:
        try:
            board = await source.board()
        except SourceError:  # what is wrong with it is told as a finding of its own
            continue
        for alert in board.alerts:
            if alert.runbook_url.lower().startswith(("http://", "https://")):
                found.setdefault(alert.runbook_url, f"alert {clean_line(alert.name, 80)}")
    return found


def _link(url: str, place: str, page: Page) -> Finding:
    return Finding("runbook", redact_url(url), _OF_PRESENCE[page.presence], page.what, place, page.hint)

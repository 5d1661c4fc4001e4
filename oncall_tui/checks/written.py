"""What can be told from the configuration alone: its mistakes, its PromQL, its services and what they depend on."""

from __future__ import annotations

from collections.abc import Iterator

from oncall_tui.checks.figures import signals_of, subject_of
from oncall_tui.config.mistakes import Mistaken
from oncall_tui.config.models import Config
from oncall_tui.config.promql import unread
from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.slo import EventsSli, RatioSli, Sli, SlicesSli
from oncall_tui.core.topology import topology_of
from oncall_tui.reports.check import Check, Finding, Result

MOST_TOLD = 100
"""Mistakes told at once."""


def mistaken(error: ConfigError) -> Check:
    """The whole report where the configuration cannot be used."""
    if not isinstance(error, Mistaken):
        return Check((Finding("config", "file", Result.FAILED, error.message, do=error.hint),))
    findings = tuple(
        Finding("config", one.place, Result.FAILED, one.what, one.where(error.file), excerpt=one.excerpt)
        for one in error.mistakes[:MOST_TOLD]
    )
    if (more := len(error.mistakes) - MOST_TOLD) > 0:
        findings += (Finding("config", "file", Result.FAILED, f"{more} more mistakes"),)
    return Check(findings)


def written(config: Config, catalogue: Catalogue, where: Whereabouts) -> Iterator[Finding]:
    """Every finding about a configuration that loads."""
    yield Finding("config", "file", Result.OK, f"reads well: {_counts(catalogue)}", where.place())
    if not config.sources.prometheus and any(service.slos or service.signals for service in catalogue.services):
        what = "there are SLOs or signals, but no Prometheus to ask"
        yield Finding("config", "sources", Result.FAILED, what, where.place("sources"), "name one under sources:")
    for note in config.notes:
        place = ":".join(str(part) for part in (note.file, note.line, note.column) if part)
        yield Finding("import", note.file, Result.WARNING if note.left_out else Result.OK, note.what, place)
    yield from _promql(catalogue, where)
    yield from _services(catalogue, where)
    yield from _dependencies(catalogue, where)


def _counts(catalogue: Catalogue) -> str:
    services = catalogue.services
    signals = sum(len(service.signals) for service in services)
    slos, endpoints = sum(1 for _ in catalogue.slos()), sum(1 for _ in catalogue.endpoints())
    return f"{len(services)} services, {slos} SLOs, {signals} signals, {endpoints} endpoints"


def _promql(catalogue: Catalogue, where: Whereabouts) -> Iterator[Finding]:
    read = 0
    for subject, query, place in _queries(catalogue, where):
        if reason := unread(query):
            what = f"not understood here: {reason}"
            do = "right if it is newer PromQL or MetricsQL: the server decides"
            yield Finding("PromQL", subject, Result.NOT_CHECKED, what, place, do)
        else:
            read += 1
    yield Finding("PromQL", "queries", Result.OK, f"{read} read without a mistake")


def _queries(catalogue: Catalogue, where: Whereabouts) -> Iterator[tuple[str, str, str]]:
    """(subject, query, where) of every query that a person wrote."""
    for slo in catalogue.slos():
        yield from ((slo.id, query, where.slo(slo)) for query in _of_sli(slo.sli))
    for service in catalogue.services:
        for signal in signals_of(service):
            yield subject_of(signal), signal.query, where.signal(signal)
            if signal.binned is not None and signal.binned.query:
                yield subject_of(signal), signal.binned.query, where.signal(signal)


def _of_sli(sli: Sli) -> tuple[str, ...]:
    match sli:
        case EventsSli(total, error, good):
            return tuple(query for query in (error, good, total) if query)
        case SlicesSli():
            return (sli.query,)
        case RatioSli(ratio, over_period):
            return (ratio, over_period) if over_period else (ratio,)
    return ()


def _services(catalogue: Catalogue, where: Whereabouts) -> Iterator[Finding]:
    if not catalogue.services:
        yield Finding("service", "none", Result.WARNING, "no service is described", do="describe one under services:")
    for service in catalogue.services:
        if not (service.slos or service.signals or service.endpoints):
            what = "it has neither SLO nor signal nor endpoint: nothing of it is ever known"
            do = "give it one, or leave it out"
            yield Finding("service", service.name, Result.WARNING, what, where.service(service), do)


def _dependencies(catalogue: Catalogue, where: Whereabouts) -> Iterator[Finding]:
    known = {service.name: service for service in catalogue.services}
    count = sum(len(service.depends_on) for service in catalogue.services)
    for service in catalogue.services:
        for name in service.depends_on:
            if name not in known:
                what = f"it depends on {name}, which is not there"
                yield Finding("depends_on", service.name, Result.FAILED, what, where.service(service))
    found = [*cycle_findings(catalogue, where)]
    yield from found
    if count and not found:
        yield Finding("depends_on", "services", Result.OK, f"{count} dependencies, all there, none in a circle")


def cycle_findings(catalogue: Catalogue, where: Whereabouts) -> Iterator[Finding]:
    """Circles of dependencies, every service that is on one named in one of them."""
    for cycle in topology_of(catalogue).cycles():
        service = catalogue.service(cycle[0])
        place = where.service(service) if service is not None else ""
        what = f"a cycle: {' -> '.join((*cycle, cycle[0]))}"
        do = "leave out the one that is not really needed: a cause is looked for upstream"
        yield Finding("depends_on", cycle[0], Result.WARNING, what, place, do)

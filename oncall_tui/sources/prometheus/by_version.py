"""Signals told apart by versions: the same queries with every aggregation keeping the label that says the version."""

from __future__ import annotations

from dataclasses import replace

from oncall_tui.core.beside import BY_VERSION
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.sources.prometheus.grouping import by_labels
from oncall_tui.sources.prometheus.printing import Unwritable

_COMPARED = (SignalKind.ERRORS, SignalKind.LATENCY, SignalKind.ACCURACY, SignalKind.THROUGHPUT)


def told_by_version(catalogue: Catalogue) -> Catalogue:
    """The catalogue with what compares versions beside the signals of services that say how they tell theirs.

    A query that cannot be rewritten is left out; so is a signal that tells members apart already.
    """
    return replace(catalogue, services=tuple(_service(service) for service in catalogue.services))


def _service(service: Service) -> Service:
    if not service.version_label:
        return service
    more = [
        found
        for signal in service.signals
        if signal.kind in _COMPARED and not signal.by and (found := _signal(signal, service.version_label)) is not None
    ]
    return replace(service, beside=(*service.beside, *more))


def _signal(signal: Signal, label: str) -> Signal | None:
    try:
        query = by_labels(signal.query, (label,))
    except Unwritable:
        return None
    enclosed = f"{query}\n" if "#" in query else query
    return replace(
        signal, name=f"{BY_VERSION}{signal.name}", query=f"avg by ({label}) ({enclosed})", by=label, past_weeks=0
    )

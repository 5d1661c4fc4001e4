"""Findings about one service, from wherever they come, as one service; and bounds on how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from oncall_tui.core.catalogue import ServiceKind
from oncall_tui.core.findings import FoundService, FoundSignal, FoundSlo, ProposedSlo

MOST_SLOS, MOST_SERVICES, MOST_SIGNALS = 500, 200, 50
_Named = TypeVar("_Named", FoundSlo, FoundSignal, ProposedSlo)
_OF_ALERTS = ("service", "sloth_service", "model")
"""Labels by which an alert is known to be a service's without being told."""


def merged(found: Iterable[FoundService]) -> tuple[list[FoundService], list[str]]:
    """Services by name, those with SLOs first, within bounds; and what is left out."""
    services: dict[str, FoundService] = {}
    for one in found:
        known = services.get(one.name)
        services[one.name] = one if known is None else _together(known, one)
    ordered = sorted(services.values(), key=lambda service: (not service.slos, service.name))
    return _bounded(ordered)


def _together(a: FoundService, b: FoundService) -> FoundService:
    kind = next((one.kind for one in (a, b) if one.kind is ServiceKind.MODEL), a.kind)
    if kind is ServiceKind.OTHER:
        kind = b.kind
    plain = next((one.identity for one in (a, b) if len(one.identity) == 1 and one.identity[0][0] in _OF_ALERTS), None)
    return FoundService(
        name=a.name,
        identity=a.identity if plain is None else plain,
        kind=kind,
        slos=_distinct((*a.slos, *b.slos)),
        signals=_distinct((*a.signals, *b.signals)),
        proposals=_distinct((*a.proposals, *b.proposals)),
        endpoints=tuple(dict.fromkeys((*a.endpoints, *b.endpoints))),
        remarks=tuple(dict.fromkeys((*a.remarks, *b.remarks))),
        recipes=tuple(dict.fromkeys((*a.recipes, *b.recipes))),
    )


def _distinct(things: Sequence[_Named]) -> tuple[_Named, ...]:
    """The same, those that say the same once, and those of one name numbered."""
    taken: dict[str, _Named] = {}
    for thing in things:
        if taken.get(thing.name) == thing:
            continue
        name, number = thing.name, 2
        while name in taken:
            name, number = f"{thing.name}-{number}", number + 1
        taken[name] = thing if name == thing.name else replace(thing, name=name)
    return tuple(taken.values())


def _bounded(services: list[FoundService]) -> tuple[list[FoundService], list[str]]:
    kept, left_out, slos = [], [], MOST_SLOS
    dropped = sum(len(service.slos) for service in services[MOST_SERVICES:])
    for service in services[:MOST_SERVICES]:
        some = replace(service, slos=service.slos[:slos], signals=service.signals[:MOST_SIGNALS])
        slos -= len(some.slos)
        dropped += len(service.slos) - len(some.slos)
        kept.append(some)
        if more := len(service.signals) - len(some.signals):
            left_out.append(f"{service.name}: {more} more signals than the {MOST_SIGNALS} that are written")
    if more := len(services) - len(kept):
        left_out.append(f"{more} more services than the {MOST_SERVICES} that are written")
    if dropped:
        left_out.append(f"{dropped} SLOs beyond what is written (at most {MOST_SLOS}, of {MOST_SERVICES} services)")
    return kept, left_out

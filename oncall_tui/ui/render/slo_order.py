"""In which order the SLOs stand, and under which headings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oncall_tui.core.assess import ServiceStatus
from oncall_tui.core.burn import HOUR
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.state import State, roll_up


class Sort(StrEnum):
    """What comes first. A figure that is not known comes last, but for WORST, which goes by the state."""

    WORST = "worst"
    NAME = "name"
    BUDGET = "budget"
    BURN = "burn"
    TIME = "time"
    OBJECTIVE = "objective"


class Grouping(StrEnum):
    """What the headings are; kind is the SLO's."""

    NONE = "none"
    SERVICE = "service"
    TEAM = "team"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Entry:
    """An SLO with its service, by whose team it may be grouped."""

    service: ServiceStatus
    slo: SloStatus


@dataclass(frozen=True, slots=True)
class Group:
    """SLOs under one heading, in order; name is '' where there are no headings, or there is no team."""

    name: str
    state: State
    slos: tuple[SloStatus, ...]


def _reversed(value: float | None) -> float:
    return math.inf if value is None else -value


_KEYS: dict[Sort, Callable[[SloStatus], tuple[Any, ...]]] = {
    Sort.WORST: lambda s: (s.state, 2.0 if s.remaining is None else s.remaining),
    Sort.NAME: lambda s: (),
    Sort.BUDGET: lambda s: (math.inf if s.remaining is None else s.remaining,),
    Sort.BURN: lambda s: (_reversed(s.burn(HOUR)),),
    Sort.TIME: lambda s: (math.inf if s.exhausted_in is None else s.exhausted_in,),
    Sort.OBJECTIVE: lambda s: (-s.slo.objective,),
}

_NAMES: dict[Grouping, Callable[[Entry], str]] = {
    Grouping.NONE: lambda entry: "",
    Grouping.SERVICE: lambda entry: entry.slo.slo.service,
    Grouping.TEAM: lambda entry: entry.service.service.team,
    Grouping.KIND: lambda entry: entry.slo.slo.kind.value,
}


def arranged(entries: Iterable[Entry], sort: Sort, grouping: Grouping) -> tuple[Group, ...]:
    """The SLOs in groups: the worst first, or by name where the SLOs are; SLOs of equal rank stand by their ids.

    Without grouping there is one group; of no SLOs there is none.
    """
    named: dict[str, list[SloStatus]] = {}
    for entry in entries:
        named.setdefault(_NAMES[grouping](entry), []).append(entry.slo)
    groups = [
        Group(name, roll_up(slo.state for slo in slos), tuple(sorted(slos, key=lambda s: (_KEYS[sort](s), s.slo.id))))
        for name, slos in named.items()
    ]
    return tuple(sorted(groups, key=lambda group: (group.name if sort is Sort.NAME else group.state, group.name)))

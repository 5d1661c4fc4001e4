"""What else is on fire with an alert: who shares its labels, and who rests on its service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus
from oncall_tui.core.topology import topology_of

_SAYS_NOTHING = frozenset({"severity", "sloth_severity", "sloth_window", "monitor", "prometheus", "prometheus_replica"})
"""Labels that many alerts share for no reason that lies in what is broken."""
_OVER = (Phase.RESOLVED, Phase.PENDING)


@dataclass(frozen=True, slots=True)
class SharedLabel:
    """A label's value that other alerts have, too. alerts: how many others; of: among how many; services: whose."""

    name: str
    value: str
    alerts: int
    of: int
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """shared: labels, those first that tell most (few alerts elsewhere, many here).

    downstream: the services that rest on the alert's, nearest first. upstream: those in trouble that it rests on.
    """

    shared: tuple[SharedLabel, ...]
    downstream: tuple[ServiceStatus, ...]
    upstream: tuple[ServiceStatus, ...]


def reach(assessment: Assessment, status: AlertStatus) -> Reach:
    """How far it reaches, from what is known already. Alerts that merely inform, wait or are over do not count."""
    others = [
        one
        for one in assessment.alerts
        if one.alert.key != status.alert.key
        and one.phase not in _OVER
        and one.alert.urgency is not Urgency.INFO
        and one.alert.name != ""
    ]
    topology = topology_of(assessment.snapshot.catalogue)
    below = _services(assessment, topology.downstream(status.service)) if status.service else ()
    above = _services(assessment, topology.upstream(status.service)) if status.service else ()
    troubled = tuple(one for one in above if one.state < one.state.UNKNOWN)
    return Reach(tuple(_shared(status, others)), below, troubled)


def _shared(status: AlertStatus, others: Sequence[AlertStatus]) -> list[SharedLabel]:
    found = []
    for name, value in status.alert.labels.items():
        same = [one for one in others if one.alert.labels.get(name) == value]
        if value and same and name not in _SAYS_NOTHING:
            services = tuple(sorted({one.service for one in same if one.service}))
            found.append(SharedLabel(name, value, len(same), len(others), services))
    # What all alerts share tells nothing of this one.
    return sorted(found, key=lambda one: (one.alerts == one.of and one.of > 1, -one.alerts, one.name))


def _services(assessment: Assessment, names: Iterable[str]) -> tuple[ServiceStatus, ...]:
    return tuple(known for name in names if (known := assessment.service(name)) is not None)

"""Whose trouble a service's trouble explains: those that rest on it through bad ones only."""

from __future__ import annotations

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.state import State
from oncall_tui.core.topology import topology_of

BAD = (State.CRIT, State.WARN, State.SILENT)
"""What is known to be in trouble; what is merely not known explains nothing, and is not explained."""
_LOUD = (Phase.FIRING, Phase.ACKNOWLEDGED)


def explained_by(assessment: Assessment, service: str) -> tuple[str, ...]:
    """The services in trouble of which this one is a first bad ancestor, nearest first; () when it is well itself."""
    bad = {status.service.name for status in assessment.services if status.state in BAD}
    topology = topology_of(assessment.snapshot.catalogue)
    below = topology.downstream(service) if service in bad else ()
    return tuple(name for name in below if name in bad and service in topology.roots_of(name, bad))


def alerts_explained_by(assessment: Assessment, service: str) -> tuple[AlertStatus, ...]:
    """The firing and acknowledged alerts of those services, loudest first."""
    names = set(explained_by(assessment, service))
    return tuple(one for one in assessment.alerts if one.service in names and one.phase in _LOUD)

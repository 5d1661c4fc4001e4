"""Alerts in an order and under headings: as Alertmanager groups them, by a label, and storms as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from oncall_tui.core.alerts import AlertGroup, Phase
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.storms import Storm, shared_labels

ROUTED, UNGROUPED = "alertmanager", "none"
"""Names of the two groupings that are by no label."""


class Order(StrEnum):
    """How alerts, and the groups they are in, stand."""

    LOUDEST = "loudest"
    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    SERVICE = "service"
    SEVERITY = "severity"


class GroupKind(StrEnum):
    """What makes a group one."""

    STORM = "storm"
    ROUTED = "routed"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What tells a group from every other over polls. labels: those it is made by, a storm's the one that tells it."""

    kind: GroupKind
    labels: tuple[tuple[str, str], ...]
    source: str = ""


class Group:
    """One group with its alerts in their order, at least one. receivers: whom an Alertmanager's group goes to."""

    def __init__(self, key: GroupKey, receivers: Iterable[str] = ()) -> None:
        self.key = key
        self.receivers = tuple(dict.fromkeys(receivers))
        self.alerts: list[AlertStatus] = []

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What its alerts have in common by its making; of a storm every label that all of them share."""
        return shared_labels(self.alerts) if self.key.kind is GroupKind.STORM else dict(self.key.labels)

    @cached_property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Its alerts' keys."""
        return tuple(status.alert.key for status in self.alerts)

    @cached_property
    def worst(self) -> AlertStatus:
        """Its loudest alert."""
        return min(self.alerts, key=lambda status: (_PHASES[status.phase], _URGENCY[status.alert.urgency]))

    @cached_property
    def unacknowledged(self) -> int:
        """How many of its alerts fire and nobody has."""
        return sum(status.phase is Phase.FIRING for status in self.alerts)

    @cached_property
    def phases(self) -> Mapping[Phase, int]:
        """How many of its alerts are in each phase, loudest first; phases of none are left out."""
        counts = dict.fromkeys(Phase, 0)
        for status in self.alerts:
            counts[status.phase] += 1
        return {phase: count for phase, count in counts.items() if count}


Entry = Group | AlertStatus
"""What stands in the list: a group, or an alert by itself."""

_PHASES = {phase: place for place, phase in enumerate(Phase)}
_URGENCY = {"page": 0, "ticket": 1, "info": 2}

_KEYS: Mapping[Order, Callable[[AlertStatus], tuple[object, ...]]] = {
    Order.NEWEST: lambda one: (-one.alert.starts_at,),
    Order.OLDEST: lambda one: (one.alert.starts_at,),
    Order.NAME: lambda one: (one.alert.name.casefold(),),
    Order.SERVICE: lambda one: (not one.service, one.service.casefold()),
    Order.SEVERITY: lambda one: (_URGENCY[one.alert.urgency], one.alert.severity),
}


def ordered(alerts: Sequence[AlertStatus], order: Order) -> Sequence[AlertStatus]:
    """The alerts in that order, equal ones in the order in which they were given: loudest first."""
    return alerts if order is Order.LOUDEST else sorted(alerts, key=_KEYS[order])


def arranged(
    alerts: Iterable[AlertStatus],
    grouping: str,
    groups: Iterable[AlertGroup] = (),
    storms: Iterable[Storm] = (),
    least: int = 1,
) -> list[Entry]:
    """The alerts in their order under groups, each group where its first alert stands.

    grouping: ROUTED by groups, UNGROUPED, or the name of a label. Storms are folded unless it is by a label; one of
    which fewer than least alerts are left is none. Alertmanager's groups of one alert, and alerts that are in none of
    them, stand by themselves.
    """
    alerts = list(alerts)
    if grouping not in (ROUTED, UNGROUPED):
        return _under(alerts, _by_label(grouping), {})
    found: dict[tuple[str, str], GroupKey] = {}
    receivers: dict[GroupKey, list[str]] = {}
    if grouping == ROUTED:
        found, receivers = _routed(groups)
    here = {status.alert.key for status in alerts} if storms else set()
    for storm in storms:
        if len(left := storm.keys & here) >= least:
            found.update(dict.fromkeys(left, GroupKey(GroupKind.STORM, (storm.told_by,))))
    if not found:
        return list(alerts)
    entries = _under(alerts, lambda status: found.get(status.alert.key), receivers)
    return [one.alerts[0] if isinstance(one, Group) and _stands_alone(one) else one for one in entries]


def _stands_alone(group: Group) -> bool:
    return group.key.kind is GroupKind.ROUTED and len(group.alerts) == 1


def _under(
    alerts: Iterable[AlertStatus],
    key_of: Callable[[AlertStatus], GroupKey | None],
    receivers: Mapping[GroupKey, Sequence[str]],
) -> list[Entry]:
    entries: list[Entry] = []
    made: dict[GroupKey, Group] = {}
    for status in alerts:
        key = key_of(status)
        if key is None:
            entries.append(status)
            continue
        group = made.get(key)
        if group is None:
            group = made[key] = Group(key, receivers.get(key, ()))
            entries.append(group)
        group.alerts.append(status)
    return entries


def _by_label(name: str) -> Callable[[AlertStatus], GroupKey]:
    """The group by the value of that label, '' where there is none; `service` is the catalogue's then."""
    made: dict[str, GroupKey] = {}

    def key_of(status: AlertStatus) -> GroupKey:
        value = status.alert.labels.get(name, status.service if name == "service" else "")
        key = made.get(value)
        if key is None:
            key = made[value] = GroupKey(GroupKind.LABEL, ((name, value),))
        return key

    return key_of


def _routed(groups: Iterable[AlertGroup]) -> tuple[dict[tuple[str, str], GroupKey], dict[GroupKey, list[str]]]:
    """The group of each alert by its key, the first of those it is in; and whom each group goes to."""
    found: dict[tuple[str, str], GroupKey] = {}
    receivers: dict[GroupKey, list[str]] = {}
    for group in groups:
        key = GroupKey(GroupKind.ROUTED, tuple(sorted(group.labels.items())), group.source)
        receivers.setdefault(key, []).append(group.receiver)
        for fingerprint in group.fingerprints:
            found.setdefault((group.source, fingerprint), key)
    return found, receivers

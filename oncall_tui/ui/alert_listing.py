"""How the alerts are arranged on the screen: order, groups, what is shut, and which row keeps its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.core.alert_groups import (
    ROUTED,
    UNGROUPED,
    Entry,
    Group,
    GroupKey,
    GroupKind,
    Order,
    arranged,
    ordered,
)
from oncall_tui.core.alerts import AlertGroup
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.storms import Storm
from oncall_tui.preferences.memory import Section

GROUPINGS = (ROUTED, UNGROUPED, "alertname", "service", "severity")
"""Those that a key goes through; any other label can be named."""

_AlertKey = tuple[str, str]
ItemKey = GroupKey | _AlertKey


@dataclass(frozen=True, slots=True)
class Gone:
    """An alert that nobody tells of any more, whose row keeps its place for the moment."""

    status: AlertStatus


Item = Entry | Gone
"""What a row shows."""


class AlertListing:
    """Arranges once for the same alerts, and remembers the order and the groups in the preferences.

    keys and items: the rows as arranged last, in their order. waiting: how many rows of the newest arrangement have no
    place yet, since rows keep theirs. choices: another number with everything that people choose.
    """

    def __init__(self, memory: Section, least: int) -> None:
        self._memory = memory
        self._least = least
        order = memory.text("order")
        self.order = Order(order) if order in list(Order) else Order.LOUDEST
        self.grouping = memory.text("grouping") or ROUTED
        self._folds: dict[GroupKey, bool] = {}
        self._all_open: bool | None = None
        self._inputs: tuple[object, ...] | None = None
        self._kept: Sequence[AlertStatus] = ()
        self._entries: list[Entry] = []
        self._arrangement: tuple[list[ItemKey], list[Entry]] | None = None
        self.keys: list[ItemKey] = []
        self.items: list[Item] = []
        self.waiting = 0
        self.choices = 0

    # What people choose

    def sort_by(self, name: str) -> str:
        """Stand in that order, '' for the next; returns what is wrong with the name, '' if nothing."""
        every = list(Order)
        if name and name not in every:
            return f"no order {name!r}: {', '.join(Order)}"
        self.order = Order(name) if name else every[(every.index(self.order) + 1) % len(every)]
        self._memory.set("order", self.order.value)
        self.choices += 1
        return ""

    def group_by(self, name: str) -> None:
        """Stand in these groups, '' for the next: ROUTED, UNGROUPED, or a label's."""
        place = GROUPINGS.index(self.grouping) if self.grouping in GROUPINGS else -1
        self.grouping = name or GROUPINGS[(place + 1) % len(GROUPINGS)]
        self._memory.set("grouping", self.grouping)
        self._folds.clear()
        self._all_open = None
        self.choices += 1

    def is_open(self, key: GroupKey) -> bool:
        """Whether a group's alerts are shown: unless told otherwise all but a storm's."""
        chosen = self._folds.get(key, self._all_open)
        return key.kind is not GroupKind.STORM if chosen is None else chosen

    def fold(self, key: GroupKey, *, is_open: bool) -> None:
        """Open or shut one group."""
        self._folds[key] = is_open
        self._arrangement = None
        self.choices += 1

    def fold_all(self, *, is_open: bool) -> None:
        """Open or shut every group, those to come as well."""
        self._folds.clear()
        self._all_open = is_open
        self._arrangement = None
        self.choices += 1

    # What comes of it

    def arrange(self, kept: Sequence[AlertStatus], groups: Sequence[AlertGroup], storms: Sequence[Storm]) -> None:
        """Arrange these alerts, which stand loudest first; nothing is done where they are those of the last time."""
        inputs = (groups if self.grouping == ROUTED else (), storms, self.order, self.grouping)
        if self._inputs != inputs or not _same(self._kept, kept):
            self._inputs, self._kept = inputs, kept
            self._entries = arranged(ordered(kept, self.order), self.grouping, groups, storms, max(1, self._least))
            self._arrangement = None
        if self._arrangement is None:
            items: list[Entry] = []
            for entry in self._entries:
                items.append(entry)
                if isinstance(entry, Group) and self.is_open(entry.key):
                    items += entry.alerts
            self._arrangement = (
                [item.alert.key if isinstance(item, AlertStatus) else item.key for item in items],
                items,
            )
        self.keys, self.items = self._arrangement[0], list(self._arrangement[1])
        self.waiting = 0

    def hold(self, keys: Sequence[ItemKey], items: Sequence[Item], known: Mapping[_AlertKey, AlertStatus]) -> None:
        """Leave every row in the place it had, with what is known of it now.

        keys and items: as they were before arrange. known: every alert there is, filtered out or not.
        """
        now: dict[ItemKey, Item] = {entry.key: entry for entry in self._entries if isinstance(entry, Group)}
        self.waiting = len(set(self.keys).difference(keys))
        self.items = [_held(item, now.get(key) or known.get(key)) for key, item in zip(keys, items, strict=True)]  # type: ignore[arg-type]
        self.keys = list(keys)

    def group_of(self, key: object) -> Group | None:
        """The group of that key, or the one that the alert of that key is in."""
        for entry in self._entries:
            if isinstance(entry, Group) and (entry.key == key or any(one.alert.key == key for one in entry.alerts)):
                return entry
        return None


def _held(old: Item, now: Item | None) -> Item:
    """Of a group that is no more, what was in it: its alerts tell the rest, when they have rows."""
    return now if now is not None else Gone(old) if isinstance(old, AlertStatus) else old


def _same(one: Sequence[AlertStatus], other: Sequence[AlertStatus]) -> bool:
    """Whether they are the very same alerts in the same order. Quick: what did not change is the same object."""
    return one is other or (len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True)))

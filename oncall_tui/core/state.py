"""CRIT, WARN, SILENT, UNKNOWN, OK: what they mean and how they roll up."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class State(IntEnum):
    """States, worst first: the smaller, the worse, so min() rolls up."""

    CRIT = 0
    WARN = 1
    SILENT = 2
    UNKNOWN = 3
    OK = 4

    @property
    def exit_code(self) -> int:
        """The monitoring-plugin code: 0 ok, 1 warn (SILENT too), 2 crit, 3 unknown."""
        return {State.OK: 0, State.WARN: 1, State.SILENT: 1, State.CRIT: 2, State.UNKNOWN: 3}[self]


def roll_up(states: Iterable[State]) -> State:
    """The worst of them; of nothing, UNKNOWN: where nothing is known nothing is green."""
    return min(states, default=State.UNKNOWN)

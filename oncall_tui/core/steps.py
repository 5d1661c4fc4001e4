"""What a runbook's step may do to the world, and how much of that is allowed."""

from __future__ import annotations

from enum import StrEnum


class StepKind(StrEnum):
    """What a step does to the world, as its author says. One that says nothing counts as MITIGATE."""

    DIAGNOSE = "diagnose"
    """Only looks."""
    MITIGATE = "mitigate"
    """Changes something, and can be undone."""
    DANGER = "danger"
    """Changes something for good, or for many."""

    def within(self, allowed: StepKind) -> bool:
        """Whether it does no more than what is allowed."""
        return _ORDER.index(self) <= _ORDER.index(allowed)


_ORDER = tuple(StepKind)
STEP_KINDS: frozenset[str] = frozenset(StepKind)

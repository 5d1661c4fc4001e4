"""What the labels of info metrics said before something began and what they say now, with no agent anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oncall_tui.core.readings import Series

_MOST_VALUES = 6
"""Values of one label that are told, those of most replicas first."""


@dataclass(frozen=True, slots=True)
class Held:
    """A value of a label, and how many series (replicas) have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One label of one service before a moment and at the end. more: values beyond those told, on either side.

    moved_at: when the newest value that was not there before came, unix seconds; None where none came.
    """

    service: str
    label: str
    before: tuple[Held, ...]
    after: tuple[Held, ...]
    more: int = 0
    moved_at: float | None = None

    @property
    def changed(self) -> bool:
        """Whether the two sides differ, in values or in how many have each."""
        return self.before != self.after

    @property
    def split(self) -> bool:
        """Whether replicas differ among themselves now."""
        return len(self.after) > 1


def shift(service: str, label: str, series: Series, onset: float, end: float) -> Shift | None:
    """The label's values at the last step before onset and at the last step at all; None where nothing has the label.

    A side whose step is not there is empty: before, where nothing reaches so far back; after, where it is no longer
    exported, which is said and never taken for the value it had.
    """
    lines = {value: line for value, line in series.lines.items() if value}
    if not lines:
        return None
    steps = sorted({at for line in lines.values() for at, _ in line})
    earlier = [at for at in steps if at < onset]
    last = steps[-1] if end - steps[-1] <= _late(steps) else None
    before = _held(lines, earlier[-1]) if earlier else ()
    after = _held(lines, last) if last is not None else ()
    had = {one.value for one in before}
    came = [line[0][0] for value, line in lines.items() if value not in had and line[0][0] >= onset]
    more = max(len(before), len(after)) - _MOST_VALUES
    return Shift(
        service,
        label,
        before[:_MOST_VALUES],
        after[:_MOST_VALUES],
        max(0, more),
        max(came) if came and before else None,
    )


def _late(steps: list[float]) -> float:
    """How old the last step may be for it to be of now: three steps."""
    return 3 * (steps[-1] - steps[-2]) if len(steps) > 1 else 0.0


def _held(lines: Mapping[str, Iterable[tuple[float, float]]], at: float) -> tuple[Held, ...]:
    held = (Held(value, round(dict(line)[at])) for value, line in lines.items() if at in dict(line))
    return tuple(sorted(held, key=lambda one: (-one.count, one.value)))

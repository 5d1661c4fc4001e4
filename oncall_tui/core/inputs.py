"""Made-up series that drive an SLI: what tests of its rules are fed, with everything bad or everything good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oncall_tui.core.matchers import Matcher


@dataclass(frozen=True, slots=True)
class Course:
    """How a series runs: slope per second, from level at time 0, or (level None) on from wherever it stands.

    A gauge has a level; a counter has none.
    """

    slope: float = 0.0
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """One series an SLI reads. labels: with its name in __name__."""

    labels: Mapping[str, str]
    bad: Course
    good: Course


@dataclass(frozen=True, slots=True)
class Inputs:
    """The series that make an SLI all bad or all good, and everything that the SLI reads.

    Without series nobody knows how to write them: why says so. lag: seconds that the SLI, beyond the window it is
    asked over, still looks back when all is good again.
    """

    series: tuple[Input, ...] = ()
    reads: tuple[tuple[Matcher, ...], ...] = ()
    lag: int = 0
    why: str = ""

    def touches(self, other: Inputs) -> bool:
        """Whether one of them reads a series of the other, so that they cannot be driven side by side."""
        return self._reads_of(other) or other._reads_of(self)

    def _reads_of(self, other: Inputs) -> bool:
        return any(
            all(matcher.matches(series.labels) for matcher in matchers)
            for series in other.series
            for matchers in self.reads
        )

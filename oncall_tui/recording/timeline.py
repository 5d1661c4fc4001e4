"""The time of a recording as it is played: as it was, but for the gaps in which nothing was recorded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

GAP = 120.0
"""Seconds without a frame from which on nothing was recorded."""
AT_A_GAP = 15.0
"""Seconds for which the last frame before a gap is shown."""


class Timeline:
    """Places on the way from the first frame (0.0) to the last, in seconds of playing, and the moments they show.

    times: of the frames, in unix seconds, in order; never empty.
    """

    def __init__(self, times: Sequence[float]) -> None:
        self._times = times
        shown = (after - before if after - before <= GAP else AT_A_GAP for before, after in pairwise(times))
        self._places = list(accumulate(shown, initial=0.0))

    @property
    def length(self) -> float:
        """Seconds of playing in all."""
        return self._places[-1]

    def frame(self, place: float) -> int:
        """The frame that is shown at a place."""
        return max(0, bisect_right(self._places, place) - 1)

    def at(self, place: float) -> float:
        """The moment that is shown at a place, in unix seconds."""
        frame = self.frame(place)
        return self._times[frame] + (min(place, self.length) - self._places[frame])

    def place(self, at: float) -> float:
        """The place that shows a moment; one in a gap shows its beginning, one outside the recording its end."""
        frame = max(0, bisect_right(self._times, at) - 1)
        if frame == len(self._times) - 1:
            return self.length
        shown = self._places[frame + 1] - self._places[frame]
        # Just before the next frame: at its own place that one is shown.
        return self._places[frame] + min(max(0.0, at - self._times[frame]), shown * (1 - 1e-9))

    def until_next(self, place: float) -> float | None:
        """Seconds of playing from a place to the next frame; None at the last one."""
        frame = self.frame(place)
        return None if frame + 1 >= len(self._places) else self._places[frame + 1] - place

"""How many time slices were bad: counted once, then looked up."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from oncall_tui.core.slo import Side, SlicesSli
from oncall_tui.sources.simulated.query import Expression

_STRIDE = 3_600.0
"""Seconds between two looks where nothing changes."""


class SliceTally:
    """Bad and known slices up to any moment. Slices lie at multiples of their length, as a subquery's steps do.

    calm_until tells until when a verdict may be taken to last (see Fleet.calm_until), so that an ordinary month
    costs hundreds of looks and not tens of thousands. Nothing is known before begins.
    """

    def __init__(self, sli: SlicesSli, value: Expression, begins: float, calm_until: Callable[[float], float]) -> None:
        self._sli = sli
        self._value = value
        self._calm_until = calm_until
        self._looks = [math.ceil(begins / sli.slice)]  # the slice each look was at; it stands until the next look
        self._bad, self._known = [0], [0]  # before that look
        self._verdicts = [self._verdict(self._looks[0])]
        self._next = self._looks[0] + 1

    def counts(self, start: float, end: float) -> tuple[int, int]:
        """Bad and known slices in (start, end], both unix seconds."""
        last = math.floor(end / self._sli.slice)
        self._count_to(last)
        bad, known = self._until(last)
        bad_before, known_before = self._until(math.floor(start / self._sli.slice))
        return bad - bad_before, known - known_before

    def forget(self, since: float) -> None:
        """Count what lies after unix time since anew when it is asked for."""
        keep = max(1, bisect_right(self._looks, math.floor(since / self._sli.slice)))
        for kept in (self._looks, self._bad, self._known, self._verdicts):
            del kept[keep:]
        self._next = min(self._next, max(self._looks[-1], math.floor(since / self._sli.slice)) + 1)

    def _verdict(self, n: int) -> bool | None:
        values = [value for _, value in self._value(n * self._sli.slice) if not math.isnan(value)]
        if not values:
            return None
        if self._sli.side is Side.AT_LEAST:
            return any(value < self._sli.bound for value in values)
        return any(value > self._sli.bound for value in values)

    def _count_to(self, last: int) -> None:
        while self._next <= last:
            n = self._next
            verdict = self._verdict(n)
            if verdict is not self._verdicts[-1]:
                bad, known = self._until(n - 1)
                self._looks.append(n)
                self._bad.append(bad)
                self._known.append(known)
                self._verdicts.append(verdict)
            at = n * self._sli.slice
            calm = min(self._calm_until(at), at + _STRIDE)
            self._next = max(n + 1, math.ceil(calm / self._sli.slice))

    def _until(self, n: int) -> tuple[int, int]:
        """Bad and known slices from the beginning up to and with slice n."""
        i = bisect_left(self._looks, n + 1) - 1
        if i < 0:
            return 0, 0
        length, verdict = n + 1 - self._looks[i], self._verdicts[i]
        return self._bad[i] + length * (verdict is True), self._known[i] + length * (verdict is not None)

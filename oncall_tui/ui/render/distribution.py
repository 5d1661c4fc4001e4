"""Two distributions of one feature side by side: for every bin the reference's share, and what it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from oncall_tui.core.drift import Bins, coarsened
from oncall_tui.ui.render import axes, figures
from oncall_tui.ui.render.raster import Stroke, raster
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

SMALLEST = (20, 5)
"""Cells (wide, high) below which there are no bars, only what they stand for."""

WIDEST = 22
"""Cells that a bin takes at most: bars as wide as a hand are no easier to read."""

_SLIMMEST = 4
"""Cells that a bin takes at least, its share of the margin among them."""

_DOTS = 2
_REFERENCE, _NOW = 1, 2


@dataclass(frozen=True, slots=True)
class Distribution:
    """reference, now: on the same bounds; None where there is none. words: what the reference is. role: of now."""

    reference: Bins | None
    now: Bins | None
    words: str
    role: Role = Role.ACCENT


def draw(pair: Distribution, width: int, height: int) -> tuple[Line, ...]:
    """In exactly height lines of width cells. A side that is missing is said to be, and has no bars."""
    if width <= 0 or height <= 0:
        return ()
    top = fitted(_legend(pair), width)
    if pair.reference is not None and pair.now is not None and pair.reference.bounds != pair.now.bounds:
        pair = replace(pair, reference=None)  # one axis cannot carry both: what is of now counts
    sides = [side for side in (pair.reference, pair.now) if side is not None and side.total > 0]
    if not sides or width < SMALLEST[0] or height < SMALLEST[1]:
        return (top, *[()] * (height - 1))
    return (top, *_Bars(pair, sides, width, height - 1).lines())


def _legend(pair: Distribution) -> Line:
    return join(
        [
            join([span("▒▒ reference", Role.SECONDARY), _size(pair.reference), outside(pair.words, Role.MUTED)]),
            join([span("██ now", pair.role), _size(pair.now)]),
        ],
        "   ",
    )


def _size(side: Bins | None) -> Line:
    return span("no data", Role.UNKNOWN) if side is None else span(f"{figures.compact(side.total)} events")


class _Bars:
    """Bars by bin, a scale of shares on the left, the bounds below."""

    def __init__(self, pair: Distribution, sides: Sequence[Bins], width: int, height: int) -> None:
        self._rows = height - 1
        bounds = _drawable(sides[0].bounds, width)
        self._sides = {
            ink: coarsened(side, bounds)
            for ink, side in ((_REFERENCE, pair.reference), (_NOW, pair.now))
            if side is not None and side.total > 0
        }
        self._bounds, self._role = bounds, pair.role
        sides = list(self._sides.values())
        shares = [count / side.total for side in sides for count in side.counts]
        self._top = max(shares) * 1.05
        ticks, step = axes.value_ticks(0.0, self._top, self._rows)
        self._ticks = [(value, axes.tick_label(value, step, "ratio")) for value in ticks if value <= self._top]
        self._gutter = max(len(label) for _, label in self._ticks)
        self._wide = max(1, width - self._gutter - 1)
        self._each = min(WIDEST, self._wide / len(self._bounds))

    def lines(self) -> list[Line]:
        """All of it."""
        cells = raster(
            [stroke for ink, side in self._sides.items() for stroke in self._strokes(side, ink)],
            (0.0, self._wide * _DOTS - 1.0),
            (0.0, self._top),
            self._wide,
            self._rows,
        )
        inks = {0: Role.TEXT, _REFERENCE: Role.SECONDARY, _NOW: self._role}
        labels = {self._row(value): label for value, label in self._ticks}
        drawn: list[Line] = []
        for y, row in enumerate(cells):
            mark = "┤" if y in labels else "│"
            margin = (f"{labels.get(y, ''):>{self._gutter}}{mark}", Role.MUTED)
            drawn.append((margin, *((char, inks[ink]) for char, ink in row)))
        return [*drawn, self._axis()]

    def _row(self, value: float) -> int:
        return self._rows - 1 - axes.dot(value, 0.0, self._top, self._rows * 4) // 4

    def _strokes(self, side: Bins, ink: int) -> list[Stroke]:
        """One bar a bin: the reference's striped and on the left, that of now solid and on the right."""
        strokes = []
        for index, count in enumerate(side.counts):
            if not count:
                continue
            first, last = self._dots(index, ink)
            high = count / side.total
            if ink == _REFERENCE:
                strokes += [Stroke([(x, 0.0), (x, high)], ink) for x in range(first, last + 1, 2)]
            else:
                strokes.append(Stroke(_filled(first, last, high), ink))
        return strokes

    def _dots(self, index: int, ink: int) -> tuple[int, int]:
        """The first and last column of dots of a bin's bar; a cell has two, and no cell has two inks."""
        left = round(index * self._each)
        right = max(left + 2, round((index + 1) * self._each))
        room = right - left
        gap = 1 if room > 2 else 0
        half = max(1, (room - gap) // 2)
        start = left if ink == _REFERENCE else left + half
        return start * _DOTS, min((start + half) * _DOTS, self._wide * _DOTS) - 1

    def _axis(self) -> Line:
        """Under every bin its upper bound, where there is room: '≤16', and '>2048' under the last."""
        text, end = "", 0
        for index, bound in enumerate(self._bounds):
            left = round(index * self._each)
            finite = self._bounds[-2] if len(self._bounds) > 1 else 0.0
            label = f"≤{bound:.4g}" if index < len(self._bounds) - 1 else f">{finite:.4g}"
            if left >= end and left + len(label) <= self._wide:
                text = f"{text:<{left}}{label}"
                end = left + len(label) + 1
        return span(f"{'':>{self._gutter}}╰", Role.MUTED) + span(text, Role.MUTED)


def _drawable(bounds: tuple[float, ...], width: int) -> tuple[float, ...]:
    """The bounds, or every n-th of them, so that each bin has room for both its bars."""
    nth = -(-len(bounds) * _SLIMMEST // max(1, width))
    return (*bounds[nth - 1 : -1 : nth], bounds[-1]) if nth > 1 else bounds


def _filled(first: int, last: int, high: float) -> list[tuple[float, float]]:
    """A line up and down through every column of dots."""
    points: list[tuple[float, float]] = []
    for place, x in enumerate(range(first, last + 1)):
        points += [(x, 0.0), (x, high)] if place % 2 == 0 else [(x, high), (x, 0.0)]
    return points

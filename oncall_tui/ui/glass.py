"""What stands on the terminal's glass, so that only what differs from it is sent.

Textual paints a widget's whole row, and every piece of it with its whole style and a reset: a second more on the clock
takes 440 bytes, and a screen that is laid out three times is sent three times. Over SSH each byte takes its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.style import Style
    from textual.geometry import Size

NEAR = 5
"""Cells that are the same and stand between two that are not: so few are sent again, as a jump takes as much."""


class Ink(NamedTuple):
    """How a character is drawn, as the codes of SGR: attributes, and its colours ('' for the terminal's own)."""

    attributes: tuple[str, ...] = ()
    front: str = ""
    ground: str = ""


PLAIN = Ink()
Cell = tuple[str, Ink]
"""What stands in a cell: one character with its marks, or '' in the second cell of a wide one."""


class Glass:
    """Remembers every cell. ink: what a style looks like on this terminal."""

    def __init__(self, ink: Callable[[Style], Ink]) -> None:
        self._ink = ink
        self._inks: dict[Style | None, Ink] = {None: PLAIN}
        self._rows: dict[int, list[Cell | None]] = {}

    def forget(self) -> None:
        """Nobody knows what stands there any more."""
        self._rows.clear()

    def difference(self, update: LayoutUpdate | ChopsUpdate, size: Size) -> str:
        """What to send for it to stand there; '' where it does already.

        size: of the glass. What is still painted for a larger one would go on in the next row, or over the last cell.
        """
        pen = _Pen()
        for y, x, segments in _pieces(update):
            if y < size.height and x < size.width:
                self._lay(pen, y, x, self._cells(segments)[: size.width - x])
        return pen.lifted()

    def _lay(self, pen: _Pen, y: int, x: int, fresh: list[Cell]) -> None:
        row, end = self._rows.setdefault(y, []), x + len(fresh)
        if len(row) < end:
            row.extend(repeat(None, end - len(row)))
        before = row[x:end]
        if before == fresh:
            return
        row[x:end] = fresh
        for first, last in _runs(before, fresh):
            pen.write(y, x + first, fresh[first:last])

    def _cells(self, segments: Iterable[Segment]) -> list[Cell]:
        cells: list[Cell] = []
        for text, style, control in segments:
            if control:
                continue
            if (ink := self._inks.get(style)) is None:
                assert style is not None
                if len(self._inks) > 4_096:  # as many as a fade or a dimmed screen makes
                    self._inks = {None: PLAIN}
                ink = self._inks[style] = self._ink(style)
            if text.isascii():
                cells += zip(text, repeat(ink))
            else:
                _add(cells, text, ink)
        return cells


def _add(cells: list[Cell], text: str, ink: Ink) -> None:
    for character in text:
        width = cell_len(character)
        if width:
            cells.append((character, ink))
            cells += repeat(("", ink), width - 1)
        elif cells:  # a mark on the one before
            place = len(cells) - 1
            while place and not cells[place][0]:
                place -= 1
            cells[place] = (cells[place][0] + character, cells[place][1])


def _pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    """Row, column, and what is to stand from there on."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield y, update.region.x, (segment for strip in strips for segment in strip)
        return
    for y, start, stop in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= stop and end > start:
                yield y, x, strip if end <= stop else strip.crop(0, stop - x)


def _runs(before: Sequence[Cell | None], fresh: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Where they differ: from the first cell up to the end, stretches that are near each other as one."""
    first = last = -1
    for place, (old, new) in enumerate(zip(before, fresh, strict=True)):
        if old == new:
            continue
        if first >= 0 and place - last > NEAR:
            yield first, last
            first = -1
        if first < 0:
            first = place
            while first and not fresh[first][0]:  # a wide character is drawn from its beginning
                first -= 1
        last = place + 1
    if first >= 0:
        yield first, last


class _Pen:
    """Writes cells where they belong, with as few words as it can."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._ink = PLAIN
        self._at: tuple[int, int] | None = None

    def write(self, y: int, x: int, cells: Iterable[Cell]) -> None:
        self._go(y, x)
        for text, ink in cells:
            if text:
                if self._at is None:  # after one of which terminals disagree how wide it is
                    self._go(y, x)
                if ink is not self._ink:
                    self._written.append(_change(self._ink, ink))
                    self._ink = ink
                self._written.append(text)
                self._at = None if len(text) > 1 or (not text.isascii() and cell_len(text) != 1) else (y, x + 1)
            x += 1

    def _go(self, y: int, x: int) -> None:
        if self._at == (y, x):
            return
        right = x - self._at[1] if self._at is not None and self._at[0] == y else 0
        if right > 0:
            self._written.append(f"\x1b[{right}C")
        else:
            self._written.append(f"\x1b[{y + 1};{x + 1}H")
        self._at = (y, x)

    def lifted(self) -> str:
        """All of it; what others write then is plain again."""
        if self._ink != PLAIN:
            self._written.append("\x1b[m")
        return "".join(self._written)


@lru_cache(4_096)
def _change(old: Ink, new: Ink) -> str:
    if set(old.attributes) <= set(new.attributes):
        codes = [code for code in new.attributes if code not in old.attributes]
        if new.front != old.front:
            codes.append(new.front or "39")
        if new.ground != old.ground:
            codes.append(new.ground or "49")
    else:
        codes = ["0", *new.attributes, *filter(None, (new.front, new.ground))]
    return f"\x1b[{';'.join(codes)}m" if codes else ""


class Difference(CompositorUpdate):
    """Sent as it is."""

    def __init__(self, told: str) -> None:
        self._told = told

    def render_segments(self, console: Console) -> str:
        """What was found."""
        return self._told

"""Which columns a width can carry, and how wide each becomes."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import overload

from oncall_tui.ui.render.spans import Line, Role, fitted, span

GAP = 1
"""Cells between columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. width: cells it needs; grow: its share of cells left over; rank: the higher, the sooner it goes."""

    key: str
    title: str
    width: int
    rank: int = 0
    grow: int = 0
    right: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a live table. key: what the selection follows; cell(column key, width) draws lazily.

    A row that is not selectable, or is whole, is a heading, drawn across the whole width by cell('', width). members:
    of a heading, the keys that are marked with it, whether they have rows now or not; () where marking it opens it.
    """

    key: Hashable
    cell: Callable[[str, int], Line]
    selectable: bool = True
    whole: bool = False
    members: tuple[Hashable, ...] = ()


class LazyRows(Sequence[Row]):
    """Rows that are made when they are looked at, which of thousands few ever are. keys: theirs, in their order."""

    def __init__(self, keys: Sequence[Hashable], make: Callable[[int], Row]) -> None:
        self.keys = keys
        self._make = make

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        """The row there, made anew."""
        if isinstance(place, slice):
            return [self._make(one) for one in range(*place.indices(len(self.keys)))]
        return self._make(range(len(self.keys))[place])


@dataclass(frozen=True, slots=True)
class Table:
    """What a live table shows. empty: the lines that stand there when there are no rows.

    markable: the keys that stay marked though they have no row, as those under a shut heading do.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    empty: tuple[Line, ...] = ()
    markable: Container[Hashable] = ()

    def keys(self) -> Sequence[Hashable]:
        """The rows' keys, in their order."""
        return self.rows.keys if isinstance(self.rows, LazyRows) else [row.key for row in self.rows]


def fit(columns: Sequence[Column], width: int) -> tuple[tuple[Column, int], ...]:
    """The columns that fit in width cells, in their order, with their widths.

    Columns are let go by rank, the rightmost first among equals; rank 0 stays whatever happens.
    """
    kept = list(columns)
    while sum(c.width + GAP for c in kept) - GAP > width:
        rank = max(column.rank for column in kept)
        if rank == 0:
            break
        kept.remove([column for column in kept if column.rank == rank][-1])
    spare = max(0, width - (sum(c.width + GAP for c in kept) - GAP))
    shares = sum(column.grow for column in kept)
    return tuple((c, c.width + (spare * c.grow // shares if shares else 0)) for c in kept)


def heading(layout: Sequence[tuple[Column, int]]) -> Line:
    """The line of titles."""
    return _beside(fitted(span(c.title, Role.HEADING), width, right=c.right) for c, width in layout)


def row_line(row: Row, layout: Sequence[tuple[Column, int]], width: int) -> Line:
    """One row drawn into a layout."""
    if row.whole or not row.selectable:
        return fitted(row.cell("", width), width)
    return _beside(fitted(row.cell(c.key, cells), cells, right=c.right) for c, cells in layout)


def _beside(cells: Iterable[Line]) -> Line:
    line: list[tuple[str, Role]] = []
    for index, cell in enumerate(cells):
        if index:
            line.append((" " * GAP, Role.TEXT))
        line.extend(cell)
    return tuple(line)

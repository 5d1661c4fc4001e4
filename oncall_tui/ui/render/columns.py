"""Which columns a width can carry, and how wide each becomes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

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

    A row that is not selectable, or is whole, is a heading, drawn across the whole width by cell('', width).
    """

    key: Hashable
    cell: Callable[[str, int], Line]
    selectable: bool = True
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What a live table shows. empty: the lines that stand there when there are no rows."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    empty: tuple[Line, ...] = ()


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

"""A report's sections as lines of the screen, their columns as wide as there is room for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oncall_tui.reports.sections import Section
from oncall_tui.ui.render.spans import EMPTY, Line, Role, fitted, join, outside, span, width_of

_LEAST = 6
"""Cells that a column keeps when there is too little room."""


def section_lines(sections: Iterable[Section], width: int) -> list[Line]:
    """Every section under its heading; what has nothing to say takes one line."""
    lines: list[Line] = []
    for section in sections:
        if lines:
            lines.append(EMPTY)
        if not section.rows:
            lines.append(join([span(section.title, Role.HEADING), outside(section.empty, Role.MUTED)], "  "))
            continue
        lines.append(span(section.title, Role.WARN if section.alarm else Role.HEADING))
        lines += [outside(section.lead, Role.MUTED)] if section.lead else []
        lines += _table(section, width) if section.head else [_plain(row[0], width) for row in section.rows]
    return lines


def _plain(text: str, width: int) -> Line:
    return fitted(join([span("·", Role.MUTED), outside(text)]), width)


def _table(section: Section, width: int) -> Iterator[Line]:
    widths = _widths([section.head, *section.rows], width)
    yield join([fitted(span(cell, Role.MUTED), room) for cell, room in zip(section.head, widths, strict=True)])
    for row in section.rows:
        yield join([fitted(outside(cell), room) for cell, room in zip(row, widths, strict=True)])


def _widths(rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """A width for each column; the widest gives way first, and no column vanishes that says something."""
    widths = [max(width_of(outside(cell)) for cell in column) for column in zip(*rows, strict=True)]
    while sum(widths) + len(widths) - 1 > width and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths

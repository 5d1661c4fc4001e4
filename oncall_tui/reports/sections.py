"""A report as sections of rows, and these as text, Markdown and HTML. All text in it may be from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.text import clean_line
from oncall_tui.reports.columns import columns

_SPECIAL = frozenset("\\|`*_{}[]<>#!&~")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report. head: of the columns, () where rows are plain lines. lead: a line before them.

    empty: what to say where there are no rows. alarm: whether it wants attention when there are.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    lead: str = ""
    alarm: bool = False


def section_lines(sections: Iterable[Section]) -> list[str]:
    """For a terminal."""
    lines = []
    for section in sections:
        lines += ["", section.title.upper()]
        lines += [f"  {clean_line(section.lead)}"] if section.lead else []
        if not section.rows:
            lines.append(f"  {clean_line(section.empty)}")
        elif section.head:
            lines += [f"  {line}".rstrip() for line in columns([section.head, *section.rows])]
        else:
            lines += [f"  {clean_line(row[0])}" for row in section.rows]
    return lines


def section_markdown(sections: Iterable[Section], level: int = 2) -> list[str]:
    """For a page."""
    lines = []
    for section in sections:
        lines += ["", f"{'#' * level} {plain(section.title)}", ""]
        lines += [plain(section.lead), ""] if section.lead else []
        if not section.rows:
            lines.append(plain(section.empty))
        elif section.head:
            lines += [_row(section.head), _row(("---",) * len(section.head), escaped=False), *map(_row, section.rows)]
        else:
            lines += [f"- {plain(row[0])}" for row in section.rows]
    return lines


def plain(text: str) -> str:
    """Text in which nothing is markup of Markdown or HTML."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in clean_line(text))


def _row(cells: Sequence[str], *, escaped: bool = True) -> str:
    return f"| {' | '.join(plain(cell) if escaped else cell for cell in cells)} |"

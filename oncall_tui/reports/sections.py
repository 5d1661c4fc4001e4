"""A report as sections of rows, and these as text, Markdown and HTML. All text in it may be from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.text import clean_line
from oncall_tui.reports.columns import columns
from oncall_tui.reports.markdown_text import inline
from oncall_tui.reports.page import POLICY, STYLE_SHEET


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
        lines += ["", f"{'#' * level} {inline(section.title)}", ""]
        lines += [inline(section.lead), ""] if section.lead else []
        if not section.rows:
            lines.append(inline(section.empty))
        elif section.head:
            lines += [_row(section.head), _row(("---",) * len(section.head), escaped=False), *map(_row, section.rows)]
        else:
            lines += [f"- {inline(row[0])}" for row in section.rows]
    return lines


def _row(cells: Sequence[str], *, escaped: bool = True) -> str:
    return f"| {' | '.join(inline(cell) if escaped else cell for cell in cells)} |"


def section_page(title: str, groups: Iterable[tuple[str, Iterable[Section]]]) -> str:
    """A whole HTML page of sections under headings ('' for none), which loads and runs nothing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("oncall_tui.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean_line
    told = [(heading, list(sections)) for heading, sections in groups]
    page = environment.get_template("sections.html.j2")
    return page.render(title=clean_line(title), groups=told, policy=POLICY, style_sheet=STYLE_SHEET).strip() + "\n"

"""Rows of text as aligned columns."""

from __future__ import annotations

from collections.abc import Iterable

from oncall_tui.core.text import clean_line


def columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A line for each row, columns as wide as their widest cell, two spaces between. Safe to print."""
    table = [tuple(clean_line(cell) for cell in row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]

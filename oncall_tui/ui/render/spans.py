"""The smallest currency of the screen: pieces of text with a role. What colour a role has is the theme's affair.

Everything in this package is pure: (domain value, width) -> Line. Text from outside is cleaned here, on
its way into a span, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from rich.cells import cell_len, set_cell_size

from oncall_tui.core.state import State
from oncall_tui.core.text import clean_line


class Role(StrEnum):
    """What a piece of text is, for the theme to style."""

    TEXT = "text"
    STRONG = "strong"
    MUTED = "muted"
    ACCENT = "accent"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    HEADING = "heading"
    CRIT = "crit"
    WARN = "warn"
    SILENT = "silent"
    UNKNOWN = "unknown"
    OK = "ok"
    CRIT_BADGE = "crit-badge"
    WARN_BADGE = "warn-badge"
    DEMO = "demo"
    BADGE = "badge"


Span = tuple[str, Role]
Line = tuple[Span, ...]

EMPTY: Line = ()

STATE_ROLES = {
    State.CRIT: Role.CRIT,
    State.WARN: Role.WARN,
    State.SILENT: Role.SILENT,
    State.UNKNOWN: Role.UNKNOWN,
    State.OK: Role.OK,
}

STATE_GLYPHS = {State.CRIT: "■", State.WARN: "▲", State.SILENT: "≈", State.UNKNOWN: "?", State.OK: "✓"}


def span(text: str, role: Role = Role.TEXT) -> Line:
    """A line of one piece of our own text."""
    return ((text, role),)


def outside(text: str, role: Role = Role.TEXT) -> Line:
    """A line of one piece of text from outside, made safe."""
    return ((clean_line(text), role),)


def state_badge(state: State) -> Line:
    """Glyph and word: a state never rests on colour alone."""
    return span(f"{STATE_GLYPHS[state]} {state.name}", STATE_ROLES[state])


def join(lines: Iterable[Line], separator: str = " ") -> Line:
    """Lines side by side, empty ones left out."""
    joined: list[Span] = []
    for line in lines:
        if line:
            joined += ([(separator, Role.TEXT)] if joined else []) + list(line)
    return tuple(joined)


def width_of(line: Line) -> int:
    """Cells the line takes."""
    return sum(cell_len(text) for text, _ in line)


def plain(line: Line) -> str:
    """The line's text alone."""
    return "".join(text for text, _ in line)


def fitted(line: Line, width: int, *, right: bool = False) -> Line:
    """The line in exactly width cells: cut with an ellipsis, or padded (on the left if right-aligned)."""
    have = width_of(line)
    if have <= width:
        pad = ((" " * (width - have), Role.TEXT),) if have < width else ()
        return pad + line if right else line + pad
    if width <= 0:
        return EMPTY
    kept: list[Span] = []
    room = width - 1
    for text, role in line:
        cells = cell_len(text)
        if cells > room:
            kept.append((set_cell_size(text, room) + "…", role))
            break
        kept.append((text, role))
        room -= cells
    return tuple(kept)


def changed(one: Line, other: Line) -> tuple[int, int]:
    """The cells, from the first up to the end, outside of which two different lines look alike."""
    before, after = ([(char, role) for text, role in line for char in text] for line in (one, other))
    width = max(width_of(one), width_of(other))
    if len(before) != width_of(one) or len(after) != width_of(other) or len(before) != len(after):
        return 0, width
    differ = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    return (differ[0], differ[-1] + 1) if differ else (0, width)

"""What everything painted passes last on its way to the terminal.

Text from outside is cleaned where it becomes a line; should one way past that ever be missed, what it holds still
steers no terminal. And a terminal that shows no UTF-8, or no colours, is given what it can show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.filter import LineFilter

from oncall_tui.core.text import clean_line
from oncall_tui.ui.render.in_ascii import in_ascii
from oncall_tui.ui.render.in_cp437 import in_cp437


class Harmless(LineFilter):
    """Takes control characters and links out of what is painted; the width stays."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, changed only where they hold what no program of ours makes."""
        if all(text.isprintable() and (style is None or style.link is None) for text, style, _ in segments):
            return segments
        return [Segment(_harmless(text), style and style.update_link(None)) for text, style, _ in segments]


class InSigns(LineFilter):
    """Draws with the signs that a terminal has, cell for cell. drawn: a text in these; ASCII has every terminal."""

    def __init__(self, drawn: Callable[[str], str]) -> None:
        super().__init__()
        self._drawn = drawn

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in these signs."""
        return [s if s.text.isascii() else Segment(self._drawn(s.text), s.style) for s in segments]


class Colourless(LineFilter):
    """Takes every colour out. What stands on a ground of its own (the cursor, a badge) is shown reversed.

    grounds: gives the colours that are no more than the page's own background, as six hex digits behind a #.
    """

    def __init__(self, grounds: Callable[[], frozenset[str]]) -> None:
        super().__init__()
        self._grounds = grounds

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without colours."""
        grounds = self._grounds()
        return [Segment(text, _colourless(style, grounds) if style else None) for text, style, _ in segments]


@lru_cache(2_048)
def _colourless(style: Style, grounds: frozenset[str]) -> Style:
    ground = style.bgcolor.get_truecolor().hex if style.bgcolor is not None and not style.bgcolor.is_default else None
    stands_out = bool(style.reverse) != (ground is not None and ground not in grounds)
    return Style(
        bold=style.bold, italic=style.italic, underline=style.underline, strike=style.strike, reverse=stands_out
    ) + Style.from_meta(style.meta)


def _harmless(text: str) -> str:
    safe = clean_line(text, len(text) + 1)
    return text if safe == text else "".join(map(_same_width, text))


def _same_width(character: str) -> str:
    safe = clean_line(character)
    return safe if cell_len(safe) == cell_len(character) else ""


_HARMLESS, _ASCII, _PC_FONT = Harmless(), InSigns(in_ascii), InSigns(in_cp437)
_GROUNDS = ("background", "surface", "panel", "boost")
"""The theme's variables for what text usually stands on."""


class Outlet:
    """What is painted goes through these filters. ascii: draw with ASCII alone. variables: gives the theme's.

    pc_font: draw with the signs of a PC's font.
    """

    def __init__(
        self, variables: Callable[[], Mapping[str, str]], *, colourless: bool = False, pc_font: bool = False
    ) -> None:
        self.ascii = False
        self._pc_font = pc_font
        self._variables = variables
        self._colourless = Colourless(self._grounds) if colourless else None
        self._known: tuple[object, frozenset[str]] = (None, frozenset())

    def filters(self, usual: Sequence[LineFilter]) -> list[LineFilter]:
        """All there are, in order. usual: Textual's own, which know greys but no colourless terminal."""
        first: list[LineFilter] = [*usual, _HARMLESS] if self._colourless is None else [_HARMLESS, self._colourless]
        return [*first, _ASCII] if self.ascii else [*first, _PC_FONT] if self._pc_font else first

    def _grounds(self) -> frozenset[str]:
        variables = self._variables()
        said = tuple(variables.get(name, "") for name in _GROUNDS)
        if said != self._known[0]:
            self._known = (said, frozenset(filter(None, map(_hex, said))))
        return self._known[1]


def _hex(colour: str) -> str:
    try:
        return Color.parse(colour).rich_color.get_truecolor().hex
    except ColorParseError:
        return ""

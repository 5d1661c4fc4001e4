"""What kind of terminal this is, by its name: how many colours, which signs, and what it does not understand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rich.color import ColorSystem

_STRANGE = re.compile(
    r"\x1b\[[<>][\d;]*u|\x1b\[\?(1000|1003|1006|1015|1016|1004|1049|2004|2026|2048)(h|l|\$p)|\x1b\[\d+;2t|\x1b[\]P].*"
)


@dataclass(frozen=True, slots=True)
class TerminalKind:
    """colours: how many it shows. colourless: none. bare: it has one screen, and neither mouse nor title nor answers.

    text_console: Linux's own, which blinks or darkens what stands on a bright ground, and whose font is a PC's.
    """

    colours: ColorSystem = ColorSystem.TRUECOLOR
    colourless: bool = False
    bare: bool = False
    text_console: bool = False

    def understands(self, sequence: str) -> bool:
        """Whether a sequence is none of those that such a terminal does not know, and older ones print."""
        return not self.bare or _STRANGE.fullmatch(sequence) is None


@dataclass(frozen=True, slots=True)
class Terminfo:
    """What the database of terminals says of one: how many colours, and whether it has a screen to come back from."""

    colours: int
    two_screens: bool


def terminfo(name: str) -> Terminfo | None:
    """The database's word; None where it has none, or where there is no database."""
    try:
        import _curses
    except ImportError:
        return None
    try:
        _curses.setupterm(term=name, fd=2)
    except _curses.error:
        return None
    return Terminfo(_curses.tigetnum("colors"), bool(_curses.tigetstr("smcup")))


def kind_of(
    environment: Mapping[str, str], guessed: ColorSystem | None, known: Callable[[str], Terminfo | None] = terminfo
) -> TerminalKind:
    """The kind that the environment tells of. guessed: how many colours others took it for, from COLORTERM and TERM."""
    name, colours = environment.get("TERM", ""), guessed or ColorSystem.TRUECOLOR
    if environment.get("TEXTUAL_DRIVER") or environment.get("TEXTUAL_COLOR_SYSTEM") or not name:
        return TerminalKind(colours)
    info, console = known(name), name.partition("-")[0] == "linux"
    bare = console or (info is not None and not info.two_screens)
    if bare:
        colours = ColorSystem.STANDARD
    elif name.startswith("screen") and not environment.get("TMUX"):
        # It hands COLORTERM down from the terminal around it, and takes the parts of a 24-bit colour for codes.
        colours = ColorSystem.EIGHT_BIT if "256color" in name else ColorSystem.STANDARD
    elif colours is ColorSystem.STANDARD and info is not None and info.colours >= 256:
        colours = ColorSystem.EIGHT_BIT
    colourless = info is not None and info.colours < 8 and (bare or guessed is ColorSystem.STANDARD)
    return TerminalKind(colours, colourless, bare, console)


UNKNOWN_KIND: Final = TerminalKind()

"""What a style looks like on a terminal with so many colours."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.style import Style

from oncall_tui.ui.glass import Ink
from oncall_tui.ui.terminal_kind import TerminalKind

_ATTRIBUTES = (
    ("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"), ("reverse", "7"),
    ("conceal", "8"), ("strike", "9"),
)  # fmt: skip
_BLACK, _BLUE, _GREY, _WHITE = 0, 4, 8, 15
_CUBE = (0, 95, 135, 175, 215, 255)


class Inks:
    """Codes of styles, for a kind of terminal."""

    def __init__(self, kind: TerminalKind) -> None:
        self._colours, self._dark_grounds = kind.colours, kind.text_console

    def __call__(self, style: Style) -> Ink:
        """The style's codes."""
        attributes = tuple(code for name, code in _ATTRIBUTES if getattr(style, name))
        if self._colours is not ColorSystem.STANDARD:
            return Ink(attributes, self._codes(style.color, 38), self._codes(style.bgcolor, 48))
        front, ground = _of_16(style.color), _of_16(style.bgcolor)
        if self._dark_grounds and ground is not None:
            # Nothing stands on grey there: black would hide the cursor's row.
            ground = _BLUE if ground == _GREY else ground % 8
        if front == ground and front is not None:  # a line near its ground's colour is still a line
            front = {_BLACK: _GREY, _GREY: _BLACK}.get(front, _WHITE)
        return Ink(attributes, _code(front, 30), _code(ground, 40))

    def _codes(self, colour: Color | None, which: int) -> str:
        if colour is None or colour.is_default:
            return ""
        if self._colours is ColorSystem.EIGHT_BIT and colour.triplet is not None:
            return f"{which};5;{nearest_of_256(colour.triplet)}"
        return ";".join(colour.downgrade(self._colours).get_ansi_codes(foreground=which == 38))


def _of_16(colour: Color | None) -> int | None:
    return None if colour is None or colour.is_default else colour.downgrade(ColorSystem.STANDARD).number


def _code(number: int | None, first: int) -> str:
    return "" if number is None else str(number + first if number < 8 else number - 8 + first + 60)


@lru_cache(4_096)
def nearest_of_256(wanted: ColorTriplet) -> int:
    """The nearest of the cube's and the greys: by its own rule Rich takes dark blues, our grounds, for black."""
    cube = [min(range(6), key=lambda step, part=part: abs(_CUBE[step] - part)) for part in wanted]  # type: ignore[misc]
    grey = min(23, max(0, round((sum(wanted) / 3 - 8) / 10)))
    mixed = ColorTriplet(*(_CUBE[step] for step in cube))
    shade = ColorTriplet(*(3 * (8 + 10 * grey,)))
    if _apart(wanted, mixed) <= _apart(wanted, shade):
        return 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    return 232 + grey


def _apart(one: ColorTriplet, other: ColorTriplet) -> float:
    """How far two colours are from each other, as eyes see it ("redmean")."""
    red, (r, g, b) = (one.red + other.red) / 2, (a - c for a, c in zip(one, other, strict=True))
    return (2 + red / 256) * r * r + 4 * g * g + (2 + (255 - red) / 256) * b * b

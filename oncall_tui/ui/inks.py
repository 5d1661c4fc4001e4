"""What a style looks like on a terminal with so many colours."""

from __future__ import annotations

from rich.color import Color, ColorSystem
from rich.style import Style

from oncall_tui.ui.glass import Ink

_ATTRIBUTES = (
    ("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"), ("reverse", "7"),
    ("conceal", "8"), ("strike", "9"),
)  # fmt: skip


class Inks:
    """system: the colours that there are; None where nobody knows, which is taken for all of them."""

    def __init__(self, system: ColorSystem | None) -> None:
        self._system = system or ColorSystem.TRUECOLOR

    def __call__(self, style: Style) -> Ink:
        """The style's codes."""
        attributes = tuple(code for name, code in _ATTRIBUTES if getattr(style, name))
        return Ink(attributes, self._codes(style.color, front=True), self._codes(style.bgcolor, front=False))

    def _codes(self, colour: Color | None, *, front: bool) -> str:
        if colour is None or colour.is_default:
            return ""
        return ";".join(colour.downgrade(self._system).get_ansi_codes(foreground=front))

"""What is drawn, in the signs of a PC's font: Linux's text console has hardly any other."""

from __future__ import annotations

from functools import lru_cache

from oncall_tui.ui.render.in_ascii import in_ascii

_UPPER = bytes(range(0x80, 0xFF)).decode("cp437")
_LOWER = "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼⌂"
SHOWN = frozenset(map(chr, range(0x20, 0x7F))) | frozenset(_UPPER) | frozenset(_LOWER)
"""What has a glyph there."""
_LIKE = {
    **dict.fromkeys("▁▂", "_"), **dict.fromkeys("▃▅", "▄"), **dict.fromkeys("▆▇", "█"),
    **dict.fromkeys("▏▎▍", "▌"), **dict.fromkeys("▊▋▉", "█"),
    **{"✓": "√", "●": "•", "◉": "◙", "◐": "◘", "▸": "►", "›": "►", "▾": "▼", "▔": "▀", "▕": "▐", "−": "-", "✦": "☼"},
}  # fmt: skip


def in_cp437(text: str) -> str:
    """text in these signs, as many cells wide; what is not like any of them as in ASCII."""
    return text if text.isascii() else "".join(map(_sign, text))


@lru_cache(4_096)
def _sign(character: str) -> str:
    return character if character in SHOWN else _LIKE.get(character) or in_ascii(character)

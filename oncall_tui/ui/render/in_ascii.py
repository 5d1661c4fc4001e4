"""What is drawn, in ASCII: for terminals that show no UTF-8."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len

_EIGHTHS = dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True))
_SIGNS = {
    **{"■": "#", "▲": "!", "≈": "~", "✓": "+", "●": "@", "◉": "O", "○": "o", "◌": ".", "◐": "%", "◇": "<", "✦": "*"},
    **{"⊘": "\\", "∅": "/", "✖": "X", "✗": "x", "☐": "_", "▸": ">", "▾": "v", "▼": "v", "›": ">", "•": "*", "↯": "!"},
    **{"←": "<", "→": ">", "↑": "^", "↓": "v", "↻": "o", "≤": "<", "≥": ">", "±": "~", "×": "x", "−": "-", "°": "o"},
    **{"·": "-", "…": ">", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "▒": ":", "░": ".", "▓": "%"},
    **{
        "🔎": ">",
        "▔": "-",
        "▀": "-",
        "▌": "|",
        "▐": "|",
        "▍": "|",
        "▎": "|",
        "▏": "|",
        "▕": "|",
        "▊": "#",
        "▋": "#",
        "▉": "#",
    },
}


def in_ascii(text: str) -> str:
    """text in ASCII, as many cells wide: our glyphs as signs like them, letters without their marks, else '?'."""
    return text if text.isascii() else "".join(map(_ascii, text))


@lru_cache(4_096)
def _ascii(character: str) -> str:
    if character.isascii():
        return character
    width = cell_len(character)
    sign = _SIGNS.get(character) or _EIGHTHS.get(character) or _drawn(character)
    if not sign:
        bare = unicodedata.normalize("NFKD", character)[:1]
        sign = bare if bare.isascii() and bare.isprintable() else "?"
    return (sign * width)[:width]


def _drawn(character: str) -> str:
    """What a dot pattern, a line or a block looks like; '' for anything else."""
    code = ord(character)
    if 0x2800 <= code < 0x2900:
        return " .:#"[(bin(code - 0x2800).count("1") + 2) // 3]
    if 0x2500 <= code < 0x2580:
        name = unicodedata.name(character)
        straight = "HORIZONTAL" in name, "VERTICAL" in name
        corner = any(word in name for word in (" AND ", "DIAGONAL"))
        return "+" if corner or straight[0] == straight[1] else "-" if straight[0] else "|"
    return "#" if 0x2580 <= code < 0x25A0 else ""

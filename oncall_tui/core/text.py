"""The one place where text from outside is made safe to show.

Labels, annotations, comments, model names and command output are written by strangers. Textual hands
ESC, C1 and bidi controls on to the terminal, so everything from outside passes through here before it
becomes Content, and is never passed as a plain str to a widget that parses markup.
"""

from __future__ import annotations

import re

LINE_LIMIT = 4_096
"""Characters kept of one piece of text; more than any screen shows, and a bound on what a widget measures."""

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
_ANSI = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]"
)
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
REPLACEMENT = "\ufffd"


def _visible(match: re.Match[str]) -> str:
    return _PICTURES.get(ord(match.group()), REPLACEMENT)


def clean_line(text: str, limit: int = LINE_LIMIT) -> str:
    """text as one safe line of at most limit characters (an ellipsis marks a cut).

    Line breaks and tabs become spaces; C0, C1, DEL, bidi, zero-width and tag characters and lone
    surrogates become visible stand-ins. Never raises.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    elif text.isascii() and text.isprintable():  # nearly everything is, and thousands of them are asked for
        return text
    return _UNSAFE.sub(_visible, text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\t", " "))


def clean_block(text: str, limit: int = 1_000_000) -> str:
    """text as safe lines: as clean_line, but line breaks are kept and tabs become four spaces."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return _UNSAFE.sub(_visible, text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))


def printable(text: str) -> str:
    """text with stand-ins for what is not to reach a terminal; line breaks and tabs stay as they are."""
    return _UNSAFE.sub(_visible, text)


def strip_ansi(text: str) -> str:
    """text without well-formed terminal sequences: for command output, whose colours are noise, not an attack.

    What is malformed stays, for clean_block to make visible.
    """
    return _ANSI.sub("", text)

"""Text from outside in a Markdown document: shown as it is, never as markup or a link."""

from __future__ import annotations

import re

from oncall_tui.core.text import clean_block, clean_line

_MARKUP = re.compile(r"([\\`*_{}\[\]#|~$^])")
"""Parentheses and ! do nothing beside brackets that do nothing, and people read the source, too."""
_BEGINS = re.compile(r"^([-+=](?!\d)|\d+(?=[.)](?:\s|$)))")
"""What makes a list or a heading of the line it begins; a figure does not."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "://": "&#58;//"}
_NAMED = re.compile(r"://|[&<>]")
_WWW = re.compile(r"www\.", re.I)


def inline(text: str) -> str:
    """text as one line that a Markdown reader shows letter for letter, wherever in a line it is put.

    Some readers make a link of every address of mail that they see; it leads where it says, to that address.
    """
    line = _MARKUP.sub(r"\\\1", clean_line(text).strip())
    line = _NAMED.sub(lambda found: _ENTITIES[found.group()], line)
    line = _WWW.sub(lambda found: f"{found.group()[:-1]}&#46;", line)
    return _BEGINS.sub(lambda found: _begun(found.group()), line)


def _begun(text: str) -> str:
    return f"&#{ord(text[0])};{text[1:]}" if text[0].isdigit() else f"\\{text}"


def block(lines: tuple[str, ...], indent: str = "") -> str:
    """lines as a fenced block that none of them can end."""
    text = clean_block("\n".join(lines))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join(f"{indent}{line}" for line in (f"{fence}text", *text.split("\n"), fence))

"""Text from strangers as part of a YAML configuration: a value says exactly that text, a comment stays a comment."""

from __future__ import annotations

import math
import re
import textwrap

import yaml

from oncall_tui.core.text import clean_line

WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_./:%-]*[A-Za-z0-9_./%-])?\Z", re.ASCII)


def scalar(text: str) -> str:
    """A value on one line that is read back as this very text, `${` included.

    text must be writable as UTF-8.
    """
    escaped = text.replace("${", "$${")
    if _PLAIN.match(escaped) and yaml.safe_dump(escaped, width=math.inf).startswith(escaped):
        return escaped
    style = "'" if escaped.isascii() and escaped.isprintable() else '"'
    return str(yaml.safe_dump(escaped, default_style=style, width=math.inf)).rstrip("\n")


def comment(text: str, indent: int = 0) -> list[str]:
    """Lines that say the text, and nothing else whatever stands in it."""
    safe = clean_line(text, 500).encode("ascii", "backslashreplace").decode()
    begin = " " * indent + "# "
    return textwrap.wrap(safe, WIDTH, initial_indent=begin, subsequent_indent=begin, break_on_hyphens=False) or [begin]


def commented(lines: list[str]) -> list[str]:
    """Lines out of force, as people do it: the mark where their common indent ends."""
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return [f"{line[:indent]}# {line[indent:]}" for line in lines]

"""The line after a fence's ```: a language, and attributes as runme writes them.

Both of its forms are read: ```sh {name=restart kind=mitigate}, and ```sh {"name": "restart", "kind": "mitigate"}.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

SHELLS = {"sh": "sh", "shell": "sh", "bash": "bash", "zsh": "zsh"}
"""Languages whose blocks are steps, and the shell that runs them. A `console` block is a transcript, not a step."""

_INFO = re.compile(r"\s*(?P<language>[^\s{]*)\s*(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fence:
    """An info string, read. attributes: None when they are there but cannot be read."""

    language: str
    attributes: Mapping[str, str] | None

    @property
    def shell(self) -> str | None:
        """sh, bash or zsh; None when the block is not a step."""
        return SHELLS.get(self.language)


def read_fence(info: str) -> Fence:
    """Read an info string. Never raises."""
    match = _INFO.match(info)
    assert match is not None
    return Fence(match["language"].lower(), _attributes(match["rest"].strip()))


def _attributes(text: str) -> dict[str, str] | None:
    if not text:
        return {}
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            if not text.endswith("}"):
                return None
            text = text[1:-1]
        else:
            return {str(key): str(value) for key, value in found.items()}
    try:
        pairs = [word.partition("=") for word in shlex.split(text)]
    except ValueError:
        return None
    if any(not key or not equals for key, equals, _ in pairs):
        return None
    return {key: value for key, _, value in pairs}

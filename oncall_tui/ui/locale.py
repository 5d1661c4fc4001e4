"""What the locale says of the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping


def is_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the locale that a program was started with says that the terminal shows UTF-8."""
    said = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    return said.lower().replace("-", "").endswith("utf8") or ".utf8@" in said.lower().replace("-", "")


def shows_utf8() -> bool:
    """Whether what this program is shown on shows UTF-8: a terminal whose locale says so, or a browser."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver") or is_utf8(starting_environment())


def starting_environment() -> Mapping[str, str]:
    """The environment as it was when the program was started.

    Python writes LC_CTYPE=C.UTF-8 over a locale that has no UTF-8 before the first line of ours runs.
    """
    try:
        with open("/proc/self/environ", "rb") as file:
            pairs = (pair.partition(b"=") for pair in file.read().split(b"\0") if pair)
            return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    except OSError:  # no Linux
        told = dict(os.environ)
        if told.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8") and not told.get("LANG"):
            del told["LC_CTYPE"]
        return told

"""The machine, the terminal and the libraries: what a bug report begins with."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib import metadata
from typing import TextIO

from oncall_tui import __version__

_LIBRARIES = (
    "textual",
    "rich",
    "textual-plotext",
    "plotext",
    "httpx",
    "requests",
    "prometheus-api-client",
    "pydantic",
    "pyyaml",
    "click",
    "promql-parser",
    "google-re2",
)
_TERMINAL = ("TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR")
_PRESENT = ("TMUX", "STY", "SSH_CONNECTION", "MOSH_CONNECTION", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
"""Of these only whether they are set is told: their values name hosts."""


def facts() -> dict[str, object]:
    """Versions, and what bears on how the screen looks; no host, no user and no path. Takes milliseconds."""
    size = shutil.get_terminal_size((0, 0))
    return {
        "oncall-tui": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "terminal": {name: os.environ[name] for name in _TERMINAL if name in os.environ},
        "set": [name for name in _PRESENT if name in os.environ or name.lower() in os.environ],
        "size": f"{size.columns}x{size.lines}",
        "stdin, stdout, stderr are terminals": [one is not None and one.isatty() for one in _streams()],
        "encoding": sys.getfilesystemencoding(),
    }


def _streams() -> tuple[TextIO | None, ...]:
    return sys.stdin, sys.stdout, sys.__stderr__


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"

"""Reading a file that a person named: never more of it than fits, and never waiting for a pipe."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from oncall_tui.config.mistakes import Mistake, config_error
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line

MAX_BYTES = 1_000_000


def read_text(path: Path) -> str:
    """The text of a file, which is UTF-8 and of at most MAX_BYTES. Raises ConfigError with what to do."""
    name = clean_line(str(path))
    try:
        # Not blocking: opening a named pipe must not hang.
        with open(path, "rb", opener=lambda file, flags: os.open(file, flags | os.O_NONBLOCK)) as file:
            content = _content(file, path)
    except FileNotFoundError:
        raise ConfigError(f"there is no {name}", "give --config FILE, or begin with config.example.yaml") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise ConfigError(f"cannot read {name}: {reason}", "check the path and its permissions") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise config_error(path, [Mistake(line, "", "not UTF-8 text")]) from None


def _content(file: BinaryIO, path: Path) -> bytes:
    content = file.read(MAX_BYTES + 1) or b""
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{clean_line(str(path))} is larger than 1 MB", "is it the right file?")
    return content

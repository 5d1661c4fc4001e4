"""Writing a configuration file, and never over one that somebody wrote, unless told to."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Raise ConfigError, with what to do, if there is something at path and it may not go."""
    if not force and os.path.lexists(path):
        raise ConfigError(f"there is already {clean_line(str(path))}", "name another file, or replace it with --force")


def write_config(path: Path, text: str, *, force: bool) -> None:
    """Write a configuration whole or not at all, with the folders it needs. Raises ConfigError with what to do.

    force: replace what is there; a link stays one, and what it leads to is replaced.
    """
    target = path.resolve() if force else path
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        if force:
            part.replace(target)
        else:
            os.link(part, target)  # which, unlike a rename, never replaces anything
    except (OSError, ValueError) as error:
        refuse_to_overwrite(path, force=force)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise ConfigError(f"cannot write {clean_line(str(path))}: {reason}", "name another with --output") from None
    finally:
        with suppress(OSError, ValueError):
            part.unlink()

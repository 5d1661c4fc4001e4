"""The commands that take the whole terminal."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from oncall_tui.core.errors import ActionError

if TYPE_CHECKING:
    from oncall_tui.debugging.log import DebugLog
    from oncall_tui.ui.desk import Opening


def need_terminal() -> None:
    """Raise ActionError where there is none to show a dashboard on; a browser that it is served to stands for one."""
    if _in_browser():
        return
    ours = (sys.__stdin__, sys.__stderr__)  # where Textual reads and writes; None where they were closed
    if not all(stream is not None and stream.isatty() for stream in ours):
        raise ActionError("the dashboard needs a terminal", "for scripts and pipes there is `oncall-tui status`")
    if (term := os.environ.get("TERM", "")) in ("dumb", "unknown"):
        raise ActionError(
            f"TERM={term}: such a terminal has no place to paint on",
            "set TERM to what it is, or look with `oncall-tui status`",
        )


def why_read_only(read_only: bool) -> str:
    """What --read-only is told as where it stands in the way; '' where it was not given."""
    if not read_only:
        return ""
    if _in_browser():
        return "`oncall-tui serve` was started without --writable"
    return "it was started with --read-only: start it without to act"


def _in_browser() -> bool:
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def show_dashboard(opening: Opening) -> NoReturn:
    """The dashboard over a desk, and the end of the process; what an opening imports waits for the first frame."""
    from oncall_tui.ui.app import show

    logging.getLogger().addHandler(logging.NullHandler())  # Without any, warnings go to standard error: the screen.
    log: DebugLog | None = click.get_current_context().find_root().obj
    sys.exit(asyncio.run(show(opening, str(log.path) if log is not None else "")))

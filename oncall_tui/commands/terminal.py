"""The commands that take the whole terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from oncall_tui.core.errors import ActionError

if TYPE_CHECKING:
    from oncall_tui.ui.desk import Opening


def need_terminal() -> None:
    """Raise ActionError where there is none to show a dashboard on; a browser that it is served to stands for one."""
    if os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver"):
        return
    if not (sys.stdin.isatty() and sys.__stderr__ is not None and sys.__stderr__.isatty()):  # where Textual writes
        raise ActionError("the dashboard needs a terminal", "for scripts and pipes there is `oncall-tui status`")
    if (term := os.environ.get("TERM", "")) in ("dumb", "unknown"):
        raise ActionError(
            f"TERM={term}: such a terminal has no place to paint on",
            "set TERM to what it is, or look with `oncall-tui status`",
        )


def show_dashboard(opening: Opening) -> NoReturn:
    """The dashboard over a desk, and the end of the process; what an opening imports waits for the first frame."""
    from oncall_tui.debugging.log import DebugLog
    from oncall_tui.ui.app import show

    log = click.get_current_context().find_object(DebugLog)
    sys.exit(asyncio.run(show(opening, str(log.path) if log is not None else "")))

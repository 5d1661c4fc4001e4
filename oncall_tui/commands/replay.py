"""`oncall-tui replay FILE`."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui.commands.output import put
from oncall_tui.commands.terminal import need_terminal, show_dashboard

if TYPE_CHECKING:
    from oncall_tui.ui.desk import Desk


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--speed", type=click.FloatRange(0.1, 600), default=1.0, show_default=True, help="Seconds recorded in one second."
)
@click.option("--marks", "only_marks", is_flag=True, help="Print what happened and when, and play nothing.")
def replay(file: Path, speed: float, only_marks: bool) -> None:
    """The dashboard over a recording: the same screens, read-only.

    \b
    <  >    a minute back, a minute on           {  }    the mark before, the next one
    p       stand still, go on                   :seek 14:05, :seek +10m, :speed 30, :marks
    """
    if only_marks:
        _print_marks(file)
        return
    need_terminal()

    def opening() -> AbstractAsyncContextManager[Desk]:
        from oncall_tui.wiring.recording import replaying

        return replaying(file, speed)

    show_dashboard(opening)


def _print_marks(file: Path) -> None:
    from datetime import UTC, datetime

    from oncall_tui.core.text import clean_line
    from oncall_tui.recording.file import read

    for at, mark in read(file).marks:
        put(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%SZ}  {clean_line(mark)}")

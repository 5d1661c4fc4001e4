"""`oncall-tui record FILE`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui.commands.options import CONFIG_OPTION, PROMETHEUS_OPTION, Seconds
from oncall_tui.commands.output import put, say
from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.recording.file import Tape


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--last", "back", type=Seconds(), help="Take out what the flight recorder kept of this time; 2h, say.")
@click.option("--for", "seconds", type=Seconds(), help="Watch for this long; default: until interrupted.")
@click.option("--replace", "overwrite", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--demo", is_flag=False, flag_value="feature-stale", metavar="SCENARIO", help="Watch the simulated fleet."
)
@PROMETHEUS_OPTION
@CONFIG_OPTION
def record(
    file: Path,
    back: int | None,
    seconds: int | None,
    overwrite: bool,
    demo: str | None,
    prometheus: str | None,
    config_path: Path | None,
) -> None:
    """Write what the on-call sees to FILE, for `oncall-tui replay FILE`.

    \b
    Without --last it watches as the dashboard does, with no screen, and prints a line when a service changes its
    state or a page begins, is taken or goes. With --last it writes what the flight recorder of running dashboards
    kept (`recording:` in the configuration; the last six hours by default), and asks no server.

    A recording holds no secret of the configuration. It does hold labels, annotations, comments and PromQL.
    """
    from oncall_tui.wiring.recording import record_last, record_live
    from oncall_tui.wiring.server import Server

    if sum(one is not None for one in (config_path, prometheus, demo)) > 1:
        raise click.UsageError("--config, --prometheus and --demo exclude each other")
    server = Server(prometheus) if prometheus is not None else None
    if back is not None:
        if seconds is not None or demo is not None:
            raise click.UsageError("--last takes what is recorded already: it goes with neither --for nor --demo")
        _tell(record_last(file, config_path, server, time.time() - back, overwrite=overwrite), file)
        return
    watching = record_live(file, config_path, server, demo, _mark, seconds=seconds, overwrite=overwrite)
    try:
        tape = asyncio.run(watching)
    except KeyboardInterrupt:
        say(f"written: {file}")
        return
    _tell(tape, file)


def _mark(line: str) -> None:
    put(clean_line(line))


def _tell(tape: Tape, file: Path) -> None:
    say(f"written: {file}: {tape.frames} frames, {tape.size / 1e6:.1f} MB")

"""--debug and --debug-bundle: what goes with a bug report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from oncall_tui.commands.output import put
from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.wiring.server import Server

_DASHBOARDS = ("demo", "replay")
"""Commands that show one, over the usual configuration or none."""


def debug_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of the whole program that are about its own faults."""
    log = click.option(
        "--debug",
        is_flag=True,
        envvar="ONCALL_TUI_DEBUG",
        help="Log what the dashboard does to oncall-tui/debug.log in your XDG state folder; also $ONCALL_TUI_DEBUG=1.",
    )
    bundle = click.option(
        "--debug-bundle",
        "bundle",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Poll once, and write a zip for a bug report: versions, configuration, sources, log; no secret.",
    )
    return log(bundle(command))


def debugging(
    context: click.Context, config_path: Path | None, server: Server | None, *, debug: bool, bundle: Path | None
) -> None:
    """Begin the debug log where it is wanted; or write the bundle, and end. Raises DebugLogError, BundleError."""
    if bundle is not None:
        if context.invoked_subcommand is not None:
            raise click.UsageError("--debug-bundle goes with no command")
        from oncall_tui.wiring.debug import write_bundle

        asyncio.run(write_bundle(bundle, config_path, server))
        put(f"written: {clean_line(str(bundle))}. Look through it before you send it")
        context.exit()
    if debug and context.invoked_subcommand not in (None, *_DASHBOARDS):
        if context.get_parameter_source("debug") is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--debug logs a dashboard: it goes with no command, or {' or '.join(_DASHBOARDS)}")
    elif debug:
        from oncall_tui.wiring.debug import debug_log

        log = debug_log(config_path)
        context.obj = log
        context.call_on_close(log.close)

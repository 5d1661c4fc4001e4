"""`oncall-tui serve`: the dashboard in a browser."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from oncall_tui.commands.options import CONFIG_OPTION, PROMETHEUS_OPTION
from oncall_tui.commands.output import put, say
from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_line

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@CONFIG_OPTION
@PROMETHEUS_OPTION
@click.option(
    "--demo", is_flag=False, flag_value="feature-stale", metavar="SCENARIO", help="Serve the simulated fleet."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen there; 0.0.0.0 is everywhere.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8_000, show_default=True)
@click.option("--public-url", default="", metavar="URL", help="What browsers open, where a proxy stands before this.")
@click.option("--writable", is_flag=True, help="Let browsers acknowledge, silence and run runbook steps, as you.")
def serve(
    config_path: Path | None,
    prometheus: str | None,
    demo: str | None,
    host: str,
    port: int,
    public_url: str,
    writable: bool,
) -> None:
    """The dashboard in a browser, for people without a terminal: read-only, on this machine, unless told otherwise.

    Prints a link with a key in it; whoever has the link has the dashboard. Each browser gets one of its own, eight at
    most, which ends with its page. There is no TLS: to reach it from elsewhere, forward a port over SSH, or put a proxy
    with TLS before it and name it with --public-url.
    """
    if sum(one is not None for one in (config_path, prometheus, demo)) > 1:
        raise click.UsageError("--config, --prometheus and --demo exclude each other")
    try:
        from oncall_tui.serving import Place
        from oncall_tui.serving import serve as serving
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in ("aiohttp", "aiohttp_jinja2", "textual_serve"):
            raise
        raise ActionError("serving needs textual-serve", "pip install 'oncall-tui[serve]'") from None
    if demo is None and prometheus is None:
        from oncall_tui.wiring.configs import configured

        configured(config_path)  # A mistake is told here, and not in every browser.
    command = [sys.executable, "-P", "-m", "oncall_tui"]
    command += ["demo", "--scenario", demo] if demo is not None else []
    command += ["--config", str(config_path.absolute())] if config_path is not None else []
    command += ["--prometheus", prometheus] if prometheus is not None else []
    command += [] if writable else ["--read-only"]

    def tell(link: str) -> None:
        put(link)
        for line in _exposed(host, writable=writable):
            say(line)

    asyncio.run(serving(command, Place(host, port, public_url), tell))


def _exposed(host: str, *, writable: bool) -> list[str]:
    """What it opens to whom."""
    who = "has the link, on this machine," if host in _LOOPBACK else "has the link and reaches this machine"
    can = "can acknowledge, silence and run runbook steps as you" if writable else "can look, and change nothing"
    lines = [f"Whoever {who} {can}. Labels, queries and comments are shown. Ctrl+C ends it."]
    if host not in _LOOPBACK:
        lines.append(
            f"Listening on {clean_line(host)} without TLS: what is shown, and the key, can be read on the way."
        )
    return lines

"""`oncall-tui init`: a configuration of what a Prometheus knows; on a terminal it asks for what it was not told."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from oncall_tui.commands.options import ALERTMANAGER_OPTION
from oncall_tui.commands.output import put, tell
from oncall_tui.core.errors import OncallError
from oncall_tui.core.text import clean_block, clean_line


@click.command()
@click.argument("url", required=False)
@ALERTMANAGER_OPTION
@click.option("--output", type=click.Path(path_type=Path), help="Write it there, with the folders it needs.")
@click.option("--force", is_flag=True, help="Replace what is there.")
def init(url: str | None, alertmanagers: tuple[str, ...], output: Path | None, force: bool) -> None:
    """Write a configuration of what the Prometheus at URL knows; without a URL, on a terminal, ask for everything.

    SLOs whose error ratios are recorded by Sloth or Pyrra, model servers with their latencies, errors and
    throughput, feature freshness and drift, and Alertmanagers; SLOs that the metrics would allow, commented out.
    The server is asked eleven questions at most. With a URL it prints, unless --output names a file; without, it
    asks where to write (~/.config/oncall-tui/config.yaml is the usual place). Nothing is written over without --force.
    """
    from oncall_tui.config.output import refuse_to_overwrite, write_config
    from oncall_tui.wiring.server import Server, written_config

    if output is not None:
        refuse_to_overwrite(output, force=force)
    if url is None:
        if not sys.stdin.isatty():
            raise click.UsageError("say which Prometheus: oncall-tui init http://HOST:9090 (on a terminal it asks)")
        _ask_everything(alertmanagers, output, force=force)
        return
    text = asyncio.run(written_config(Server(url, alertmanagers)))
    if output is None:
        put(text, end="")
        return
    write_config(output, text, force=force)
    put(f"written: {clean_line(str(output))}")


def _ask_everything(alertmanagers: tuple[str, ...], output: Path | None, *, force: bool) -> None:
    """Ask, look, and write; what does not work is told and asked again. Ctrl+C leaves everything as it was."""
    from oncall_tui.config.loader import usual_config
    from oncall_tui.config.output import write_config

    put("This asks a Prometheus what it knows, and writes a configuration. Ctrl+C leaves things as they are.")
    text = _found(alertmanagers)
    text += _named()
    while True:
        place = output or Path(click.prompt("Write it to", default=str(usual_config()))).expanduser()
        try:
            write_config(place, text, force=force)
            break
        except OncallError as error:
            _complain(error)
            if output is not None:
                raise
    put(f"written: {clean_line(str(place))}")
    named = "" if place == usual_config() else f" --config {clean_line(str(place))}"
    put(f"Next: `oncall-tui check{named}` tries all that it names, `oncall-tui{named}` shows it")


def _found(alertmanagers: tuple[str, ...]) -> str:
    """The text of a configuration of a server that answers."""
    from oncall_tui.wiring.server import Server, written_config

    while True:
        url = _with_scheme(click.prompt("URL of Prometheus (or Thanos, Mimir, VictoriaMetrics)"))
        own = alertmanagers or _urls(
            click.prompt("URL of Alertmanager (enter: those that it sends alerts to)", default="", show_default=False)
        )
        put(f"Looking around on {clean_line(url)}…")
        try:
            text = asyncio.run(written_config(Server(url, own)))
        except OncallError as error:
            _complain(error)
            continue
        for line in text.splitlines():
            if not line.startswith("#"):
                break
            put(clean_line(line.lstrip("# ")))
        return text


def _named() -> str:
    """Who says 'mine', as lines to be added; none where that is the login's name anyway."""
    from oncall_tui.config.models import Acknowledge
    from oncall_tui.config.yaml_text import scalar

    login = Acknowledge().author
    name = click.prompt("Your name, as others see it on what you acknowledge", default=login).strip()
    return "" if name in ("", login) else f"\nacknowledge:\n  author: {scalar(name)}\n"


def _urls(text: str) -> tuple[str, ...]:
    return tuple(_with_scheme(one) for one in text.replace(",", " ").split())


def _with_scheme(url: str) -> str:
    url = url.strip()
    return url if "://" in url else f"http://{url}"


def _complain(error: OncallError) -> None:
    tell(clean_block(str(error)))

"""`oncall-tui review`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import click

from oncall_tui.commands.journal import Moment
from oncall_tui.commands.options import CONFIG_OPTION, PROMETHEUS_OPTION
from oncall_tui.commands.output import put, put_page, say
from oncall_tui.core.json_text import json_text

STYLES = ("table", "md", "html", "json")


@click.command()
@click.option(
    "--since",
    type=Moment(),
    default="24h",
    show_default=True,
    help="From then on: 24h, 2026-11-25, '2026-11-25 09:30'",
)
@click.option("--until", type=Moment(), default="now", show_default=True, help="Until then; as --since.")
@click.option("--handoff", "with_handoff", is_flag=True, help="What goes over to the next shift, in front.")
@click.option(
    "--format", "style", type=click.Choice(["table", "md", "html", "json"]), default="table", show_default=True
)
@click.option("--demo", is_flag=False, flag_value="feature-stale", metavar="SCENARIO", help="Of the demo's fleet.")
@PROMETHEUS_OPTION
@CONFIG_OPTION
def review(
    since: float,
    until: float,
    with_handoff: bool,
    style: str,
    demo: str | None,
    prometheus: str | None,
    config_path: Path | None,
) -> None:
    """The daily page: what a stretch of time did to the fleet.

    \b
    Budgets spent and left, and those that leak with nobody told; alerts by how often, how long and who took them,
    noisy ones, pages that nobody took; silent degradation, drift that moved, stale features, endpoints, silences
    left open, incidents, action items, toil; and what is unknown. From Prometheus' own record of alerts and from
    the journal, so it has something to say on its first day.
    """
    from oncall_tui.reports.review import as_lines, as_markdown, as_page
    from oncall_tui.reports.review_json import as_json
    from oncall_tui.wiring.review import review_once
    from oncall_tui.wiring.server import Server

    if sum(one is not None for one in (config_path, prometheus, demo)) > 1:
        raise click.UsageError("--config, --prometheus and --demo exclude each other")
    until = min(until, time.time())
    if since >= until:
        raise click.UsageError("--since is not before --until")
    server = Server(prometheus) if prometheus is not None else None
    found = asyncio.run(review_once(config_path, server, demo, since, until, say))
    over = found.handoff if with_handoff else None
    if with_handoff and over is None:
        raise click.UsageError("--handoff is about now: leave --until away")
    if style == "json":
        put(json_text(as_json(found.review, over), 2))
    elif style == "html":
        put_page(as_page(found.review, over))
    else:
        put("\n".join((as_lines if style == "table" else as_markdown)(found.review, over)))

"""`oncall-tui drift store`: keep what a feature looked like, to hold it against later."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from oncall_tui.commands.options import CONFIG_OPTION
from oncall_tui.commands.output import put, say
from oncall_tui.core.drift import MINIMUM
from oncall_tui.core.duration import parse_duration
from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_line


@click.group()
def drift() -> None:
    """Drift that is computed from histograms."""


@drift.command()
@click.argument("service")
@click.argument("signal", required=False, default="")
@click.option("--last", metavar="DURATION", help="So much of the past, up to now or --end.  [default: 7d]")
@click.option("--start", metavar="TIME", help="From this time on: 2026-11-01T00:00:00Z.")
@click.option("--end", metavar="TIME", help="Up to this time; default: now.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="The file; default: standard output."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@CONFIG_OPTION
def store(
    service: str,
    signal: str,
    last: str | None,
    start: str | None,
    end: str | None,
    output: Path | None,
    force: bool,
    config_path: Path | None,
) -> None:
    """Store the histograms of SERVICE's computed drift (SIGNAL, where it has several) as a reference.

    A signal's `reference: {file: FILE}` then holds what is counted now against them. The counts are asked of
    Prometheus, over the time given; what is thinner than the usual minimum is stored, and said to be.

    Exits 0 when every feature was stored, 1 when some could not be, 2 when none was.
    """
    from oncall_tui.wiring.drift import counted

    if last is not None and start is not None:
        raise click.UsageError("--last and --start exclude each other")
    if output is not None and output.exists() and not force:
        raise ActionError(f"{clean_line(str(output))} is there already", "--force replaces it")
    until = _moment(end, "--end") if end else time.time()
    since = _moment(start, "--start") if start else until - _duration(last or "7d")
    if until - since < 1:
        raise click.UsageError("the end must be later than the start")
    reference, unusable, text = asyncio.run(counted(config_path, service, signal, since, until))
    for name, why in unusable.items():
        say(f"{name or service}: {why}: not stored")
    for name, bins in reference.bins.items():
        few = f", of which {MINIMUM:.0f} are wanted unless `minimum` says otherwise" if bins.total < MINIMUM else ""
        say(f"{name or service}: {bins.total:,.0f} events in {len(bins.bounds)} bins{few}")
    if reference.bins and output is None:
        put(text, end="")
    elif reference.bins and output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ActionError(f"{clean_line(str(output))}: {error.strerror or 'cannot be written'}") from None
    sys.exit(2 if not reference.bins else 1 if unusable else 0)


def _moment(text: str, option: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{option}: expected a time such as 2026-11-01T00:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.UsageError(f"--last: {error}") from None

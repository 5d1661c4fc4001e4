"""`oncall-tui journal show` and `verify`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from oncall_tui.commands.options import CONFIG_OPTION, FORMAT_OPTION
from oncall_tui.commands.output import put
from oncall_tui.core.json_text import json_text

FILE_OPTION = click.option(
    "--journal",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="This file (a copy, say) rather than the configuration's.",
)


class Moment(click.ParamType[float]):
    """A moment of the past: 24h (ago), now, 2026-11-26, '2026-11-26 14:00'."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Text to unix seconds."""
        from oncall_tui.core.moments import parse_moment

        try:
            return float(value) if isinstance(value, int | float) else parse_moment(str(value), time.time())
        except ValueError as error:
            self.fail(str(error), param, ctx)


def time_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--since and --until."""
    since = click.option("--since", type=Moment(), help="From then on: 24h, 2026-11-26, '2026-11-26 14:00'.")
    until = click.option("--until", type=Moment(), help="Until then; as --since.")
    return since(until(command))


@click.group()
def journal() -> None:
    """The record of what was done and seen: acknowledgements, silences, runbook steps, changes of state, incidents.

    A SQLite file that only grows: nothing in it is changed or deleted, but by retention (`journal:` in the
    configuration). Every entry carries a hash over itself and the one before.
    """


@journal.command()
@time_options
@click.option("--kind", "kinds", multiple=True, help="Only these, as the table names them; 'ack' means every ack.*.")
@click.option("--service", "services", multiple=True, help="Only of these services.")
@click.option("--fingerprint", help="Only of this alert.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="The newest so many.")
@click.option("--everywhere", is_flag=True, help="With the entries of other configurations in the same file.")
@FORMAT_OPTION
@FILE_OPTION
@CONFIG_OPTION
def show(
    since: float | None,
    until: float | None,
    kinds: tuple[str, ...],
    services: tuple[str, ...],
    fingerprint: str | None,
    limit: int,
    everywhere: bool,
    style: str,
    file: Path | None,
    config_path: Path | None,
) -> None:
    """Entries, oldest first. Asks no server. Exits 0, or 2 where the journal cannot be read."""
    from oncall_tui.core.events import kinds_under
    from oncall_tui.reports.journal import entries_json, entries_lines
    from oncall_tui.wiring.journal import journal_at

    kept = journal_at(config_path, file, everywhere=everywhere)
    events = kept.events(
        since=since,
        until=until,
        kinds=[kind for word in kinds for kind in kinds_under(word)] or None,
        services=services or None,
        fingerprint=fingerprint,
        limit=limit,
    )
    put("\n".join(entries_json(kept.path, events) if style == "json" else entries_lines(events)))


@journal.command()
@click.option(
    "--expect",
    metavar="ID:HASH",
    help="A head that was told before: also make sure that this entry still is what it was.",
)
@FORMAT_OPTION
@FILE_OPTION
@CONFIG_OPTION
def verify(expect: str | None, style: str, file: Path | None, config_path: Path | None) -> None:
    """Hold every entry against its hash: gaps, changed entries, a cut end, removals that retention did not make.

    Prints the head, the last entry's number and hash. Keep it elsewhere: who rewrites the whole file can make every
    hash anew, but not one that you have kept, which --expect compares.

    Exits 0 when it is sound, 1 when it is not, 2 when it cannot be read.
    """
    from oncall_tui.reports.journal import soundness_json, soundness_lines
    from oncall_tui.wiring.journal import journal_at

    kept = journal_at(config_path, file)
    found = kept.verify(_head(expect) if expect else None)
    if style == "json":
        put(json_text(soundness_json(kept.path, found), 2))
    else:
        put("\n".join(soundness_lines(kept.path, found)))
    sys.exit(0 if found.sound else 1)


def _head(text: str) -> tuple[int, str]:
    id_, _, hash_ = text.partition(":")
    if not id_.isdecimal() or not 8 <= len(hash_) <= 64 or hash_.strip("0123456789abcdef"):
        raise click.BadParameter(
            "write it as it was printed, ID:HASH (8 or more digits of the hash)", param_hint="--expect"
        )
    return int(id_), hash_

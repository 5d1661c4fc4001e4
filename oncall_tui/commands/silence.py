"""`oncall-tui silence add`, `list` and `expire`: what the keys do, from a script."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui.commands.asking import agreed, end_text
from oncall_tui.commands.options import FORMAT_OPTION, where_options
from oncall_tui.commands.output import put, say
from oncall_tui.core.errors import ActionError
from oncall_tui.core.matchers import Matcher, parse_filter, parse_matchers
from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.actions import EndResult, SilenceResult
    from oncall_tui.core.silence_preview import Preview, Typed
    from oncall_tui.core.silences import SilenceStatus
    from oncall_tui.wiring.silences import ScriptDesk, Where

_SHOWN = 10
"""Alerts named before it says how many more."""


@click.group()
def silence() -> None:
    """Silences: list what each hides now, add one, end some.

    add and expire exit 0 when all was done and read back, 1 when it was done in part or could not be confirmed, 2 when
    nothing was done.
    """


@silence.command("list")
@click.argument("wanted", metavar="[FILTER]...", nargs=-1)
@click.option("--expired", is_flag=True, help="Also those that ended within a day.")
@FORMAT_OPTION
@where_options
def list_(
    wanted: tuple[str, ...],
    expired: bool,
    style: str,
    config_path: Path | None,
    prometheus: str | None,
    alertmanagers: tuple[str, ...],
) -> None:
    """Silences with what each hides now, those that want attention first.

    FILTER: words, or matchers over what a silence matches exactly and over state, author and source:
    'author="maria" state="ending"'.

    Exits 0 when every Alertmanager answered, 1 when some did not, 2 when none did.
    """
    from oncall_tui.core.silences import Standing, facts, survey
    from oncall_tui.reports.alerts import exit_code, trouble
    from oncall_tui.reports.silences import as_json, as_lines
    from oncall_tui.wiring.silences import Where, script_desk

    try:
        keeps = parse_filter(" ".join(wanted))
    except ValueError as error:
        raise ActionError(f"filter: {error}", 'write it like author="maria" state="ending"') from None

    async def run() -> int:
        async with script_desk(Where(config_path, prometheus, alertmanagers), say) as desk:
            assessment, soon = desk.assessment, desk.config.silences.ends_soon
        found = [s for s in survey(assessment, soon) if expired or s.standing is not Standing.EXPIRED]
        found = [status for status in found if keeps.accepts(*facts(status))]
        put(
            "\n".join(
                as_json(assessment, found) if style == "json" else as_lines(found, complete=not trouble(assessment))
            )
        )
        for health in trouble(assessment):
            say(f"{health.name}: {health.error or 'no answer'}")
        return exit_code(assessment)

    sys.exit(asyncio.run(run()))


@silence.command()
@click.argument("matchers", metavar="MATCHER...", nargs=-1, required=True)
@click.option("--for", "duration", metavar="DURATION", help="How long, such as 2h or 1d12h; else the configuration's.")
@click.option("--until", metavar="TIME", help="Or until when: 09:00, 'Mon 9:00', 2026-11-30, 14:00Z; in your own zone.")
@click.option("--comment", required=True, help="Why: others want to know.")
@click.option("--author", help="Who; else the configuration's acknowledge.author.")
@click.option("--dry-run", is_flag=True, help="Only show what it would hide.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@where_options
def add(
    matchers: tuple[str, ...],
    duration: str | None,
    until: str | None,
    comment: str,
    author: str | None,
    dry_run: bool,
    yes: bool,
    config_path: Path | None,
    prometheus: str | None,
    alertmanagers: tuple[str, ...],
) -> None:
    """Silence what every MATCHER holds for, at each Alertmanager, after showing which alerts that hides.

    MATCHER is 'alertname="X"', 'service=~"rank.*"' and so on; one argument may hold several, with commas. One that
    would hide everything is refused. Prints the id of each silence made.
    """
    from oncall_tui.wiring.silences import Where

    end = end_text(duration, until)
    where = Where(config_path, prometheus, alertmanagers)
    sys.exit(asyncio.run(_add(where, _joined(matchers), end, comment, author, dry_run=dry_run, yes=yes)))


@silence.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@where_options
def expire(
    ids: tuple[str, ...], yes: bool, config_path: Path | None, prometheus: str | None, alertmanagers: tuple[str, ...]
) -> None:
    """End these silences now, wherever they are, after showing which alerts ring again."""
    from oncall_tui.wiring.silences import Where

    sys.exit(asyncio.run(_expire(Where(config_path, prometheus, alertmanagers), tuple(dict.fromkeys(ids)), yes=yes)))


# Adding


def _joined(arguments: Sequence[str]) -> str:
    """All matchers in one line. Raises ActionError for an argument that holds none."""
    found: list[Matcher] = []
    for argument in arguments:
        try:
            found += parse_matchers(argument)
        except ValueError as error:
            raise ActionError(f"{argument}: {error}", "put each matcher in quotes of the shell's own") from None
    return ", ".join(map(str, found))


async def _add(
    where: Where, matchers: str, end: str, comment: str, author: str | None, *, dry_run: bool, yes: bool
) -> int:
    from oncall_tui.actions import SilenceWish
    from oncall_tui.core.duration import name_duration
    from oncall_tui.core.silence_preview import Typed, preview
    from oncall_tui.core.silences import AlertIndex
    from oncall_tui.wiring.silences import script_desk

    async with script_desk(where, say) as desk:
        end = end or name_duration(desk.config.silences.duration)
        author = desk.config.acknowledge.author if author is None else author
        typed = Typed(matchers, end, comment, author, desk.places)
        seen = preview(typed, desk.assessment, AlertIndex(desk.assessment.alerts))
        _show_preview(desk, typed, seen)
        if seen.faults or seen.everything or seen.end is None:
            return 2
        if dry_run:
            say("dry run: nothing was posted")
            return 0
        if not agreed("Post it?", yes):
            return 2
        wish = SilenceWish(seen.matchers, seen.end.at, author, comment)
        return _tell_made(await desk.use.create(wish, desk.places))


def _show_preview(desk: ScriptDesk, typed: Typed, seen: Preview) -> None:
    from datetime import datetime

    from oncall_tui.core.silence_preview import amtool_line, in_words

    say(f"{typed.matchers}  at {', '.join(typed.sources)}")
    if seen.end is not None:
        say(f"until {datetime.fromtimestamp(seen.end.at).astimezone():%a %Y-%m-%d %H:%M:%S %Z}")
    for fault in seen.faults:
        say(f"refused: {fault}")
    if seen.faults or seen.hidden is None:
        return
    say(in_words(seen) + (":" if seen.hidden else ""))
    for status in seen.hidden[:_SHOWN]:
        say(f"  {status.phase.value:8}  {status.alert.name}  {status.service or '-'}  {status.alert.severity or '-'}")
    if len(seen.hidden) > _SHOWN:
        say(f"  and {len(seen.hidden) - _SHOWN} more")
    for doubt in (*seen.warnings, *seen.notes):
        say(f"! {doubt}")
    health = desk.assessment.snapshot.sources.get(typed.sources[0])
    say(f"$ {amtool_line(typed, seen, health.url if health else '')}")


def _tell_made(results: Sequence[SilenceResult]) -> int:
    from oncall_tui.actions import Silenced

    for result in results:
        if isinstance(result, Silenced):
            put(clean_line(result.silence_id))
            note = f": {result.note}" if result.note else ""
            say(f"{result.source}: {'silenced' if result.confirmed else 'posted, but not confirmed'}{note}")
        else:
            say(f"{result.source}: not silenced: {result.error}{f' ({result.hint})' if result.hint else ''}")
        if result.journal:
            say(result.journal)
    made = [result for result in results if isinstance(result, Silenced)]
    return 2 if not made else 0 if len(made) == len(results) and all(result.confirmed for result in made) else 1


# Ending


async def _expire(where: Where, ids: Sequence[str], *, yes: bool) -> int:
    from oncall_tui.core.silences import survey
    from oncall_tui.wiring.silences import script_desk

    async with script_desk(where, say) as desk:
        known = survey(desk.assessment, desk.config.silences.ends_soon)
        found = [status for status in known if status.silence.id in ids]
        unknown = [one for one in ids if all(status.silence.id != one for status in found)]
        mute = [health for health in desk.assessment.snapshot.sources.values() if health.error]
        for one in unknown:
            why = "but not every Alertmanager answers" if mute else "or it ended more than a day ago"
            say(f"no Alertmanager is known to have a silence {one}, {why}")
        for health in mute:
            say(f"{health.name}: {health.error}")
        if not found:
            return 2
        _show_ringing(found)
        if not agreed("End it?" if len(found) == 1 else f"End these {len(found)}?", yes):
            return 2
        results = [await desk.use.end(status.silence.source, status.silence.id) for status in found]
        return _tell_ended(results, missing=len(unknown))


def _show_ringing(statuses: Sequence[SilenceStatus]) -> None:
    from oncall_tui.core.silences import count_of, ringing_without

    for status in statuses:
        silence = status.silence
        say(f"{silence.id}  {', '.join(map(str, silence.matchers))}  by {silence.author}: {silence.comment}")
    ringing = ringing_without(statuses)
    say(f"{count_of(len(ringing))} will ring again{':' if ringing else ''}")
    for alert in ringing[:_SHOWN]:
        say(f"  {alert.alert.name}  {alert.service or '-'}  {alert.alert.severity or '-'}")
    if len(ringing) > _SHOWN:
        say(f"  and {len(ringing) - _SHOWN} more")


def _tell_ended(results: Sequence[EndResult], missing: int) -> int:
    from oncall_tui.actions import Ended

    for result in results:
        if isinstance(result, Ended):
            note = f": {result.note}" if result.note else ""
            say(f"{result.source}: {result.silence_id} {'is over' if result.confirmed else 'not confirmed'}{note}")
        else:
            hint = f" ({result.hint})" if result.hint else ""
            say(f"{result.source}: {result.silence_id} not ended: {result.error}{hint}")
        if result.journal:
            say(result.journal)
    ended = [result for result in results if isinstance(result, Ended)]
    whole = not missing and len(ended) == len(results) and all(result.confirmed for result in ended)
    return 2 if not ended else 0 if whole else 1

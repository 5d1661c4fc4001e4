"""`oncall-tui ack`: what the keys `a`, `A` and `u` do, from a script."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui.commands.alerts import alert_filter
from oncall_tui.commands.asking import agreed, end_text
from oncall_tui.commands.options import FORMAT_OPTION, where_options
from oncall_tui.commands.output import put, say
from oncall_tui.core.alert_filter import AlertFacts
from oncall_tui.core.alerts import Alert, Phase
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.errors import ActionError

if TYPE_CHECKING:
    from oncall_tui.actions import AckResult, TakeBackResult
    from oncall_tui.reports.acks import AckLine
    from oncall_tui.wiring.silences import ScriptDesk, Where

_SHOWN = 10
"""Alerts named before it says how many more."""
_HELD = (Phase.FIRING, Phase.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the arguments say. end: as typed, '' for the configuration's duration."""

    text: str
    comment: str = ""
    end: str = ""
    keep: bool | None = None
    take_over: bool = False
    take_back: bool = False
    dry_run: bool = False
    yes: bool = False
    style: str = "table"


@click.command()
@click.argument("wanted", metavar="FILTER...", nargs=-1, required=True)
@click.option("--comment", default="", help="What others should know; else the configuration's acknowledge.comment.")
@click.option("--for", "duration", metavar="DURATION", help="How long, such as 30m; else the configuration's.")
@click.option("--until", metavar="TIME", help="Or until when: 09:00, 'Mon 9:00', 2026-11-30, 14:00Z; in your own zone.")
@click.option(
    "--keep/--no-keep",
    default=None,
    help="Extend it while it fires, as long as a dashboard (or kthxbye) runs; else as the configuration says.",
)
@click.option("--take-over", is_flag=True, help="Also what somebody else has.")
@click.option("--take-back", is_flag=True, help="End your own acknowledgements instead.")
@click.option("--dry-run", is_flag=True, help="Only show which alerts it would be.")
@click.option("--yes", is_flag=True, help="Do not ask, though it is more than one alert.")
@FORMAT_OPTION
@where_options
def ack(
    wanted: tuple[str, ...],
    comment: str,
    duration: str | None,
    until: str | None,
    keep: bool | None,
    take_over: bool,
    take_back: bool,
    dry_run: bool,
    yes: bool,
    style: str,
    config_path: Path | None,
    prometheus: str | None,
    alertmanagers: tuple[str, ...],
) -> None:
    """Acknowledge every firing alert that FILTER lets through, each by its own labels, after showing them.

    FILTER is what the dashboard's `/` takes: 'severity="page" service=~"rank.*"', words, '@age>10m'. One that lets
    everything through is refused. What somebody else has is left to them, unless --take-over. Acknowledged goes on to
    the pagers of the configuration, as in the dashboard.

    Exits 0 when all was done and read back (or is yours already), 1 when it was done in part, is not confirmed, or a
    pager failed or an Alertmanager did not answer, 2 when nothing was done.
    """
    from oncall_tui.wiring.silences import Where

    if take_back and (comment or duration or until or keep is not None or take_over):
        raise click.UsageError("--take-back ends acknowledgements: nothing else goes with it")
    end = end_text(duration, until)
    asked = Asked(" ".join(wanted), comment, end, keep, take_over, take_back, dry_run, yes, style)
    sys.exit(asyncio.run(_ack(Where(config_path, prometheus, alertmanagers), asked)))


async def _ack(where: Where, asked: Asked) -> int:
    from oncall_tui.reports.acks import as_json, as_lines, exit_code
    from oncall_tui.wiring.silences import script_desk

    async with script_desk(where, say) as desk:
        for health in desk.assessment.snapshot.sources.values():
            if health.error:
                say(f"{health.name}: {health.error}")
        statuses = chosen(desk.assessment, asked.text)
        if asked.take_back:
            statuses = [status for status in statuses if status.phase is Phase.ACKNOWLEDGED]
        if not statuses:
            what = "acknowledged" if asked.take_back else "firing"
            say(f"nothing that is {what} matches: nothing was done")
            return 2
        ends_at = _ends_at(asked.end, desk.assessment.snapshot.at)
        _show(statuses, asked, ends_at)
        if asked.dry_run:
            say("dry run: nothing was done")
            return 0
        question = "Take them back?" if asked.take_back else f"Acknowledge these {len(statuses)}?"
        if len(statuses) > 1 and not agreed(question, asked.yes):
            return 2
        paged = True
        if asked.take_back:
            lines = await _take_back(desk, statuses)
        else:
            lines, paged = await _acknowledge(desk, statuses, asked, ends_at)
        at = desk.assessment.snapshot.at
        put("\n".join(as_json(at, lines) if asked.style == "json" else as_lines(lines)))
        # Of an Alertmanager that does not answer nobody knows what would have matched.
        return exit_code(lines) or (0 if paged and not desk.assessment.snapshot.alerts_doubt() else 1)


def chosen(assessment: Assessment, text: str) -> list[AlertStatus]:
    """The firing and acknowledged alerts that a filter lets through, loudest first.

    Raises ActionError for a filter that cannot be read, and for one that lets everything through.
    """
    parsed = alert_filter(text)
    facts = AlertFacts(assessment.alerts, assessment.snapshot.at)
    every = [status for status in assessment.alerts if status.phase in _HELD]
    found = [status for status in every if parsed.accepts(status, facts)]
    bare = AlertStatus(Alert("", "", {}), Phase.FIRING, None, "")
    if not text.strip() or (len(every) > 1 and len(found) == len(every) and parsed.accepts(bare, facts)):
        raise ActionError("this filter lets EVERY alert through: refused", "name a label that is wanted, or a word")
    return found


def _ends_at(end: str, now: float) -> float | None:
    from oncall_tui.core.until import parse_end

    try:
        return parse_end(end, now).at if end else None
    except ValueError as error:
        raise ActionError(f"end: {error}") from None


def _show(statuses: Sequence[AlertStatus], asked: Asked, ends_at: float | None) -> None:
    from datetime import datetime

    from oncall_tui.core.ack_scope import holders_of
    from oncall_tui.core.silences import count_of, service_of

    say(f"{'takes back' if asked.take_back else 'acknowledges'} {count_of(len(statuses))}:")
    for status in statuses[:_SHOWN]:
        who = f"  {status.ack.author or '?'} has it" if status.ack else ""
        name, service, severity = status.alert.name, service_of(status) or "-", status.alert.severity or "-"
        say(f"  {status.phase.value:8}  {name}  {service}  {severity}{who}")
    if len(statuses) > _SHOWN:
        say(f"  and {len(statuses) - _SHOWN} more")
    if ends_at is not None:
        say(f"until {datetime.fromtimestamp(ends_at).astimezone():%a %Y-%m-%d %H:%M:%S %Z}")
    held = ", ".join(f"{count} of {who}" for who, count in holders_of(statuses))
    if held and not asked.take_back:
        say(f"! taken over: {held}" if asked.take_over else f"! left to those who have them: {held}")


async def _acknowledge(
    desk: ScriptDesk, statuses: Sequence[AlertStatus], asked: Asked, ends_at: float | None
) -> tuple[list[AckLine], bool]:
    """The results, and whether the pagers are as they were wanted."""
    from oncall_tui.actions import AckWish, AlreadyAcknowledged

    own = desk.acknowledge.settings.author
    renew = bool(asked.comment or asked.end or asked.keep is not None)
    figures = await desk.figures(statuses)
    wish = AckWish(asked.comment, ends_at, asked.keep, take_over=asked.take_over, renew=renew, figures=figures)
    results = await desk.acknowledge([status.alert for status in statuses], wish)
    for result in results:
        if result.journal:
            say(result.journal)
    # As with the key also where the silence failed; what is another's stays another's at the pager, too.
    paged = await _page(desk, [one.alert for one in results if not isinstance(one, AlreadyAcknowledged)])
    return [_line(result, own) for result in results], paged


def _line(result: AckResult, own: str) -> AckLine:
    from oncall_tui.actions import Acknowledged, AlreadyAcknowledged, NotAcknowledged
    from oncall_tui.reports.acks import AckLine, Outcome

    match result:
        case Acknowledged(alert=alert, silence=silence, confirmed=confirmed, note=note, had=had):
            return AckLine(alert, Outcome.DONE if confirmed else Outcome.UNCONFIRMED, silence, had, note)
        case AlreadyAcknowledged(alert=alert, silence=silence, withdrawn=withdrawn):
            note = "a moment before you: yours was ended" if withdrawn else ""
            return AckLine(alert, Outcome.YOURS if silence.author == own else Outcome.THEIRS, silence, note=note)
        case NotAcknowledged(alert=alert, error=error, hint=hint):
            return AckLine(alert, Outcome.FAILED, note=f"{error} ({hint})" if hint else error)


async def _take_back(desk: ScriptDesk, statuses: Sequence[AlertStatus]) -> list[AckLine]:
    """A group has one silence: it is ended once, and that is the result of each of its alerts."""
    results: dict[tuple[str, str], TakeBackResult] = {}
    lines = []
    for status in statuses:
        key = (status.alert.source, status.ack.id if status.ack else status.alert.fingerprint)
        if key not in results:
            results[key] = await desk.take_back.of_alert(status.alert)
            if results[key].journal:
                say(results[key].journal)
        lines.append(_line_back(status, results[key]))
    return lines


def _line_back(status: AlertStatus, result: TakeBackResult) -> AckLine:
    from oncall_tui.actions import TakenBack
    from oncall_tui.reports.acks import AckLine, Outcome

    if isinstance(result, TakenBack):
        outcome = Outcome.TAKEN_BACK if result.confirmed else Outcome.UNCONFIRMED
        return AckLine(status.alert, outcome, result.silence, note=result.note)
    note = f"{result.error} ({result.hint})" if result.hint else result.error
    return AckLine(status.alert, Outcome.FAILED, status.ack, note=note)


async def _page(desk: ScriptDesk, alerts: Sequence[Alert]) -> bool:
    """Acknowledge at the pagers, too; whether each of them did, or had nothing to do."""
    from oncall_tui.commands.paging import in_words

    if desk.pages is None or not alerts or not desk.pages.concerns(alerts):
        return True
    told = [in_words(result) for result in await desk.pages(alerts)]
    for word, _ in told:
        say(word)
    return all(good for _, good in told)

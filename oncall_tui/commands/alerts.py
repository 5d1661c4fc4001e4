"""`oncall-tui alerts`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from oncall_tui.commands.options import FORMAT_OPTION, where_options
from oncall_tui.commands.output import put, say
from oncall_tui.core.alert_filter import AlertFacts, AlertFilter, parse_alert_filter
from oncall_tui.core.alerts import Phase
from oncall_tui.core.errors import ActionError


@click.command()
@click.argument("wanted", metavar="[FILTER]...", nargs=-1)
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([phase.value for phase in Phase]),
    help="Only these; may be repeated.",
)
@FORMAT_OPTION
@where_options
def alerts(
    wanted: tuple[str, ...],
    states: tuple[str, ...],
    style: str,
    config_path: Path | None,
    prometheus: str | None,
    alertmanagers: tuple[str, ...],
) -> None:
    """Alerts, loudest first: one question to every Alertmanager, and to every Prometheus for what is pending.

    FILTER is what the dashboard's `/` takes: 'severity="page" service=~"rank.*"', words, '@age>10m'.

    Exits 0 when every source answered, 1 when some did not (the list lacks theirs), 2 when none did.
    """
    from oncall_tui.reports.alerts import as_json, as_lines, exit_code, trouble
    from oncall_tui.wiring.silences import Where, script_desk

    keeps = alert_filter(" ".join(wanted))

    async def run() -> int:
        async with script_desk(Where(config_path, prometheus, alertmanagers), say, pending=True) as desk:
            assessment = desk.assessment
        kept = keeps.kept(assessment.alerts, AlertFacts(assessment.alerts, assessment.snapshot.at))
        found = [status for status in kept if not states or status.phase.value in states]
        # At once: thousands of lines are written line by line in seconds.
        put("\n".join(as_json(assessment, found) if style == "json" else as_lines(assessment, found)))
        for health in trouble(assessment):
            say(f"{health.name}: {health.error or 'no answer'}{f' ({health.hint})' if health.hint else ''}")
        for health in assessment.snapshot.sources.values():
            for warning in health.warnings:
                say(f"{health.name}: {warning}")
        return exit_code(assessment)

    sys.exit(asyncio.run(run()))


def alert_filter(text: str) -> AlertFilter:
    """What the dashboard's filter lets through. Raises ActionError for one that cannot be read."""
    try:
        return parse_alert_filter(text)
    except ValueError as error:
        raise ActionError(f"filter: {error}", 'write it like severity="page" service=~"rank.*"') from None

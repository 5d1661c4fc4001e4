"""`oncall-tui runbook list`, `show`, `run` and `toil`: what the keys do, from a shell."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui.commands.journal import FILE_OPTION, time_options
from oncall_tui.commands.options import CONFIG_OPTION, FORMAT_OPTION
from oncall_tui.commands.output import put
from oncall_tui.core.json_text import json_text
from oncall_tui.core.text import clean_block

if TYPE_CHECKING:
    from oncall_tui.core.web_pages import WebPage

_WEEK = 7 * 86_400.0

ALERT_OPTION = click.option(
    "--alert", "wanted", metavar="NAME|FINGERPRINT", help="The firing alert it is for: its labels become variables."
)
SERVICE_OPTION = click.option("--service", default="", help="The service it is for, else the alert's own.")


@click.group()
def runbook() -> None:
    """Runbooks: which there are, what they say, and their steps run without the dashboard."""


@runbook.command("list")
@ALERT_OPTION
@SERVICE_OPTION
@FORMAT_OPTION
@CONFIG_OPTION
def list_(wanted: str | None, service: str, style: str, config_path: Path | None) -> None:
    """Every runbook; or those that fit an alert or a service, what helped before first.

    Exits 0, 1 where something is wrong in a runbook or a folder (told on stderr).
    """
    from oncall_tui.commands.runbook_parts import parts, say
    from oncall_tui.commands.runbook_text import listed_json, listed_lines

    async def run() -> int:
        desk = await parts(config_path, wanted, service)
        found, problems = await desk.suggestions()
        put("\n".join(listed_json(found) if style == "json" else listed_lines(found)))
        for problem in problems:
            say(str(problem))
        return 1 if problems else 0

    sys.exit(asyncio.run(run()))


@runbook.command()
@click.argument("name")
@FORMAT_OPTION
@CONFIG_OPTION
def show(name: str, style: str, config_path: Path | None) -> None:
    """One runbook: its text, and its steps with how their last runs went. NAME as `list` has it, or a URL.

    A URL is fetched without credentials and printed; nothing in it is ever run.
    """
    from oncall_tui.commands.runbook_parts import parts
    from oncall_tui.commands.runbook_text import shown_json, shown_lines

    if name.lower().startswith(("http://", "https://")):
        page = asyncio.run(_fetched(name))
        told = {"url": page.url, "text": page.text, "fetched_at": page.fetched_at}
        put(json_text(told, 2) if style == "json" else clean_block(page.text))
        return

    async def run() -> None:
        desk = await parts(config_path)
        found, records = await desk.runbook(name), await desk.records()
        if style == "json":
            put(json_text(shown_json(found, records), 2))
        else:
            put("\n".join(shown_lines(found, records)))

    asyncio.run(run())


async def _fetched(url: str) -> WebPage:
    from oncall_tui.wiring.runbooks import web_pages

    return await web_pages().fetch(url)


@runbook.command()
@click.argument("name")
@click.argument("step")
@ALERT_OPTION
@SERVICE_OPTION
@click.option("--var", "given", metavar="NAME=VALUE", multiple=True, help="A variable of the step; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only show what would run.")
@click.option("--yes", is_flag=True, help="Do not ask. A danger step wants --confirm too.")
@click.option("--confirm", metavar="SERVICE", help="For a danger step: the service's name.")
@click.option("--no-wait", is_flag=True, help="Do not watch what the step should move.")
@CONFIG_OPTION
def run(
    name: str,
    step: str,
    wanted: str | None,
    service: str,
    given: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    confirm: str | None,
    no_wait: bool,
    config_path: Path | None,
) -> None:
    """Run one STEP of the runbook NAME, after showing to the letter what will run.

    What is missing is asked for, or given with --var. read_only and runbooks.allowed_risk hold here as on the screen,
    and what was done is journaled. ctrl+c stops the step and all it started. Where the step names what it should move
    (verify=), that is polled for the stated time, and what became of it told and journaled.

    Exits 0 when it ended well, 1 when it did not or made it worse, 2 when it was not run.
    """
    from oncall_tui.commands.runbook_run import Wish, run_one

    wish = Wish(name, step, wanted, service, given, dry_run=dry_run, yes=yes, confirm=confirm, wait=not no_wait)
    sys.exit(asyncio.run(run_one(config_path, wish)))


@runbook.command()
@click.argument("name")
@click.argument("step")
@SERVICE_OPTION
@click.option("--for", "requester", metavar="NAME", required=True, help="Who wants to run it.")
@click.option("--nonce", metavar="CODE", required=True, help="What their screen shows.")
@click.option("--as", "approver", metavar="NAME", help="You; else the configuration's acknowledge.author.")
@CONFIG_OPTION
def approve(
    name: str, step: str, service: str, requester: str, nonce: str, approver: str | None, config_path: Path | None
) -> None:
    """Agree to another person's danger step: shows it from your own copy, and prints the code to read out.

    The code is right only if their script is the same to the letter, and for once. Needs runbooks.second_person.
    """
    from oncall_tui.commands.runbook_approve import approve_one

    asyncio.run(approve_one(config_path, name, step, service, requester, nonce, approver))


@runbook.command()
@time_options
@click.option("--format", "style", type=click.Choice(["table", "md", "json"]), default="table", show_default=True)
@click.option("--everywhere", is_flag=True, help="With the runs of other configurations in the same journal.")
@FILE_OPTION
@CONFIG_OPTION
def toil(
    since: float | None, until: float | None, style: str, everywhere: bool, file: Path | None, config_path: Path | None
) -> None:
    """What to automate next: the steps that people run by hand most, and alerts that end with the same step each time.

    From the journal, without --since of the last seven days. Asks no server.
    """
    from oncall_tui.actions.step_history import StepHistory
    from oncall_tui.core.toil import toil as toil_of
    from oncall_tui.reports.toil import as_json, as_lines, as_markdown
    from oncall_tui.wiring.journal import journal_at

    until = time.time() if until is None else until
    since = until - _WEEK if since is None else since
    kept = journal_at(config_path, file, everywhere=everywhere)
    try:
        found = toil_of(StepHistory(kept).read(since), since, until)
    finally:
        kept.close()
    if style == "json":
        put(json_text(as_json(found), 2))
    else:
        put("\n".join(as_markdown(found) if style == "md" else as_lines(found)))

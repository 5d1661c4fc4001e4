"""A second person's yes to a danger step: shown from their own copy of the runbook, given as a code."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from oncall_tui.commands.output import put, tell
from oncall_tui.commands.runbook_parts import parts, say, step_of
from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_block, clean_line


async def approve_one(
    config_path: Path | None,
    name: str,
    step: str,
    service: str,
    requester: str,
    nonce: str,
    approver: str | None,
) -> None:
    """Show the step, ask, and print the code. Raises ConfigError and ActionError."""
    desk = await parts(config_path, service=service)
    runbook = await desk.runbook(name)
    found = step_of(runbook, step)
    if (second := desk.run_step.second) is None:
        raise ActionError("no second person is configured", "set runbooks.second_person")
    approver = approver or desk.config.acknowledge.author
    code = second.code(runbook, found, service, requester, nonce, approver)
    say(f"{clean_line(requester, 60)} wants to run a {found.kind} step for {service or 'no service'}:")
    say(f"{runbook.title}: {found.title}")
    tell(clean_block(found.code or f"launches {found.launcher}"))
    if not sys.stdin.isatty():
        raise ActionError("nobody is there to be asked", "run it from a terminal")
    if click.confirm(f"As {clean_line(approver)}: do you agree?", err=True):
        put(clean_line(f"{approver} {code}"))
    else:
        say("no code given")

"""What commands that write have in common: when it ends, and whether to go on."""

from __future__ import annotations

import sys

import click

from oncall_tui.core.errors import ActionError


def end_text(duration: str | None, until: str | None) -> str:
    """--for and --until as one end to be read; '' for neither. Raises click.UsageError for both."""
    if duration is not None and until is not None:
        raise click.UsageError("--for and --until exclude each other")
    if duration is not None:
        return f"for {duration}"
    return "" if until is None else until if until.casefold().startswith(("until", "till")) else f"until {until}"


def agreed(question: str, yes: bool) -> bool:
    """Whether to go on. Raises ActionError where nobody can be asked."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise ActionError("nobody is there to be asked", "give --yes to go on without a question")
    return click.confirm(question, err=True)

"""What is answered where nothing may be written, and what made it so."""

from __future__ import annotations

from oncall_tui.core.errors import ActionError


def refusal(what: str, why: str) -> ActionError:
    """That what a person asked for ('nothing is acknowledged') was not done, and why nothing may be written."""
    return ActionError(f"read-only: {what}", why)

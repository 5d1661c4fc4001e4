"""A job that runs elsewhere, as a runbook of one step: found, ranked, bounded and kept like any other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oncall_tui.core.matchers import Matcher
from oncall_tui.core.steps import StepKind
from oncall_tui.runbooks.model import Runbook, Step, Verify

ID = "launch"


def launcher_runbook(
    name: str,
    title: str,
    matchers: Sequence[Matcher],
    kind: StepKind,
    *,
    wait: int,
    what: str,
    verify: Verify | None = None,
) -> Runbook:
    """The runbook of a launcher. wait: seconds in which the job has to end. what: kind of job, in words."""
    step = Step(ID, title, kind, "http", "", wait, 0, verify=verify, launcher=name)
    text = f"# {title}\n\nLaunches {what}. Nothing of it runs on this machine.\n"
    return Runbook(name, Path(f"launcher:{name}"), title, text, (step,), tuple(matchers), wait)

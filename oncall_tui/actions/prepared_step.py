"""A step about to be run."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.alerts import Alert
from oncall_tui.runbooks import Preview, Runbook, Step


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """A step about to be run: what it is, for which alert and service, and to the letter what will run.

    variables: those it needs. secret: those of them whose values are shown and kept nowhere.
    approved_by: the second person who agreed to it, '' for none.
    """

    runbook: Runbook
    step: Step
    preview: Preview
    service: str = ""
    alert: Alert | None = None
    variables: tuple[str, ...] = ()
    secret: frozenset[str] = frozenset()
    approved_by: str = ""

    @property
    def word(self) -> str:
        """What is to be typed before a danger step runs: the service's name, or the step's id where there is none."""
        return self.service or self.step.id

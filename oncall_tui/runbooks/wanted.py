"""Which variables a step needs, and which of them are still missing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from oncall_tui.core.variables import Variable
from oncall_tui.runbooks.environment import PREFIX
from oncall_tui.runbooks.model import Runbook, Step

_MENTIONED = re.compile(rf"(?<!\\)\$(?:({PREFIX}[A-Z0-9_]+)|\{{({PREFIX}[A-Z0-9_]+)\}})")
"""An alert's variable as a script needs it. ${NAME:-default} does without."""


def wanted(runbook: Runbook, step: Step) -> tuple[Variable, ...]:
    """The variables that the step needs: those its runbook requires and it mentions, and the alert's that it mentions.

    And the one that names the host it runs on.
    """
    found = {one.name: one for one in runbook.requires if re.search(rf"\b{one.name}\b", step.code)}
    for match in _MENTIONED.finditer(step.code):
        name = match[1] or match[2]
        found.setdefault(name, Variable(name))
    if step.host:
        declared = {one.name: one for one in runbook.requires}
        found.setdefault(step.host, declared.get(step.host, Variable(step.host, prompt="The host to run it on")))
    return tuple(found.values())


def missing(runbook: Runbook, step: Step, environment: Mapping[str, str]) -> tuple[Variable, ...]:
    """Those that the environment does not have, or has with a value that will not do."""
    return tuple(one for one in wanted(runbook, step) if not _there(one, environment))


def _there(variable: Variable, environment: Mapping[str, str]) -> bool:
    value = environment.get(variable.name)
    return value is not None and not variable.mistake(value)

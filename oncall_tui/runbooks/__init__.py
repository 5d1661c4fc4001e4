"""Markdown runbooks: found, read, and run step by step."""

from oncall_tui.core.steps import StepKind
from oncall_tui.runbooks.environment import alert_environment
from oncall_tui.runbooks.library import Because, Rule, RunbookLibrary, Suggestion
from oncall_tui.runbooks.model import LinkRunbook, Problem, Runbook, Step
from oncall_tui.runbooks.parse import parse_runbook
from oncall_tui.runbooks.run import Preview, StepResult, preview_step, run_step

__all__ = [
    "Because",
    "LinkRunbook",
    "Preview",
    "Problem",
    "Rule",
    "Runbook",
    "RunbookLibrary",
    "Step",
    "StepKind",
    "StepResult",
    "Suggestion",
    "alert_environment",
    "parse_runbook",
    "preview_step",
    "run_step",
]

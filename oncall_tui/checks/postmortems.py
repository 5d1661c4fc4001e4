"""Whether the templates that replace ours make a postmortem: each is tried on an incident made up for it."""

from __future__ import annotations

from collections.abc import Iterator

from oncall_tui.config.models import Config
from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.impact import BudgetSpent, Impact, SloCourse
from oncall_tui.core.incident import ActionItem, Incident, Severity, Status
from oncall_tui.core.state import State
from oncall_tui.core.story import Story
from oncall_tui.core.timeline import Moment
from oncall_tui.reports.check import Finding, Result
from oncall_tui.reports.postmortem import postmortem

_AT = 1_700_000_000.0
_MADE_UP = Story(
    Incident(
        "1114-abcd",
        "an example",
        Severity.SEV3,
        Status.RESOLVED,
        _AT,
        _AT,
        "somebody",
        ("a-service",),
        roles={"commander": "somebody"},
        merged=("1114-efgh",),
    ),
    (Moment(_AT, "step", "ran a step", "somebody", State.OK, ("a line",)),),
    Impact(_AT, _AT + 60, 60.0, _AT, "somebody", _AT, (BudgetSpent("a/b", 1.0, 0.9, _AT, _AT + 60),), ("a/c",)),
    (SloCourse("a/b", ((_AT, 0.0), (_AT + 60, 0.1)), ((_AT, 1.0), (_AT + 60, 0.9))),),
    (ActionItem("a1114-abcd", "a test", "somebody", "1114-abcd", _AT, "somebody"),),
    _AT + 60,
)


def templates(config: Config, where: Whereabouts) -> Iterator[Finding]:
    """A finding for each template that is named; nothing where none is."""
    keys = {"md": "markdown_template", "html": "html_template"}
    for style, path in config.incidents.templates().items():
        place = where.place("incidents", keys[style])
        try:
            postmortem(_MADE_UP, style, path)
        except ConfigError as error:
            yield Finding("postmortem", str(path), Result.FAILED, error.message, place, error.hint)
        else:
            yield Finding("postmortem", str(path), Result.OK, "makes a postmortem", place)

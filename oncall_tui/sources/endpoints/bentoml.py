"""BentoML: /livez, /readyz, and the service with the bento's version in its OpenAPI document."""

from __future__ import annotations

from dataclasses import replace

from oncall_tui.sources.endpoints.steps import (
    NAME_LIMIT,
    Answer,
    Finding,
    Step,
    facts,
    health,
    member,
    ready_by_status,
    text_in,
)

_UNBUILT = "None"
"""What stands for the version of a service that was started from its source."""


def _live(answer: Answer, _model: str) -> Finding:
    return replace(health(answer), ready=None)


def _document(value: object) -> Finding:
    info = member(value, "info")
    name, version = text_in(info, "title", NAME_LIMIT), text_in(info, "version")
    return Finding(version="" if version == _UNBUILT else version, models=(name,) if name else ())


STEPS = (
    Step("/livez", _live),
    Step("/readyz", ready_by_status),
    Step("/docs.json", facts(_document), vital=False),
)

"""Ray Serve's HTTP proxy: its own health, and which applications it routes to. The model's name is the application's.

The proxy says 503 while it knows no routes yet, and while its node is drained. It tells no version.
"""

from __future__ import annotations

from oncall_tui.core.errors import Malformed
from oncall_tui.core.text import clean_line
from oncall_tui.sources.endpoints.steps import (
    MODELS_LIMIT,
    NAME_LIMIT,
    Answer,
    Finding,
    Step,
    among,
    by_status,
    facts,
    health,
    only_ready,
)


def _applications(value: object) -> tuple[str, ...]:
    """/-/routes is an object of applications by route."""
    if not isinstance(value, dict):
        raise Malformed("the answer is not a list of routes", "are the address and the protocol right?")
    names = [name for name in value.values() if isinstance(name, str)][:MODELS_LIMIT]
    return tuple(dict.fromkeys(clean_line(name, NAME_LIMIT) for name in names))


def _routed(answer: Answer, model: str) -> Finding:
    if not answer.ok:
        return only_ready(health(answer))
    names = _applications(answer.json())
    return among(model, names, model in names)


def _routes(value: object) -> Finding:
    return Finding(models=_applications(value))


STEPS = (
    Step("/-/healthz", by_status),
    Step("/-/routes", _routed, model=True),
    Step("/-/routes", facts(_routes), model=False, vital=False),
)

"""Ollama: a model is loaded when it is first asked. What is installed is ready; what is loaded is another list."""

from __future__ import annotations

from dataclasses import replace

from oncall_tui.sources.endpoints.steps import (
    Answer,
    Finding,
    Step,
    among,
    facts,
    health,
    items,
    member,
    names_in,
    only_ready,
    version_in,
)

_LATEST = ":latest"


def _alive(answer: Answer, _model: str) -> Finding:
    """Its version is its health; of what is no Ollama (a page, an object without one) nothing is known."""
    found = health(answer)
    return replace(found, version=version_in(answer.json()).version) if answer.ok else found


def _installed(answer: Answer, model: str) -> Finding:
    if not answer.ok:
        return only_ready(health(answer))
    names = names_in(items(member(answer.json(), "models")), "name")
    return replace(among(model, names, model in names or model + _LATEST in names), models=())


def _loaded(value: object) -> Finding:
    return Finding(models=names_in(items(member(value, "models")), "name"))


STEPS = (
    Step("/api/version", _alive),
    Step("/api/tags", _installed, model=True),
    Step("/api/ps", facts(_loaded), vital=False),
)

"""vLLM's OpenAI-compatible server. It listens only once its models are loaded, and says 503 when the engine is dead."""

from __future__ import annotations

from oncall_tui.sources.endpoints.steps import (
    Answer,
    Finding,
    Step,
    Verdict,
    facts,
    health,
    items,
    member,
    names_in,
    only_ready,
    text_in,
)


def _health(answer: Answer, _model: str) -> Finding:
    if answer.status == 503:
        return Finding(Verdict.NO, Verdict.NO, error=f"the engine is dead ({answer})", hint="restart it")
    return health(answer)


def _served(answer: Answer, model: str) -> Finding:
    """Whether the configured model is among those served; adapters are listed beside base models."""
    if not answer.ok:
        return only_ready(health(answer))
    data = member(answer.json(), "data")
    served = names_in(items(data), "id")
    if any(member(entry, "id") == model for entry in items(data)):
        return Finding(ready=Verdict.YES, models=served)
    return Finding(
        ready=Verdict.NO, models=served, error="it does not serve this model", hint="is the model's name right?"
    )


def _models(value: object) -> Finding:
    return Finding(models=names_in(items(member(value, "data")), "id"))


def _version(value: object) -> Finding:
    return Finding(version=text_in(value, "version"))


STEPS = (
    Step("/health", _health),
    Step("/v1/models", _served, model=True),
    Step("/v1/models", facts(_models), model=False, vital=False),
    Step("/version", facts(_version), vital=False),
)

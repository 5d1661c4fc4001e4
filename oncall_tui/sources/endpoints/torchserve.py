"""TorchServe: /ping of the inference API; /models/{model} of the management API, where both share an address."""

from __future__ import annotations

from oncall_tui.core.errors import Malformed
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
    text_in,
)

_READY = "READY"


def _ping(answer: Answer, _model: str) -> Finding:
    """200 also comes with 'Partial Healthy': some workers are dead."""
    if answer.ok:
        try:
            status = text_in(answer.json(), "status")
        except Malformed:
            status = ""
        if "partial" in status.lower() or "unhealthy" in status.lower():
            return Finding(Verdict.YES, Verdict.NO, error=f"it says {status!r}")
    return health(answer)


def _model(value: object) -> Finding:
    """One entry a version, the default one first."""
    entry = value[0] if isinstance(value, list) and value else value
    version = text_in(entry, "modelVersion")
    workers = member(entry, "workers")
    if not isinstance(workers, list):
        return Finding(version=version)
    if any(member(worker, "status") == _READY for worker in items(workers)):
        return Finding(ready=Verdict.YES, version=version, models=names_in([entry], "modelName"))
    return Finding(ready=Verdict.NO, version=version, error="no worker of the model is ready")


STEPS = (
    Step("/ping", _ping),
    Step("/models/{model}", facts(_model), model=True, vital=False),
)

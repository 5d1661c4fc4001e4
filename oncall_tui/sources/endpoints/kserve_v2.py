"""KServe v2, the Open Inference Protocol: KServe, MLServer, Seldon, OpenVINO and others.

The protocol says 200 for yes and 4xx for no; KServe says 503 for no, and has said 200 with {"ready": false}.
"""

from __future__ import annotations

from dataclasses import replace

from oncall_tui.core.errors import Malformed
from oncall_tui.sources.endpoints.steps import (
    VERSION_LIMIT,
    Answer,
    Finding,
    Step,
    Verdict,
    facts,
    health,
    items,
    member,
    newest,
    only_ready,
    text_in,
)

_NO = (400,)


def _says(answer: Answer, key: str) -> bool:
    """Whether the body says so too; an empty one, or one without the key, does."""
    try:
        return member(answer.json(), key) is not False
    except Malformed:
        return True


def live(answer: Answer, _model: str) -> Finding:
    """/v2/health/live: whether it is ready is another question, unless it answers that one with a 503."""
    if answer.ok:
        alive = _says(answer, "live")
        return Finding(live=Verdict.YES) if alive else Finding(live=Verdict.NO, error="it says it is not live")
    return health(answer, no=_NO)


def ready(answer: Answer, _model: str) -> Finding:
    """/v2/health/ready."""
    found = only_ready(health(answer, no=_NO))
    if answer.ok and not _says(answer, "ready"):
        return Finding(ready=Verdict.NO, error="it says it is not ready")
    return replace(found, error=f"not ready ({answer})") if answer.status in _NO else found


def model_ready(answer: Answer, model: str) -> Finding:
    """/v2/models/{model}/ready."""
    if answer.status == 404:
        return Finding(ready=Verdict.NO, error="no such model", hint="is the model's name right?")
    found = ready(answer, model)
    return replace(found, models=(model,)) if found.ready is Verdict.YES else found


def _model(value: object) -> Finding:
    versions = [text_in({"v": version}, "v", VERSION_LIMIT) for version in items(member(value, "versions"))]
    return Finding(version=newest([version for version in versions if version]))


def _server(value: object) -> Finding:
    return Finding(version=text_in(value, "version"))


STEPS = (
    Step("/v2/health/live", live),
    Step("/v2/health/ready", ready),
    Step("/v2/models/{model}/ready", model_ready, model=True),
    Step("/v2/models/{model}", facts(_model), model=True, vital=False),
    Step("/v2", facts(_server), model=False, vital=False),
)

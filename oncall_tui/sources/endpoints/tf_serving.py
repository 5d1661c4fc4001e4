"""TensorFlow Serving: everything is in the model's status, so the model's name is needed."""

from __future__ import annotations

from oncall_tui.core.errors import Malformed
from oncall_tui.sources.endpoints.steps import Answer, Finding, Step, Verdict, health, items, member, newest, text_in

_AVAILABLE = "AVAILABLE"


def _status(answer: Answer, model: str) -> Finding:
    """Ready when any version is AVAILABLE; the version is the newest of those, which is the one it serves."""
    if answer.status == 404 and answer.said:
        # In its own words: it is there, and has no such model.
        return Finding(Verdict.YES, Verdict.NO, error=answer.said, hint="is the model's name right?")
    if not answer.ok:
        return health(answer)
    versions = items(member(answer.json(), "model_version_status"))
    if not versions:
        raise Malformed("the answer has no model_version_status", "are the address and the protocol right?")
    available = [text_in(entry, "version") for entry in versions if member(entry, "state") == _AVAILABLE]
    if available:
        return Finding(Verdict.YES, Verdict.YES, version=newest(available), models=(model,))
    states = ", ".join(f"{text_in(entry, 'version')} {text_in(entry, 'state')}".strip() for entry in versions[:5])
    why = next((said for entry in versions if (said := text_in(member(entry, "status"), "error_message", 120))), "")
    return Finding(Verdict.YES, Verdict.NO, error=f"no version is AVAILABLE: {states}{why and ': ' + why}")


STEPS = (Step("/v1/models/{model}", _status, model=True),)

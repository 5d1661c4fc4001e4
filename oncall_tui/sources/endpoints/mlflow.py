"""MLflow's model server (`mlflow models serve`): /ping, and MLflow's own version."""

from __future__ import annotations

from oncall_tui.core.text import clean_line
from oncall_tui.sources.endpoints.steps import VERSION_LIMIT, Answer, Finding, Step, by_status


def _version(answer: Answer, _model: str) -> Finding:
    """It is plain text; where the path is not there, or a page comes in its place, it tells nothing."""
    text = answer.body[: VERSION_LIMIT + 1].decode("utf-8", "replace").strip().strip('"')
    if not answer.ok or not text[:1].isdigit() or len(text) > VERSION_LIMIT:
        return Finding()
    return Finding(version=clean_line(text, VERSION_LIMIT))


STEPS = (
    Step("/ping", by_status),
    Step("/version", _version, vital=False),
)

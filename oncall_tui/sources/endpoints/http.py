"""Plain HTTP: the URL itself; any 2xx is live and ready, 503 is live and loading.

Nothing is asked of the body; when it happens to be JSON with a version, the version is told.
"""

from __future__ import annotations

from dataclasses import replace

from oncall_tui.core.errors import Malformed
from oncall_tui.sources.endpoints.steps import Answer, Finding, Step, health, text_in


def _read(answer: Answer, _model: str) -> Finding:
    found = health(answer)
    try:
        return replace(found, version=text_in(answer.json(), "version"))
    except Malformed:
        return found


STEPS = (Step("", _read),)

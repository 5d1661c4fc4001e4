"""SGLang: OpenAI's API and its own. /health only looks; /health_generate runs the model, and is not asked.

Weights can be swapped while it runs, and have a version then; else the version is the server's.
"""

from __future__ import annotations

from oncall_tui.sources.endpoints.steps import (
    Finding,
    Step,
    by_status,
    facts,
    listed,
    served,
    text_in,
    version_in,
)

_UNNAMED = "default"


def _weights(value: object) -> Finding:
    version = text_in(value, "weight_version")
    return Finding(version="" if version == _UNNAMED else version)


STEPS = (
    Step("/health", by_status),
    Step("/v1/models", served, model=True),
    Step("/v1/models", facts(listed), model=False, vital=False),
    Step("/get_model_info", facts(_weights), vital=False),
    Step("/server_info", facts(version_in), vital=False, versionless=True),
    Step("/get_server_info", facts(version_in), vital=False, versionless=True),
)

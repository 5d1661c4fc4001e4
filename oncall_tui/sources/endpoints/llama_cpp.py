"""llama.cpp's server: /health says 503 while the model loads. The version is the build's."""

from __future__ import annotations

from oncall_tui.sources.endpoints.steps import Finding, Step, by_status, facts, listed, served, text_in


def _props(value: object) -> Finding:
    return Finding(version=text_in(value, "build_info"))


STEPS = (
    Step("/health", by_status),
    Step("/v1/models", served, model=True),
    Step("/v1/models", facts(listed), model=False, vital=False),
    Step("/props", facts(_props), vital=False),
)

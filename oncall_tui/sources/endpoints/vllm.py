"""vLLM's OpenAI-compatible server. It listens only once its models are loaded, and says 503 when the engine is dead."""

from __future__ import annotations

from oncall_tui.sources.endpoints.steps import Answer, Finding, Step, Verdict, facts, health, listed, served, version_in


def _health(answer: Answer, _model: str) -> Finding:
    if answer.status == 503:
        return Finding(Verdict.NO, Verdict.NO, error=f"the engine is dead ({answer})", hint="restart it")
    return health(answer)


STEPS = (
    Step("/health", _health),
    Step("/v1/models", served, model=True),
    Step("/v1/models", facts(listed), model=False, vital=False),
    Step("/version", facts(version_in), vital=False),
)

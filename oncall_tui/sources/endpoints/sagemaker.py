"""The contract of a SageMaker container: /ping says 200 when it can serve. One with many models lists those loaded."""

from __future__ import annotations

from oncall_tui.sources.endpoints.steps import Finding, Step, by_status, facts, items, member, names_in


def _models(value: object) -> Finding:
    return Finding(models=names_in(items(member(value, "models")), "modelName"))


STEPS = (
    Step("/ping", by_status),
    Step("/models", facts(_models), vital=False),
)

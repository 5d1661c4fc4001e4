"""MLServer, alone or under Seldon Core: the Open Inference Protocol, and what is loaded by its repository's index.

Its index comes from the models' settings on its own disk, so asking for it costs little, unlike Triton's.
"""

from __future__ import annotations

from oncall_tui.sources.endpoints import kserve_v2
from oncall_tui.sources.endpoints.steps import MODELS_LIMIT, Finding, Step, facts, items, member, names_in

_READY = "READY"


def _index(value: object) -> Finding:
    """The models that are loaded; those that are not are listed with another state."""
    ready = [entry for entry in items(value) if member(entry, "state") == _READY]
    return Finding(models=names_in(ready[:MODELS_LIMIT], "name"))


STEPS = (
    *kserve_v2.STEPS,
    Step("/v2/repository/index", facts(_index), vital=False, post='{"ready": true}'),
)

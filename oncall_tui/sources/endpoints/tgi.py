"""Text Generation Inference: one model a server, named with the server's version in /info.

Its health runs a token through the model from time to time, and is 503 when that fails or has not worked yet.
"""

from __future__ import annotations

from oncall_tui.sources.endpoints.steps import NAME_LIMIT, Finding, Step, by_status, facts, text_in


def _info(value: object) -> Finding:
    """model_id is the repository or the folder the weights came from, which few configure as the model's name."""
    name = text_in(value, "model_id", NAME_LIMIT)
    return Finding(version=text_in(value, "version"), models=(name,) if name else ())


STEPS = (
    Step("/health", by_status),
    Step("/info", facts(_info), vital=False),
)

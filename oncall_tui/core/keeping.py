"""Acknowledgements over time: who was first, which are to be extended, and which are to be let go."""

from __future__ import annotations

from oncall_tui.core.alerts import Silence


def is_elder(one: Silence, other: Silence) -> bool:
    """Whether one came before the other; whoever asks gets the same answer, since no two are equal."""
    return (one.starts_at, one.id) < (other.starts_at, other.id)

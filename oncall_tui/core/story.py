"""One incident in full: what it is, what happened, what it cost, what is to be done. A plain value."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.impact import Impact, SloCourse
from oncall_tui.core.incident import ActionItem, Incident
from oncall_tui.core.timeline import Moment


@dataclass(frozen=True, slots=True)
class Story:
    """As it was told at a moment (unix seconds). moments: oldest first. actions: its action items, closed ones too."""

    incident: Incident
    moments: tuple[Moment, ...]
    impact: Impact
    courses: tuple[SloCourse, ...]
    actions: tuple[ActionItem, ...]
    at: float

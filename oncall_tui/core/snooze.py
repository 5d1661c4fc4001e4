"""A local snooze: one dashboard keeps an alert out of the way until a time, unless it begins anew or gets worse."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from oncall_tui.core.ack_figures import AckFigures, from_json
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.tripwire import figures_of, worse

_SAME_START = 1.0
"""Seconds that two members of a cluster may be apart about when an alert began."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """until: unix seconds. then: what was known when it was given."""

    until: float
    then: AckFigures

    def to_json(self) -> dict[str, object]:
        """As it is remembered."""
        return {"until": self.until, **self.then.as_json()}

    @classmethod
    def from_json(cls, value: object) -> Snooze | None:
        """What was remembered; None for anything else."""
        if not isinstance(value, Mapping):
            return None
        until, then = value.get("until"), from_json(value)
        if isinstance(until, bool) or not isinstance(until, int | float) or not math.isfinite(until) or then is None:
            return None
        return cls(float(until), then)


def snooze_of(assessment: Assessment, status: AlertStatus, until: float) -> Snooze:
    """A snooze of the alert as it stands."""
    return Snooze(until, figures_of(assessment, status))


def ended(snooze: Snooze, assessment: Assessment, status: AlertStatus) -> str:
    """Why a snooze that has not run out ends all the same, in words; '' while it holds. As an acknowledgement rings."""
    if status.alert.starts_at > snooze.then.began + _SAME_START:
        return "it began anew"
    return worse(snooze.then, figures_of(assessment, status))

"""A local snooze: one dashboard keeps an alert out of the way until a time, unless it begins anew or gets worse."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.burn import Severity

_WORSE = {None: 0, Severity.TICKET: 1, Severity.PAGE: 2}
_SAME_START = 1.0
"""Seconds that two members of a cluster may be apart about when an alert began."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """until, starts_at (when the alert began): unix seconds. tier: how loud its SLO was then, None for not at all."""

    until: float
    starts_at: float
    tier: Severity | None = None

    def to_json(self) -> dict[str, object]:
        """As it is remembered."""
        return {"until": self.until, "starts_at": self.starts_at, "tier": self.tier.value if self.tier else ""}

    @classmethod
    def from_json(cls, value: object) -> Snooze | None:
        """What was remembered; None for anything else."""
        if not isinstance(value, Mapping):
            return None
        until, starts = _number(value.get("until")), _number(value.get("starts_at"))
        tier = next((one for one in Severity if one.value == value.get("tier")), None)
        return None if until is None or starts is None else cls(until, starts, tier)


def snooze_of(assessment: Assessment, status: AlertStatus, until: float) -> Snooze:
    """A snooze of the alert as it stands."""
    return Snooze(until, status.alert.starts_at, tier_of(assessment, status))


def tier_of(assessment: Assessment, status: AlertStatus) -> Severity | None:
    """How loud the SLO that the alert names burns; None where it does not, none is named, or nobody knows."""
    service = assessment.service(status.service)
    named = (slo for slo in service.slos if slo.slo.raised(status.alert.labels)) if service else iter(())
    loudest = next((slo.loudest for slo in named), None)
    return loudest.tier.severity if loudest else None


def ended(snooze: Snooze, assessment: Assessment, status: AlertStatus) -> str:
    """Why a snooze that has not run out ends all the same, in words; '' while it holds."""
    if status.alert.starts_at > snooze.starts_at + _SAME_START:
        return "it began anew"
    tier = tier_of(assessment, status)
    if _WORSE[tier] > _WORSE[snooze.tier]:
        return f"it got worse: {status.service} burns at {tier.value if tier else ''} pace"
    return ""


def _number(value: object) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable else None  # type: ignore[arg-type]

"""What is new since somebody last said that he has seen everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oncall_tui.core.alerts import Alert, Phase
from oncall_tui.core.assess import AlertStatus

LATE = 600.0
"""Seconds by which an alert may become known after it began: a server's clock is off, a member did not answer."""

MOST = 5_000
"""Alerts remembered one by one; of more that began within LATE, the newest."""


@dataclass(frozen=True, slots=True)
class Seen:
    """at: when all was seen, unix seconds. alerts: those known then that began at most LATE before it.

    An alert that began earlier counts as seen, one that begins again is another.
    """

    at: float
    alerts: frozenset[str] = frozenset()

    def is_new(self, status: AlertStatus) -> bool:
        """Whether it fires or is about to, nobody has it, and it was not there when all was seen."""
        alert = status.alert
        if alert.starts_at <= self.at - LATE or status.phase not in (Phase.FIRING, Phase.PENDING):
            return False
        return mark_of(alert) not in self.alerts


def seen_now(alerts: Iterable[AlertStatus], at: float) -> Seen:
    """All of these are seen."""
    late = sorted((s.alert for s in alerts if s.alert.starts_at > at - LATE), key=lambda one: -one.starts_at)
    return Seen(at, frozenset(map(mark_of, late[:MOST])))


def mark_of(alert: Alert) -> str:
    """What tells this firing of this alert from every other."""
    return f"{alert.source}\n{alert.fingerprint}\n{alert.starts_at:.3f}"

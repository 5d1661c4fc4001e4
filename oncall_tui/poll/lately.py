"""What the Alertmanagers said a moment ago and no longer say: alerts that resolved, and how often one began."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from oncall_tui.core.alerts import Alert
from oncall_tui.core.comings import Comings

FLAPPING_WINDOW = 3_600.0
"""Seconds over which it is counted how often an alert began."""

_PRUNE_EVERY = 60.0

_Key = tuple[str, str]


class Lately:
    """Remembers alerts that left for some time, and when each alert began within the last hour.

    kept: seconds for which an alert that resolved is still told. Sources of alerts are clusters here.
    """

    def __init__(self, kept: float) -> None:
        self._kept = kept
        self._left: dict[_Key, Alert] = {}
        self._begun: dict[_Key, tuple[float, ...]] = {}
        self._again: dict[_Key, tuple[float, ...]] = {}
        self._pruned_at = 0.0

    def take(self, comings: Comings, at: float, *, gap: bool) -> None:
        """Take in what came and went with one member's answer, unix seconds.

        gap: whether the member did not answer in between. If it then knows none of its alerts it was restarted rather
        than that all of them resolved; nothing is told of them.
        """
        for alert in comings.began:
            self._left.pop(alert.key, None)
            begun = self._begun.get(alert.key, ())
            if alert.starts_at not in begun:
                self._begun[alert.key] = begun = (*begun, alert.starts_at)
                if len(begun) > 1:
                    self._again[alert.key] = begun
        if not (comings.lost and gap):
            self._left.update({alert.key: replace(alert, resolved_at=at) for alert in comings.left})

    def resolved(self, alive: Iterable[Alert], clusters: Collection[str], now: float) -> tuple[Alert, ...]:
        """The alerts that resolved within the time they are kept, the last first; what another member has did not.

        clusters: those there are. What was told under the name of one that proved to be part of another is left out.
        """
        self._left = {key: alert for key, alert in self._left.items() if now - (alert.resolved_at or 0) < self._kept}
        if not self._left:
            return ()
        here = {alert.key for alert in alive}
        gone = [alert for key, alert in self._left.items() if key not in here and alert.source in clusters]
        return tuple(sorted(gone, key=lambda alert: (-(alert.resolved_at or 0), alert.key)))

    def begun(self, now: float) -> Mapping[_Key, int]:
        """How often each alert began within the last hour, where that is more than once."""
        since = now - FLAPPING_WINDOW
        if now - self._pruned_at > _PRUNE_EVERY:
            self._pruned_at = now
            self._begun = {key: begun for key, begun in self._begun.items() if begun[-1] > since}
            self._again = {key: self._begun[key] for key in self._again if key in self._begun}
        counts = {key: sum(at > since for at in begun) for key, begun in self._again.items()}
        return {key: count for key, count in counts.items() if count > 1}

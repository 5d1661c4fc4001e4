"""Which alerts are worth a sound: pages that nobody has and that were not there, or not loud, a moment ago."""

from __future__ import annotations

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.dead_man import OURS
from oncall_tui.core.snapshot import SourceKind

Key = tuple[str, str]


def is_loud(status: AlertStatus) -> bool:
    """Whether it is a page that fires, and is not acknowledged, silenced, inhibited, muted or snoozed.

    One whose acknowledgement is to ring again is loud, too.
    """
    if status.alert.urgency is not Urgency.PAGE or status.snoozed_until is not None:
        return False
    return status.phase is Phase.FIRING or bool(status.rings)


class PagesAnew:
    """Remembers what was loud. What is loud when a cluster of Alertmanagers is first heard is no news."""

    def __init__(self) -> None:
        self._loud: dict[Key, tuple[float, str]] = {}
        self._heard: set[str] = set()

    def news(self, assessment: Assessment) -> tuple[AlertStatus, ...]:
        """The alerts that have become loud since the assessment before."""
        snapshot = assessment.snapshot
        clusters = {
            source.cluster or source.name
            for source in snapshot.sources.values()
            if source.kind is SourceKind.ALERTMANAGER and source.answered_at is not None
        }
        now = {one.alert.key: one for one in assessment.alerts if is_loud(one)}
        before, self._loud = self._loud, {key: (one.alert.starts_at, one.rings) for key, one in now.items()}
        heard, self._heard = self._heard, self._heard | clusters
        return tuple(
            status
            for key, status in now.items()
            if (status.alert.source in heard or (status.alert.source == OURS and heard))
            and _is_news(before.get(key), status)
        )


def _is_news(before: tuple[float, str] | None, status: AlertStatus) -> bool:
    if before is None:
        return True
    began, rang = before
    return status.alert.starts_at > began + 1.0 or (bool(status.rings) and not rang)

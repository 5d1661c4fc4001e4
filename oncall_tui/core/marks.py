"""What happened between two moments, one line each: the places worth going to in a recording."""

from __future__ import annotations

from collections.abc import Iterator

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.snapshot import SourceHealth
from oncall_tui.core.text import clean_line


def marks(before: Assessment | None, now: Assessment) -> tuple[str, ...]:
    """Services that changed state, and page-level alerts that began, were taken or went; worst first.

    Nothing for the first moments, until every source has been asked: what stands then did not happen then.
    """
    if before is None or any(_unasked(health) for health in before.snapshot.sources.values()):
        return ()
    return tuple(clean_line(line) for line in (*_services(before, now), *_alerts(before, now)))


def _unasked(health: SourceHealth) -> bool:
    return health.answered_at is None and not health.failures


def _services(before: Assessment, now: Assessment) -> Iterator[str]:
    known = {status.service.name: status.state for status in before.services}
    for status in now.services:
        was = known.get(status.service.name)
        if was is not None and was is not status.state:
            why = f": {status.reason}" if status.reason else ""
            yield f"{status.service.name} {was.name} → {status.state.name}{why}"


def _alerts(before: Assessment, now: Assessment) -> Iterator[str]:
    known, seen = _pages(before), _pages(now)
    for key, status in seen.items():
        was = known.get(key)
        if was is None or was.phase is not status.phase:
            yield f"{_called(status)} {_became(status)}"
    for key, status in known.items():
        if key not in seen:
            yield f"{_called(status)} resolved"


def _pages(assessment: Assessment) -> dict[tuple[str, str], AlertStatus]:
    told = (one for one in assessment.alerts if one.alert.urgency is Urgency.PAGE and one.phase is not Phase.PENDING)
    return {status.alert.key: status for status in told}


def _called(status: AlertStatus) -> str:
    return f"page {status.alert.name}" + (f" ({status.service})" if status.service else "")


def _became(status: AlertStatus) -> str:
    if status.phase is Phase.ACKNOWLEDGED and status.ack is not None:
        return f"acknowledged by {status.ack.author}"
    return status.phase.value

"""Alerts of a stretch of time, counted: how often, how long, who took them, and which are only noise."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import Urgency
from oncall_tui.core.review.episodes import Episode

NOISY_TIMES = 3
"""Firings from which on an alert may be noise."""
NOISY_SECONDS = 15 * 60.0
"""It is noise when most of its firings end sooner than this, with nobody taking them."""


@dataclass(frozen=True, slots=True)
class AlertTally:
    """One alert of one service. Durations in seconds.

    fired: how often; firing: how many of these go on. total: of all firings, longest: of one. acked: how many were
    taken, by: by whom, most often first; taken_after: the mean until then, None where none was taken within the time.
    unwatched: firings of which nobody knows whether they were taken, as no dashboard saw them. noisy: whether it fires
    and resolves alone, again and again.
    """

    service: str
    name: str
    urgency: str
    fired: int
    firing: int
    total: float
    longest: float
    acked: int
    by: tuple[str, ...]
    taken_after: float | None
    unwatched: int
    noisy: bool

    @property
    def never_taken(self) -> bool:
        """Whether nobody ever took it, as far as that is known."""
        return self.acked == 0 and self.unwatched < self.fired


def tally(episodes: Iterable[Episode], now: float) -> tuple[AlertTally, ...]:
    """Every alert that fired, pages first, then the one that fired most. What was hidden all the time is left out."""
    by_name: dict[tuple[str, str], list[Episode]] = {}
    for one in episodes:
        if not one.hidden:
            by_name.setdefault((one.service, one.name), []).append(one)
    counted = [_counted(service, name, found, now) for (service, name), found in by_name.items()]
    return tuple(sorted(counted, key=lambda one: (one.urgency != Urgency.PAGE, -one.fired, -one.total, one.name)))


def _counted(service: str, name: str, found: Sequence[Episode], now: float) -> AlertTally:
    took = [one for one in found if one.acked_at is not None]
    people = [one.acked_by for one in took]
    lasted = [one.lasted(now) for one in found]
    alone = [one for one in found if _resolved_alone(one, now)]
    return AlertTally(
        service=service,
        name=name,
        urgency=next((one.urgency for one in found if one.urgency), ""),
        fired=len(found),
        firing=sum(one.ended is None for one in found),
        total=sum(lasted),
        longest=max(lasted),
        acked=len(took),
        by=tuple(sorted(set(people), key=lambda who: (-people.count(who), who))),
        taken_after=mean_time_to_take(took),
        unwatched=sum(not one.watched for one in found),
        noisy=len(found) >= NOISY_TIMES and 2 * len(alone) > len(found),
    )


def _resolved_alone(one: Episode, now: float) -> bool:
    return one.ended is not None and one.acked_at is None and one.lasted(now) < NOISY_SECONDS


def mean_time_to_take(episodes: Iterable[Episode]) -> float | None:
    """Seconds from a firing's beginning until somebody took it, in the mean; None where none began and was taken."""
    waits = [one.acked_at - one.began for one in episodes if one.acked_at is not None and not one.before]
    return statistics.fmean(max(0.0, wait) for wait in waits) if waits else None

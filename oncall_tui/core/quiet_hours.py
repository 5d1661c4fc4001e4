"""Hours of the day in which a dashboard makes no noise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\Z", re.ASCII)
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """start, end: minutes since midnight, the end left out. Where the end is before the start they go past midnight."""

    start: int
    end: int

    def contains(self, at: float, zone: tzinfo | None = None) -> bool:
        """Whether a moment (unix seconds) lies in it. zone: None is the machine's own."""
        moment = datetime.fromtimestamp(at, zone)
        minute = moment.hour * 60 + moment.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def parse_quiet_hours(text: str) -> QuietHours:
    """'22:00-07:00' as hours. Raises ValueError for anything else, and for hours that would be none, or all."""
    match = _SPAN.match(text.strip())
    if match is None:
        raise ValueError("no hours such as 22:00-07:00")
    hours, minutes, until_hours, until_minutes = map(int, match.groups())
    start, end = hours * 60 + minutes, until_hours * 60 + until_minutes
    if minutes > 59 or until_minutes > 59 or start >= _DAY or end > _DAY or start == end % _DAY:
        raise ValueError("no such hours: they go from 00:00 to 24:00, and end at another time than they begin")
    return QuietHours(start, end)


def is_quiet(hours: Iterable[QuietHours], at: float, zone: tzinfo | None = None) -> bool:
    """Whether any of them holds at a moment (unix seconds)."""
    return any(one.contains(at, zone) for one in hours)

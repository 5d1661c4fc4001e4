"""Time intervals as Alertmanager has them: at which moments a route is muted or active."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

Range = tuple[int, int]
"""First and last, both included."""


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """All that is given must hold; of each, one range suffices. None: it says nothing of that.

    times: minutes since midnight, the end excluded. weekdays: 0 is Sunday. days: of the month, negative ones from its
    end. zone: whose clock is looked at.
    """

    times: tuple[Range, ...] | None = None
    weekdays: tuple[Range, ...] | None = None
    days: tuple[Range, ...] | None = None
    months: tuple[Range, ...] | None = None
    years: tuple[Range, ...] | None = None
    zone: tzinfo = UTC

    def contains(self, at: float) -> bool:
        """Whether a moment (unix seconds) lies in it."""
        moment = datetime.fromtimestamp(at, self.zone)
        minute = moment.hour * 60 + moment.minute
        return (
            (self.times is None or any(first <= minute < end for first, end in self.times))
            and _within(self.weekdays, moment.isoweekday() % 7)
            and _within(None if self.days is None else _of_month(self.days, moment), moment.day)
            and _within(self.months, moment.month)
            and _within(self.years, moment.year)
        )


def _within(ranges: Iterable[Range] | None, value: int) -> bool:
    return ranges is None or any(first <= value <= last for first, last in ranges)


def _of_month(ranges: Iterable[Range], moment: datetime) -> list[Range]:
    """The ranges of days with negative ones counted from the end of the moment's month, cut to that month."""
    length = calendar.monthrange(moment.year, moment.month)[1]
    counted = [tuple(length + day + 1 if day < 0 else day for day in pair) for pair in ranges]
    return [(first, min(last, length)) for first, last in counted if first <= length]

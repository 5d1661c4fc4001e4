"""When something ends, from what a person types: '2h', 'until 09:00', 'Mon 9:00', '2026-11-30 14:00Z'.

A library that reads dates in general guesses: 'Mon' may be last Monday to it, and '09:00' this morning. What ends
always lies ahead, so the few forms there are have one meaning each, and everything else is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from oncall_tui.core.duration import parse_duration
from oncall_tui.core.text import clean_line

EXAMPLES = "2h, 1d12h, until 09:00, until Mon, until tomorrow 9:00, until 2026-11-30 14:00, until 14:00Z"

_LEAD = re.compile(r"(until|till|for|in)\b\s*")
_DURATION = re.compile(r"(?:\d+[ywdhms]\s*)+", re.ASCII)
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s*(?P<zone>z|utc|[+-]\d{2}:?\d{2})?"
_DATE = r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
_MOMENT = re.compile(rf"(?:{_DATE}|(?P<word>[a-z]+))?(?:(?:^|\s+|(?<=\d)t){_CLOCK})?", re.ASCII)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_WORD = 3
"""Letters from which on a weekday may be cut short: 'Mon', 'Thurs'."""
_DAYS_AHEAD = 9
"""Days in which the next such time of day, or weekday, surely comes."""


@dataclass(frozen=True, slots=True)
class End:
    """A moment that lies ahead. at: unix seconds. note: what to know of it (clocks change that day), '' if nothing."""

    at: float
    note: str = ""


def parse_end(text: str, now: float, zone: tzinfo | None = None) -> End:
    """The end that text means, seen from now (unix seconds).

    zone: of times that name none; None is the machine's own. A duration ('2h') is of elapsed time. A time of day is
    the next such; a weekday is the next such, and without a time, like a date, its first moment (00:00). A time that
    clocks skip is taken as that much after the jump; of one that comes twice the first that lies ahead is taken.
    Raises ValueError, in one line with examples, for anything else and for what is past.
    """
    if (seconds := seconds_in(text)) is not None:
        return End(now + seconds)
    lead, rest = _taken_apart(text)
    match = _MOMENT.fullmatch(rest) if rest and lead not in ("for", "in") else None
    if match is None:
        raise _no_end(text)
    try:
        return _moment(match, text, now, zone)
    except OverflowError:
        raise _no_end(text) from None


def later_end(text: str, ends_at: float, now: float, zone: tzinfo | None = None) -> End:
    """The end of what was to end at ends_at (unix seconds): a duration is added to that (or to now, where it is past).

    A moment is the end itself, be it earlier. Raises ValueError as parse_end does.
    """
    return parse_end(text, now if seconds_in(text) is None else max(ends_at, now), zone)


def seconds_in(text: str) -> int | None:
    """The seconds of a duration ('2h', 'for 1h 30m'), None for what names a moment. Raises ValueError for '0s'."""
    lead, rest = _taken_apart(text)
    if not _DURATION.fullmatch(rest) or lead in ("until", "till"):
        return None
    try:
        return parse_duration(rest.replace(" ", ""))
    except ValueError:
        raise _no_end(text) from None


def _taken_apart(text: str) -> tuple[str, str]:
    """The word it begins with ('until', 'for'; '' if none), and the rest."""
    words = " ".join(text.casefold().split())
    lead = _LEAD.match(words)
    return (lead[1], words[lead.end() :]) if lead else ("", words)


def _moment(match: re.Match[str], text: str, now: float, zone: tzinfo | None) -> End:
    zone = _named_zone(match["zone"]) if match["zone"] else zone
    clock = _clock(match, text)
    today = datetime.fromtimestamp(now, zone).date()
    if match["year"]:
        days = [_date(match, text)]
    elif match["word"]:
        days = _days(match["word"], today, text)
    else:
        days = [today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD)]
    for day in days:
        found = _first_ahead(datetime.combine(day, clock), now, zone)
        if found is not None:
            return found
    raise ValueError(f"{_shown(text)} is past: give an end that lies ahead, such as {EXAMPLES}")


def _clock(match: re.Match[str], text: str) -> time:
    if match["hour"] is None:
        return time()
    try:
        return time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        raise ValueError(f"{_shown(text)} has no such time of day: hours go to 23, minutes to 59") from None


def _date(match: re.Match[str], text: str) -> date:
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        raise ValueError(f"{_shown(text)} has no such date: write year-month-day, such as 2026-11-30") from None


def _days(word: str, today: date, text: str) -> list[date]:
    """The days a word may mean, nearest first."""
    if word in ("today", "tomorrow"):
        return [today + timedelta(days=word == "tomorrow")]
    fitting = [n for n, name in enumerate(_WEEKDAYS) if len(word) >= _SHORTEST_WORD and name.startswith(word)]
    if not fitting:
        raise _no_end(text)
    nearest = today + timedelta(days=(fitting[0] - today.weekday()) % 7)
    return [nearest, nearest + timedelta(days=7)]


def _named_zone(text: str) -> tzinfo:
    if text in ("z", "utc"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _first_ahead(wanted: datetime, now: float, zone: tzinfo | None) -> End | None:
    """The first moment after now at which clocks in zone show wanted; None if there is none."""
    first, second = (wanted.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    shown = datetime.fromtimestamp(first, zone).replace(tzinfo=None, fold=0)
    if shown != wanted:
        skipped = f"clocks skip {wanted:%H:%M} that day: taken as {shown:%H:%M}"
        return End(first, skipped) if first > now else None
    if first == second:
        return End(first) if first > now else None
    if first > now:
        return End(first, f"clocks show {wanted:%H:%M} twice that day: the first is taken")
    return End(second, f"clocks show {wanted:%H:%M} twice that day: the second is taken") if second > now else None


def _no_end(text: str) -> ValueError:
    return ValueError(f"{_shown(text)} is no end: write it like {EXAMPLES}")


def _shown(text: str) -> str:
    return repr(clean_line(text.strip(), 60))

"""Durations as Prometheus writes them, in whole seconds."""

from __future__ import annotations

import re

_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PATTERN = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?\Z", re.ASCII)
_EXACT = ("d", "h", "m", "s")
LONGEST = 1_000 * _UNITS["y"]
"""Seconds; more is a slip, and no number that can be reckoned with."""


def parse_duration(text: str) -> int:
    """Seconds in a Prometheus duration such as '5m', '1h30m', '30d', '4w'.

    Units y w d h m s, each at most once and in that order; a year is 365 days. Raises ValueError
    for anything else, for a duration of nothing ('', '0s') and for one of more than LONGEST.
    """
    match = _PATTERN.match(text)
    seconds = sum(int(n) * size for n, size in zip(match.groups(), _UNITS.values(), strict=True) if n) if match else 0
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"{text!r} is not a duration: write it like 30s, 5m, 1h30m, 30d or 4w")
    return seconds


def format_duration(seconds: int) -> str:
    """The shortest exact Prometheus duration, in the largest single unit that fits: 300 -> '5m', 2592000 -> '30d'.

    Weeks and years are not used, so that the names agree with the windows of the SRE workbook and of Sloth.
    """
    for unit in _EXACT:
        if seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    raise ValueError(f"not whole seconds: {seconds!r}")


def name_duration(seconds: int) -> str:
    """A duration as Prometheus itself spells it, and so Sloth and Pyrra in the names of what they record.

    Whole weeks and years are used where they fit exactly, other units add up: 4w, 30d, 1h4m.
    """
    text, left = "", seconds
    for unit, size in _UNITS.items():
        if left >= size and (unit not in ("y", "w") or left % size == 0):
            text += f"{left // size}{unit}"
            left %= size
    if not text:
        raise ValueError(f"not whole seconds: {seconds!r}")
    return text


def humanize(seconds: float) -> str:
    """A duration for a person, two units at most, never longer than 6 cells: 18720 -> '5h12m', 172800 -> '2d'.

    Rounds down, so that what is left is never overstated. Negative durations keep their sign, which may be a
    seventh cell. From a thousand years on (what is left at next to no burn) it is '999y+'. Raises ValueError for NaN.
    """
    if abs(seconds) >= 1_000 * _UNITS["y"]:
        return "999y+" if seconds > 0 else "-999y+"
    whole = int(abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    if whole < 60:
        return f"{sign}{whole}s"
    if whole < 3_600:
        minutes, rest = divmod(whole, 60)
        return f"{sign}{minutes}m{rest:02d}s" if minutes < 10 and rest else f"{sign}{minutes}m"
    if whole < 86_400:
        hours, minutes = divmod(whole // 60, 60)
        return f"{sign}{hours}h{minutes:02d}m" if minutes else f"{sign}{hours}h"
    days, hours = divmod(whole // 3_600, 24)
    if days >= 1_000:
        return f"{sign}{days // 365}y"
    return f"{sign}{days}d{hours:02d}h" if hours and days < 10 else f"{sign}{days}d"

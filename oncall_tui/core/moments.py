"""Moments of the past as people write them on a command line."""

from __future__ import annotations

import math
from datetime import datetime

from oncall_tui.core.duration import parse_duration


def parse_moment(text: str, now: float) -> float:
    """Unix seconds of '24h' (so long before now), 'now', '2026-11-26', '2026-11-26 14:00' or an ISO 8601 moment.

    A day without a time is its first moment; without a zone it is local time. Raises ValueError for anything else.
    """
    text = text.strip()
    if text == "now":
        return now
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        at = math.nan
    if math.isnan(at):
        raise ValueError(f"{text!r} is no moment: write it like 24h, 2026-11-26, '2026-11-26 14:00' or now")
    return at

"""The Retry-After header: for how long a server wants to be left alone."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""Seconds; who says more means 'not today'."""


def retry_after(header: str) -> float:
    """Seconds from now, 0.0 where it does not say, or nothing that can be read: seconds or a date."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST)
    try:
        wait = parsedate_to_datetime(text).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(wait, 0.0), LONGEST)

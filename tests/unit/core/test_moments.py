"""Moments of the past as people write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from oncall_tui.core.moments import parse_moment


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", 1e9),
        ("24h", 1e9 - 86_400),
        ("1h30m", 1e9 - 5_400),
        ("2001-09-09T01:46:40Z", 1e9),
        ("2001-09-09 03:46:40+02:00", 1e9),
        ("2026-11-26", datetime(2026, 11, 26).timestamp()),
        (" 2026-11-26 14:00 ", datetime(2026, 11, 26, 14).timestamp()),
    ],
)
def test_what_is_understood(text: str, at: float) -> None:
    assert parse_moment(text, 1e9) == at


@pytest.mark.parametrize("text", ["", "yesterday", "24", "2026-13-01", "0001-01-01T00:00:00", "-1h"])
def test_what_is_not(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment"):
        parse_moment(text, 1e9)

"""What every report's JSON is made of."""

from __future__ import annotations

from datetime import UTC, datetime

Json = dict[str, object]


def moment(at: float | None) -> str | None:
    """RFC 3339 in UTC to the millisecond; None for no time."""
    return (
        None
        if at is None
        else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )

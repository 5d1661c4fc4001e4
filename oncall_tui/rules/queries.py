"""What a query of an SLI must be before it is recorded or alerted on."""

from __future__ import annotations


def valued(expression: str) -> str:
    """The expression where it has a figure: NaN (no traffic) and infinities (errors without traffic) are no samples.

    So recorded, one hour without traffic does not turn the whole period to NaN.
    """
    return f"({expression}) > -Inf < +Inf"

"""The time windows that charts and sparklines can look back over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lookback:
    """How far a chart looks back and in what steps; both in seconds."""

    name: str
    span: int
    step: int


LOOKBACKS = (
    Lookback("1h", 3_600, 60),
    Lookback("6h", 21_600, 300),
    Lookback("24h", 86_400, 1_200),
    Lookback("7d", 604_800, 7_200),
    Lookback("30d", 2_592_000, 21_600),
)


def next_lookback(now: Lookback) -> Lookback:
    """The one after it, round and round."""
    return LOOKBACKS[(LOOKBACKS.index(now) + 1) % len(LOOKBACKS)]


def lookback_named(name: str) -> Lookback | None:
    """The lookback of that name, if there is one."""
    return next((lookback for lookback in LOOKBACKS if lookback.name == name), None)

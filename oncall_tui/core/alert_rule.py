"""The rule behind an alert: its expression, what that compares with what, and how it went over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from oncall_tui.core.recurrence import Recurrence
from oncall_tui.core.slo import NO_LABELS

LONGEST_EXPRESSION = 20_000
"""Characters; nobody writes a longer one, and whoever sends an alert may write what he likes."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """expression: PromQL, untrusted. told_by: who says so, in words.

    hold: seconds it must hold before it fires, None where that is not told. trouble: why it is not evaluated as it
    stands, in Prometheus' words; '' if it is.
    """

    expression: str
    told_by: str
    hold: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition that an expression is made of: operand (PromQL) op bound, such as `rate(errors[5m]) > 0.1`."""

    operand: str
    op: str
    bound: float


@dataclass(frozen=True, slots=True)
class RuleCurve:
    """One series of what an expression compares. name: what tells it from the others; '' for the only one.

    points: (unix seconds, value), oldest first; steps without a value are missing. comparison: what it is held
    against; None where the expression could not be taken apart, and the curve is the expression's own.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class RuleCurves:
    """curves: those of the alert's own labels, as many as can be told apart. left_out: how many more there are.

    trouble: why there are none, in words; '' where there are some.
    """

    curves: tuple[RuleCurve, ...] = ()
    left_out: int = 0
    trouble: str = ""

    @property
    def whole(self) -> bool:
        """Whether the expression was drawn as it is: a point only while it holds."""
        return any(curve.comparison is None for curve in self.curves)


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking for an alert's rule and its value over time.

    source: the Prometheus that was asked, '' if there is none. trouble: why there is no rule, or no curve. note: what
    else to know. at: unix seconds.
    """

    at: float
    source: str = ""
    rule: AlertRule | None = None
    curves: RuleCurves = field(default_factory=RuleCurves)
    trouble: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """How often an alert came lately; None where that is not known. trouble: why, in words."""

    recurrence: Recurrence | None
    trouble: str = ""


def expression_in(generator_url: str) -> str:
    """The expression that an alert's generator link shows (Prometheus, Thanos: g0.expr); '' where it shows none."""
    try:
        asked = parse_qs(urlsplit(generator_url).query, max_num_fields=200)
    except ValueError:
        return ""
    expression = next(iter(asked.get("g0.expr", ())), "").strip()
    return expression if len(expression) <= LONGEST_EXPRESSION else ""


def server_in(generator_url: str) -> str:
    """The base URL of the server that a generator link leads to, without user, password and query; '' for no URL."""
    try:
        parts = urlsplit(generator_url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return f"{parts.scheme}://{host}{parts.path.removesuffix('/graph').rstrip('/')}"


def agrees(row: Mapping[str, str], labels: Mapping[str, str], free: frozenset[str] = frozenset()) -> bool:
    """Whether a series' labels contradict none of an alert's. free: names that a rule may have set otherwise."""
    return all(labels.get(name, value) == value for name, value in row.items() if name not in free)


def unlike(rows: list[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """What tells label sets from each other: each without the labels that all share, and without its metric's name."""
    shared = set(rows[0].items()) if rows else set()
    for row in rows[1:]:
        shared &= set(row.items())
    names = {name for name, _ in shared} | {"__name__"}
    return [{name: value for name, value in row.items() if name not in names} or NO_LABELS for row in rows]

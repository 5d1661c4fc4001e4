"""Whether an expression over a window is the sum of the same expression over the pieces of that window."""

from __future__ import annotations

import functools
from datetime import timedelta

from oncall_tui.sources.prometheus.templates import generalised
from oncall_tui.sources.prometheus.tree import Tree, is_scalar, kind, nodes, parse

_FAMILIES = {
    "rate": "rate",
    "increase": "increase",
    "sum_over_time": "over_time",
    "count_over_time": "over_time",
}


_STAND_IN = 7_777_777
"""Seconds in place of $window: as long as nobody writes, so that every other range is told from it."""


def adding(text: str) -> str | None:
    """'rate', 'increase' or 'over_time', by the function that reads $window; None where it is no such sum.

    It is one when that function alone reads ranges, each as long as the window, and what is done to its series is
    to sum them, to scale them by a number, or to take 0 where there are none. A rate adds up once it is multiplied
    by its piece's length.
    """
    return _adding(generalised(text.replace("$window", f"{_STAND_IN}s"))[0][0])


@functools.lru_cache(maxsize=4_096)
def _adding(text: str) -> str | None:
    node = parse(text)
    if node is None or not _linear(node):
        return None
    calls = [one for one in nodes(node) if kind(one) == "Call" and one.func.name in _FAMILIES]
    families = {_FAMILIES[call.func.name] for call in calls}
    long = all(call.args[0].range == timedelta(seconds=_STAND_IN) for call in calls)
    return families.pop() if len(families) == 1 and long else None


def _linear(node: Tree) -> bool:
    match kind(node):
        case "ParenExpr" | "UnaryExpr":
            return _linear(node.expr)
        case "AggregateExpr":
            return str(node.op) == "sum" and node.param is None and _linear(node.expr)
        case "Call":
            return node.func.name in _FAMILIES and kind(node.args[0]) == "MatrixSelector"
        case "BinaryExpr":
            return _scaled(node) or (str(node.op) == "or" and _linear(node.lhs) and _nought(node.rhs))
    return False


def _scaled(node: Tree) -> bool:
    operator = str(node.op)
    if operator == "*" and _constant(node.lhs):
        return _linear(node.rhs)
    return operator in ("*", "/") and _constant(node.rhs) and _linear(node.lhs)


def _constant(node: Tree) -> bool:
    return is_scalar(node) and not any(kind(one) == "Call" for one in nodes(node))


def _nought(node: Tree) -> bool:
    """vector(0)."""
    if kind(node) == "ParenExpr":
        return _nought(node.expr)
    literal = node.args[0] if kind(node) == "Call" and node.func.name == "vector" else None
    return literal is not None and kind(literal) == "NumberLiteral" and literal.val == 0

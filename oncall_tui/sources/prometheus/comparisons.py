"""An alert's expression taken apart: which operand is held against which number."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator

from oncall_tui.config.promql_tokens import too_deep
from oncall_tui.core.alert_rule import LONGEST_EXPRESSION, Comparison
from oncall_tui.sources.prometheus import printing
from oncall_tui.sources.prometheus.tree import Tree, kind, parse

MOST = 8
"""Conditions of one expression that are looked at."""

_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": math.pow, "%": math.fmod,
}  # fmt: skip


def comparisons(expression: str) -> tuple[Comparison, ...]:
    """The conditions that an expression joins by `and` and `or`, left to right; of `unless`, those before it.

    () where it holds no number against anything, cannot be read, or is deeper than anybody nests: then the expression
    has to be taken as it is. One that is not such a condition makes () of all: half of them would say something else.
    """
    if len(expression) > LONGEST_EXPRESSION or too_deep(expression) is not None:
        return ()
    tree = parse(expression)
    try:
        found = tuple(_conditions(tree)) if tree is not None else ()
    except (printing.Unwritable, _Other):
        return ()
    return found if len(found) <= MOST else ()


class _Other(Exception):
    """There is a part that is no comparison with a number."""


def _conditions(node: Tree) -> Iterator[Comparison]:
    while kind(node) == "ParenExpr":
        node = node.expr
    if kind(node) != "BinaryExpr":
        raise _Other
    word = str(node.op)
    if word in ("and", "or", "unless"):
        yield from _conditions(node.lhs)
        if word != "unless":
            yield from _conditions(node.rhs)
        return
    if word not in _TURNED or (node.modifier is not None and node.modifier.return_bool):
        raise _Other
    left, right = _number(node.lhs), _number(node.rhs)
    if (left is None) == (right is None):
        raise _Other
    if right is not None:
        yield Comparison(_bare(node.lhs), word, right)
    elif left is not None:
        yield Comparison(_bare(node.rhs), _TURNED[word], left)


def _bare(node: Tree) -> str:
    """The operand as PromQL, without the parentheses around all of it. Raises Unwritable."""
    while kind(node) == "ParenExpr":
        node = node.expr
    return printing.show(node)


def _number(node: Tree) -> float | None:
    """The number that an expression always is; None where it is not such."""
    match kind(node):
        case "NumberLiteral":
            return float(node.val)
        case "ParenExpr":
            return _number(node.expr)
        case "UnaryExpr":
            inner = _number(node.expr)
            return None if inner is None else -inner
        case "BinaryExpr" if str(node.op) in _ARITHMETIC:
            left, right = _number(node.lhs), _number(node.rhs)
            if left is None or right is None:
                return None
            try:
                return float(_ARITHMETIC[str(node.op)](left, right))
            except (ArithmeticError, ValueError):
                return None
    return None

"""PromQL read as a tree.

promql_parser knows PromQL as of Prometheus 2.45. What it cannot read is not wrong for that: the server
decides. Such an expression is opaque: never rewritten, and never trusted to be anything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

Tree = Any
"""A node of promql_parser's; its classes come from Rust and have no useful base."""


@functools.lru_cache(maxsize=4_096)
def parse(text: str) -> Tree | None:
    """The expression's tree, None when it cannot be read."""
    import promql_parser

    try:
        return promql_parser.parse(text)
    except ValueError:
        return None


def kind(node: Tree) -> str:
    """The node's class: 'Call', 'BinaryExpr', ..."""
    return type(node).__name__


def children(node: Tree) -> tuple[Tree, ...]:
    """The expressions right below a node."""
    match kind(node):
        case "BinaryExpr":
            return (node.lhs, node.rhs)
        case "Call":
            return tuple(node.args)
        case "MatrixSelector":
            return (node.vector_selector,)
        case "AggregateExpr":
            return (node.expr,) if node.param is None or isinstance(node.param, str) else (node.expr, node.param)
        case "ParenExpr" | "UnaryExpr" | "SubqueryExpr":
            return (node.expr,)
    return ()


def nodes(node: Tree) -> Iterator[Tree]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from nodes(child)


def selectors(node: Tree) -> list[Tree]:
    """Every vector selector in the tree, left to right."""
    return [one for one in nodes(node) if kind(one) == "VectorSelector"]


def is_scalar(node: Tree) -> bool:
    """Whether the expression is a bare number rather than a vector."""
    match kind(node):
        case "NumberLiteral":
            return True
        case "Call":
            return str(node.func.return_type).endswith("Scalar")
        case "ParenExpr" | "UnaryExpr":
            return is_scalar(node.expr)
        case "BinaryExpr":
            return is_scalar(node.lhs) and is_scalar(node.rhs)
    return False


def metric_of(selector: Tree) -> str | None:
    """The metric name a selector asks for; None when it asks for none, or for several."""
    if selector.name:
        return str(selector.name)
    return next((m.value for m in selector.matchers.matchers if m.name == "__name__" and op_of(m) == "="), None)


def matchers_by_name(selector: Tree) -> dict[str, str]:
    """The values of a selector's '=' matchers."""
    return {str(m.name): str(m.value) for m in selector.matchers.matchers if op_of(m) == "="}


_OPS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def op_of(matcher: Tree) -> str:
    """A matcher's operator as written."""
    return _OPS[str(matcher.op).rpartition(".")[2]]


def matches_on_labels(node: Tree) -> bool:
    """Whether a binary operation says itself which labels its sides are matched on."""
    modifier = node.modifier
    return modifier is not None and (modifier.matching is not None or bool(modifier.group_labels))


# What cannot be read

_TOKEN = re.compile(r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`|#[^\n]*|[][(){}"'`]""", re.S)
_CLOSING = {")": "(", "]": "[", "}": "{"}


def balanced(text: str) -> bool:
    """Whether brackets and quotes close as they opened, so that the text stays inside parentheses put around it."""
    opened: list[str] = []
    for token in _TOKEN.findall(text):
        if token in ("(", "[", "{"):
            opened.append(token)
        elif token in _CLOSING:
            if not opened or opened.pop() != _CLOSING[token]:
                return False
        elif token in ('"', "'", "`"):
            return False
    return not opened and bool(text.strip())

"""Expressions of one shape, asked as one.

Two expressions have one shape when they differ in nothing but the value of one label, which every selector
in them fixes with '='. Then `sum(rate(m{service="a"}[5m]))` for a, b and c is one query,
`sum by (service) (rate(m{service=~"a|b|c"}[5m]))`, whose series are told apart by that label. What may
stand in such an expression is listed here, and only what keeps the series of one value from touching
those of another; the rest is asked as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple

from oncall_tui.sources.prometheus.printing import Unwritable, grouping_of, matcher_text, quote, quote_regex, show
from oncall_tui.sources.prometheus.templates import filled, generalised
from oncall_tui.sources.prometheus.tree import Tree, is_scalar, kind, matches_on_labels, nodes, op_of, parse, selectors

_SERIES_BY_SERIES = frozenset(
    {"rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets"}
    | {f"{what}_over_time" for what in ("avg", "min", "max", "sum", "count", "last", "stddev", "stdvar", "present")}
    | {"abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "timestamp"}
)
_HISTOGRAM = frozenset({"histogram_count", "histogram_sum", "histogram_fraction"})
_AGGREGATIONS = frozenset({"sum", "avg", "min", "max", "count"})
_PASSIVE = frozenset({"NumberLiteral", "ParenExpr", "UnaryExpr", "SubqueryExpr", "MatrixSelector", "VectorSelector"})
_OPERATORS = frozenset(["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "unless"])


class Shape(NamedTuple):
    """What expressions have in common. key: the expression with a hole for the value of label."""

    label: str
    key: str


def shapes_of(text: str) -> dict[Shape, str]:
    """Every shape the expression can be asked under, with the value of its label. Empty: under none."""
    (template,), values = generalised(text)
    # A value without a backslash or a quote may still hold what a string may not: it is written as quote() would.
    written = [quote(value)[1:-1] for value in values]
    return {
        Shape(label, filled(key, written)): filled(value, values) for label, key, value in _template_shapes(template)
    }


@functools.lru_cache(maxsize=4_096)
def _template_shapes(text: str) -> tuple[tuple[str, str, str], ...]:
    """(label, key, value) of every shape of a template."""
    node = parse(text)
    if node is None or not _separable(node):
        return ()
    found = []
    for label, value in _common(node):
        try:
            key = show(node, _matchers(label, "=?"))
            show(node, grouping=_grouping(label))
        except Unwritable:
            continue
        found.append((label, key, value))
    return tuple(found)


def grouped(text: str, label: str, values: Iterable[str]) -> str:
    """One query for all values of label, of which text asks for one. Raises Unwritable where shapes_of has no shape."""
    wanted = "=~" + quote("|".join(quote_regex(value) for value in values))
    return show(parse(text), _matchers(label, wanted), _grouping(label))


def labelled(text: str) -> bool:
    """Whether the series of an expression that has a shape carry the shape's label by themselves."""
    return bool(_labelled(parse(text)))


def _matchers(label: str, instead: str) -> Callable[[Tree], str]:
    def write(selector: Tree) -> str:
        kept = sorted(matcher_text(m) for m in selector.matchers.matchers if m.name != label)
        return ",".join([*kept, label + instead])

    return write


def _grouping(label: str) -> Callable[[Tree], str]:
    def write(aggregation: Tree) -> str:
        grouping_of(aggregation)
        labels = list(aggregation.modifier.labels) if aggregation.modifier is not None else []
        if label in labels:
            raise Unwritable(label)
        return f" by ({', '.join([*labels, label])}) "

    return write


def _common(node: Tree) -> list[tuple[str, str]]:
    """Labels that every selector fixes to one and the same value, and has no other matcher on."""
    fixed: set[tuple[str, str]] | None = None
    for selector in selectors(node):
        matchers = selector.matchers.matchers
        names = [m.name for m in matchers]
        here = {
            (m.name, m.value)
            for m in matchers
            if op_of(m) == "=" and m.value and m.name not in ("__name__", "le") and names.count(m.name) == 1
        }
        fixed = here if fixed is None else fixed & here
    return sorted(fixed or ())


def _separable(node: Tree) -> bool:
    """Whether asking for several values at once cannot change what is said of each."""
    return all(_allowed(one) for one in nodes(node)) and _labelled(node) is not None


def _allowed(node: Tree) -> bool:
    match kind(node):
        case "Call":
            arguments = len(node.args)
            if node.func.name in _HISTOGRAM:
                return all(is_scalar(argument) for argument in node.args[:-1])
            return (node.func.name in _SERIES_BY_SERIES and arguments == 1) or node.func.name == "time"
        case "AggregateExpr":
            return str(node.op) in _AGGREGATIONS and node.param is None
        case "BinaryExpr":
            return str(node.op) in _OPERATORS and not matches_on_labels(node)
    return kind(node) in _PASSIVE


def _labelled(node: Tree) -> bool | None:
    """Whether the vector carries the label before it is asked by group; None when its parts disagree.

    An aggregated vector does not, a selected one does. Grouping gives it to all, and so would let two match
    that did not match before: such an expression is not touched.
    """
    match kind(node):
        case "VectorSelector" | "MatrixSelector":
            return True
        case "AggregateExpr":
            return None if _labelled(node.expr) is None else False
        case "Call":
            return _labelled(node.args[-1]) if node.args else None
        case "ParenExpr" | "UnaryExpr" | "SubqueryExpr":
            return _labelled(node.expr)
        case "BinaryExpr":
            sides = [_labelled(side) for side in (node.lhs, node.rhs) if not is_scalar(side)]
            return sides[0] if sides and len(set(sides)) == 1 else None
    return None

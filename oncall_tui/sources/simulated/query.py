"""A small PromQL over the fleet: as much of the language as SLOs and signals are written in.

It knows selectors, offset, rate, increase, delta, histogram_quantile, time, vector, label_join, abs, clamp_min,
clamp_max, sum, max, min, avg and count with by and without, arithmetic, comparisons and `or` between equal label sets.
Rates are exact (the counters are known at every moment), where Prometheus extrapolates between scrapes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import promql_parser as promql

from oncall_tui.core.errors import Refused
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.sources.simulated.service import Timeseries

Labels = Mapping[str, str]
Vector = list[tuple[Labels, float]]
Expression = Callable[[float], Vector]
"""A compiled query: its answer at a unix time. A number is a vector of one element without labels."""

Series = Mapping[str, Sequence[Timeseries]]
"""Every series of the fleet, by metric name."""

_OPS = {
    "MatchOp.Equal": MatchOp.EQUAL,
    "MatchOp.NotEqual": MatchOp.NOT_EQUAL,
    "MatchOp.Re": MatchOp.REGEX,
    "MatchOp.NotRe": MatchOp.NOT_REGEX,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else (math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)),
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
_AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum, "max": max, "min": min, "count": len, "avg": lambda values: math.fsum(values) / len(values),
}  # fmt: skip
_PER_VALUE: dict[str, Callable[..., float]] = {"abs": abs, "clamp_min": max, "clamp_max": min}


def by_metric(series: Iterable[Timeseries]) -> Series:
    """Sort series by their metric."""
    sorted_: dict[str, list[Timeseries]] = {}
    for one in series:
        sorted_.setdefault(one.metric, []).append(one)
    return sorted_


def compile_query(text: str, series: Series) -> Expression:
    """Make a query answerable by these series. Raises Refused for what is no PromQL or not in this part of it."""
    try:
        tree = promql.parse(text)
    except ValueError as error:
        raise Refused(f"not PromQL: {error}", "see the query in the configuration") from None
    return _compile(tree, series)


def _compile(node: Any, series: Series) -> Expression:
    match node:
        case promql.NumberLiteral():
            number: Vector = [({}, node.val)]
            return lambda t: number
        case promql.ParenExpr():
            return _compile(node.expr, series)
        case promql.UnaryExpr():
            inner = _compile(node.expr, series)
            return lambda t: [(labels, -value) for labels, value in inner(t)]
        case promql.VectorSelector():
            return _selector(node, series)
        case promql.Call():
            return _call(node, series)
        case promql.AggregateExpr():
            return _aggregation(node, series)
        case promql.BinaryExpr():
            return _binary(node, series)
    raise _beyond(type(node).__name__)


def _beyond(what: str) -> Refused:
    return Refused(f"the simulated fleet does not compute {what}", "the demo answers the queries of its own catalogue")


def _chosen(node: Any, series: Series) -> tuple[list[Timeseries], float]:
    """The series a selector means, and its offset in seconds."""
    if node.at is not None or node.matchers.or_matchers or not node.name:
        raise _beyond("@, or-matchers and selectors without a metric name")
    matchers = [Matcher(m.name, _OPS[str(m.op)], m.value) for m in node.matchers.matchers]
    chosen = [s for s in series.get(node.name, ()) if all(m.matches(s.labels) for m in matchers)]
    return chosen, node.offset.total_seconds() if node.offset else 0.0


def _selector(node: Any, series: Series) -> Expression:
    chosen, offset = _chosen(node, series)
    return lambda t: [(s.labels, value) for s in chosen if (value := s.value(t - offset)) is not None]


def _call(node: Any, series: Series) -> Expression:
    name, args = node.func.name, node.args
    if name in ("rate", "increase", "delta"):
        return _change(name, args[0], series)
    if name == "histogram_quantile":
        quantile, buckets = _compile(args[0], series), _compile(args[1], series)
        return lambda t: _quantiles(quantile(t)[0][1], buckets(t))
    if name == "label_join":
        return _joined(args, series)
    if name == "time":
        return lambda t: [({}, t)]
    if name in ("vector", "scalar"):
        return _compile(args[0], series)
    if name in _PER_VALUE:
        function, parts = _PER_VALUE[name], [_compile(arg, series) for arg in args]
        return lambda t: [(ls, function(v, *(part(t)[0][1] for part in parts[1:]))) for ls, v in parts[0](t)]
    raise _beyond(name)


def _joined(args: Sequence[Any], series: Series) -> Expression:
    """label_join(vector, label, separator, label, ...): the values of labels as one."""
    inner = _compile(args[0], series)
    label, between, *sources = (one.val for one in args[1:])
    return lambda t: [({**ls, label: between.join(ls.get(one, "") for one in sources)}, v) for ls, v in inner(t)]


def _change(name: str, node: Any, series: Series) -> Expression:
    if not isinstance(node, promql.MatrixSelector):
        raise _beyond(f"{name} of a subquery")
    chosen, offset = _chosen(node.vector_selector, series)
    span = node.range.total_seconds()
    divisor = span if name == "rate" else 1.0

    def change(t: float) -> Vector:
        end = t - offset
        ends = ((s.labels, s.value(end), s.value(end - span)) for s in chosen)
        return [(labels, (new - old) / divisor) for labels, new, old in ends if new is not None and old is not None]

    return change


def _aggregation(node: Any, series: Series) -> Expression:
    word = str(node.op)
    if word not in _AGGREGATIONS:
        raise _beyond(word)
    function, inner, modifier = _AGGREGATIONS[word], _compile(node.expr, series), node.modifier
    names = frozenset(modifier.labels) if modifier else frozenset()
    without = modifier is not None and modifier.type == promql.AggModifierType.Without
    if not names and not without:
        return lambda t: [({}, function(values))] if (values := [value for _, value in inner(t)]) else []

    def aggregate(t: float) -> Vector:
        groups: dict[tuple[tuple[str, str], ...], list[float]] = {}
        for labels, value in inner(t):
            kept = tuple((k, v) for k, v in labels.items() if (k in names) is not without)
            groups.setdefault(kept, []).append(value)
        return [(dict(kept), function(values)) for kept, values in groups.items()]

    return aggregate


def _binary(node: Any, series: Series) -> Expression:
    word, left, right = str(node.op), _compile(node.lhs, series), _compile(node.rhs, series)
    modifier = node.modifier
    if modifier is not None and (modifier.matching is not None or modifier.group_labels):
        raise _beyond("on, ignoring and group modifiers")
    if word == "or":
        return lambda t: _either(left(t), right(t))
    scalar = any(isinstance(side, promql.NumberLiteral) for side in (node.lhs, node.rhs))
    if word in _ARITHMETIC:
        compute = _ARITHMETIC[word]
        return lambda t: [(labels, compute(a, b)) for labels, a, b in _pairs(left(t), right(t), scalar)]
    if word not in _COMPARISONS:
        raise _beyond(word)
    holds = _COMPARISONS[word]
    if modifier is not None and modifier.return_bool:
        return lambda t: [(labels, float(holds(a, b))) for labels, a, b in _pairs(left(t), right(t), scalar)]
    return lambda t: [(labels, a) for labels, a, b in _pairs(left(t), right(t), scalar) if holds(a, b)]


def _pairs(left: Vector, right: Vector, scalar: bool) -> list[tuple[Labels, float, float]]:
    """Elements that belong together: of equal labels, or each with the number on the other side."""
    if scalar:
        if len(right) == 1 and not right[0][0]:
            return [(labels, value, right[0][1]) for labels, value in left]
        return [(labels, left[0][1], value) for labels, value in right]
    return [(labels, a, b) for labels, a in left for other, b in right if labels == other]


def _either(left: Vector, right: Vector) -> Vector:
    return left + [element for element in right if all(element[0] != labels for labels, _ in left)]


def _quantiles(q: float, buckets: Vector) -> Vector:
    """Prometheus' histogram_quantile on classic buckets: linear within one, the highest finite bound above all."""
    groups: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for labels, value in buckets:
        kept = tuple(item for item in labels.items() if item[0] != "le")
        groups.setdefault(kept, []).append((float(labels["le"]), value))
    return [(dict(kept), _quantile(q, sorted(counts))) for kept, counts in groups.items()]


def _quantile(q: float, counts: list[tuple[float, float]]) -> float:
    rank = q * counts[-1][1]
    if rank <= 0:
        return math.nan
    for (low, below), (high, upto) in pairwise([(0.0, 0.0), *counts]):
        if upto >= rank:
            return low if math.isinf(high) else low + (high - low) * (rank - below) / (upto - below)
    return math.nan

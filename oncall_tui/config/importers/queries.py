"""PromQL in foreign files: how they write the window, and metrics they leave bare for their tool to wrap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from oncall_tui.config.importers.parts import Part
from oncall_tui.config.promql import WINDOW, parse
from oncall_tui.core.duration import format_duration
from oncall_tui.core.matchers import Matcher, MatchOp

_TEMPLATE = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_OPS = {"Equal": MatchOp.EQUAL, "NotEqual": MatchOp.NOT_EQUAL, "Re": MatchOp.REGEX, "NotRe": MatchOp.NOT_REGEX}
_RANGE = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|\[\s*[0-9a-z]+\s*\]""")
_OVER_ANY_WINDOW = frozenset({"rate", "increase", "sum_over_time", "count_over_time", "avg_over_time"})
"""Functions that mean the same over a longer window, of more of it."""

_COUNTERS = ("_total", "_count", "_bucket")

Tree = Any
"""A node of promql_parser's."""


def windowed(part: Part) -> str:
    """The query with $window for '{{.window}}'. Raises LeftOut for another template, or when there is no query."""
    query = _TEMPLATE.sub(WINDOW, part.required())
    if "{{" in query:
        raise part.left_out("a template other than {{.window}}, which cannot be worked out here")
    return query


def closed(query: str) -> str:
    """The query, fit to stand in parentheses: a comment in it does not swallow the closing one."""
    return query + ("\n" if "#" in query else "")


@dataclass(frozen=True, slots=True)
class Selector:
    """One metric with its matchers. shift: '' or ' offset 1m', which stands after the range."""

    metric: str
    matchers: tuple[Matcher, ...]
    shift: str = ""

    def without(self, label: str) -> Selector:
        """The selector without what it says of a label."""
        return replace(self, matchers=tuple(m for m in self.matchers if m.name != label))

    def equals(self, label: str) -> str:
        """The one value it wants of a label; '' when it wants none, or several."""
        return next((m.value for m in self.matchers if m.name == label and m.op is MatchOp.EQUAL), "")

    @property
    def inside(self) -> str:
        """What stands between its braces."""
        return ",".join(str(matcher) for matcher in self.matchers)

    def over_window(self) -> str:
        """As a range of $window."""
        braces = f"{{{self.inside}}}" if self.matchers else ""
        return f"{self.metric}{braces}[{WINDOW}]{self.shift}"


def selector(part: Part) -> Selector:
    """The metric that stands there, with nothing around it. Raises LeftOut."""
    what = 'a metric with its labels, such as requests_total{service="ranker"}'
    text = part.required()
    if "{{" in text:
        raise part.left_out("a template, which has no meaning in a metric here")
    try:
        found = _selector(parse(text))
    except ValueError as error:
        raise part.left_out(f"expected {what}: {error}") from None
    if found is None:
        raise part.left_out(f"expected {what}, and nothing around it")
    return found


def _selector(node: Tree) -> Selector | None:
    """A plain vector selector; None for anything else."""
    if type(node).__name__ != "VectorSelector" or node.at is not None or node.matchers.or_matchers:
        return None
    matchers = tuple(
        Matcher(m.name, _OPS[str(m.op).rpartition(".")[2]], m.value)
        for m in node.matchers.matchers
        if m.name != "__name__" or not node.name
    )
    return Selector(node.name or "", matchers, _shift(node.offset) if node.offset else "")


def _shift(offset: timedelta) -> str:
    sign = "-" if offset < timedelta(0) else ""
    milliseconds = abs(offset) // timedelta(milliseconds=1)
    exact = format_duration(milliseconds // 1_000) if milliseconds % 1_000 == 0 else f"{milliseconds}ms"
    return f" offset {sign}{exact}"


def grouping(query: str) -> tuple[str, ...]:
    """The labels that a query sums by; () when it gives one series, or cannot be read."""
    try:
        node = parse(query)
    except ValueError:
        return ()  # told when the SLO is judged as a whole
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    modifier = node.modifier if type(node).__name__ == "AggregateExpr" else None
    if modifier is None or not str(modifier.type).endswith("By"):
        return ()
    return tuple(modifier.labels)


@dataclass(frozen=True, slots=True)
class Counted:
    """A query that counts over $window, and what was read into it ('' for nothing)."""

    query: str
    remark: str = ""


def counted(part: Part, counter: bool | None) -> Counted:
    """A query for a number of events, made to count over $window. counter: whether its metric is one, None: not said.

    With a window of its own by template it stays as it is. With the same fixed range everywhere, under functions
    that any window suits, the range becomes $window. A bare metric, or a sum of one, is wrapped: a counter in
    increase(), anything else in sum_over_time(); without a word on it, a name ending in _total, _count or _bucket
    makes a counter. Raises LeftOut for everything else: there it is not plain where the window goes.
    """
    query = windowed(part)
    if WINDOW in query:
        return Counted(query)
    try:
        tree = parse(query)
    except ValueError as error:
        raise part.left_out(f"expected PromQL: {error}") from None
    bare = _selector(_summed(tree))
    if bare is not None:
        is_counter = bare.metric.endswith(_COUNTERS) if counter is None else counter
        function = "increase" if is_counter else "sum_over_time"
        remark = "" if counter else f"counted as {function}(...[{WINDOW}]), for `counter` is not true"
        return Counted(f"sum({function}({bare.over_window()}))", remark)
    return _with_range_opened(part, query, tree)


def is_bare(part: Part) -> bool:
    """Whether the query is a metric, or a sum of one, with no function that says over which window."""
    try:
        return _selector(_summed(parse(windowed(part)))) is not None
    except ValueError:
        return False  # told when the SLO is judged as a whole


def _summed(node: Tree) -> Tree:
    """What an ungrouped sum sums, else the node itself."""
    name = type(node).__name__
    if name == "ParenExpr" or (name == "AggregateExpr" and str(node.op) == "sum" and node.modifier is None):
        return _summed(node.expr)
    return node


def _with_range_opened(part: Part, query: str, tree: Tree) -> Counted:
    nodes = list(_nodes(tree))
    ranges = {node.range for node in nodes if type(node).__name__ == "MatrixSelector"}
    functions = {
        node.func.name
        for node in nodes
        if type(node).__name__ == "Call" and any(type(arg).__name__ == "MatrixSelector" for arg in node.args)
    }
    subqueries = any(type(node).__name__ == "SubqueryExpr" for node in nodes)
    if len(ranges) != 1 or subqueries or not functions <= _OVER_ANY_WINDOW:
        raise part.left_out(f"it is not plain where the window goes; write {{{{.window}}}} there, or {WINDOW}")
    opened = _RANGE.sub(lambda match: f"[{WINDOW}]" if match.group().startswith("[") else match.group(), query)
    return Counted(
        opened, f"its range of {format_duration(int(ranges.pop().total_seconds()) or 1)} is taken as the window"
    )


def _nodes(node: Tree) -> Iterator[Tree]:
    yield node
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        inner = getattr(node, name, None)
        if inner is not None and not isinstance(inner, (str, float)):
            yield from _nodes(inner)
    for inner in getattr(node, "args", None) or ():
        yield from _nodes(inner)

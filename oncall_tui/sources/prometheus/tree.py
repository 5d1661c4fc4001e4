"""PromQL read as a tree: what may be asked of an expression, and how one is written down again.

promql_parser knows PromQL as of Prometheus 2.45. What it cannot read is not wrong for that: the server
decides. Such an expression is opaque: never rewritten, and never trusted to be anything.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from oncall_tui.core.duration import format_duration
from oncall_tui.sources.prometheus.templates import filled, generalised

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


def first_selector(text: str) -> str | None:
    """The leftmost selector of an expression as one of now; None when there is none that can be written down."""
    (template,), values = generalised(text)
    found = _first_selector(template)
    return None if found is None else filled(found, values)


@functools.lru_cache(maxsize=4_096)
def _first_selector(text: str) -> str | None:
    node = parse(text)
    found = selectors(node) if node is not None else []
    if not found or found[0].matchers.or_matchers:
        return None
    try:
        return f"{found[0].name or ''}{{{matchers_of(found[0])}}}"
    except Unwritable:
        return None


def last_selector(text: str) -> str | None:
    """The rightmost selector, which in a division is what is divided by; None as for first_selector."""
    node = parse(text)
    found = selectors(node) if node is not None else []
    if not found or found[-1].matchers.or_matchers:
        return None
    try:
        return f"{found[-1].name or ''}{{{matchers_of(found[-1])}}}"
    except Unwritable:
        return None


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


def as_vector(text: str) -> str:
    """The expression, wrapped in vector() if it is a bare number."""
    # Where a series is selected, and not by scalar(), there is no need to look closer.
    if "{" in text and "scalar" not in text:
        return text
    return f"vector({text})" if _bare_number(generalised(text)[0][0]) else text


@functools.lru_cache(maxsize=4_096)
def _bare_number(text: str) -> bool:
    node = parse(text)
    return node is not None and is_scalar(node)


# What an expression is known to be

_PER_SERIES = frozenset({"rate", "irate", "increase", "delta", "count_over_time", "sum_over_time"})


def per_second(text: str) -> bool:
    """Whether every range in it is read by rate or irate, so that it counts per second."""
    return _per_second(generalised(text)[0][0])


@functools.lru_cache(maxsize=4_096)
def _per_second(text: str) -> bool:
    node = parse(text)
    if node is None:
        return False
    calls = [one.func.name for one in nodes(node) if kind(one) == "Call" and _takes_range(one)]
    return bool(calls) and all(name in ("rate", "irate") for name in calls)


def _takes_range(call: Tree) -> bool:
    return any(kind(arg) in ("MatrixSelector", "SubqueryExpr") for arg in call.args)


_RATE = re.compile(r"\brate(?=\s*\()")
_KEEPING_SCALE = frozenset({"sum", "avg", "min", "max"})


def as_increase(text: str, window: int) -> str | None:
    """The expression with increase() for rate(): what happened in the window (seconds) rather than per second of it.

    None unless that is sure to be window times as much: every range is read by rate() and is the window, and what is
    made of the rates grows as they do.
    """
    node = parse(text)
    if node is None:
        return None
    span = timedelta(seconds=window)
    rates = [one for one in nodes(node) if kind(one) == "Call" and one.func.name == "rate"]
    spans = {one.args[0].range for one in rates if kind(one.args[0]) == "MatrixSelector"}
    if spans != {span} or not _grows_with_rates(node):
        return None
    written, found = _RATE.subn("increase", text)
    return written if found == len(rates) else None


def _grows_with_rates(node: Tree) -> bool:
    """Whether an expression made of rates alone is twice as large when they are."""
    match kind(node):
        case "ParenExpr" | "UnaryExpr":
            return _grows_with_rates(node.expr)
        case "AggregateExpr":
            return str(node.op) in _KEEPING_SCALE and node.param is None and _grows_with_rates(node.expr)
        case "BinaryExpr":
            return str(node.op) in ("+", "-", "or") and _grows_with_rates(node.lhs) and _grows_with_rates(node.rhs)
        case "Call" if node.func.name == "vector":
            return kind(node.args[0]) == "NumberLiteral" and node.args[0].val == 0
        case "Call":
            return node.func.name == "rate" and kind(node.args[0]) == "MatrixSelector"
    return False


def picks_from(part: str, total: str) -> bool:
    """Whether part selects among the very series that total does, and is empty only if it selects none.

    That is so when both are the same sum over the same function of one metric, and part contradicts no '='
    matcher of total. Then, while total has a value, no result for part means 0; in every other case it may
    mean a metric that is misspelt or not scraped.
    """
    return _picks_from(*generalised(part, total)[0])


@functools.lru_cache(maxsize=4_096)
def _picks_from(part: str, total: str) -> bool:
    ours, theirs = parse(part), parse(total)
    if ours is None or theirs is None or not (_plain(ours) and _plain(theirs)):
        return False
    (mine,), (whole,) = selectors(ours), selectors(theirs)
    if metric_of(mine) is None or metric_of(mine) != metric_of(whole):
        return False
    try:
        alike = show(ours, lambda _: "") == show(theirs, lambda _: "")
    except Unwritable:
        return False
    return alike and _equals(whole) <= _equals(mine)


def _plain(node: Tree) -> bool:
    """A sum or count over one function of one selector."""
    match kind(node):
        case "ParenExpr":
            return _plain(node.expr)
        case "AggregateExpr":
            return str(node.op) in ("sum", "count") and node.param is None and _plain(node.expr)
        case "Call":
            return node.func.name in _PER_SERIES and len(node.args) == 1 and _plain(node.args[0])
        case "MatrixSelector":
            return not node.vector_selector.matchers.or_matchers
    return False


def metric_of(selector: Tree) -> str | None:
    """The metric name a selector asks for; None when it asks for none, or for several."""
    if selector.name:
        return str(selector.name)
    return next((m.value for m in selector.matchers.matchers if m.name == "__name__" and op_of(m) == "="), None)


def matchers_by_name(selector: Tree) -> dict[str, str]:
    """The values of a selector's '=' matchers."""
    return {str(m.name): str(m.value) for m in selector.matchers.matchers if op_of(m) == "="}


def _equals(selector: Tree) -> set[tuple[str, str]]:
    return {(m.name, m.value) for m in selector.matchers.matchers if op_of(m) == "="}


_OPS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


def op_of(matcher: Tree) -> str:
    """A matcher's operator as written."""
    return _OPS[str(matcher.op).rpartition(".")[2]]


# Writing it down


class Unwritable(ValueError):
    """A node that this printer has no words for."""


def quote(text: str) -> str:
    """text as a PromQL string. A $window in it stays text: it is not the one that stands for a window."""
    if text.isprintable() and '"' not in text and "\\" not in text and "$window" not in text:
        return f'"{text}"'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("$window", "\\x24window")
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\x{ord(c):02x}" for c in escaped) + '"'


_RE2_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def quote_regex(text: str) -> str:
    """text as a regular expression (RE2) that matches it alone."""
    return _RE2_SPECIAL.sub(lambda match: "\\" + match.group(), text)


def number(value: float) -> str:
    """A number literal."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)


_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


def matcher_text(matcher: Tree) -> str:
    """One label matcher. Raises Unwritable for a name that older servers cannot read."""
    if not _NAME.match(matcher.name):
        raise Unwritable(matcher.name)
    return f"{matcher.name}{op_of(matcher)}{quote(matcher.value)}"


def matchers_of(selector: Tree) -> str:
    """A selector's matchers as written, without braces."""
    return ",".join(matcher_text(m) for m in selector.matchers.matchers)


def show(
    node: Tree, matchers: Callable[[Tree], str] = matchers_of, grouping: Callable[[Tree], str] | None = None
) -> str:
    """The tree as PromQL, every binary operation in parentheses.

    matchers writes what goes between a selector's braces; grouping writes an aggregation's clause
    (' by (x) ', or ''), by default the one it has. Raises Unwritable.
    """
    clause = grouping or grouping_of

    def write(one: Tree) -> str:
        match kind(one):
            case "NumberLiteral":
                return number(one.val)
            case "ParenExpr":
                return f"({write(one.expr)})"
            case "UnaryExpr":
                return f"(-{write(one.expr)})"
            case "BinaryExpr":
                return f"({write(one.lhs)} {_operator(one)} {write(one.rhs)})"
            case "Call":
                return f"{one.func.name}({', '.join(write(arg) for arg in one.args)})"
            case "AggregateExpr":
                param = one.param
                first = "" if param is None else f"{quote(param) if isinstance(param, str) else write(param)}, "
                return f"{one.op}{clause(one)}({first}{write(one.expr)})"
            case "VectorSelector" if not one.matchers.or_matchers:
                return f"{one.name or ''}{{{matchers(one)}}}{_shift(one)}"
            case "MatrixSelector" if not one.vector_selector.matchers.or_matchers:
                inner = one.vector_selector
                return f"{inner.name or ''}{{{matchers(inner)}}}[{_span(one.range)}]{_shift(inner)}"
            case "SubqueryExpr" if one.range is not None:
                step = _span(one.step) if one.step else ""
                return f"{write(one.expr)}[{_span(one.range)}:{step}]{_shift(one)}"
        raise Unwritable(kind(one))

    return write(node)


def grouping_of(aggregation: Tree) -> str:
    """The clause an aggregation has. Raises Unwritable for any but `by`."""
    if aggregation.modifier is None:
        return ""
    if str(aggregation.modifier.type).endswith("By"):
        return f" by ({', '.join(aggregation.modifier.labels)}) "
    raise Unwritable("without")


def _operator(node: Tree) -> str:
    modifier = node.modifier
    if modifier is None:
        return str(node.op)
    fill = getattr(modifier, "fill_values", None)
    if fill is not None and (fill.lhs is not None or fill.rhs is not None):
        raise Unwritable("fill")
    words = [str(node.op)]
    if modifier.return_bool:
        words.append("bool")
    if modifier.matching is not None:
        included = str(modifier.matching.type).endswith("Include")
        words.append(f"{'on' if included else 'ignoring'} ({', '.join(modifier.matching.labels)})")
    side = {"ManyToOne": "group_left", "OneToMany": "group_right"}.get(str(modifier.card).rpartition(".")[2])
    if side is not None:
        words.append(f"{side} ({', '.join(modifier.group_labels or ())})")
    return " ".join(words)


def matches_on_labels(node: Tree) -> bool:
    """Whether a binary operation says itself which labels its sides are matched on."""
    modifier = node.modifier
    return modifier is not None and (modifier.matching is not None or bool(modifier.group_labels))


def _span(delta: timedelta) -> str:
    milliseconds = delta // timedelta(milliseconds=1)
    return format_duration(milliseconds // 1_000) if milliseconds % 1_000 == 0 else f"{milliseconds}ms"


def _shift(node: Tree) -> str:
    if node.at is not None:
        raise Unwritable("@")
    if not node.offset:
        return ""
    back = node.offset < timedelta(0)
    return f" offset {'-' if back else ''}{_span(abs(node.offset))}"


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

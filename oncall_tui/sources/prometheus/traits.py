"""What a PromQL expression is known to be. Where it cannot be read, it is trusted to be nothing."""

from __future__ import annotations

import functools
import re
from datetime import timedelta

from oncall_tui.sources.prometheus.printing import Unwritable, matchers_of, show
from oncall_tui.sources.prometheus.templates import filled, generalised
from oncall_tui.sources.prometheus.tree import Tree, is_scalar, kind, metric_of, nodes, op_of, parse, selectors


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


def _equals(selector: Tree) -> set[tuple[str, str]]:
    return {(m.name, m.value) for m in selector.matchers.matchers if op_of(m) == "="}

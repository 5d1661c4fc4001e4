"""PromQL trees written down again, and the strings, patterns and numbers in them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import timedelta

from oncall_tui.core.duration import format_duration
from oncall_tui.sources.prometheus.tree import Tree, kind, op_of


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

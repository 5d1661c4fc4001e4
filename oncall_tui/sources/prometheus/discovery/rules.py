"""What /api/v1/rules tells: recorded queries, and the windows, factors and budgets of burn-rate alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from oncall_tui.core.alerts import Alert, Urgency
from oncall_tui.core.burn import Severity
from oncall_tui.sources.prometheus.tree import Tree, kind, matchers_by_name, nodes, parse

Key = tuple[str, str]
"""What tells an SLO's rules from others: ('sloth_id', 'ranker-availability') or ('slo', 'ranker-availability')."""

_IDS = ("sloth_id", "slo")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two windows, as their series are named, that alert together above factor times the budget (0..1)."""

    severity: Severity
    metrics: tuple[str, str]
    factor: float
    budget: float


@dataclass(slots=True)
class Rules:
    """recorded: query by (metric, SLO). pairs: what alerts by SLO."""

    recorded: dict[tuple[str, Key], str] = field(default_factory=dict)
    pairs: dict[Key, list[Pair]] = field(default_factory=lambda: defaultdict(list))


def read_rules(data: Any) -> Rules:
    """The rules that speak of an SLO. What is not shaped like a rule is passed over."""
    rules = Rules()
    for rule in _rules(data):
        name, query, labels = rule.get("name"), rule.get("query"), rule.get("labels") or {}
        if not (isinstance(name, str) and isinstance(query, str) and isinstance(labels, dict)):
            continue
        if rule.get("type") == "alerting":
            for key, pair in _pairs(query, {str(k): str(v) for k, v in labels.items()}):
                rules.pairs[key].append(pair)
        elif of := _key(labels):
            rules.recorded[name, of] = query
    return rules


def _rules(data: Any) -> Iterator[dict[str, Any]]:
    groups = data.get("groups") if isinstance(data, dict) else None
    for group in groups if isinstance(groups, list) else ():
        rules = group.get("rules") if isinstance(group, dict) else None
        yield from (rule for rule in (rules if isinstance(rules, list) else ()) if isinstance(rule, dict))


def _key(labels: Mapping[str, Any]) -> Key | None:
    return next(((name, labels[name]) for name in _IDS if isinstance(labels.get(name), str) and labels[name]), None)


def _pairs(query: str, labels: Mapping[str, str]) -> Iterator[tuple[Key, Pair]]:
    """Every `a > factor * budget and b > factor * budget` in an alert's query."""
    # Most alerts have no budget: reading them would cost more than all the rest.
    if " and" not in query or not any(name in query for name in _IDS):
        return
    node = parse(query)
    for one in nodes(node) if node is not None else ():
        if kind(one) != "BinaryExpr" or str(one.op) != "and":
            continue
        left, right = _leg(one.lhs), _leg(one.rhs)
        if left is None or right is None:
            continue
        key = _key(left[1]) or _key(labels)
        if key is not None:
            yield key, Pair(_severity(labels), (left[0], right[0]), left[2], left[3])


def _leg(node: Tree) -> tuple[str, dict[str, str], float, float] | None:
    """(metric, its '=' matchers, factor, budget) of `metric{...} > (factor * budget)`."""
    node = _bare(node)
    if kind(node) != "BinaryExpr" or str(node.op) != ">":
        return None
    selector, bound = _bare(node.lhs), _bare(node.rhs)
    if kind(selector) != "VectorSelector" or not selector.name or kind(bound) != "BinaryExpr" or str(bound.op) != "*":
        return None
    factor, budget = _number(bound.lhs), _number(bound.rhs)
    if factor is None or budget is None:
        return None
    return str(selector.name), matchers_by_name(selector), factor, budget


def _bare(node: Tree) -> Tree:
    """Without parentheses, and without an aggregation over what is one series."""
    while kind(node) == "ParenExpr" or (kind(node) == "AggregateExpr" and node.param is None):
        node = node.expr
    return node


def _number(node: Tree) -> float | None:
    """The value of a number, or of a difference of two."""
    node = _bare(node)
    if kind(node) == "NumberLiteral":
        return float(node.val)
    if kind(node) == "BinaryExpr" and str(node.op) == "-":
        left, right = _number(node.lhs), _number(node.rhs)
        return None if left is None or right is None else left - right
    return None


def _severity(labels: Mapping[str, str]) -> Severity:
    urgency = Alert("", "", labels).urgency
    sloth = labels.get("sloth_severity")
    return Severity.PAGE if sloth == "page" or (not sloth and urgency is Urgency.PAGE) else Severity.TICKET

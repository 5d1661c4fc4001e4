"""The queries of a grouped SLO: one series for each of its groups."""

from __future__ import annotations

from collections.abc import Sequence

from oncall_tui.sources.prometheus import printing, tree
from oncall_tui.sources.prometheus.tree import Tree


def by_labels(text: str, labels: Sequence[str]) -> str:
    """The expression with every aggregation keeping the labels; as it is where all do.

    Raises printing.Unwritable for an expression that cannot be read, or be written down again.
    """
    if not labels:
        return text
    node = tree.parse(text)
    if node is None:
        raise printing.Unwritable("the query cannot be read")
    aggregations = [one for one in tree.nodes(node) if tree.kind(one) == "AggregateExpr"]
    if all(_keeps(one, labels) for one in aggregations):
        return text
    if any(tree.kind(one) == "BinaryExpr" and tree.matches_on_labels(one) for one in tree.nodes(node)):
        raise printing.Unwritable("it says itself which labels match")
    return printing.show(node, grouping=lambda one: f" by ({', '.join(dict.fromkeys([*_kept(one), *labels]))}) ")


def _keeps(aggregation: Tree, labels: Sequence[str]) -> bool:
    if aggregation.modifier is not None and not str(aggregation.modifier.type).endswith("By"):
        return not set(labels) & set(aggregation.modifier.labels)
    return set(labels) <= set(_kept(aggregation))


def _kept(aggregation: Tree) -> Sequence[str]:
    printing.grouping_of(aggregation)
    return list(aggregation.modifier.labels) if aggregation.modifier is not None else []

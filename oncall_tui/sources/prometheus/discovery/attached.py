"""Recipes that fit what is exported beside the model servers: monitors of data and models, containers, GPUs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from oncall_tui.core import recipes
from oncall_tui.core.catalogue import ServiceKind
from oncall_tui.core.findings import FoundRecipe, FoundService
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.discovery.labels import usable

_PROBED = {
    name: frozenset(
        need.removesuffix("_bucket") + "_count" if need.endswith("_bucket") else need
        for one in recipes.BY_NAME[name].signals
        for need in one.needs
    )
    for name in recipes.ATTACHED
}
"""By recipe, the metrics by which it is known to fit."""


def covered() -> frozenset[str]:
    """Every metric that is found in this way, so that it is not found in another one too."""
    return frozenset().union(*_PROBED.values())


def query() -> str:
    """Every metric that a recipe needs, by the labels that say whose it is."""
    labels = dict.fromkeys(label for name in recipes.ATTACHED for label in recipes.BY_NAME[name].identity)
    return f'count by (__name__, {", ".join(labels)}) ({{__name__=~"{"|".join(sorted(covered()))}"}})'


def attached_services(rows: Iterable[Row], known: Collection[str]) -> list[FoundService]:
    """A service with each recipe that fits it. known: names of services found so far.

    What a monitor speaks of is a model, known or not. A container or a GPU is told of only where a known service has
    its name: a cluster runs much that is nobody's model.
    """
    found: dict[FoundRecipe, FoundService] = {}
    for row in rows:
        metric = row.labels.get("__name__", "")
        for name in (one for one, metrics in _PROBED.items() if metric in metrics):
            recipe = recipes.BY_NAME[name]
            label = next((one for one in recipe.identity if row.labels.get(one)), None)
            if label is None or not usable(row.labels[label]):
                continue
            value, monitors = row.labels[label], recipe.kind is ServiceKind.MODEL
            if monitors or value in known:
                one = FoundRecipe(name, ((label, value),))
                kind = ServiceKind.MODEL if monitors else ServiceKind.OTHER
                # Without an identity of its own: an alert of a container is not for that an alert of the model.
                found[one] = FoundService(value, one.identity if monitors else (), kind, recipes=(one,))
    return list(found.values())

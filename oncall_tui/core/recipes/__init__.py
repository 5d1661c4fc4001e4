"""Ready-made signals, by the names under which a configuration asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncall_tui.core.recipes import machines, monitors, servers
from oncall_tui.core.recipes.recipe import Recipe, SignalRecipe, quantile

BY_NAME: Mapping[str, Recipe] = {
    "evidently": monitors.EVIDENTLY,
    "alibi_detect": monitors.ALIBI_DETECT,
    "whylogs": monitors.WHYLOGS,
    "nannyml": monitors.NANNYML,
    "kubernetes": machines.KUBERNETES,
    "dcgm": machines.DCGM,
    **{
        name: next(recipe for recipe in servers.RECIPES if recipe.server == server)
        for name, server in (
            ("vllm", "vLLM"),
            ("triton", "Triton"),
            ("torchserve", "TorchServe"),
            ("tf_serving", "TensorFlow Serving"),
            ("kserve", "KServe"),
            ("ray_serve", "Ray Serve"),
            ("tgi", "TGI"),
            ("sglang", "SGLang"),
            ("bentoml", "BentoML"),
            ("mlserver", "MLServer"),
            ("seldon", "Seldon Core"),
            ("feast", "Feast's feature server"),
        )
    },
}
ATTACHED = ("evidently", "alibi_detect", "whylogs", "nannyml", "kubernetes", "dcgm")
"""Those that discovery adds to a service by name: what they tell has no server of its own to be found by."""

_QUANTILES = ("95", "5")


def default_matcher(name: str, service: str) -> tuple[str, str] | None:
    """The label, and its value, by which a recipe's series are told to be a service's, where nobody says; None: all."""
    identity = BY_NAME[name].identity
    return (identity[0], service) if identity else None


def signals(name: str, own: str) -> tuple[SignalRecipe, ...]:
    """The signals of a recipe for the series that have own, the matchers between a selector's braces.

    A percentile comes with two more; of several ways to have one signal each is tried, for who writes them does not
    know which is exported. What can only be had of a whole scrape job is left out.
    """
    found: dict[str, SignalRecipe] = {}
    for one in _every(BY_NAME[name]):
        filled = one.query.replace("$own", own).replace("{,", "{")
        known = found.get(one.name)
        query = filled if known is None else f"({known.query}) or ({filled})"
        found[one.name] = SignalRecipe(
            one.name, one.kind, one.unit, query, one.needs, one.label, one.by, one.good, one.warn, one.crit
        )
    return tuple(found.values())


def _every(recipe: Recipe) -> Iterator[SignalRecipe]:
    for one in (*recipe.signals, *recipe.more):
        if "$job" in one.query:
            continue
        yield one
        if "histogram_quantile(0.99," in one.query:
            yield from (quantile(one, share) for share in _QUANTILES)

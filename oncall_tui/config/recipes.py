"""Recipes as a service names them, and the signals they become."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from oncall_tui.config.fields import MatcherText
from oncall_tui.config.http_config import Model
from oncall_tui.config.mistakes import suggest
from oncall_tui.core import recipes
from oncall_tui.core.baseline import OUT, WEEKS
from oncall_tui.core.catalogue import MORE_IS_BETTER, VERSIONS, Signal, SignalKind
from oncall_tui.core.matchers import Matcher, MatchOp, parse_matchers
from oncall_tui.core.recipes.recipe import SignalRecipe
from oncall_tui.core.slo import Side


def _known(name: str) -> str:
    if name not in recipes.BY_NAME:
        raise ValueError(f"no recipe {name!r}{suggest(name, recipes.BY_NAME)}: {', '.join(recipes.BY_NAME)}")
    return name


def _name_alone(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _one_alone(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class RecipeConfig(Model):
    """Signals that come ready-made. match: which series are the service's; default: the recipe's own label for it."""

    name: Annotated[str, AfterValidator(_known)]
    match: Annotated[tuple[MatcherText, ...], BeforeValidator(_one_alone), Field(min_length=1)] | None = None

    def own(self, service: str) -> str:
        """What stands between the braces of each selector."""
        if self.match is not None:
            return ",".join(str(one) for text in self.match for one in parse_matchers(text))
        default = recipes.default_matcher(self.name, service)
        return str(Matcher(default[0], MatchOp.EQUAL, default[1])) if default else ""


NamedRecipe = Annotated[RecipeConfig, BeforeValidator(_name_alone)]


def recipe_signals(named: Iterable[RecipeConfig], service: str, taken: Iterable[str]) -> tuple[Signal, ...]:
    """The signals of a service's recipes as the core has them. taken: names of its own signals, which go first.

    A name that is taken already gets the recipe's before it.
    """
    found: dict[str, Signal] = {}
    names = set(taken)
    for recipe in named:
        for one in recipes.signals(recipe.name, recipe.own(service)):
            name = one.name if one.name not in names else f"{recipe.name}-{one.name}"
            if name in names:  # the same recipe twice, for two kinds of series
                continue
            names.add(name)
            found[name] = _signal(one, recipe.name, name, service)
    return tuple(found.values())


def _signal(one: SignalRecipe, recipe: str, name: str, service: str) -> Signal:
    good = one.good or (Side.AT_LEAST if one.kind in MORE_IS_BETTER else Side.AT_MOST)
    return Signal(
        service, name, one.kind, one.query, one.by, one.unit, good, one.warn, one.crit, WEEKS, OUT, recipe=recipe
    )


def recipe_versions(named: Iterable[RecipeConfig], service: str) -> Signal | None:
    """Where the first of the recipes that knows versions reads them."""
    for recipe in named:
        if (versions := recipes.BY_NAME[recipe.name].versions) is not None:
            metric, label = versions
            query = f"max by ({label}) ({metric}{{{recipe.own(service)}}})"
            return Signal(service, VERSIONS, SignalKind.OTHER, query, by=label)
    return None


def recipe_info(named: Iterable[RecipeConfig], service: str) -> list[tuple[str, tuple[str, ...]]]:
    """The info metrics of recipes, each with its labels."""
    return [
        (f"{metric}{{{recipe.own(service)}}}", labels)
        for recipe in named
        for metric, labels in recipes.BY_NAME[recipe.name].info
    ]


def version_label(named: Iterable[RecipeConfig]) -> str:
    """The label by which the series of the first recipe that knows versions say which they are of; '' for none."""
    return next((found[1] for one in named if (found := recipes.BY_NAME[one.name].versions) is not None), "")

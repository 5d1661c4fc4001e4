"""Model servers, known by the metrics they export."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from oncall_tui.core.findings import FoundService, FoundSignal, Identity, ProposedSlo
from oncall_tui.core.recipes.recipe import EventsRecipe, HistogramRecipe, Recipe, SignalRecipe
from oncall_tui.core.recipes.servers import BESIDE, RECIPES
from oncall_tui.core.slo import EventsSli, LatencySli
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.discovery.labels import matchers, usable
from oncall_tui.sources.prometheus.printing import quote, quote_regex

Bounds = Mapping[str, Collection[str]]
"""The `le` of each histogram (its base name), as the server writes them."""

_LIKELY_SECONDS = 1.0
"""Of a histogram's bounds the proposed one is the nearest to this: a place to begin, and said to be no more."""


@dataclass(slots=True)
class Place:
    """One model on one kind of server. names: what it exports; labelled: (metric, label) that have a value."""

    recipe: Recipe
    name: str
    own: Identity
    names: set[str] = field(default_factory=set)
    labelled: set[tuple[str, str]] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)
    alone: bool = True
    """Whether its jobs export no other model."""


def exported() -> list[str]:
    """Every metric that a recipe needs, as it is looked for: a histogram by its count."""
    return [*dict.fromkeys(name for recipe in RECIPES for name in _needed(recipe))]


def _needed(recipe: Recipe) -> list[str]:
    """What it looks for among metrics that name a model."""
    needs = [one.needs for one in recipe.signals if "$own" in one.query]
    needs += [one.needs for one in recipe.availability if "$own" in one.total]
    return [_looked_for(name) for some in needs for name in some]


def query() -> str:
    """What of all that there is, by the labels that name a model."""
    told = (one.label for recipe in RECIPES for one in recipe.signals if one.label)
    labels = dict.fromkeys(("job", "service", *(label for recipe in RECIPES for label in recipe.identity), *told))
    return f'count by (__name__, {", ".join(labels)}) ({{__name__=~"{"|".join(exported())}"}})'


def beside_query(places: Iterable[Place]) -> str | None:
    """What the jobs of model servers export without naming a model; None where no job is known."""
    jobs = _jobs(places)
    if not jobs:
        return None
    return " or ".join(f"count by (__name__, job) ({one.replace('$job', _of_jobs(jobs))})" for one in BESIDE)


def bounds_query(places: Iterable[Place]) -> str | None:
    """The buckets of every histogram that was found; None where none was."""
    known = {name.removesuffix("_count") for place in places for name in place.names}
    histograms = [name for name in _histograms() if name in known]
    names = "|".join(f"{name}_bucket" for name in histograms)
    return f'count by (__name__, le) ({{__name__=~"{names}"}})' if names else None


def bounds_in(rows: Iterable[Row]) -> dict[str, set[str]]:
    """What bounds_query answers."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row.labels.get("__name__", "").removesuffix("_bucket")].add(row.labels.get("le", ""))
    return found


def _histograms() -> list[str]:
    needed = [need for recipe in RECIPES for one in recipe.signals for need in one.needs if need.endswith("_bucket")]
    return [*dict.fromkeys(need.removesuffix("_bucket") for need in needed)]


def _looked_for(name: str) -> str:
    return re.sub(r"_bucket\Z", "_count", name)


def places(rows: Iterable[Row]) -> list[Place]:
    """One for each model on each kind of server.

    A service (the label) that serves one model is called by its own name; of several, each is called by the model's.
    """
    rows = list(rows)
    found: list[Place] = []
    for recipe in RECIPES:
        wanted = _needed(recipe)
        found += _places_of(recipe, [row for row in rows if row.labels.get("__name__") in wanted])
    serving: dict[str, set[str]] = defaultdict(set)
    for place in found:
        for job in place.jobs:
            serving[job].add(place.name)
    for place in found:
        place.alone = all(len(serving[job]) == 1 for job in place.jobs)
    return found


def _places_of(recipe: Recipe, rows: list[Row]) -> list[Place]:
    models: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        models[row.labels.get("service", "")].update(_model(recipe, row))
    found: dict[Identity, Place] = {}
    for row in rows:
        service, job = row.labels.get("service", ""), row.labels.get("job", "")
        own: Identity
        if service and len(models[service]) <= 1:
            own = (("service", service),)
        elif model := _model(recipe, row):
            own = (*model, *([("service", service)] if service else []))
        else:
            own = (("job", job),) if job else ()
        if not usable(*(text for _, text in own)):
            continue
        place = found.setdefault(own, Place(recipe, own[0][1] if own else recipe.server, own))
        place.names.add(row.labels["__name__"])
        place.labelled.update((row.labels["__name__"], label) for label, text in row.labels.items() if text)
        place.jobs |= {job} if job and usable(job) else set()
    return _told_apart(list(found.values()))


def _told_apart(found: list[Place]) -> list[Place]:
    """One model's name in several services of many models is said with the service."""
    names = [place.name for place in found]
    for place in found:
        if names.count(place.name) > 1 and len(place.own) > 1:
            place.name = f"{place.own[1][1]}-{place.own[0][1]}"
    return found


def _model(recipe: Recipe, row: Row) -> tuple[tuple[str, str], ...]:
    return next((((label, row.labels[label]),) for label in recipe.identity if row.labels.get(label)), ())


def _jobs(places: Iterable[Place]) -> set[str]:
    return {job for place in places for job in place.jobs}


def _of_jobs(jobs: Collection[str]) -> str:
    if len(jobs) == 1:
        return matchers(tuple(("job", job) for job in jobs))
    return f"job=~{quote('|'.join(quote_regex(job) for job in sorted(jobs)))}"


def server_service(place: Place, beside: Iterable[Row], bounds: Bounds | None) -> FoundService:
    """The service with its signals and proposals. bounds: None where it could not be found out which there are."""
    exports = {row.labels.get("__name__", "") for row in beside if row.labels.get("job", "") in place.jobs}
    has = place.names | exports

    def there(one: SignalRecipe | EventsRecipe) -> bool:
        needs = {_looked_for(need) for need in one.needs}
        buckets = {need.removesuffix("_bucket") for need in one.needs if need.endswith("_bucket")}
        told = not one.label or needs <= exports or all((need, one.label) in place.labelled for need in needs)
        return needs <= has and (bounds is None or buckets <= bounds.keys()) and told

    signals: dict[str, FoundSignal] = {}
    for one in place.recipe.signals:
        if one.name not in signals and there(one):
            remark = "of the whole job" if "$job" in one.query and not place.alone else ""
            query = _filled(one.query, place)
            signals[one.name] = FoundSignal(one.name, one.kind, query, unit=one.unit, remark=remark)
    wanted = dict.fromkeys(one.name for one in place.recipe.signals)
    missing = [name for name in wanted if name not in signals]
    remarks = [f"{place.recipe.server}, told by its metrics"]
    if missing:
        remarks.append(f"not exported (yet), or not under a name known here: {', '.join(missing)}")
    lacking, why = place.recipe.lacks
    if why and lacking not in signals:
        remarks.append(why)
    return FoundService(
        name=place.name,
        identity=place.own,
        kind=place.recipe.kind,
        signals=tuple(signals.values()),
        proposals=tuple(_proposals(place, there, bounds or {})),
        remarks=tuple(remarks),
    )


def _filled(query: str, place: Place) -> str:
    own, jobs = matchers(place.own), _of_jobs(place.jobs)
    return re.sub(r"\$(own|job)", lambda match: own if match[1] == "own" else jobs, query)


def _proposals(place: Place, there: Callable[[EventsRecipe], bool], bounds: Bounds) -> Iterator[ProposedSlo]:
    for events in place.recipe.availability:
        if there(events):
            yield _availability(events, place)
            break
    for histogram in place.recipe.latency:
        bound = _nearest(bounds.get(histogram.histogram, ()), histogram.per_second)
        if bound is not None and f"{histogram.histogram}_count" in place.names:
            yield _latency(histogram, bound, sorted(bounds[histogram.histogram], key=float), place)


def _availability(recipe: EventsRecipe, place: Place) -> ProposedSlo:
    return ProposedSlo("availability", EventsSli(_filled(recipe.total, place), _filled(recipe.error, place)))


def _nearest(bounds: Iterable[str], per_second: float) -> str | None:
    """The bound nearest to a second, as the server writes it; None where there is none but +Inf."""
    finite = [(abs(seconds - _LIKELY_SECONDS), le) for le in bounds if 0 < (seconds := _number(le) / per_second) < 1e9]
    return min(finite)[1] if finite else None


def _number(le: str) -> float:
    try:
        return float(le)
    except ValueError:
        return -1.0


def _latency(recipe: HistogramRecipe, le: str, bounds: list[str], place: Place) -> ProposedSlo:
    name = "first-token-latency" if "first_token" in recipe.histogram else "latency"
    there = ", ".join(bound for bound in bounds if _number(bound) < float("inf"))
    if recipe.per_second == 1:
        sli = LatencySli(recipe.histogram, float(le), matchers(place.own))
        return ProposedSlo(name, sli, f"the server's bounds are, in seconds, {there}")
    own = matchers(place.own)
    good = f"sum(rate({recipe.histogram}_bucket{{{own},le={quote(le)}}}[$window]))"
    total = f"sum(rate({recipe.histogram}_count{{{own}}}[$window]))"
    unit = "milliseconds" if recipe.per_second == 1_000 else "microseconds"
    return ProposedSlo(name, EventsSli(total, good=good), f"the server's bounds are, in {unit}, {there}")

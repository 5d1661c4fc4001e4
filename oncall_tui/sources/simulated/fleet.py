"""The simulated fleet: ten services as a function of time, with counters that are the integrals of their rates.

There is no clock in here and no state but the log of interventions: the same scenario, epoch, seed and log
give the same figures for every moment, however often and in whatever order they are asked.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from oncall_tui.core.errors import ActionError, ConfigError
from oncall_tui.sources.simulated.profiles import HISTORY, PROFILES
from oncall_tui.sources.simulated.scenarios import SCENARIOS, Effect, Scenario
from oncall_tui.sources.simulated.service import PAST, ServiceModel, Timeseries, Vitals

_FOLLOWS = 600.0
"""Seconds after a change in which a rate over a few minutes still moves."""
_SLOW = 86_400.0
"""Seconds from which on a change is as good as calm: who looks once an hour misses little of it."""


@dataclass(slots=True)
class Interventions:
    """What people did to the fleet: (unix seconds, name), in the order done. Owned by whoever runs the fleet."""

    entries: list[tuple[float, str]] = field(default_factory=list)

    def add(self, name: str, at: float) -> None:
        """Write down that name was done at unix time at."""
        self.entries.append((at, name))

    def first(self, name: str) -> float | None:
        """When it was first done; None if it was not."""
        return min((at for at, entry in self.entries if entry == name), default=None)


class Point(NamedTuple):
    """One line of an exposition. type: 'counter', 'gauge' or 'histogram' (for its _bucket, _sum and _count)."""

    metric: str
    labels: Mapping[str, str]
    value: float
    type: str


class Fleet:
    """The whole fleet in one scenario.

    epoch: unix seconds at which the story starts; before it lie PAST seconds (62 days) of ordinary life, and
    before those nothing. Raises ConfigError for a scenario there is not.
    """

    def __init__(self, scenario: str, epoch: float, seed: int = 7, interventions: Interventions | None = None) -> None:
        if scenario not in SCENARIOS:
            raise ConfigError(f"there is no scenario {scenario!r}", f"one of: {', '.join(SCENARIOS)}")
        self.scenario: Scenario = SCENARIOS[scenario]
        self.epoch = epoch
        self.interventions = Interventions() if interventions is None else interventions
        self._models = {profile.name: ServiceModel(profile, epoch, seed) for profile in PROFILES}
        self._healed_at: float | None = None
        self._seen = -1
        self._lock = threading.Lock()
        self.settle()
        self.series: tuple[Timeseries, ...] = tuple(
            series for model in self._models.values() for series in model.timeseries()
        )

    @property
    def services(self) -> tuple[str, ...]:
        """The services' names."""
        return tuple(self._models)

    @property
    def begins(self) -> float:
        """Unix seconds of the oldest moment there is anything to know of."""
        return self.epoch - PAST

    @property
    def healed_at(self) -> float | None:
        """When the scenario's mitigation was first done; None if it was not."""
        self.settle()
        return self._healed_at

    def heal(self, name: str, at: float) -> None:
        """Do this mitigation at unix time at. Raises ActionError for one that does not mend this scenario."""
        if not name or name != self.scenario.mitigation:
            cure = self.scenario.mitigation
            raise ActionError(
                f"{name!r} does not mend {self.scenario.name}", f"{cure} does" if cure else "there is nothing to mend"
            )
        self.interventions.add(name, at)

    def vitals(self, service: str, t: float) -> Vitals:
        """How one service does at unix time t. Raises KeyError for a service there is not."""
        self.settle()
        return self._models[service].vitals(t)

    def exposition(self, t: float, service: str = "") -> Iterator[Point]:
        """Every series at unix time t, or those of one service; what is missing then is left out.

        Series of one metric are not adjacent: an exposition format wants them grouped by the caller.
        """
        self.settle()
        for series in self.series:
            if service and series.labels["service"] != service:
                continue
            value = series.value(t)
            if value is not None:
                yield Point(series.metric, series.labels, value, series.type)

    def calm_until(self, t: float) -> float:
        """Until when, from unix time t on, no effect sets in or wears off within a day; t itself when one does."""
        self.settle()
        s = t - self.epoch
        i = bisect_right(self._stirs, (s, math.inf))
        if i and s <= self._stirs[i - 1][1]:
            return t
        return self._stirs[i][0] + self.epoch if i < len(self._stirs) else math.inf

    def settle(self) -> None:
        """Take the interventions into account that were logged since the last look; before, series do not know them."""
        if self._seen != len(self.interventions.entries):
            with self._lock:
                self._stand_under(len(self.interventions.entries))

    def _stand_under(self, interventions: int) -> None:
        cure = self.scenario.mitigation
        self._healed_at = self.interventions.first(cure) if cure else None
        effects = [*HISTORY, *map(self._now, self.scenario.effects)]
        for name, model in self._models.items():
            model.settle(effect for effect in effects if effect.service == name)
        self._stirs = _stirs(effects)
        self._seen = interventions

    def _now(self, effect: Effect) -> Effect:
        if self._healed_at is None:
            return effect
        healed = effect.curve.healed(self._healed_at - self.epoch, effect.recovery)
        return Effect(effect.service, effect.dial, healed, effect.key, effect.recovery)


def _stirs(effects: Iterable[Effect]) -> list[tuple[float, float]]:
    """Where levels change, in story time: disjoint, in order, each with the time a rate takes to follow."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(
        (a - 60, b + _FOLLOWS)
        for effect in effects
        for (a, v), (b, w) in pairwise(effect.curve.knots)
        if v != w and b - a < _SLOW
    ):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged

"""The fleet as it is played now: the simulation held against the clock, for servers in many threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from oncall_tui.sources.simulated.fleet import Fleet, Point
from oncall_tui.sources.simulated.service import Vitals


class Stage:
    """A fleet that several threads ask about the present. clock: unix seconds."""

    def __init__(self, fleet: Fleet, clock: Callable[[], float] = time.time) -> None:
        self.fleet = fleet
        self._clock = clock
        self._lock = threading.Lock()

    def vitals(self, service: str) -> Vitals:
        """How a service does now. Raises KeyError for a service there is not."""
        with self._lock:
            return self.fleet.vitals(service, self._clock())

    def metrics(self, service: str) -> list[Point]:
        """What a service exports now."""
        with self._lock:
            return list(self.fleet.exposition(self._clock(), service))

    def heal(self, action: str) -> None:
        """Do a mitigation now. Raises ActionError for one that does not mend the scenario."""
        with self._lock:
            self.fleet.heal(action, self._clock())

    def state(self) -> dict[str, Any]:
        """The story so far, as plain values for JSON. Times are unix seconds."""
        now = self._clock()
        with self._lock:
            fleet, scenario = self.fleet, self.fleet.scenario
            return {
                "at": now,
                "epoch": fleet.epoch,
                "scenario": scenario.name,
                "title": scenario.title,
                "mitigation": scenario.mitigation or None,
                "healed_at": fleet.healed_at,
                "interventions": [{"at": at, "name": name} for at, name in fleet.interventions.entries],
                "services": {
                    name: {"version": vitals.version, "live": vitals.live, "ready": vitals.ready}
                    for name in fleet.services
                    for vitals in (fleet.vitals(name, now),)
                },
            }

"""The embedded fleet and its scenarios: demo, lab and tests live on it."""

from oncall_tui.sources.simulated.fleet import Fleet, Interventions, Point
from oncall_tui.sources.simulated.scenarios import DEFAULT_SCENARIO, SCENARIOS, Scenario
from oncall_tui.sources.simulated.world import World, demo_world

__all__ = ["DEFAULT_SCENARIO", "SCENARIOS", "Fleet", "Interventions", "Point", "Scenario", "World", "demo_world"]

"""Everything `demo` needs in place of a network: metrics, alerts and endpoints of one simulated fleet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.sources.simulated.alerts import SimulatedAlertmanager, handover
from oncall_tui.sources.simulated.figures import Figures
from oncall_tui.sources.simulated.fleet import Fleet, Interventions
from oncall_tui.sources.simulated.metrics import SimulatedMetrics
from oncall_tui.sources.simulated.probes import SimulatedProber
from oncall_tui.sources.simulated.rules import RuleEvaluation

METRICS = "prometheus"
ALERTS = "alertmanager"


@dataclass(frozen=True, slots=True)
class World:
    """One simulated fleet behind the ports. catalogue: the one given, every service known to this source."""

    catalogue: Catalogue
    metrics: SimulatedMetrics
    alerts: SimulatedAlertmanager
    prober: SimulatedProber
    fleet: Fleet
    interventions: Interventions


def no_runbook(_: str) -> str:
    """No link for any alert."""
    return ""


def demo_world(
    scenario: str,
    clock: Callable[[], float],
    catalogue: Catalogue,
    *,
    epoch: float | None = None,
    seed: int = 7,
    runbook_url: Callable[[str], str] = no_runbook,
) -> World:
    """A world in which the scenario begins at epoch (unix seconds), or now.

    runbook_url: alert name -> the link its annotations carry. Raises ConfigError for a scenario there is not.
    """
    start = clock() if epoch is None else epoch
    interventions = Interventions()
    fleet = Fleet(scenario, start, seed, interventions)
    known = Catalogue(tuple(replace(service, source=METRICS) for service in catalogue.services))
    figures = Figures(fleet, known)
    rules = RuleEvaluation(fleet, figures, known, runbook_url)
    return World(
        known,
        SimulatedMetrics(METRICS, figures, rules, clock),
        SimulatedAlertmanager(ALERTS, rules, clock, handover(start)),
        SimulatedProber(fleet, clock),
        fleet,
        interventions,
    )

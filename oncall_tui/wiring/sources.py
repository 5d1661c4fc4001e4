"""A configuration's sources, and one poll of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.loader import example_config, load_config
from oncall_tui.config.models import Config
from oncall_tui.config.notes import told
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.ports import AlertSource, MetricsSource, Prober
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.wiring.configs import configured
from oncall_tui.wiring.server import Server, found_config

if TYPE_CHECKING:
    from oncall_tui.actions import Assigned
    from oncall_tui.sources.simulated.world import World

DEMO_INTERVAL = 3.0
"""Seconds between polls of the simulated fleet, whose stories unfold in minutes."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the poller asks. clusters: of Alertmanagers that are configured to belong to one, its name by theirs."""

    catalogue: Catalogue
    metrics: tuple[MetricsSource, ...]
    alerts: tuple[AlertSource, ...]
    prober: Prober | None
    clusters: Mapping[str, str] = field(default_factory=dict)


def real_sources(config: Config) -> Sources:
    """The sources that a configuration names; nothing is asked yet."""
    from oncall_tui.sources.alertmanager import AlertmanagerSource
    from oncall_tui.sources.endpoints import EndpointProber
    from oncall_tui.sources.prometheus import PrometheusSource
    from oncall_tui.sources.prometheus.by_version import told_by_version

    catalogue = told_by_version(config.catalogue())
    metrics = tuple(
        PrometheusSource(
            source.name,
            source.url,
            source.http(),
            catalogue,
            concurrency=config.polling.concurrency,
            parameters=source.parameters(),
            budget=config.polling.budget,
        )
        for source in config.sources.prometheus
    )
    alerts = tuple(AlertmanagerSource(source.name, source.url, source) for source in config.sources.alertmanager)
    clusters = {source.name: source.cluster for source in config.sources.alertmanager if source.cluster}
    return Sources(catalogue, metrics, alerts, EndpointProber(config.endpoint_http()), clusters)


def real_pagers(config: Config) -> tuple[Assigned, ...]:
    """The pagers that a configuration names, each with the alerts that go to it; nothing is asked yet."""
    if not config.pagers:
        return ()
    from oncall_tui.actions import Assigned
    from oncall_tui.sources.pagers import pager_from

    # A search and an acknowledgement are a few requests each.
    return tuple(Assigned(pager_from(one), one.matchers, 3.0 * one.timeout) for one in config.pagers)


def simulated_sources(config: Config, scenario: str, into: int = 0) -> tuple[Sources, World]:
    """The simulated fleet in place of a configuration's sources. into: seconds since its story began."""
    from oncall_tui.sources.simulated.world import demo_world

    world = demo_world(scenario, time.time, config.catalogue(), epoch=time.time() - into)
    return Sources(world.catalogue, (world.metrics,), (world.alerts,), world.prober), world


def pace_of(config: Config) -> Pace:
    """How often everything is asked."""
    polling = config.polling
    return Pace(polling.interval, polling.max_backoff, polling.timeout)


def poller_for(sources: Sources, config: Config, *, demo: bool = False, once: bool = False) -> Poller:
    """A poller over these sources at the configuration's pace, or at the demo's where it polls more than once.

    once: everything is asked one time; what answers first is not old when what is slow has answered, too.
    """
    pace = pace_of(config)
    if once:
        pace = replace(pace, interval=max(pace.interval, pace.deadline))
    if demo and not once:
        pace = replace(pace, interval=DEMO_INTERVAL)
    return Poller(
        sources.catalogue,
        sources.metrics,
        sources.alerts,
        sources.prober,
        pace,
        clusters=sources.clusters,
        resolved_kept=config.alerts.resolved_kept,
        switches=config.alerts.switches(),
        demo=demo,
    )


async def watched(
    config_path: Path | None,
    demo_scenario: str | None,
    tell: Callable[[str], object] = lambda _: None,
    *,
    server: Server | None = None,
) -> tuple[Config, Sources]:
    """A configuration and its sources; nothing is asked yet. tell: takes what is to be told of foreign SLO files.

    demo_scenario: of the simulated fleet in place of a configuration; server: to ask what there is, in place of one.
    """
    if demo_scenario is not None:
        config = await asyncio.to_thread(load_config, example_config())
        return config, simulated_sources(config, demo_scenario)[0]
    config = await asyncio.to_thread(configured, config_path) if server is None else await found_config(server)
    for line in told(config.notes):
        tell(line)
    return config, real_sources(config)


async def assess_once(
    config_path: Path | None,
    demo_scenario: str | None,
    tell: Callable[[str], object] = lambda _: None,
    *,
    server: Server | None = None,
) -> Assessment:
    """One poll of everything, understood; for `status`. The arguments are those of `watched`."""
    config, sources = await watched(config_path, demo_scenario, tell, server=server)
    poller = poller_for(sources, config, demo=demo_scenario is not None, once=True)
    try:
        return assess(await poller.once())
    finally:
        await poller.close()

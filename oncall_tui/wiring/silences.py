"""The parts that `oncall-tui alerts`, `ack` and `silence` work with: Alertmanagers, one poll, the use cases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.models import Config
from oncall_tui.config.notes import told
from oncall_tui.core.ack_figures import AckFigures
from oncall_tui.core.assess import AlertStatus, Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import ActionError, ConfigError
from oncall_tui.core.text import clean_line
from oncall_tui.core.tripwire import figures_of
from oncall_tui.wiring.configs import configured
from oncall_tui.wiring.desk import ack_settings, group_of
from oncall_tui.wiring.journal import journal_for, place_of
from oncall_tui.wiring.server import Server, found_config
from oncall_tui.wiring.sources import Sources, poller_for, real_pagers, real_sources

if TYPE_CHECKING:
    from oncall_tui.actions import Acknowledge, AcknowledgePages, Silences, TakeBack

_FIGURES_WITHIN = 5.0
"""Seconds in which the figures that an acknowledgement is given under are asked for."""


@dataclass(frozen=True, slots=True)
class Where:
    """What a command is to work on. alertmanagers: names of the configuration's, or URLs in place of one."""

    config_path: Path | None = None
    prometheus: str | None = None
    alertmanagers: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """The Alertmanagers given as URLs."""
        return tuple(one for one in self.alertmanagers if "://" in one)

    @property
    def names(self) -> tuple[str, ...]:
        """The Alertmanagers given by name."""
        return tuple(one for one in self.alertmanagers if "://" not in one)


@dataclass(frozen=True, slots=True)
class ScriptDesk:
    """assessment: of one poll of the alerts. places: the Alertmanagers chosen, those of one cluster as one.

    use: makes and ends silences there. pages: where pagers are configured. figures: what is known of what alerts are
    about, by their keys.
    """

    config: Config
    assessment: Assessment
    places: tuple[str, ...]
    use: Silences
    acknowledge: Acknowledge
    take_back: TakeBack
    pages: AcknowledgePages | None
    figures: Callable[[Sequence[AlertStatus]], Awaitable[Mapping[tuple[str, str], AckFigures]]]


@asynccontextmanager
async def script_desk(
    where: Where, tell: Callable[[str], object] = lambda _: None, *, pending: bool = False
) -> AsyncIterator[ScriptDesk]:
    """The Alertmanagers asked once, without any SLO. pending: with what each Prometheus has pending.

    tell: takes what is to be told of foreign SLO files. Raises ConfigError, ActionError, or as found_config does.
    """
    from oncall_tui.actions import Acknowledge, AcknowledgePages, Silences, TakeBack
    from oncall_tui.actions.failover import Clusters

    config = await _config(where)
    for line in told(config.notes):
        tell(line)
    places = _places(where, config)
    sources = real_sources(config)
    bare = Catalogue(
        tuple(replace(service, slos=(), signals=(), endpoints=()) for service in sources.catalogue.services)
    )
    alerts = tuple(source for source in sources.alerts if source.name in places)
    asked = Sources(bare, sources.metrics if pending else (), alerts, None, sources.clusters)
    poller = poller_for(asked, config)
    place = "" if where.urls else place_of(where.config_path, where.prometheus)
    journal, author, locked = journal_for(config, place), config.acknowledge.author, config.locked
    clusters, skew_of = Clusters(alerts, poller.members_of, poller.clusters), poller.skew_of
    pagers, comment = real_pagers(config), config.acknowledge.comment
    pages = AcknowledgePages(pagers, journal, author, comment, read_only=locked, group_of=partial(group_of, poller))
    try:
        assessment = assess(await poller.once())
        yield ScriptDesk(
            config,
            assessment,
            poller.clusters(),
            Silences(clusters, journal, author, read_only=locked, skew_of=skew_of),
            Acknowledge(clusters, journal, ack_settings(config), read_only=locked, skew_of=skew_of),
            TakeBack(clusters, journal, author, read_only=locked),
            pages if pagers else None,
            partial(_figures, config, sources, assessment),
        )
    finally:
        await pages.close()
        await poller.close()
        journal.close()


async def _figures(
    config: Config, sources: Sources, assessment: Assessment, statuses: Sequence[AlertStatus]
) -> dict[tuple[str, str], AckFigures]:
    """Of the services of these alerts alone, and of what comes in time: nobody waits long to acknowledge."""
    services = {status.service for status in statuses}
    own = Catalogue(tuple(one for one in sources.catalogue.services if one.name in services))
    if not own.services:
        return {status.alert.key: figures_of(assessment, status) for status in statuses}
    poller = poller_for(Sources(own, sources.metrics, (), sources.prober), config)
    try:
        async with asyncio.timeout(_FIGURES_WITHIN):
            await poller.once()
    except TimeoutError:
        pass
    finally:
        known = poller.snapshot()
        await poller.close()
    seen = assessment.snapshot
    whole = assess(replace(known, alerts=seen.alerts, silences=seen.silences))
    return {status.alert.key: figures_of(whole, status) for status in statuses}


async def _config(where: Where) -> Config:
    if where.prometheus is None and not where.urls:
        return configured(where.config_path)
    if where.config_path is not None:
        raise ConfigError("--config and URLs exclude each other", "a configuration names its own servers")
    if where.prometheus is not None:
        return await found_config(Server(where.prometheus, where.urls))
    return _of_alertmanagers(where.urls)


def _of_alertmanagers(urls: tuple[str, ...]) -> Config:
    from oncall_tui.config.fields import base_url_mistake
    from oncall_tui.sources.failures import redact_url

    for url in urls:
        if mistake := base_url_mistake(url):
            raise ConfigError(f"{redact_url(url)}: {mistake}")
    named = [{"name": f"alertmanager-{n}" if n > 1 else "alertmanager", "url": url} for n, url in enumerate(urls, 1)]
    return Config.model_validate({"sources": {"alertmanager": named}})


def _places(where: Where, config: Config) -> tuple[str, ...]:
    known = tuple(source.name for source in config.sources.alertmanager)
    if not known:
        raise ConfigError("no Alertmanager is configured", "name one under sources, or give --alertmanager URL")
    for name in where.names:
        if name not in known:
            raise ActionError(f"no Alertmanager is called {clean_line(name, 60)!r}", f"there is {', '.join(known)}")
    return tuple(name for name in known if name in where.names) if where.names else known

"""The dashboard over a configuration, over a server, and over the simulated fleet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.loader import example_config, find_config, load_config
from oncall_tui.config.models import Config
from oncall_tui.config.notes import in_short
from oncall_tui.wiring.configs import configured
from oncall_tui.wiring.desk import desk_for
from oncall_tui.wiring.flight import flight_recorder
from oncall_tui.wiring.journal import let_go, place_of
from oncall_tui.wiring.runbooks import (
    path_with_ourselves,
    step_variables,
)
from oncall_tui.wiring.server import Server, found_config
from oncall_tui.wiring.sources import poller_for, real_pagers, real_sources, simulated_sources

if TYPE_CHECKING:
    from oncall_tui.ui.desk import Desk


@asynccontextmanager
async def dashboard(
    config_path: Path | None, *, server: Server | None = None, read_only: str = ""
) -> AsyncIterator[Desk]:
    """The desk over the configured sources, or over what a server tells. Raises ConfigError, or as findings_of does."""
    if server is None:
        desk = await asyncio.to_thread(_configured_desk, config_path, read_only)
    else:
        config = await found_config(server)
        desk = await asyncio.to_thread(_real_desk, config, server.title, read_only, server.url.rstrip("/"))
        desk = replace(desk, banner=_found_in_short(config, server))
    try:
        yield desk
    finally:
        await desk.preferences.close()
        await asyncio.to_thread(desk.verifications.close)
        await desk.poller.close()
        if desk.pages is not None:
            await desk.pages.close()
        if desk.recorder is not None:
            await asyncio.to_thread(desk.recorder.close)
        await let_go(desk)


def _found_in_short(config: Config, server: Server) -> str:
    """What was found, and how to keep it."""
    catalogue = config.catalogue()
    slos, services = len(list(catalogue.slos())), len(catalogue.services)
    return f"found {slos} SLOs of {services} services; to keep and change them: oncall-tui init {server.url}"


def _configured_desk(config_path: Path | None, read_only: str) -> Desk:
    found = find_config(config_path)
    return _real_desk(configured(config_path), found.stem if found else "", read_only, place_of(config_path))


def _real_desk(config: Config, title: str, read_only: str, place: str) -> Desk:
    """place: what tells this environment from others in what is remembered between runs, and in the journal."""
    from oncall_tui.preferences import Memory, PreferencesFile, default_path

    sources = real_sources(config)
    extra = step_variables(config)
    poller = poller_for(sources, config)
    pagers = real_pagers(config)
    desk = desk_for(config, sources, poller, extra, title=title, read_only=read_only, pagers=pagers, place=place)
    preferences = Memory(PreferencesFile(default_path()), place)
    recorder = flight_recorder(config, title, place)
    return replace(desk, banner=in_short(config.notes), preferences=preferences, recorder=recorder)


@asynccontextmanager
async def demo(scenario: str, *, read_only: str = "", into: int = 0) -> AsyncIterator[Desk]:
    """The desk over the simulated fleet, which runbook steps reach through a socket. Raises ConfigError.

    into: seconds since its story began.
    """
    from oncall_tui.actions import Assigned
    from oncall_tui.sources.simulated.control import SOCKET_VARIABLE, control_socket
    from oncall_tui.sources.simulated.pager import SimulatedPager

    config = await asyncio.to_thread(load_config, example_config())
    sources, world = await asyncio.to_thread(simulated_sources, config, scenario, into)
    poller = poller_for(sources, config, demo=True)
    async with control_socket(world.fleet) as socket:
        # What is practised in the demo is nobody's record: its journal goes with its socket.
        kept = config.journal.model_copy(update={"file": socket.parent / "journal.sqlite3"})
        config = config.model_copy(update={"journal": kept})
        extra = {SOCKET_VARIABLE: str(socket), "PATH": path_with_ourselves()}
        pagers = (Assigned(SimulatedPager(world.alerts)),)
        desk = desk_for(config, sources, poller, extra, title="demo", read_only=read_only, pagers=pagers)
        story = world.fleet.scenario
        try:
            yield replace(desk, banner=f"{story.title}. The story in full: `oncall-tui scenarios`")
        finally:
            await asyncio.to_thread(desk.verifications.close)
            await poller.close()
            await let_go(desk)

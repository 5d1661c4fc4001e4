"""The debug log of a run, and the bundle for a bug report."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.loader import find_config, read_config
from oncall_tui.config.secrets import secrets_of
from oncall_tui.core.assess import assess
from oncall_tui.core.errors import OncallError
from oncall_tui.debugging.bundle import Bundle
from oncall_tui.debugging.facts import facts
from oncall_tui.debugging.log import DebugLog, log_path
from oncall_tui.debugging.scrub import Scrubber
from oncall_tui.reports.status import source_json
from oncall_tui.wiring.sources import poller_for, watched

if TYPE_CHECKING:
    from oncall_tui.wiring.server import Server


def scrubber_for(config_path: Path | None) -> Scrubber:
    """Takes out the secrets of the configuration that is in use, read anew as they are rotated."""

    def known() -> frozenset[str]:
        found = find_config(config_path)
        return secrets_of(read_config(found)[0]) if found is not None else frozenset()

    return Scrubber(known)


def debug_log(config_path: Path | None) -> DebugLog:
    """Begin the debug log. Raises DebugLogError."""
    log = DebugLog(log_path(), scrubber_for(config_path))
    logging.getLogger("oncall_tui").info("begins: %s", json.dumps(facts()))
    return log


async def write_bundle(file: Path, config_path: Path | None, server: Server | None) -> None:
    """Poll everything once and write what a bug report needs. Raises BundleError.

    What cannot be had (a configuration with mistakes, a server that does not answer) is told in the bundle.
    """
    scrubber = scrubber_for(config_path)
    bundle, timings = Bundle(scrubber), dict[str, float]()
    bundle.data("facts.json", facts())
    try:
        began = time.monotonic()
        found = find_config(config_path) if server is None else None
        if found is not None:
            bundle.configuration((await asyncio.to_thread(read_config, found))[1].data)
        timings["configuration_s"] = time.monotonic() - began
        if found is not None or server is not None:
            await _poll(bundle, timings, config_path, server)
        else:
            bundle.problem("there is no configuration: `oncall-tui init` writes one")
    except OncallError as error:
        bundle.problem(str(error))
    bundle.data("timings.json", timings)
    await asyncio.to_thread(bundle.logs, log_path())
    await asyncio.to_thread(bundle.write, file)


async def _poll(bundle: Bundle, timings: dict[str, float], config_path: Path | None, server: Server | None) -> None:
    config, sources = await watched(config_path, None, bundle.problem, server=server)
    poller = poller_for(sources, config, once=True)
    try:
        began = time.monotonic()
        snapshot = await poller.once()
        timings["poll_s"] = time.monotonic() - began
        began = time.monotonic()
        assessment = await asyncio.to_thread(assess, snapshot)
        timings["reckoning_s"] = time.monotonic() - began
        timings.update(services=len(assessment.services), alerts=len(assessment.alerts), figures=len(snapshot.figures))
        bundle.data("sources.json", [source_json(health, snapshot.at) for health in snapshot.sources.values()])
    finally:
        await poller.close()

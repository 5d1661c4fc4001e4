"""`oncall-tui lab`: start it, say what there is to see, stay until somebody wants it to end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

from oncall_tui.config.loader import EXAMPLE, example_config
from oncall_tui.lab.lab import Lab
from oncall_tui.lab.ports import CONTROL, LabPorts
from oncall_tui.sources.simulated.fleet import Fleet

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def run_lab(scenario: str, history: int, free_ports: bool, folder: Path | None, into: int = 0) -> None:
    """Play the scenario until SIGINT, SIGTERM or SIGHUP, then stop everything.

    history: seconds of past. into: seconds of the story that are over when it starts. free_ports: take ports nobody
    uses rather than those of the example. folder: where the files are kept, None for a temporary place. Raises
    OncallError when it cannot start.
    """
    async with _until_signalled():
        services = Fleet(scenario, time.time()).services
        ports = LabPorts.unused(services) if free_ports else LabPorts.fixed(services)
        _say(f"Starting the lab: {scenario}. The history takes a few seconds ...")
        async with Lab(lab_config(), scenario, ports=ports, history=history, folder=folder, into=into) as lab:
            _say(story(lab))
            await _watch(lab)
    _say("The lab has stopped, and everything it started with it.")


def lab_config() -> Path:
    """The configuration the lab plays: the example in the working folder, which may have been edited, else ours."""
    edited = Path(EXAMPLE)
    return edited if edited.is_file() else example_config()


def story(lab: Lab) -> str:
    """What happens, where to look, what to type next, what mends it."""
    scenario = lab.fleet.scenario
    config = lab.config_path
    with contextlib.suppress(ValueError):
        config = config.absolute().relative_to(Path.cwd())
    places = {"Prometheus": lab.prometheus_url, "Alertmanager": lab.alertmanager_url, "Control": lab.control_url}
    elsewhere = "" if lab.ports.control == CONTROL else f"ONCALL_LAB_CONTROL={lab.control_url} "
    heal = f"  {elsewhere}oncall-tui fleet heal {scenario.mitigation}" if scenario.mitigation else ""
    lines = [
        "",
        scenario.title,
        textwrap.fill(scenario.story, 88),
        "",
        *(f"  {name:13} {url}" for name, url in places.items()),
        f"  {'Files':13} {lab.folder}",
        "",
        "Look at it, in another terminal:",
        f"  oncall-tui --config {config}",
        *(["What mends it, also the last step of its runbook:", heal] if heal else []),
        "",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


async def _watch(lab: Lab) -> None:
    """Say so when a server ends by itself; the others go on, as they would."""
    running = dict(lab.processes)
    while True:
        for name, process in list(running.items()):
            if not process.running:
                del running[name]
                _say(f"{name} ended with code {await process.wait()}: {process.last_words()}")
        await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def _until_signalled() -> AsyncIterator[None]:
    """Cancel what is inside at the first signal and swallow that; further ones wait until it has cleaned up."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    signalled = False

    def stop() -> None:
        nonlocal signalled
        if not signalled:
            signalled = True
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not signalled:
            raise
        task.uncancel()
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _say(text: str) -> None:
    """Print it, if there is still anybody to read it."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  lasts as long as the program

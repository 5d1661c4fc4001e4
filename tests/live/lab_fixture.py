"""The lab for tests: on free ports, over the example configuration, usable from tests of any kind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from oncall_tui.core.errors import ActionError
from oncall_tui.lab import Lab, LabPorts
from oncall_tui.lab.binaries import find_binaries
from oncall_tui.lab.run import lab_config
from oncall_tui.sources.simulated.fleet import Fleet

T = TypeVar("T")


def require_binaries() -> None:
    """Skip where a program is missing, unless ONCALL_TUI_LIVE=required: then fail."""
    try:
        find_binaries()
    except ActionError as missing:
        if os.environ.get("ONCALL_TUI_LIVE") == "required":
            pytest.fail(str(missing))
        pytest.skip(missing.message)


class RunningLab:
    """A Lab on an event loop in a thread of its own, so that tests of any kind may share it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something of the lab's on its own loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def get(self, path: str, **parameters: str) -> Any:
        """What Prometheus' API says: the `data` of its answer."""
        answer = httpx.get(f"{self.lab.prometheus_url}/api/v1/{path}", params=parameters, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def query(self, expression: str, **parameters: str) -> list[dict[str, Any]]:
        """The result of an instant query."""
        result: list[dict[str, Any]] = self.get("query", query=expression, **parameters)["result"]
        return result

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def eventually(true: Callable[[], T], seconds: float = 45.0) -> T:
    """What true() gives once it gives something; fails when it does not within seconds."""
    until = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {true}"
        time.sleep(0.25)
    return found


@contextlib.contextmanager
def running_lab(scenario: str, history: float, config: Path | None = None, **options: Any) -> Iterator[RunningLab]:
    """The lab with free ports, over the example configuration, or one of the same fleet."""
    require_binaries()
    ports = LabPorts.unused(Fleet(scenario, 0.0).services)
    running = RunningLab(Lab(config or lab_config(), scenario, ports=ports, history=history, **options))
    try:
        running.run(running.lab.__aenter__())
        try:
            yield running
        finally:
            running.run(running.lab.__aexit__(None, None, None))
    finally:
        running.close()

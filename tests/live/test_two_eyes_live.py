"""Our probe and a real Prometheus that scrapes the same server: each disagreement is told, and ends with its cause."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.assess import EndpointStatus, assess
from oncall_tui.core.state import State
from oncall_tui.core.two_eyes import Matter
from oncall_tui.lab.answers import TEXT, Answer, as_json
from oncall_tui.lab.servers import LoopbackServer
from oncall_tui.wiring.sources import poller_for, real_sources

pytestmark = pytest.mark.live


class ModelServer:
    """Health for us and metrics for Prometheus, each as the test wants it."""

    def __init__(self) -> None:
        self.serving, self.exporting, self.version, self.exported = True, True, "1.0", "1.0"
        self._server = LoopbackServer("ranker", 0, self._respond)
        self.url, self.close = self._server.url, self._server.close

    def _respond(self, _method: str, path: str, _body: bytes) -> Answer | None:
        if path == "/metrics":
            line = f'model_info{{version="{self.exported}"}} 1\n'
            return Answer(200 if self.exporting else 500, line.encode(), TEXT)
        return as_json({"version": self.version}) if self.serving else None


@pytest.fixture
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    yield running
    running.close()


async def test_each_disagreement_is_told_and_ends_with_its_cause(
    server: ModelServer, prometheus_server: Callable[..., Any], tmp_path: Path
) -> None:
    target = server.url.removeprefix("http://")
    prometheus = prometheus_server(
        "",
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        f"scrape_configs: [{{job_name: ranker, static_configs: [{{targets: ['{target}']}}]}}]\n",
    )
    file = tmp_path / "config.yaml"
    file.write_text(
        f"sources: {{prometheus: [{{url: '{prometheus.url}'}}]}}\n"
        "services:\n"
        "  - name: ranker\n"
        f"    endpoints: [{{url: '{server.url}/healthz'}}]\n"
        "    versions: {query: model_info, by: version}\n"
        "    two_eyes: {up: 'up{job=\"ranker\"}'}\n",
        encoding="utf-8",
    )
    config = load_config(file)
    poller = poller_for(real_sources(config), config)

    async def until(state: State, *wanted: Matter) -> EndpointStatus:
        deadline = time.monotonic() + 30
        while True:
            poller.refresh()
            (status,) = assess(await poller.once()).services[0].endpoints
            if status.state is state and tuple(one.matter for one in status.disagreements) == wanted:
                return status
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.3)

    try:
        await until(State.OK)
        server.version = "2.0"
        status = await until(State.WARN, Matter.VERSION)
        assert "the probe sees version 2.0" in status.reason
        assert "Prometheus version 1.0" in status.reason
        server.exported = "2.0"
        await until(State.OK)
        server.exporting = False
        status = await until(State.WARN, Matter.UP)
        assert "Prometheus cannot scrape it" in status.reason
        server.exporting = True
        await until(State.OK)
        server.serving = False
        status = await until(State.CRIT, Matter.UP)
        assert "Prometheus says up" in status.reason
    finally:
        await poller.close()

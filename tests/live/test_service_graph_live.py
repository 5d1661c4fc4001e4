"""A real Prometheus with Tempo's service graph: dependencies are taken in by the poller, and `check` tells of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from prometheus_fixture import start_prometheus

from oncall_tui.config.loader import load_config
from oncall_tui.reports.check import Result
from oncall_tui.wiring.check import check_once
from oncall_tui.wiring.sources import poller_for, real_sources

pytestmark = pytest.mark.live

CONFIG = """
sources: {prometheus: [{url: URL}]}
service_graph: {names: {recs-api: ranker}}
services:
  - {name: gateway, depends_on: [ranker], signals: [{name: calls, query: count(traces_service_graph_request_total)}]}
  - {name: ranker, signals: [{name: calls, query: count(traces_service_graph_request_total)}]}
  - {name: feast, signals: [{name: calls, query: count(traces_service_graph_request_total)}]}
"""
EDGES = (("recs-api", "feast"), ("feast", "gateway"), ("feast", "postgres"))


def _history(end: float) -> str:
    name = "traces_service_graph_request_total"
    return "".join(
        f'{name}{{client="{client}",server="{server}",connection_type=""}} {10 * n} {end - 3_600 + 30 * n:.3f}\n'
        for client, server in EDGES
        for n in range(121)
    )


async def test_calls_become_dependencies_and_a_circle_is_told(tmp_path: Path) -> None:
    running = start_prometheus(tmp_path, _history(time.time() - 5))
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace("URL", running.url))
    try:
        config = load_config(path)
        poller = poller_for(real_sources(config), config)
        needs = {one.name: one.depends_on for one in (await poller.once()).catalogue.services}
        await poller.close()
        assert needs == {"gateway": ("ranker",), "ranker": ("feast",), "feast": ("gateway",)}
        check = await check_once(path, offline=False, explain=False)
    finally:
        running.stop()
    told = {(one.what, one.result) for one in check.findings if one.check in ("graph", "depends_on")}
    assert ("no service is called postgres", Result.OK) in told
    assert ("2 dependencies between services that are watched", Result.OK) in told
    assert ("a cycle: feast -> gateway -> ranker -> feast", Result.WARNING) in told


async def test_a_graph_that_tells_nothing_is_a_warning_and_what_is_written_stands(tmp_path: Path) -> None:
    running = start_prometheus(tmp_path)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace("URL", running.url))
    try:
        config = load_config(path)
        poller = poller_for(real_sources(config), config)
        needs = {one.name: one.depends_on for one in (await poller.once()).catalogue.services}
        await poller.close()
        assert needs["gateway"] == ("ranker",)
        check = await check_once(path, offline=False, explain=False)
    finally:
        running.stop()
    assert ("it tells no call", Result.WARNING) in {(one.what, one.result) for one in check.findings}

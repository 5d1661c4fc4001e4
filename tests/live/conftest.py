"""Real servers on loopback, with history. Skipped where a binary is missing, unless ONCALL_TUI_LIVE=required."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab_fixture import RunningLab, running_lab
from prometheus_fixture import RunningPrometheus, start_prometheus

sys.path.append(str(Path(__file__).parents[1] / "terminal"))


@pytest.fixture(scope="session")
def prometheus_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., RunningPrometheus]]:
    """Starts Prometheus servers: prometheus_server(history='', config='', *flags). All are stopped at the end."""
    started: list[RunningPrometheus] = []

    def start(history: str = "", config: str = "", *flags: str) -> RunningPrometheus:
        started.append(start_prometheus(tmp_path_factory.mktemp("prometheus"), history, config, *flags))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def lab() -> Iterator[RunningLab]:
    """The lab playing feature-stale with two days of history, one for all tests; who breaks it mends it."""
    with running_lab("feature-stale", 2 * 86_400) as running:
        yield running

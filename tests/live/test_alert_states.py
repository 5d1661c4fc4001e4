"""Every state an alert can be in, produced for real by Prometheus and Alertmanager, and read from the screen."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alertmanager_fixture import AlertmanagerServer, running_alertmanager
from prometheus_fixture import start_prometheus

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.models import Config, JournalConfig
from oncall_tui.core.alerts import ACK_PREFIX
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.ui.app import OncallApp
from oncall_tui.ui.desk import opened
from oncall_tui.ui.widgets.live_table import LiveTable
from oncall_tui.wiring.desk import desk_for
from oncall_tui.wiring.sources import Sources

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))
from staging import settled

pytestmark = pytest.mark.live

HTTP = HttpConfig(timeout=2)
PACE = Pace(interval=0.5, max_backoff=0.5, deadline=5)
ROUTES = """
route: {receiver: default, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: default}]
inhibit_rules:
  - {source_matchers: [alertname="NodeDown"], target_matchers: [alertname="ModelStale"], equal: [node]}
"""
RULES = """
groups:
  - name: states
    interval: 1s
    rules:
      - {alert: Fires, expr: vector(1), labels: {severity: page}}
      - {alert: Waits, expr: vector(1), for: 1h, labels: {severity: ticket}}
"""


def labels(name: str, **more: str) -> dict[str, str]:
    return {"alertname": name, "severity": "page", **more}


def over() -> dict[str, str]:
    """What to post with alerts that end now."""
    now = datetime.now(UTC)
    return {"startsAt": (now - timedelta(milliseconds=1)).isoformat(), "endsAt": now.isoformat()}


def silence(server: AlertmanagerServer, comment: str, author: str, **matched: str) -> None:
    now = datetime.now(UTC)
    body = {
        "matchers": [{"name": name, "value": value, "isRegex": False} for name, value in matched.items()],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=2)).isoformat(),
        "createdBy": author,
        "comment": comment,
    }
    request = urllib.request.Request(
        f"{server.url}/api/v2/silences", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        assert response.status == 200


@pytest.fixture
def alertmanager(tmp_path: Path):
    with running_alertmanager(tmp_path, config=ROUTES) as server:
        yield server


@pytest.fixture
def prometheus(tmp_path: Path, alertmanager: AlertmanagerServer):
    folder = tmp_path / "prometheus"
    folder.mkdir()
    (folder / "rules.yml").write_text(RULES)
    address = alertmanager.url.removeprefix("http://")
    config = (
        "global: {scrape_interval: 1h, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{address}']}}]}}]}}\n"
    )
    running = start_prometheus(folder, "", config, "--rules.alert.resend-delay=1s")
    yield running
    running.stop()


@asynccontextmanager
async def dashboard(folder: Path, metrics: tuple, *sources: AlertmanagerSource, size=(200, 40)):
    poller = Poller(Catalogue(), metrics, sources, None, PACE)
    whole = Sources(Catalogue(), metrics, sources, None)
    app = OncallApp(
        opened(
            desk_for(
                Config(journal=JournalConfig(file=folder / "j.sqlite3")), whole, poller, {}, title="", read_only=""
            )
        )
    )
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        await settled(pilot, lambda: len(app.assessment.alerts) > 0, seconds=30)
        await pilot.press("2")
        yield app, pilot


def rows(app: OncallApp) -> list[str]:
    table = app.screen.query_one(LiveTable)
    return [table.render_line(y).text for y in range(1, table.size.height)]


def row(app: OncallApp, name: str) -> str:
    return next((line for line in rows(app) if name in line), "")


async def test_each_state_is_produced_for_real_and_read_from_the_screen(alertmanager, prometheus, tmp_path):
    told = ("Lone", "Mine", "Planned", "NodeDown", "ModelStale", "Ends")
    alertmanager.fire(*(labels(name, node="n1") for name in told))
    silence(alertmanager, f"{ACK_PREFIX} on it", "maria", alertname="Mine")
    silence(alertmanager, "maintenance", "ops", alertname="Planned")
    metrics = (PrometheusSource("prom", prometheus.url, HTTP, Catalogue()),)
    async with dashboard(tmp_path, metrics, AlertmanagerSource("am", alertmanager.url, HTTP)) as (app, pilot):
        await settled(pilot, lambda: "● firing" in row(app, "Fires "), seconds=40)
        await settled(pilot, lambda: "◌ pending" in row(app, "Waits "), seconds=40)
        assert "● firing" in row(app, "Lone")
        await settled(pilot, lambda: "◐ acked" in row(app, "Mine"))
        assert "maria" in row(app, "Mine")
        await settled(pilot, lambda: "∅ silenced" in row(app, "Planned"))
        assert "ops" in row(app, "Planned")
        await settled(pilot, lambda: "⊘ inhibited" in row(app, "ModelStale"))
        assert "by NodeDown" in row(app, "ModelStale")
        assert "✦ new" in row(app, "Lone")
        alertmanager.fire(labels("Ends", node="n1"), **over())
        await settled(pilot, lambda: "✓ resolved" in row(app, "Ends"), seconds=20)
        assert "ago" in row(app, "Ends")
        assert "● firing" in row(app, "Lone")
        await pilot.press("N")
        await settled(pilot, lambda: "✦" not in "\n".join(rows(app)))
        alertmanager.fire(labels("Later", node="n1"))
        await settled(pilot, lambda: "✦ new" in row(app, "Later"), seconds=20)


async def test_an_alert_that_begins_again_and_again_flaps(alertmanager, tmp_path):
    alertmanager.fire(labels("Steady"))
    async with dashboard(tmp_path, (), AlertmanagerSource("am", alertmanager.url, HTTP)) as (app, pilot):
        for turn in range(3):
            alertmanager.fire(labels("Unsteady"))
            await settled(pilot, lambda: "● firing" in row(app, "Unsteady"), seconds=20)
            assert ("↻" in row(app, "Unsteady")) == (turn == 2)
            if turn < 2:
                alertmanager.fire(labels("Unsteady"), **over())
                await settled(pilot, lambda: "✓ resolved" in row(app, "Unsteady"), seconds=20)
                await asyncio.sleep(1.1)
        assert "flaps 3×" in row(app, "Unsteady")
        assert "↻" not in row(app, "Steady")


async def test_groups_are_those_of_the_alertmanager_and_a_storm_is_one_line(alertmanager, tmp_path):
    alertmanager.fire(*(labels("DiskFull", node=f"n{number}") for number in range(3)))
    storm = [labels(f"Gpu{number}", node="n7", gpu=str(number), rack="r1") for number in range(25)]
    alertmanager.fire(*storm)
    async with dashboard(tmp_path, (), AlertmanagerSource("am", alertmanager.url, HTTP)) as (app, pilot):
        await settled(pilot, lambda: "STORM" in row(app, "25 alerts"), seconds=20)
        assert "node=n7" in row(app, "STORM")
        assert "rack=r1" in row(app, "STORM")
        assert "alertname=DiskFull → default" in row(app, "3 alerts")
        assert not row(app, "Gpu1 ")


async def test_a_restarted_alertmanager_that_forgot_its_alerts_resolves_none(tmp_path):
    with running_alertmanager(tmp_path, config=ROUTES) as server:
        port = int(server.url.rpartition(":")[2])
        server.fire(labels("Kept"), labels("Also"))
        async with dashboard(tmp_path, (), AlertmanagerSource("am", server.url, HTTP)) as (app, pilot):
            await settled(pilot, lambda: "● firing" in row(app, "Kept"))
            server.kill()
            deadline = time.monotonic() + 20
            while not app.assessment.snapshot.sources["am"].failures:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            with running_alertmanager(tmp_path, config=ROUTES, port=port) as again:
                again.fire(labels("Other"))
                await settled(pilot, lambda: "● firing" in row(app, "Other"), seconds=30)
                assert "✓ resolved" not in "\n".join(rows(app))

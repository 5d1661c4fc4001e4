"""The whole way over the lab: from its configuration to states, an acknowledgement, a death and a return."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from lab_fixture import RunningLab, eventually, running_lab

from oncall_tui.actions import Acknowledge, Acknowledged, AckSettings, TakeBack, TakenBack
from oncall_tui.config.loader import load_config
from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.state import State
from oncall_tui.journal import EventKind, Journal
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.wiring.sources import Sources, real_sources

pytestmark = pytest.mark.live

INTERVAL = 2.0


@pytest.fixture(scope="module")
def own_lab() -> Iterator[RunningLab]:
    with running_lab("feature-stale", 3 * 3_600, into=600) as lab:
        eventually(lambda: lab.query('ALERTS{alertstate="firing",alertname="PipelineStale"}'), 120)
        eventually(lambda: [a for a in on_alertmanager(lab) if a["labels"]["alertname"] == "PipelineStale"], 60)
        yield lab


def on_alertmanager(lab: RunningLab) -> list[dict]:
    return httpx.get(f"{lab.lab.alertmanager_url}/api/v2/alerts", timeout=10).json()


def sources_of(lab: RunningLab) -> Sources:
    return real_sources(load_config(lab.lab.config_path))


def poller_over(sources: Sources) -> Poller:
    pace = Pace(interval=INTERVAL, max_backoff=INTERVAL, deadline=10)
    return Poller(sources.catalogue, sources.metrics, sources.alerts, sources.prober, pace)


async def test_an_acknowledgement_suppresses_in_alertmanager_and_its_take_back_frees(own_lab, tmp_path):
    sources = sources_of(own_lab)
    poller, journal = poller_over(sources), Journal(tmp_path / "journal.sqlite3")
    try:
        board = assess(await poller.once()).alerts
        status = next(s for s in board if s.phase is Phase.FIRING and s.alert.urgency is not Urgency.INFO)
        alertmanagers = {source.name: source for source in sources.alerts}
        (result,) = await Acknowledge(alertmanagers, journal, AckSettings("sre"))([status.alert])
        assert isinstance(result, Acknowledged)
        assert result.confirmed
        theirs = next(a for a in on_alertmanager(own_lab) if a["fingerprint"] == status.alert.fingerprint)
        assert theirs["status"]["state"] == "suppressed"
        seen = next(s for s in assess(await poller.once()).alerts if s.alert.key == status.alert.key)
        assert seen.phase is Phase.ACKNOWLEDGED
        assert seen.ack is not None
        assert seen.ack.author == "sre"
        back = await TakeBack(alertmanagers, journal, "sre").of_alert(seen.alert)
        assert isinstance(back, TakenBack)
        assert back.confirmed
        freed = next(a for a in on_alertmanager(own_lab) if a["fingerprint"] == status.alert.fingerprint)
        assert freed["status"]["state"] == "active"
        kinds = [event.kind for event in journal.events()]
        assert kinds[:2] == [EventKind.ACK_INTENDED, EventKind.ACK_DONE]
    finally:
        journal.close()
        await poller.close()


def test_the_figures_of_status_are_those_prometheus_gives_for_the_query_it_names(own_lab):
    """Each figure against its own query and moment, asked apart; the query of an SLI is checked in test_lab_sources."""
    command = [
        sys.executable,
        "-m",
        "oncall_tui",
        "status",
        "--config",
        str(own_lab.lab.config_path),
        "--format",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=os.environ)
    told = json.loads(done.stdout)
    assert done.returncode == {"OK": 0, "WARN": 1, "SILENT": 1, "CRIT": 2, "UNKNOWN": 3}[told["state"]]
    assert {source["kind"] for source in told["sources"]} == {"prometheus", "alertmanager", "endpoints"}
    assert all(source["live"] for source in told["sources"])
    compared = 0
    for slo in told["slos"]:
        budget = 1 - slo["objective"]
        for window, ratio in slo["error_ratio"].items():
            if ratio is None:
                assert slo["missing"][window]
                continue
            (answer,) = own_lab.query(slo["queries"][window], time=str(slo["at"][window]))
            assert ratio == pytest.approx(float(answer["value"][1]), rel=1e-6, abs=1e-9)
            assert slo["burn"][window] == pytest.approx(ratio / budget, rel=1e-6)
            compared += 1
    assert compared > 100


async def test_killing_prometheus_turns_every_slo_unknown_within_three_polls_and_its_return_heals(own_lab):
    poller = poller_over(sources_of(own_lab))
    newest: list[Assessment] = []

    async def until(happened, seconds):
        deadline = time.monotonic() + seconds
        while not (newest and happened(newest[-1])):
            assert time.monotonic() < deadline, [s.reason for s in newest[-1].services] if newest else "no snapshot"
            await asyncio.sleep(0.05)

    def slo_states(assessment):
        return {slo.state for service in assessment.services for slo in service.slos}

    def endpoints(assessment):
        return {e.state for service in assessment.services for e in service.endpoints}

    running = asyncio.create_task(poller.run(lambda snapshot: newest.append(assess(snapshot))))
    try:
        await until(lambda a: State.OK in slo_states(a), 30)
        await asyncio.to_thread(own_lab.run, own_lab.lab.kill_prometheus())
        # What burnt when it died stays as it was; nothing that was green stays green.
        await until(lambda a: State.UNKNOWN in slo_states(a) and State.OK not in slo_states(a), 30)
        assert State.UNKNOWN not in endpoints(newest[-1]), "one dead source must not darken another"
        assert newest[-1].alerts, "Alertmanager still tells its alerts"
        await asyncio.to_thread(own_lab.run, own_lab.lab.start_prometheus())
        await until(lambda a: State.OK in slo_states(a), 60)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await poller.close()

"""A runbook against the lab's real servers: a step heals the fleet, what it moved is watched, and the record says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_fixture import RunningLab, eventually, running_lab

from oncall_tui.config.loader import load_config
from oncall_tui.core.step_records import Outcome, step_records
from oncall_tui.journal import Journal

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def own_lab() -> Iterator[RunningLab]:
    with running_lab("feature-stale", 3_600, into=960) as lab:
        eventually(lambda: lab.query('ALERTS{alertstate="firing",alertname="FeatureStale"}'), 180)
        eventually(lambda: lab.query('max(feature_freshness_seconds{service="feature-store"}) > 900'), 60)
        yield lab


def call(lab: RunningLab, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "oncall_tui", "runbook", *arguments, "--config", str(lab.lab.config_path)],
        env={**os.environ, "ONCALL_LAB_CONTROL": lab.lab.control_url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
    )


@pytest.mark.timeout(700)
def test_a_step_heals_the_fleet_and_the_record_says_recovered(own_lab: RunningLab, tmp_path: Path) -> None:
    looked = call(own_lab, "run", "feature-stale", "age", "--service", "feature-store", "--yes")
    assert looked.returncode == 0, looked.stderr
    assert "age of each feature view" in looked.stdout
    healed = call(own_lab, "run", "feature-stale", "replay", "--service", "feature-store", "--yes")
    assert healed.returncode == 0, healed.stderr
    assert "recovered: feature-store/freshness" in healed.stderr
    journal = Journal(load_config(own_lab.lab.config_path).journal.file)
    age, replay = step_records(journal.events())
    assert (age.outcome, replay.outcome, replay.ok) == (None, Outcome.RECOVERED, True)
    toil = json.loads(call(own_lab, "toil", "--format", "json").stdout)
    assert {row["step"] for row in toil["by_hand"]} == {"age", "replay"}

"""A step for an alert that a real Alertmanager has: its labels become variables, whatever they hold."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alertmanager_fixture import AlertmanagerServer, running_alertmanager

from oncall_tui.core.step_records import step_records
from oncall_tui.journal import Journal

pytestmark = pytest.mark.live

HOSTILE = "$(touch pwned)\"; touch pwned; '\n\x1b[2J"
BOOK = """---
matches: ['alertname="FeatureStale"']
---
# Look
```sh {name=look kind=diagnose}
printf '%s' "$ALERT_LABEL_POD" >got
echo "for $ONCALL_SERVICE"
```
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertmanagerServer]:
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        running.fire(
            {"alertname": "FeatureStale", "service": "ranker", "severity": "page", "pod": HOSTILE},
            {"alertname": "Slow", "service": "ranker", "pod": "a"},
            {"alertname": "Slow", "service": "ranker", "pod": "b"},
        )
        yield running


@pytest.fixture
def call(server: AlertmanagerServer, tmp_path: Path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "stale.md").write_text(BOOK)
    (tmp_path / "books" / "other.md").write_text("# Other\n")
    config = tmp_path / "config.yaml"
    config.write_text(
        "journal: journal.sqlite3\nrunbooks: {folders: [books]}\nservices: [{name: ranker}]\n"
        f"sources: {{alertmanager: [{{name: real, url: '{server.url}'}}]}}\n"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "oncall_tui", "runbook", *arguments, "--config", str(config)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


def test_its_labels_are_values_and_the_record_names_it(call, tmp_path: Path) -> None:
    listed = json.loads(call("list", "--alert", "FeatureStale", "--format", "json").stdout)
    assert [one["name"] for one in listed["runbooks"]] == ["stale.md"]
    ran = call("run", "stale", "look", "--alert", "FeatureStale", "--yes")
    assert (ran.returncode, ran.stdout) == (0, "for ranker\n"), ran.stderr
    assert "\x1b" not in ran.stderr
    assert (tmp_path / "books" / "got").read_text() == HOSTILE
    assert not (tmp_path / "books" / "pwned").exists()
    [record] = step_records(Journal(tmp_path / "journal.sqlite3").events())
    assert (record.alertname, record.service, record.ok) == ("FeatureStale", "ranker", True)
    assert record.fingerprint


def test_an_alert_that_is_not_there_or_is_several_is_told_and_nothing_runs(call, tmp_path: Path) -> None:
    gone = call("run", "stale", "look", "--alert", "Nothing", "--yes")
    assert (gone.returncode, gone.stdout) == (2, "")
    assert "no alert Nothing is there now" in gone.stderr
    several = call("run", "stale", "look", "--alert", "Slow", "--yes")
    assert several.returncode == 2
    assert "2 alerts are called Slow (name one of " in several.stderr
    assert not (tmp_path / "books" / "got").exists()

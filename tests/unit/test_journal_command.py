"""`oncall-tui journal` as it is called: what it prints, exit codes, and that it changes nothing."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall_tui.cli import cli
from oncall_tui.core.errors import OncallError
from oncall_tui.journal import Event, EventKind, Journal


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["journal", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "journal.db", str(tmp_path / "config.yaml"))
    journal.record(Event(100.0, EventKind.ACK_INTENDED, "maria", "ranker", "f1", "Accuracy\x1b[2J", {"words": "<b>"}))
    journal.record(Event(101.0, EventKind.ACK_DONE, "maria", "ranker", "f1", "AccuracyLow", intent=1))
    journal.record(Event(200.0, EventKind.SLO_STATE, service="fraud", subject="fraud/latency", payload={"state": "OK"}))
    journal.record(Event(300.0, "later.kind", environment="/elsewhere.yaml"))
    journal.close()
    (tmp_path / "config.yaml").write_text(f"journal: {journal.path}\n")
    return journal.path


def test_show_prints_a_table_without_any_byte_that_a_terminal_would_obey(file: Path) -> None:
    result = run("show", "--journal", str(file))
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) == 5
    assert "\x1b" not in result.output
    assert "maria" in lines[1]
    assert "words=<b>" in lines[1]
    assert "#1" in lines[2]


def test_show_as_json_has_everything(file: Path) -> None:
    told = json.loads(run("show", "--journal", str(file), "--format", "json").output)
    assert told["entries"][1] == {
        "id": 2,
        "at": "1970-01-01T00:01:41.000Z",
        "kind": "ack.done",
        "actor": "maria",
        "service": "ranker",
        "subject": "AccuracyLow",
        "fingerprint": "f1",
        "intent": 1,
        "environment": str(file.parent / "config.yaml"),
        "payload": {},
    }


def ids(*arguments: str) -> list[int]:
    result = run("show", "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    return [entry["id"] for entry in json.loads(result.output)["entries"]]


def test_show_chooses_by_kind_service_alert_time_and_number(file: Path) -> None:
    at = ("--journal", str(file))
    assert ids(*at, "--kind", "ack") == [1, 2]
    assert ids(*at, "--kind", "slo.state", "--kind", "later.kind") == [3, 4]
    assert ids(*at, "--service", "fraud") == [3]
    assert ids(*at, "--fingerprint", "f1", "--limit", "1") == [2]
    assert ids(*at, "--since", "1970-01-01T00:01:41+00:00", "--until", "1970-01-01T00:05:00+00:00") == [2, 3]
    assert ids(*at, "--since", "24h") == []


def test_of_a_configurations_journal_only_its_own_entries_are_shown(file: Path) -> None:
    config = ("--config", str(file.parent / "config.yaml"))
    assert ids(*config) == [1, 2, 3]
    assert ids(*config, "--everywhere") == [1, 2, 3, 4]


def test_a_moment_that_is_none_is_a_usage_error(file: Path) -> None:
    result = run("show", "--journal", str(file), "--since", "yesterdayish")
    assert result.exit_code == 2
    assert "is no moment" in result.output


def test_verify_tells_a_head_and_holds_a_later_journal_against_it(file: Path) -> None:
    result = run("verify", "--journal", str(file))
    assert result.exit_code == 0
    assert "sound, 4 entries" in result.output
    head = result.output.splitlines()[1].removeprefix("head ")
    assert run("verify", "--journal", str(file), "--expect", head[:30]).exit_code == 0
    other = head[:2] + ("0" if head[2] != "0" else "1") + head[3:]
    result = run("verify", "--journal", str(file), "--expect", other)
    assert result.exit_code == 1
    assert "NOT sound" in result.output
    assert run("verify", "--journal", str(file), "--expect", "nonsense").exit_code == 2


def test_verify_of_one_that_was_tampered_with_exits_1(file: Path) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("DROP TRIGGER events_stay_as_written")
        raw.execute("UPDATE events SET actor = 'nobody' WHERE id = 2")
    raw.close()
    result = run("verify", "--journal", str(file), "--format", "json")
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert told["sound"] is False
    assert told["faults"] == ["entry 2 is not as it was written, or the one before it was replaced"]


@pytest.mark.parametrize("command", ["show", "verify"])
def test_one_that_is_not_there_is_an_error_of_ours_and_is_not_made(tmp_path: Path, command: str) -> None:
    result = run(command, "--journal", str(tmp_path / "none.db"))
    assert isinstance(result.exception, OncallError), "main() makes one line and exit code 2 of it"
    assert list(tmp_path.iterdir()) == []


def test_neither_changes_the_file(file: Path) -> None:
    before = file.read_bytes()
    run("show", "--journal", str(file))
    run("verify", "--journal", str(file))
    assert file.read_bytes() == before

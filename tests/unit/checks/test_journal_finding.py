"""Whether the journal can be kept where the configuration says, without making anything."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from oncall_tui.checks.machine import journal
from oncall_tui.journal import Event, EventKind, Journal
from oncall_tui.reports.check import Result


def test_a_journal_that_is_not_there_yet_is_not_made_by_looking(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.sqlite3"
    assert journal(path, "c.yaml:1").result is Result.OK
    assert list(tmp_path.iterdir()) == []


def test_a_journal_in_use_is_ok(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "journal.sqlite3")
    kept.record(Event(at=1.0, kind=EventKind.STEP_ENDED, actor="me"))
    kept.close()
    found = journal(kept.path, "")
    assert (found.result, found.what) == (Result.OK, "can be read and written")


def test_looking_changes_neither_the_journal_nor_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.touch(mode=0o644)
    assert journal(path, "").result is Result.OK
    assert path.stat().st_size == 0
    assert path.stat().st_mode & 0o777 == 0o644


def test_what_is_no_journal_fails(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_text("not a database, but long enough to be looked at by SQLite as one" * 20)
    assert journal(path, "").result is Result.FAILED
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    assert journal(other, "").result is Result.FAILED
    os.mkfifo(tmp_path / "pipe")
    assert journal(tmp_path / "pipe", "").what == "it is no file"


def test_a_place_below_a_file_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = journal(tmp_path / "file" / "below" / "journal.sqlite3", "")
    assert found.result is Result.FAILED
    assert "is not a folder" in found.what


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_fails(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        found = journal(tmp_path / "journal.sqlite3", "")
    finally:
        tmp_path.chmod(0o700)
    assert found.result is Result.FAILED

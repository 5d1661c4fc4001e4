"""The preferences' file: what is kept, what is refused, and what becomes of a broken one."""

import json
import os
import subprocess
import sys

import pytest

from oncall_tui.preferences import PreferencesError, PreferencesFile

FILTER = ("filters", "alerts")


@pytest.fixture
def file(tmp_path):
    return PreferencesFile(tmp_path / "state" / "preferences.json")


def test_what_was_saved_is_loaded_and_nothing_is_there_before(file):
    assert file.load() == ({}, "")
    assert not file.path.parent.exists()
    file.save({FILTER: 'severity="page"', ("bell", "on"): True})
    assert file.load() == ({"filters": {"alerts": 'severity="page"'}, "bell": {"on": True}}, "")


def test_the_file_and_a_folder_made_for_it_are_the_owners_alone(file):
    file.save({FILTER: "x"})
    assert oct(file.path.stat().st_mode & 0o777) == "0o600"
    assert oct(file.path.parent.stat().st_mode & 0o777) == "0o700"
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["preferences.json", "preferences.json.lock"]


def test_a_change_leaves_alone_what_another_process_set_meanwhile(file):
    other = PreferencesFile(file.path)
    file.load()
    other.save({("saved_filters", "hers"): "a", FILTER: "a"})
    values, _ = file.save({("saved_filters", "mine"): "b"})
    assert values == {"saved_filters": {"hers": "a", "mine": "b"}, "filters": {"alerts": "a"}}
    assert file.save({("saved_filters", "hers"): None, FILTER: None})[0] == {"saved_filters": {"mine": "b"}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"somebody": "else"}',
        b'{"oncall-tui preferences": true}',
        b'{"oncall-tui preferences": 1, "filters": []}',
        b'{"oncall-tui preferences": 1, "bell": {"volume": NaN}}',
        b"[" * 100_000,
        b'{"oncall-tui preferences": 1, "x": {"y": "' + b"z" * 4_000_000 + b'"}}',
    ],
    ids=[
        "empty",
        "cut off",
        "a list",
        "null",
        "not UTF-8",
        "foreign",
        "no version",
        "no section",
        "NaN",
        "deep",
        "huge",
    ],
)
def test_what_is_broken_or_foreign_is_moved_aside_and_told_in_one_line(file, content):
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    values, told = file.load()
    assert values == {}
    assert "moved to preferences.json.unreadable-1" in told
    assert "\n" not in told
    assert (file.path.parent / "preferences.json.unreadable-1").read_bytes() == content
    assert file.load() == ({}, "")
    file.path.write_bytes(content)
    assert "unreadable-2" in file.save({FILTER: "x"})[1]
    assert file.load() == ({"filters": {"alerts": "x"}}, "")


def test_a_newer_versions_file_is_left_alone(file):
    file.path.parent.mkdir()
    text = '{"oncall-tui preferences": 2, "other": "shape"}'
    file.path.write_text(text)
    for call in (file.load, lambda: file.save({FILTER: "x"})):
        with pytest.raises(PreferencesError, match="newer oncall-tui"):
            call()
    assert file.path.read_text() == text


def test_a_symbolic_link_is_refused_and_not_followed(file, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text(json.dumps({"oncall-tui preferences": 1}))
    file.path.parent.mkdir()
    file.path.symlink_to(victim)
    for call in (file.load, lambda: file.save({FILTER: "x"})):
        with pytest.raises(PreferencesError, match="symbolic link"):
            call()
    assert json.loads(victim.read_text()) == {"oncall-tui preferences": 1}


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
def test_what_is_no_file_is_told_and_hangs_nothing(file, make):
    file.path.parent.mkdir()
    make(file.path)
    with pytest.raises(PreferencesError, match="it is no file"):
        file.load()


def test_a_folder_that_cannot_be_made_is_told_with_what_to_do(tmp_path):
    (tmp_path / "state").write_text("a file in its place")
    with pytest.raises(PreferencesError, match=r"cannot write the preferences .*make it writable"):
        PreferencesFile(tmp_path / "state" / "preferences.json").save({FILTER: "x"})


def test_processes_that_write_together_lose_nothing(file):
    writing = """
import sys
from pathlib import Path
from oncall_tui.preferences import PreferencesFile
for n in range(10):
    PreferencesFile(Path(sys.argv[1])).save({("many", f"{sys.argv[2]}-{n}"): n})
"""
    processes = [subprocess.Popen([sys.executable, "-c", writing, str(file.path), str(n)]) for n in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(file.load()[0]["many"]) == 30

"""What a disk, a home folder or another version may do to the files of the dashboard, and what it says of it."""

from __future__ import annotations

import functools
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from oncall_tui.core.events import Event
from oncall_tui.journal import Journal
from oncall_tui.journal.schema import APPLICATION_ID, MIGRATIONS

sys.path.append(str(Path(__file__).parents[1] / "terminal"))
from ptys import Terminal

CONFIG = """sources: {prometheus: [{url: 'http://127.0.0.1:9'}]}
services: [{name: ranker, endpoints: [{url: 'http://127.0.0.1:9/'}]}]
polling: {interval: 1, endpoint_interval: 1}
"""
COLUMNS, ROWS = 160, 60


@dataclass(frozen=True, slots=True)
class Home:
    """Where one run keeps its files."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / ".local" / "state" / "oncall-tui"

    @property
    def journal(self) -> Path:
        return self.state / "journal.sqlite3"

    @property
    def preferences(self) -> Path:
        return self.state / "preferences.json"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"


@dataclass(frozen=True, slots=True, eq=False)
class DiskFault:
    """says: words that stand on the screen, of which none may lack. home: in place of a folder of its own.

    prepare: done before the start. mounted: options of a file system to put the state on, '' for none. exit_code:
    with which it ends at once; 0: it opens. after: what has to be so once it was left.
    """

    name: str
    says: tuple[str, ...]
    prepare: Callable[[Home], object] = lambda home: None
    mounted: str = ""
    home: str = ""
    exit_code: int = 0
    after: Callable[[Home], object] = lambda home: None


def _written(path: Path, content: bytes | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _newer_journal(home: Home) -> None:
    _older_journal(home)
    with sqlite3.connect(home.journal) as connection:
        connection.execute("PRAGMA user_version = 99")


def _older_journal(home: Home) -> None:
    home.state.mkdir(parents=True)
    with sqlite3.connect(home.journal) as connection:
        for statement in MIGRATIONS[0]:
            assert isinstance(statement, str)
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")


def _sound(home: Home) -> None:
    journal = Journal(home.journal, only_to_read=True)
    assert journal.verify().sound
    assert journal.events()
    journal.close()


def _open_to_all(home: Home) -> None:
    home.state.mkdir(parents=True)
    journal = Journal(home.journal)
    journal.record(Event(at=0, kind="test"))
    journal.close()
    home.journal.chmod(0o644)


def _private(home: Home) -> None:
    for path in home.state.rglob("*"):
        assert _mode(path) == (0o700 if path.is_dir() else 0o600), path


def _linked(name: str) -> Callable[[Home], None]:
    def prepare(home: Home) -> None:
        home.state.mkdir(parents=True)
        victim = home.folder / "victim"
        victim.write_text("precious")
        (home.state / name).symlink_to(victim)

    return prepare


def _untouched(home: Home) -> None:
    assert (home.folder / "victim").read_text() == "precious"


def _garbage_recorded(home: Home) -> None:
    for number in range(3):
        _written(
            home.state / "flight" / "0123456789abcdef" / f"179573000{number}-0000000{number}.oncall", os.urandom(900)
        )


FAULTS = (
    DiskFault(
        "the disk is full",
        ("cannot write the journal", "free space on that disk", "cannot write the preferences", "nothing is recorded"),
        mounted="size=16k",
    ),
    DiskFault(
        "the home folder may only be read",
        ("cannot write the journal", "read-only file system", "cannot write the preferences", "nothing is recorded"),
        mounted="ro",
    ),
    DiskFault(
        "there is no home folder",
        (
            "cannot write the journal",
            "no such file or directory",
            "cannot write the preferences",
            "nothing is recorded",
        ),
        home="/proc/none",
    ),
    DiskFault(
        "the journal is damaged",
        ("the journal", "it is damaged: move it away and keep it"),
        lambda home: _written(home.journal, b"SQLite format 3\0" + b"\xff" * 20_000),
    ),
    DiskFault(
        "the journal is another program's database",
        ("it is another program's SQLite database",),
        lambda home: (home.state.mkdir(parents=True), sqlite3.connect(home.journal).execute("CREATE TABLE x (y)")),
    ),
    DiskFault("the journal is a newer version's", ("a newer oncall-tui wrote it (schema 99)",), _newer_journal),
    DiskFault("the journal is an older version's", (), _older_journal, after=_sound),
    DiskFault(
        "the journal is a symbolic link",
        ("cannot write the journal", "it is a symbolic link (put the file itself there"),
        _linked("journal.sqlite3"),
        after=_untouched,
    ),
    DiskFault(
        "the preferences are damaged",
        ("were broken or not ours: moved to preferences.json.unreadable-1, and begun anew",),
        lambda home: _written(home.preferences, b'{"half'),
        after=lambda home: home.preferences.with_name("preferences.json.unreadable-1").read_bytes(),
    ),
    DiskFault(
        "the preferences are a newer version's",
        ("are a newer oncall-tui's (version 99)",),
        lambda home: _written(home.preferences, '{"oncall-tui preferences": 99}'),
    ),
    DiskFault(
        "the preferences are a symbolic link",
        ("it is a symbolic link (put the file itself there",),
        _linked("preferences.json"),
        after=_untouched,
    ),
    DiskFault(
        "the configuration is damaged",
        ("config.yaml:3:1: not YAML",),
        lambda home: _written(home.config, "sources:\n  prometheus: [{url: 'http://127.0.0.1:9'\nservices: ]"),
        exit_code=2,
    ),
    DiskFault("the flight recorder's files are damaged", (), _garbage_recorded, after=_sound),
    DiskFault("the files are open to everybody", (), _open_to_all, after=_private),
)


def command(home: Home, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The dashboard with that home, and its environment; its configuration is written, in folder."""
    config = folder / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    environment = {"HOME": str(home.folder), "XDG_STATE_HOME": str(home.state.parent), "TMPDIR": str(folder)}
    return [sys.executable, "-m", "oncall_tui", "--config", str(config)], environment


def run(fault: DiskFault, folder: Path) -> None:
    """Start the dashboard, wait until it has said what it must, leave it. Raises AssertionError where it does not."""
    home = Home(Path(fault.home) if fault.home else folder)
    argv, environment = command(home, folder)
    if not fault.home:
        fault.prepare(home)
    if fault.mounted:
        argv = mounted(home.state, fault.mounted, argv)
    terminal = Terminal(argv, COLUMNS, ROWS, environment)
    try:
        if fault.exit_code:
            assert terminal.ended(20.0) == fault.exit_code
            told = " ".join(terminal.text().split())
            assert all(words in told for words in fault.says), told
            assert "Traceback" not in told
            return
        terminal.until("CRIT 1")
        missing = set(fault.says)

        def all_said(one: Terminal) -> bool:
            # A note stays for some seconds, and they do not all come at once.
            now = said(one.text())
            missing.difference_update([words for words in missing if words in now])
            return not missing

        terminal.until(all_said, 15.0)
        terminal.press("S")
        terminal.until("esc closes this sheet")
        terminal.press("q")
        terminal.until(lambda one: "esc closes this sheet" not in one.text())
        terminal.press("q")
        assert terminal.ended() == 0
        assert b"Traceback" not in terminal.written
        fault.after(home)
    finally:
        terminal.close()


def run_all(faults: Sequence[DiskFault], folder: Path) -> dict[DiskFault, BaseException | None]:
    """What went wrong with each; those that need a mount are left out where nothing can be mounted."""
    possible = [fault for fault in faults if not fault.mounted or may_mount()]

    def one(fault: DiskFault) -> BaseException | None:
        place = folder / re.sub(r"\W+", "-", fault.name)
        place.mkdir()
        try:
            run(fault, place)
        except BaseException as error:
            return error
        return None

    with ThreadPoolExecutor(3) as pool:  # Most of a start is work: more at once would only be slower.
        return dict(zip(possible, pool.map(one, possible), strict=True))


@functools.cache
def may_mount() -> bool:
    """Whether a file system can be mounted for one program alone."""
    if shutil.which("unshare") is None:
        return False
    asked = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def mounted(place: Path, options: str, argv: list[str]) -> list[str]:
    """The command, with a file system at place that nobody else sees, filled to its end where it can be written to."""
    place.mkdir(parents=True, exist_ok=True)
    script = 'mount -t tmpfs -o "$1" tmpfs "$2" && { cat /dev/zero > "$2/filler"; } 2>/dev/null; shift 2; exec "$@"'
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", options, str(place), *argv]


def said(screen: str) -> str:
    """What the notes at the right of the screen say, as one line."""
    lines = [line.partition("▌")[2].strip() for line in screen.split("\n") if "▌" in line]
    # A path that is longer than a line is broken where it does not fit.
    return re.sub(r"\s+", " ", " ".join(lines))

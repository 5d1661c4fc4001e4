"""The journal among killed writers, many processes and full disks. Real processes, a real disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from oncall_tui.journal import Event, EventKind, Journal, JournalError

WRITER = """
import sys, time
from pathlib import Path
from oncall_tui.journal import Event, Journal
journal = Journal(Path(sys.argv[1]))
for n in range(int(sys.argv[2])):
    id = journal.record(Event(at=n, kind="test", actor=sys.argv[3], payload={"filler": "x" * 2000}))
    sys.stdout.write(f"{id}\\n")
    sys.stdout.flush()
"""

HUNG = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(60)
"""
LIMITED = """
import resource, sys
from pathlib import Path
from oncall_tui.journal import Event, Journal, JournalError
journal = Journal(Path(sys.argv[1]))
journal.record(Event(at=0, kind="test"))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
written = 1
try:
    for n in range(1000):
        journal.record(Event(at=n, kind="test", payload={"x": "y" * 5000}))
        written += 1
except JournalError as error:
    print(written, error.message, "|", error.hint)
"""


def writer(path: Path, count: int, actor: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(count), actor], stdout=subprocess.PIPE, text=True
    )


def test_every_entry_confirmed_before_kill_9_is_there_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    confirmed: set[int] = set()
    for round_ in range(4):
        process = writer(path, 100_000, f"round {round_}")
        assert process.stdout is not None
        for line, _ in zip(process.stdout, range(20 + 30 * round_), strict=False):
            confirmed.add(int(line))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        confirmed |= {int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")}
        assert process.returncode == -signal.SIGKILL
    journal = Journal(path)
    kept = {event.id for event in journal.events(limit=1_000_000)}
    assert len(confirmed) >= 4 * 20
    assert confirmed <= kept
    assert journal.record(Event(at=0, kind=EventKind.ACK_DONE)) > max(kept)
    journal.close()


FED = """
import sys
from pathlib import Path
from oncall_tui.journal import Event, Journal
journal = Journal(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(200):
    sys.stdin.read(1)
    print(journal.record(Event(at=n, kind="test", actor=sys.argv[2], payload={"filler": "x" * 2000})), flush=True)
"""


def killed(process: subprocess.Popen[str], after: int, confirmed: list[int]) -> None:
    """Let it work, and kill it once so many of its 200 entries are confirmed; those that it confirmed are noted."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("." * 190)  # It cannot come to its end, however slow we are.
    process.stdin.flush()
    for line, _ in zip(process.stdout, range(after), strict=False):
        confirmed.append(int(line))
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    # A line that was cut was not told.
    confirmed += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    process.stdin.close()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL


def test_kill_9_in_the_middle_of_200_writes_by_three_instances_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.db"
    acknowledged: dict[int, str] = {}
    for round_ in range(2):
        names = [f"instance {n} of {round_}" for n in range(3)]
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", FED, str(path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for name in names
        ]
        assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 3
        confirmed: list[list[int]] = [[], [], []]
        with ThreadPoolExecutor(3) as pool:  # Each in another place of its work, while the others write.
            list(pool.map(killed, processes, (30, 70, 110), confirmed))
        acknowledged |= {id_: name for name, ids in zip(names, confirmed, strict=True) for id_ in ids}
        journal = Journal(path)
        found = journal.verify()
        assert found.sound, found.faults
        kept = {event.id: event.actor for event in journal.events(limit=1_000_000)}
        assert kept.items() >= acknowledged.items()
        assert journal.record(Event(at=0, kind=EventKind.ACK_DONE)) == max(kept) + 1
        journal.close()
    assert len(acknowledged) >= 2 * (30 + 70 + 110)


def test_processes_that_start_together_on_a_new_journal_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.db"
    processes = [writer(path, 25, f"writer {n}") for n in range(4)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    journal = Journal(path)
    actors = [event.actor for event in journal.events()]
    assert {actor: actors.count(actor) for actor in actors} == {f"writer {n}": 25 for n in range(4)}
    assert journal.verify().sound
    journal.close()


def test_a_writer_that_hangs_in_its_own_entry_is_named_and_does_not_hang_us(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    journal.record(Event(at=0, kind=EventKind.ACK_DONE))
    process = subprocess.Popen([sys.executable, "-c", HUNG, str(journal.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    started = time.monotonic()
    try:
        with pytest.raises(JournalError, match="locked") as caught:
            journal.record(Event(at=1, kind=EventKind.ACK_DONE))
        assert len(journal.events()) == 1, "reading goes on"
    finally:
        process.kill()
        process.communicate()
    assert "another process" in caught.value.hint
    assert time.monotonic() - started < 10
    assert journal.record(Event(at=2, kind=EventKind.ACK_DONE)) == 2
    journal.close()


def test_a_disk_that_takes_no_more_is_an_error_with_a_hint_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, timeout=60)
    written, _, message = done.stdout.partition(" ")
    assert message.startswith("cannot write the journal"), done.stdout + done.stderr
    assert message.strip().partition("|")[2]
    journal = Journal(path)
    assert len(journal.events()) == int(written)
    journal.close()


def test_a_damaged_page_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    for n in range(50):
        journal.record(Event(at=n, kind="test", payload={"x": "y" * 3000}))
    journal.close()
    size = path.stat().st_size
    descriptor = os.open(path, os.O_RDWR)
    for page in range(1, size // 4096):
        os.pwrite(descriptor, b"\xff" * 4096, page * 4096)
    os.close(descriptor)
    with pytest.raises(JournalError) as caught:
        Journal(path).events()
    assert "damaged" in caught.value.hint


READER = """
import os, sys
from pathlib import Path
from oncall_tui.core.events import Event
from oncall_tui.journal import Journal, JournalError
os.setgid(65534); os.setuid(65534)
journal = Journal(Path(sys.argv[1]))
print(len(journal.events()), journal.verify().sound, flush=True)
try:
    journal.record(Event(at=1, kind="test"))
except JournalError as error:
    print(error, flush=True)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
@pytest.mark.parametrize("beside", ["nothing", "what is not merged yet"])
def test_a_journal_that_may_only_be_read_is_read_and_says_why_it_is_not_written(tmp_path: Path, beside: str) -> None:
    folder = Path("/tmp") / f"oncall-only-read-{os.getpid()}-{len(beside)}"
    folder.mkdir(mode=0o755)
    try:
        journal = Journal(folder / "journal.db")
        for n in range(3):
            journal.record(Event(at=n, kind="test"))
        if beside == "nothing":
            journal.close()
        for path in folder.iterdir():
            path.chmod(0o444)
        done = subprocess.run(
            [sys.executable, "-c", READER, str(journal.path)], capture_output=True, text=True, timeout=60, cwd="/"
        )
        first, _, second = done.stdout.partition("\n")
        assert first == "3 True", done.stdout + done.stderr
        assert second.startswith(f"cannot write the journal {journal.path}: permission denied (make it writable")
        journal.close()
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()

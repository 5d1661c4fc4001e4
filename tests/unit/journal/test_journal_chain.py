"""The hash chain: what somebody did to the file shows, and retention leaves it whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oncall_tui.journal import Event, EventKind, Journal, Retention
from oncall_tui.journal.chain import START, digest

TRIGGERS = ("events_stay", "events_stay_as_written", "events_follow", "events_head", "events_answer")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    for n in range(1, 11):
        journal.record(Event(at=n, kind=EventKind.ACK_DONE, actor="maria", subject=f"A{n}", payload={"n": n}))
    yield journal
    journal.close()


def tampered(journal: Journal, *statements: str) -> None:
    """What somebody does who takes the triggers away."""
    journal.close()
    raw = sqlite3.connect(journal.path, isolation_level=None)
    for trigger in TRIGGERS:
        raw.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for statement in statements:
        raw.execute(statement)
    raw.close()


def test_what_nobody_touched_is_sound(journal: Journal) -> None:
    found = journal.verify()
    assert (found.sound, found.entries, found.first, found.last, found.trimmed) == (True, 10, 1, 10, 0)
    assert len(found.head) == 64


def test_an_empty_journal_is_sound(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert Journal(tmp_path / "empty.db").verify().sound


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE events SET actor = 'somebody' WHERE id = 4", "entry 4 is not as it was written"),
        ("UPDATE events SET at = at + 0.001 WHERE id = 4", "entry 4 is not as it was written"),
        ("UPDATE events SET payload = '{\"n\": 5}' WHERE id = 4", "entry 4 is not as it was written"),
        ("UPDATE events SET environment = 'x' WHERE id = 10", "entry 10 is not as it was written"),
        ("DELETE FROM events WHERE id = 4", "missing are 4"),
        ("DELETE FROM events WHERE id BETWEEN 4 AND 6", "missing are 4 to 6"),
        ("DELETE FROM events WHERE id <= 3", "missing are 1 to 3"),
        ("DELETE FROM events WHERE id > 8", "cut off at the end: entries 9 to 10 were there"),
        ("DELETE FROM events", "cut off at the end: entries 1 to 10 were there"),
        ("UPDATE events SET id = 4711 WHERE id = 10", "missing are 10 to 4710"),
        ("UPDATE head SET last = 11", "cut off at the end: entry 11"),
    ],
)
def test_what_somebody_did_is_found(journal: Journal, statement: str, told: str) -> None:
    tampered(journal, statement)
    found = journal.verify()
    assert not found.sound
    assert any(told in fault for fault in found.faults), found.faults


def test_an_entry_written_by_hand_is_found(journal: Journal) -> None:
    columns = "id, at, kind, environment, actor, service, fingerprint, subject, payload, hash"
    tampered(journal, f"INSERT INTO events ({columns}) VALUES (11, 1, 'x', '', '', '', '', '', '{{}}', '{'a' * 64}')")
    assert "entry 11 is not as it was written" in journal.verify().faults[0]


def test_one_changed_entry_is_one_fault_not_one_for_each_after_it(journal: Journal) -> None:
    tampered(journal, "UPDATE events SET actor = 'somebody' WHERE id = 4")
    assert len(journal.verify().faults) == 1


def test_a_journal_rewritten_as_a_whole_is_found_by_a_head_that_was_kept(journal: Journal, tmp_path: Path) -> None:
    head = journal.verify().head
    other = Journal(tmp_path / "other.db")
    for n in range(1, 13):
        other.record(Event(at=n, kind=EventKind.ACK_DONE, actor="nobody"))
    assert other.verify().sound
    assert not other.verify((10, head)).sound
    assert journal.verify((10, head[:12])).sound
    assert not journal.verify((11, head)).sound, "an entry that is not there any more"
    other.close()


def test_every_part_of_an_entry_is_in_its_hash() -> None:
    row = (1.0, "kind", "env", "actor", "service", "f", "subject", "{}", None)
    hashes = {digest(START, 1, row), digest("1" * 64, 1, row), digest(START, 2, row)}
    for at in range(len(row)):
        hashes.add(digest(START, 1, (*row[:at], "else", *row[at + 1 :])))
    hashes.add(digest(START, 1, (1.0, "kinde", "nv", *row[3:])))
    assert len(hashes) == 3 + len(row) + 1


def kept(journal: Journal, **retention: object) -> Journal:
    journal.close()
    return Journal(journal.path, keeps=Retention(**retention))  # type: ignore[arg-type]


def test_retention_by_age_leaves_a_journal_that_still_verifies(journal: Journal) -> None:
    journal = kept(journal, keep=5.0)
    assert journal.tidy(now=10.0) == 4
    assert [event.at for event in journal.events()] == [5, 6, 7, 8, 9, 10, 10]
    found = journal.verify()
    assert found.sound, found.faults
    assert (found.first, found.trimmed) == (5, 4)
    trimmed = journal.events()[-1]
    assert (trimmed.kind, trimmed.payload["through"], trimmed.payload["entries"]) == ("journal.trimmed", 4, 4)
    assert journal.tidy(now=10.0) == 0
    assert journal.record(Event(11, EventKind.ACK_DONE, intent=2)) == 12, "what answers an intent that is gone is kept"
    assert journal.tidy(now=13.0) == 3
    assert journal.verify().sound
    journal.close()


def test_what_is_gone_cannot_be_hidden_behind_a_checkpoint_that_retention_did_not_write(journal: Journal) -> None:
    [hash_] = sqlite3.connect(journal.path).execute("SELECT hash FROM events WHERE id = 4").fetchone()
    journal.close()
    raw = sqlite3.connect(journal.path, isolation_level=None)
    raw.execute("INSERT INTO checkpoints VALUES (4, ?)", (hash_,))
    raw.execute("DELETE FROM events WHERE id <= 4")
    raw.close()
    assert any("no entry says that retention removed them" in fault for fault in journal.verify().faults)


def test_a_checkpoint_can_be_neither_invented_changed_nor_removed(journal: Journal) -> None:
    journal = kept(journal, keep=5.0)
    journal.tidy(now=10.0)
    raw = sqlite3.connect(journal.path, isolation_level=None)
    for statement in (
        f"INSERT INTO checkpoints VALUES (8, '{'a' * 64}')",
        "UPDATE checkpoints SET through = 9",
        "DELETE FROM checkpoints",
        "DELETE FROM events WHERE id = 6",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            raw.execute(statement)
    raw.close()
    journal.close()


def test_what_was_removed_by_hand_after_retention_is_found(journal: Journal) -> None:
    journal = kept(journal, keep=5.0)
    journal.tidy(now=10.0)
    tampered(journal, "DELETE FROM events WHERE id = 5")
    assert any("missing are 5" in fault for fault in journal.verify().faults)


def test_retention_by_size_removes_the_oldest_and_gives_the_disk_its_room_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db", keeps=Retention(size=1_000_000))
    for n in range(700):
        journal.record(Event(n, "test", payload={"x": "y" * 4_000}))
    assert journal.tidy(now=1_000) > 400
    newest = journal.events(limit=10_000)
    assert [event.at for event in newest[:-1]][-1] == 699
    assert journal.tidy(now=1_000) == 0
    assert journal.verify().sound
    journal.close()
    assert journal.path.stat().st_size <= 1_000_000


def test_what_is_still_open_is_carried_on_and_outlives_the_bound(journal: Journal) -> None:
    def open_ones(events: object) -> list[int]:
        return [event.id for event in events if event.payload["n"] in (2, 9)]  # type: ignore[attr-defined]

    journal = kept(journal, keep=5.0, open_kinds=frozenset({EventKind.ACK_DONE}), still_open=open_ones)
    assert journal.tidy(now=10.0) == 3
    assert [event.payload.get("n") for event in journal.events()] == [5, 6, 7, 8, 9, 10, 2, None]
    carried = journal.events(kinds=[EventKind.ACK_DONE])[-1]
    assert (carried.at, carried.subject, carried.actor) == (2, "A2", "maria")
    assert journal.verify().sound
    assert journal.tidy(now=1_000) == 6, "all but what is open, and the words of retention itself"
    assert {event.payload.get("n") for event in journal.events()} == {2, 9, None}
    entries = journal.verify().entries
    for now in range(2_000, 9_000, 1_000):
        journal.tidy(now=now)
    assert journal.verify().entries <= entries, "what stays open is not written anew for ever"
    journal.close()


def test_one_that_only_keeps_what_it_is_told_to_never_empties(journal: Journal) -> None:
    journal = kept(journal, keep=1.0)
    journal.tidy(now=10_000.0)
    assert journal.events()[-1].kind == "journal.trimmed"
    assert journal.verify().sound
    journal.close()


def at_once(work: Callable[[], object], times: int) -> None:
    import threading

    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_several_that_tidy_and_write_at_once_leave_it_sound(tmp_path: Path) -> None:
    journals = [Journal(tmp_path / "journal.db", keeps=Retention(keep=50.0)) for _ in range(3)]
    journals[0].record(Event(0, "test"))

    def work() -> None:
        mine = Journal(tmp_path / "journal.db", keeps=Retention(keep=50.0))
        for n in range(40):
            mine.record(Event(n, "test"))
            if n % 10 == 0:
                mine.tidy(now=n + 30.0)
        mine.close()

    at_once(work, 3)
    assert journals[0].verify().sound
    assert journals[0].events(limit=1)[0].at >= 39

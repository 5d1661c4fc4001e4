"""The journal on a real file: what it refuses, what it keeps."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall_tui.journal import Event, EventKind, Journal, JournalError
from oncall_tui.journal.schema import MIGRATIONS


@pytest.fixture
def journal(tmp_path: Path):
    journal = Journal(tmp_path / "state" / "journal.db")
    yield journal
    journal.close()


def an_event(at: float = 100.0, kind: str = EventKind.ACK_INTENDED, **more: object) -> Event:
    return Event(at=at, kind=kind, actor="maria", subject="RankerAccuracyBurn", **more)  # type: ignore[arg-type]


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is(journal: Journal) -> None:
    journal.record(an_event())
    journal.close()
    with sqlite3.connect(journal.path) as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 6}")
    raw.close()
    with pytest.raises(JournalError, match="a newer oncall-tui wrote it") as caught:
        journal.record(an_event())
    assert "upgrade" in caught.value.hint
    with sqlite3.connect(journal.path) as raw:
        assert raw.execute("SELECT count(*) FROM events").fetchone() == (1,)
    raw.close()


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()
    with pytest.raises(JournalError, match="another program's"):
        Journal(path).record(an_event())
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    raw.close()


def test_a_file_that_is_no_database_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_text("notes of mine, not a database\n" * 100)
    with pytest.raises(JournalError, match="not a database") as caught:
        Journal(path).record(an_event())
    assert "damaged" in caught.value.hint
    assert path.read_text().startswith("notes of mine")


def test_a_path_below_a_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot write the journal") as caught:
        Journal(tmp_path / "file" / "journal.db").record(an_event())
    assert caught.value.hint


def test_a_folder_in_the_files_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(JournalError, match="is a directory"):
        Journal(tmp_path / "journal.db").events()


def test_a_payload_that_is_not_json_is_refused_and_nothing_is_written(journal: Journal) -> None:
    for payload in ({"burn": float("nan")}, {"path": Path("x")}):
        with pytest.raises(JournalError, match="not JSON"):
            journal.record(an_event(payload=payload))
    assert journal.events() == ()


def test_an_intent_that_was_never_recorded_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalError):
        journal.record(an_event(intent=4_711))


def test_a_journal_that_heals_is_used_again(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    journal = Journal(tmp_path / "state" / "journal.db")
    with pytest.raises(JournalError):
        journal.record(an_event())
    (tmp_path / "state").unlink()
    assert journal.record(an_event()) == 1
    journal.close()


def test_a_file_deleted_under_us_is_made_anew_instead_of_written_to_nowhere(journal: Journal) -> None:
    journal.record(an_event(at=1))
    for path in journal.path.parent.iterdir():
        path.unlink()
    journal.record(an_event(at=2))
    other = Journal(journal.path)
    assert [event.at for event in other.events()] == [2]
    other.close()


def test_entries_can_be_neither_changed_nor_deleted(journal: Journal) -> None:
    journal.record(an_event())
    raw = sqlite3.connect(journal.path)
    for statement in ("UPDATE events SET actor = 'nobody'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    raw.close()


def test_a_payload_damaged_on_disk_does_not_hide_the_other_entries(journal: Journal) -> None:
    journal.record(an_event(at=1))
    raw = sqlite3.connect(journal.path, isolation_level=None)
    raw.execute(
        "INSERT INTO events (id, at, kind, environment, actor, service, fingerprint, subject, payload, hash)"
        f" VALUES (2, 2, 'x', '', '', '', '', '', '{{', '{'0' * 64}')"
    )
    raw.close()
    assert [(event.at, dict(event.payload)) for event in journal.events()] == [(1, {}), (2, {"unreadable": "{"})]


def test_a_kind_of_a_later_version_is_read_as_its_plain_text(journal: Journal) -> None:
    journal.record(an_event(kind="handoff.accepted"))
    journal.record(an_event(kind=EventKind.STEP_ENDED))
    kinds = [event.kind for event in journal.events()]
    assert kinds == ["handoff.accepted", EventKind.STEP_ENDED]
    assert isinstance(kinds[1], EventKind)


def test_only_the_owner_may_read_the_file_and_the_folder_it_made(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        journal = Journal(tmp_path / "a" / "b" / "journal.db")
        journal.record(an_event())
    finally:
        os.umask(mask)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (journal.path.parent, *journal.path.parent.iterdir())}
    assert modes == {"b": 0o700, "journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    journal.close()


def test_a_file_others_could_read_is_closed_to_them_but_their_folder_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    path = tmp_path / "journal.db"
    path.touch(mode=0o644)
    path.chmod(0o644)
    journal = Journal(path)
    journal.record(an_event())
    assert path.stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    journal.close()


def test_it_writes_ahead_and_waits_for_the_disk(journal: Journal) -> None:
    journal.record(an_event())
    connection = journal._connection
    assert connection is not None
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_outcome_points_at_its_intent(journal: Journal) -> None:
    intent = journal.record(an_event())
    journal.record(an_event(kind=EventKind.ACK_DONE, intent=intent))
    assert [(event.id, event.intent) for event in journal.events()] == [(1, None), (2, 1)]


def test_events_are_the_newest_ones_oldest_first_by_time_and_kind(journal: Journal) -> None:
    for at in range(10):
        journal.record(an_event(at=at, kind=EventKind.ACK_DONE if at % 2 else EventKind.ACK_INTENDED))
    assert [event.at for event in journal.events(limit=3)] == [7, 8, 9]
    assert [event.at for event in journal.events(since=5, kinds={EventKind.ACK_DONE})] == [5, 7, 9]
    assert journal.events(kinds=()) == ()
    assert journal.events(limit=0) == ()


def test_threads_may_write_at_once(journal: Journal) -> None:
    def write(actor: int) -> None:
        for at in range(20):
            journal.record(Event(at=at, kind=EventKind.ACK_DONE, actor=str(actor)))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.id for event in journal.events()) == list(range(1, 81))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(payload=st.dictionaries(st.text(), json_values, max_size=4), subject=st.text())
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, payload: dict, subject: str) -> None:
    journal = Journal(tmp_path_factory.getbasetemp() / "roundtrip.db")
    event = Event(
        at=1.25, kind=EventKind.STEP_ENDED, service="ranker", fingerprint="f", subject=subject, payload=payload
    )
    journal.record(event)
    [read] = journal.events(limit=1)
    journal.close()
    assert (read.at, read.service, read.fingerprint, dict(read.payload)) == (1.25, "ranker", "f", payload)
    assert read.subject == subject


def test_a_lone_surrogate_from_an_alerts_labels_is_no_reason_to_lose_the_entry(journal: Journal) -> None:
    journal.record(Event(at=1, kind=EventKind.ACK_DONE, subject="bad \ud800 label", payload={"x\udfff": "\ud800"}))
    [read] = journal.events()
    assert read.subject == "bad ? label"
    assert read.payload == {"x\udfff": "\ud800"}
    assert journal.events(subject="bad \ud800 label", services=["", "\udfff"]) == (read,)


def test_inspecting_accepts_what_can_be_used_and_changes_nothing(tmp_path):
    kept = Journal(tmp_path / "odd ?#name.db")
    kept.record(Event(at=1.0, kind=EventKind.STEP_ENDED, actor="me"))
    kept.inspect()
    kept.close()
    kept.inspect()
    assert len(kept.events()) == 1
    kept.close()
    newer = tmp_path / "newer.db"
    with sqlite3.connect(newer) as connection:
        connection.execute(f"PRAGMA application_id = {0x6F6E636A}")
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalError, match="a newer oncall-tui wrote it"):
        Journal(newer).inspect()
    with pytest.raises(JournalError):
        Journal(tmp_path / "nowhere.db").inspect()
    assert not (tmp_path / "nowhere.db").exists()


def test_events_are_told_apart_by_time_service_alert_object_and_id(journal: Journal) -> None:
    for at in range(6):
        service, alert = ("ranker", "f1") if at % 2 else ("fraud", "f2")
        journal.record(Event(at, EventKind.ALERT_STATE, service=service, fingerprint=alert, subject=f"A{at}"))

    def moments(**wanted: object) -> list[float]:
        return [event.at for event in journal.events(**wanted)]  # type: ignore[arg-type]

    assert moments(since=1, until=4) == [1, 2, 3]
    assert moments(services=["ranker"]) == [1, 3, 5]
    assert moments(services=[]) == []
    assert moments(fingerprint="f2", since=1) == [2, 4]
    assert moments(subject="A3") == [3]
    assert moments(after=4) == [4, 5]


def test_two_environments_in_one_file_do_not_see_each_other_and_both_see_what_is_of_none(journal: Journal) -> None:
    journal.record(an_event(at=0))
    prod, staging = Journal(journal.path, "prod"), Journal(journal.path, "staging")
    prod.record(an_event(at=1))
    staging.record(an_event(at=2))
    assert [(e.at, e.environment) for e in prod.events()] == [(0, ""), (1, "prod")]
    assert [e.at for e in staging.events()] == [0, 2]
    assert [e.at for e in journal.events()] == [0, 1, 2]
    prod.close()
    staging.close()


def a_change(at: float, state: str, **more: object) -> Event:
    return Event(at=at, kind=EventKind.SLO_STATE, subject="ranker/accuracy", payload={"state": state}, **more)  # type: ignore[arg-type]


def test_a_change_that_another_instance_saw_first_is_written_once(journal: Journal) -> None:
    other = Journal(journal.path)
    assert journal.record_changes([a_change(1, "CRIT")]) == (1,)
    assert other.record_changes([a_change(1.5, "CRIT")]) == ()
    assert other.record_changes([a_change(2, "OK")]) == (2,)
    assert journal.record_changes([a_change(3, "CRIT")]) == (3,), "it came back: a change again"
    assert [(e.at, e.payload["state"]) for e in journal.latest([EventKind.SLO_STATE])] == [(3, "CRIT")]
    assert [e.id for e in journal.latest([EventKind.SLO_STATE], after=2)] == [3]
    assert journal.latest([EventKind.SLO_STATE], after=3) == ()
    other.close()


def test_the_same_change_in_another_environment_is_another_change(journal: Journal) -> None:
    prod, staging = Journal(journal.path, "prod"), Journal(journal.path, "staging")
    assert prod.record_changes([a_change(1, "CRIT")])
    assert staging.record_changes([a_change(1, "CRIT")])
    assert [event.environment for event in staging.latest([EventKind.SLO_STATE])] == ["staging"]
    prod.close()
    staging.close()


def test_many_changes_are_written_in_parts_and_all_of_them(journal: Journal) -> None:
    events = [Event(n, EventKind.ALERT_STATE, fingerprint=f"f{n}", payload={"state": "firing"}) for n in range(1_201)]
    assert len(journal.record_changes(events)) == 1_201
    assert len(journal.latest([EventKind.ALERT_STATE])) == 1_201
    assert journal.verify().sound


def test_a_journal_only_to_be_read_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(JournalError):
        Journal(tmp_path / "none.db", only_to_read=True).events()
    assert list(tmp_path.iterdir()) == []


def test_a_moment_that_is_no_number_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalError, match="not a number"):
        journal.record(an_event(at=float("nan")))


FIRST_SCHEMA = MIGRATIONS[0]


def a_first_version(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        for statement in FIRST_SCHEMA:
            raw.execute(statement)
        raw.execute("PRAGMA user_version = 1")
        insert = "INSERT INTO events (id, at, kind, actor, service, fingerprint, subject, payload, intent) VALUES "
        raw.execute(insert + "(3, 1.5, 'ack.intended', 'maria', 'ranker', 'f', 'A', '{\"n\": 1}', NULL)")
        raw.execute(insert + "(7, 2.5, 'ack.done', 'maria', 'ranker', 'f', 'A', '{}', 3)")
    raw.close()


def test_an_older_journal_is_brought_up_to_date_with_all_that_is_in_it(tmp_path: Path) -> None:
    a_first_version(path := tmp_path / "journal.db")
    journal = Journal(path, "prod")
    assert [(e.id, e.at, e.kind, e.intent) for e in journal.events()] == [
        (3, 1.5, "ack.intended", None),
        (7, 2.5, "ack.done", 3),
    ]
    assert journal.record(an_event()) == 8
    assert journal.verify().sound, "ids that were never given are no gap"
    assert journal.verify().entries == 3
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT name FROM sqlite_master WHERE name = 'events_1'").fetchall() == []
    raw.close()
    journal.close()


def test_an_older_journal_that_is_only_to_be_read_says_so_and_stays_old(tmp_path: Path) -> None:
    a_first_version(path := tmp_path / "journal.db")
    with pytest.raises(JournalError, match="an older oncall-tui wrote it"):
        Journal(path, only_to_read=True).events()
    Journal(path).inspect()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    raw.close()

"""The journal's tables, and how an older journal becomes one of ours. Migrations are only ever added at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from oncall_tui.journal.chain import START, digest
from oncall_tui.journal.rows import COLUMNS

APPLICATION_ID = 0x6F6E636A
"""'oncj': marks a SQLite file as this journal, so that no other program's file is ever written to."""


def _chain_what_is_there(connection: sqlite3.Connection) -> None:
    """Copy the first version's entries, each with its hash."""
    before = START
    old = connection.execute(
        "SELECT id, at, kind, '', actor, service, fingerprint, subject, payload, intent FROM events_1 ORDER BY id"
    )
    for id_, *row in old:
        before = digest(before, id_, tuple(row))
        insert(connection, id_, tuple(row), before)


def insert(connection: sqlite3.Connection, id_: int, row: tuple[object, ...], hash_: str) -> None:
    """Add an entry with its hash, within the caller's transaction."""
    marks = ", ".join("?" * (len(row) + 2))
    connection.execute(f"INSERT INTO events (id, {COLUMNS}, hash) VALUES ({marks})", (id_, *row, hash_))  # noqa: S608


_APPEND_ONLY = "SELECT RAISE(ABORT, 'the journal is append-only')"

MIGRATIONS: tuple[tuple[str | Callable[[sqlite3.Connection], None], ...], ...] = (
    (
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            kind TEXT NOT NULL,
            actor TEXT NOT NULL,
            service TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            subject TEXT NOT NULL,
            payload TEXT NOT NULL,
            intent INTEGER REFERENCES events (id)
        )
        """,
        "CREATE INDEX events_at ON events (at)",
        """
        CREATE TRIGGER events_stay_as_written BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
        """,
        """
        CREATE TRIGGER events_stay BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
        """,
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
    (
        "DROP TRIGGER events_stay_as_written",
        "DROP TRIGGER events_stay",
        "DROP INDEX events_at",
        "ALTER TABLE events RENAME TO events_1",
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            kind TEXT NOT NULL,
            environment TEXT NOT NULL,
            actor TEXT NOT NULL,
            service TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            subject TEXT NOT NULL,
            payload TEXT NOT NULL,
            intent INTEGER,
            hash TEXT NOT NULL CHECK (length(hash) = 64)
        )
        """,
        "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL, hash TEXT NOT NULL)",
        "INSERT INTO head VALUES (1, 0, '" + START + "')",  # noqa: S608 - a constant of ours
        "CREATE TABLE checkpoints (through INTEGER PRIMARY KEY, hash TEXT NOT NULL)",
        """
        CREATE TRIGGER events_follow BEFORE INSERT ON events
        WHEN NEW.id <= (SELECT last FROM head)
        BEGIN SELECT RAISE(ABORT, 'an entry follows the last one'); END
        """,
        """
        CREATE TRIGGER events_head AFTER INSERT ON events
        BEGIN UPDATE head SET last = NEW.id, hash = NEW.hash; END
        """,
        _chain_what_is_there,
        "DROP TABLE events_1",
        # From here on, so that what an old journal holds is taken as it is.
        """
        CREATE TRIGGER events_answer BEFORE INSERT ON events
        WHEN NEW.intent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events WHERE id = NEW.intent)
            AND NEW.intent > coalesce((SELECT max(through) FROM checkpoints), 0)
        BEGIN SELECT RAISE(ABORT, 'no such intent'); END
        """,
        f"CREATE TRIGGER events_stay_as_written BEFORE UPDATE ON events BEGIN {_APPEND_ONLY}; END",
        """
        CREATE TRIGGER events_stay BEFORE DELETE ON events
        WHEN OLD.id > coalesce((SELECT max(through) FROM checkpoints), 0)
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
        """,
        """
        CREATE TRIGGER checkpoints_are_true BEFORE INSERT ON checkpoints
        WHEN NOT EXISTS (SELECT 1 FROM events WHERE id = NEW.through AND hash = NEW.hash)
        BEGIN SELECT RAISE(ABORT, 'no such entry to keep the hash of'); END
        """,
        f"CREATE TRIGGER checkpoints_stay BEFORE DELETE ON checkpoints BEGIN {_APPEND_ONLY}; END",
        f"CREATE TRIGGER checkpoints_stay_as_written BEFORE UPDATE ON checkpoints BEGIN {_APPEND_ONLY}; END",
        "CREATE INDEX events_at ON events (at)",
        "CREATE INDEX events_of_an_alert ON events (fingerprint, id) WHERE fingerprint <> ''",
        "CREATE INDEX events_of_an_object ON events (kind, environment, subject, fingerprint, id)",
        "CREATE INDEX events_of_a_service ON events (service, at)",
    ),
)


class ForeignFile(Exception):
    """The file is a SQLite database of something else."""


class NewerSchema(Exception):
    """The journal was written by a newer version; version is its schema's."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class OlderSchema(Exception):
    """The journal was written by an older version and cannot be brought up to date, as it may only be read."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema, in one transaction; several processes may try at once.

    Raises NewerSchema, ForeignFile, or sqlite3.Error; nothing is changed then.
    """
    if version_of(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again: another process may have migrated while we waited for the lock.
        for statements in MIGRATIONS[version_of(connection) :]:
            for statement in statements:
                if isinstance(statement, str):
                    connection.execute(statement)
                else:
                    statement(connection)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """Its schema's version, 0 for an empty file. Raises NewerSchema, ForeignFile, or sqlite3.Error."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    mark: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if mark != APPLICATION_ID and (mark or version or tables):
        raise ForeignFile
    if version > len(MIGRATIONS):
        raise NewerSchema(version)
    return version

"""The journal's tables, and how an older journal becomes one of ours. Migrations are only ever added at the end."""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x6F6E636A
"""'oncj': marks a SQLite file as this journal, so that no other program's file is ever written to."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
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
)


class ForeignFile(Exception):
    """The file is a SQLite database of something else."""


class NewerSchema(Exception):
    """The journal was written by a newer version; version is its schema's."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


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
                connection.execute(statement)
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

"""The journal: one SQLite file, append-only, written by any number of processes at once."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from oncall_tui.core.events import Event, Soundness
from oncall_tui.journal import chain, retention
from oncall_tui.journal.appending import append, append_change
from oncall_tui.journal.file import (
    NotAnEntry,
    connect,
    connect_to_read,
    explained,
    identity,
    is_read_only,
    make_private,
)
from oncall_tui.journal.retention import Retention
from oncall_tui.journal.rows import COLUMNS, Query, Row, event_of, row_of
from oncall_tui.journal.schema import OlderSchema, migrate

AT_ONCE = 500
"""Changes written in one transaction: others wait for it."""


class Journal:
    """Append-only entries in the file at path. Calls block for milliseconds; any thread may make them.

    environment: what tells this configuration's fleet from others' in the same file: written into each entry, and only
    its entries are read, with those of none; None writes none and reads all. keeps: what is kept by tidy().
    only_to_read: the file must be there, and nothing of it is changed, not even to bring it up to date.

    The file is opened at first use, so a broken one stops nothing until it is needed, and is opened again when it
    was moved or deleted under us. A folder that has to be made is the owner's alone (0700), and so is the file (0600).
    One that may only be read is read.
    """

    def __init__(
        self,
        path: Path,
        environment: str | None = None,
        keeps: Retention | None = None,
        *,
        only_to_read: bool = False,
    ) -> None:
        self.path = path
        self._only_to_read = only_to_read
        self.environment = environment
        self._keeps = keeps or Retention()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    # Writing

    def record(self, event: Event) -> int:
        """Write the entry; its id. On return it is on the disk and outlives a crash or a power cut.

        The event's own id is not looked at. Raises JournalError; nothing was written then.
        """
        row = self._row(event)
        with self._writing() as connection:
            return append(connection, row)

    def record_changes(self, events: Sequence[Event]) -> tuple[int, ...]:
        """Write those whose object's newest entry of the same kind says another `state`, or another `since`.

        Returns the ids of what was written. Several instances that see the same change write it once. An object is told
        by environment, kind, subject and fingerprint. Raises JournalError; of a great many some may be written then,
        and the rest can be tried again.
        """
        rows = [self._row(event) for event in events]
        written: list[int] = []
        for start in range(0, len(rows), AT_ONCE):
            with self._writing() as connection:
                ids = [append_change(connection, row) for row in rows[start : start + AT_ONCE]]
            written += [id_ for id_ in ids if id_ is not None]
        return tuple(written)

    def tidy(self, now: float) -> int:
        """Remove what is older or more than is to be kept; how many entries went. Raises JournalError."""
        with self._lock, self._explained("write"):
            return retention.trim(self._open(), self._keeps, now)

    # Reading

    def events(
        self,
        since: float | None = None,
        kinds: Iterable[str] | None = None,
        limit: int = 1_000,
        *,
        until: float | None = None,
        services: Iterable[str] | None = None,
        fingerprint: str | None = None,
        subject: str | None = None,
        after: int | None = None,
    ) -> tuple[Event, ...]:
        """The newest limit entries that satisfy all that is given, oldest first. Raises JournalError.

        since (inclusive), until (exclusive): unix seconds. kinds: such as EventKind has. services, fingerprint (of an
        alert), subject: what they are about. after: an id; only what was written later.
        """
        query = Query(since, until, kinds, services, fingerprint, subject, after, self.environment)
        with self._reading() as connection:
            rows = connection.execute(*query.newest(limit)).fetchall()
        return tuple(event_of(row) for row in reversed(rows))

    def latest(self, kinds: Iterable[str], after: int = 0) -> tuple[Event, ...]:
        """The newest entry of each of these kinds about each object, oldest first: how things last stood.

        after: the id behind which to look, for what is new. Raises JournalError.
        """
        found: list[Row] = []
        own, arguments = ("", ()) if self.environment is None else (" AND environment IN (?, '')", (self.environment,))
        with self._reading() as connection:
            # With a plus it is no use of an index: what is new is little, and found by its id.
            of_kind, since = ("+kind = ? AND id > ?", (after,)) if after else ("kind = ?", ())
            for kind in sorted(set(kinds)):
                found += connection.execute(
                    f"SELECT id, {COLUMNS} FROM events WHERE id IN (SELECT max(id) FROM events WHERE {of_kind}{own}"  # noqa: S608
                    " GROUP BY environment, subject, fingerprint)",
                    (kind, *since, *arguments),
                ).fetchall()
        return tuple(sorted(map(event_of, found), key=lambda event: event.id))

    def verify(self, expected: tuple[int, str] | None = None) -> Soundness:
        """Hold every entry against its hash, for gaps, changes and a cut end; change nothing.

        expected: an entry's id and the beginning of its hash, told by an earlier verification. The file must be there.
        Raises JournalError where it cannot be read.
        """
        with self._explained("read"), contextlib.closing(connect_to_read(self.path)) as connection:
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return Soundness(0, 0, 0, chain.START, 0, ())
            connection.execute("BEGIN")
            return chain.verify(connection, expected)

    def inspect(self) -> None:
        """Look whether the file, which must be there, is a journal of ours; change nothing. Raises JournalError."""
        # One of an older version is fine: it is brought up to date at first use.
        with self._explained("read"), contextlib.suppress(OlderSchema):
            connect_to_read(self.path).close()

    def close(self) -> None:
        """Let go of the file. A later call opens it again."""
        with self._lock:
            self._let_go()

    # The file

    def _row(self, event: Event) -> Row:
        try:
            return row_of(event, self.environment or "")
        except ValueError as error:
            raise NotAnEntry(f"cannot write the journal {self.path}: {error}") from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock: what is looked at in it stays so until it ends."""
        with self._lock, self._explained("write"):
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # A full disk has rolled it back already.
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explained("read"):
            try:
                connection = None if self._only_to_read else self._open()
            except (OSError, sqlite3.Error) as error:
                if not is_read_only(error):
                    raise
                connection = None
            if connection is None:
                with contextlib.closing(connect_to_read(self.path)) as connection:
                    yield connection
            else:
                yield connection

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._identity == identity(self.path):
            return self._connection
        self._let_go()
        make_private(self.path)
        connection = connect(self.path)
        try:
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity = connection, identity(self.path)
        return connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        with explained(self.path, verb):
            try:
                yield
            except (OSError, sqlite3.Error):
                self._let_go()
                raise

"""The journal: one SQLite file, append-only, written by any number of processes at once."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from platformdirs import user_state_path

from oncall_tui.core.errors import OncallError
from oncall_tui.journal.events import Event, EventKind
from oncall_tui.journal.schema import ForeignFile, NewerSchema, migrate, version_of

BUSY_SECONDS = 3.0
"""How long an entry waits for another process to finish its own; they take milliseconds."""

_ELSEWHERE = "point the journal at another file"
_COLUMNS = "at, kind, actor, service, fingerprint, subject, payload, intent"
_KINDS = frozenset(EventKind)


class JournalError(OncallError):
    """The journal could not be read or written."""


def default_path() -> Path:
    """Where the journal is kept when the configuration does not say: the user's state folder (XDG_STATE_HOME)."""
    return user_state_path("oncall-tui", appauthor=False) / "journal.db"


class Journal:
    """Append-only entries in the file at path. Calls block for milliseconds; any thread may make them.

    The file is opened at first use, so a broken one stops nothing until it is needed, and is opened again when it
    was moved or deleted under us. A folder that has to be made is the owner's alone (0700), and so is the file (0600).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def record(self, event: Event) -> int:
        """Write the entry; its id. On return it is on the disk and outlives a crash or a power cut.

        The event's own id is not looked at. Raises JournalError; nothing was written then.
        """
        row = _row(event, self.path)
        with self._lock, self._explained("write"):
            cursor = self._open().execute(f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608
            return int(cursor.lastrowid or 0)

    def events(
        self, since: float | None = None, kinds: Iterable[str] | None = None, limit: int = 1_000
    ) -> tuple[Event, ...]:
        """The newest limit entries, oldest first: of these kinds (None: all), from since (unix seconds) on.

        Raises JournalError.
        """
        wanted = None if kinds is None else sorted(set(kinds))
        where = ["at >= ?"] if since is not None else []
        arguments: list[object] = [since] if since is not None else []
        if wanted is not None:
            where.append(f"kind IN ({', '.join('?' * len(wanted))})")
            arguments += wanted
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        query = f"SELECT id, {_COLUMNS} FROM events {condition} ORDER BY id DESC LIMIT ?"  # noqa: S608
        with self._lock, self._explained("read"):
            rows = self._open().execute(query, (*arguments, max(limit, 0))).fetchall()
        return tuple(_event(row) for row in reversed(rows))

    def about(self, fingerprint: str, limit: int = 200) -> tuple[Event, ...]:
        """The newest limit entries about the alert of that fingerprint, one of several or alone, oldest first.

        Raises JournalError.
        """
        if not fingerprint:
            return ()
        query = f"SELECT id, {_COLUMNS} FROM events WHERE fingerprint = ? OR instr(payload, ?) ORDER BY id DESC LIMIT ?"  # noqa: S608
        arguments = (_storable(fingerprint), json.dumps(fingerprint), max(limit, 0))
        with self._lock, self._explained("read"):
            rows = self._open().execute(query, arguments).fetchall()
        return tuple(_event(row) for row in reversed(rows))

    def verify(self) -> None:
        """Look whether the file, which must be there, is a journal of ours; change nothing. Raises JournalError."""
        with self._explained("read"):
            address = f"file:{quote(str(self.path.absolute()))}?mode=ro"
            with contextlib.closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
                version_of(connection)

    def close(self) -> None:
        """Let go of the file. A later call opens it again."""
        with self._lock:
            self._let_go()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._identity == _identity(self.path):
            return self._connection
        self._let_go()
        _make_private(self.path)
        connection = _connect(self.path)
        try:
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity = connection, _identity(self.path)
        return connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        """Turn whatever goes wrong into a JournalError that says what to do."""
        try:
            yield
        except NewerSchema as error:
            message = f"cannot {verb} the journal {self.path}: a newer oncall-tui wrote it (schema {error.version})"
            raise JournalError(message, f"upgrade oncall-tui, or {_ELSEWHERE}") from None
        except ForeignFile:
            message = f"cannot {verb} the journal {self.path}: it is another program's SQLite database"
            raise JournalError(message, _ELSEWHERE) from None
        except (OSError, sqlite3.Error) as error:
            self._let_go()
            message = f"cannot {verb} the journal {self.path}: {_reason(error)}"
            raise JournalError(message, _hint(error)) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn WAL on. SQLite answers 'locked' at once, without waiting, when two processes do this together."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _make_private(path: Path) -> None:
    """Make the file, readable by its owner alone, before SQLite does; what SQLite adds beside it takes after it.

    Folders that are there already are left as they are: they may be shared on purpose.
    """
    missing = itertools.takewhile(lambda folder: not folder.is_dir(), (path.parent, *path.parent.parents))
    for folder in reversed(tuple(missing)):
        folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            with contextlib.suppress(PermissionError):  # Another user's file, shared on purpose.
                os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _row(event: Event, path: Path) -> tuple[object, ...]:
    try:
        payload = json.dumps(dict(event.payload), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise JournalError(f"cannot write the journal {path}: an entry's payload is not JSON ({error})") from error
    texts = (event.kind, event.actor, event.service, event.fingerprint, event.subject)
    return event.at, *(_storable(text) for text in texts), payload, event.intent


def _storable(text: str) -> str:
    """text without lone surrogates, which SQLite cannot hold; JSON from outside may bring some."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _event(row: tuple[object, ...]) -> Event:
    id_, at, kind, actor, service, fingerprint, subject, payload, intent = row
    return Event(
        at=float(str(at)),
        kind=EventKind(str(kind)) if kind in _KINDS else str(kind),
        actor=str(actor),
        service=str(service),
        fingerprint=str(fingerprint),
        subject=str(subject),
        payload=_payload(str(payload)),
        intent=None if intent is None else int(str(intent)),
        id=int(str(id_)),
    )


def _payload(text: str) -> dict[str, object]:
    """The payload as written. One that is not JSON any more is kept under 'unreadable': the rest must stay readable."""
    try:
        payload = json.loads(text)
    except ValueError:
        payload = None
    return payload if isinstance(payload, dict) else {"unreadable": text}


def _reason(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return str(error)


def _hint(error: OSError | sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the primary code; the others say more precisely what the disk did.
    match code if code is None else code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another process holds it: look for one that hangs"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"it is damaged: move it away and keep it, or {_ELSEWHERE}"
        case sqlite3.SQLITE_FULL:
            return "free space on that disk"
    return f"make it writable, or {_ELSEWHERE}"

"""The journal's file: opened privately and durably, and what goes wrong with it told in one line."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from oncall_tui.config.private_folder import make_private_folder
from oncall_tui.core.errors import OncallError
from oncall_tui.journal.schema import MIGRATIONS, ForeignFile, NewerSchema, OlderSchema, version_of

BUSY_SECONDS = 3.0
"""How long an entry waits for another process to finish its own; they take milliseconds."""
WAL_KEPT = 8_388_608
"""Bytes that the file of what is not merged yet may keep once it was larger."""

_ELSEWHERE = "point the journal at another file"


class JournalError(OncallError):
    """The journal could not be read or written."""


class NotAnEntry(JournalError):
    """What was to be written can never be: it is not JSON, or of no moment."""


def connect(path: Path) -> sqlite3.Connection:
    """Open it for reading and writing: write-ahead, and every commit waits for the disk. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        if not path.stat().st_size:
            # Before the file has a first page, or it is for nothing: it lets retention give the disk its room back.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT}").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open it without any right to change it, also on a disk that may only be read.

    Raises OlderSchema, NewerSchema, ForeignFile, or sqlite3.Error.
    """
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)
    try:
        try:
            version = version_of(connection)
        except sqlite3.OperationalError:
            # A write-ahead file beside it cannot be made here, and where there is none nothing is in it.
            if path.with_name(path.name + "-wal").exists() or not path.exists():
                raise
            connection.close()
            connection = sqlite3.connect(f"{address}&immutable=1", uri=True, check_same_thread=False)
            version = version_of(connection)
        if 0 < version < len(MIGRATIONS):
            raise OlderSchema
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


def make_private(path: Path) -> None:
    """Make the file, readable by its owner alone, before SQLite does; what SQLite adds beside it takes after it.

    A symbolic link in its place is refused.
    """
    make_private_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            with contextlib.suppress(PermissionError):  # Another user's file, shared on purpose.
                os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def identity(path: Path) -> tuple[int, int] | None:
    """What tells this file from one put in its place; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def explained(path: Path, verb: str) -> Iterator[None]:
    """Turn whatever goes wrong into a JournalError that says what to do."""
    try:
        yield
    except NewerSchema as error:
        message = f"cannot {verb} the journal {path}: a newer oncall-tui wrote it (schema {error.version})"
        raise JournalError(message, f"upgrade oncall-tui, or {_ELSEWHERE}") from None
    except OlderSchema:
        message = f"cannot {verb} the journal {path}: an older oncall-tui wrote it, and it may not be written to"
        raise JournalError(message, "make it writable once, so that it can be brought up to date") from None
    except ForeignFile:
        message = f"cannot {verb} the journal {path}: it is another program's SQLite database"
        raise JournalError(message, _ELSEWHERE) from None
    except (OSError, sqlite3.Error) as error:
        raise JournalError(f"cannot {verb} the journal {path}: {_reason(error)}", _hint(error)) from error


def is_read_only(error: BaseException) -> bool:
    """Whether it says that writing is what is not allowed here."""
    if isinstance(error, OSError):
        return isinstance(error, PermissionError) or error.errno == errno.EROFS
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def _reason(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, OSError):
        return "it is a symbolic link" if error.errno == errno.ELOOP else (error.strerror or str(error)).lower()
    return str(error)


def _hint(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, OSError):
        if error.errno == errno.ELOOP:
            return f"put the file itself there, or {_ELSEWHERE}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return "free space on that disk"
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

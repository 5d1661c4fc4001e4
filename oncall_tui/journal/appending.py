"""Adding entries at the end of the chain, within the caller's transaction, which must hold the write lock."""

from __future__ import annotations

import json
import sqlite3

from oncall_tui.journal.chain import digest
from oncall_tui.journal.rows import Row
from oncall_tui.journal.schema import insert


def append(connection: sqlite3.Connection, row: Row) -> int:
    """Add one; its id. Raises sqlite3.Error."""
    last, before = connection.execute("SELECT last, hash FROM head").fetchone()
    id_ = int(last) + 1
    insert(connection, id_, row, digest(before, id_, row))
    return id_


def append_change(connection: sqlite3.Connection, row: Row) -> int | None:
    """Add one unless the newest of its kind about the same object says the same `state` (and `since`).

    Another instance saw it first then.

    Its id, None where nothing was added. Raises sqlite3.Error.
    """
    _, kind, environment, _, _, fingerprint, subject, payload, _ = row
    newest = connection.execute(
        "SELECT payload FROM events WHERE kind = ? AND environment = ? AND subject = ? AND fingerprint = ?"
        " ORDER BY id DESC LIMIT 1",
        (kind, environment, subject, fingerprint),
    ).fetchone()
    if newest is not None and _standing(str(newest[0])) == _standing(str(payload)):
        return None
    return append(connection, row)


def _standing(payload: str) -> object:
    try:
        told = json.loads(payload)
    except ValueError:
        return None
    return (told.get("state"), told.get("since")) if isinstance(told, dict) else None

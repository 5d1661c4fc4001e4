"""Bounds in time and size: the oldest entries go, what is still open is carried on, and the chain stays verifiable."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from oncall_tui.core.events import CARRIED, Event, EventKind
from oncall_tui.journal.appending import append
from oncall_tui.journal.rows import Query, event_of, row_of

AT_ONCE = 2_000
"""Entries removed in one transaction: others wait for it."""
_SHRUNK = 0.8
"""Down to which part of the size allowed entries are removed once it is exceeded."""


def _nothing(events: Sequence[Event]) -> Collection[int]:
    return ()


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept. keep: seconds; size: bytes of the file. None: no such bound.

    open_kinds, still_open: entries of these kinds are shown (all there are, oldest first) to still_open, which names
    the ids of those that must outlive the bound: an incident that is not resolved, an action item nobody closed.
    """

    keep: float | None = None
    size: int | None = None
    open_kinds: frozenset[str] = frozenset()
    still_open: Callable[[Sequence[Event]], Collection[int]] = field(default=_nothing)


def trim(connection: sqlite3.Connection, retention: Retention, now: float) -> int:
    """Remove what is older or more than allowed, a part at a time; how many entries went. Raises sqlite3.Error."""
    removed = 0
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            gone = _trim_once(connection, retention, now)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        removed += gone
        if not gone:
            break
    if removed:
        # A script: execute() would take its first step alone, which is one page.
        connection.executescript("PRAGMA incremental_vacuum")
    return removed


def _trim_once(connection: sqlite3.Connection, retention: Retention, now: float) -> int:
    through, why = _through(connection, retention, now)
    if not through:
        return 0
    wanted = Query(kinds=retention.open_kinds).newest(1_000_000)
    open_ones = [event_of(row) for row in reversed(connection.execute(*wanted).fetchall())]
    keep = frozenset(retention.still_open(open_ones))
    carried = [event for event in open_ones if event.id <= through and event.id in keep]
    count: int = connection.execute("SELECT count(*) FROM events WHERE id <= ?", (through,)).fetchone()[0]
    if count <= len(carried):
        return 0  # Nothing but what stays open: to carry it on once more would gain nothing.
    [hash_] = connection.execute("SELECT hash FROM events WHERE id = ?", (through,)).fetchone()
    for event in carried:
        again = replace(event, payload={CARRIED: event.id, **event.payload}, intent=None)
        append(connection, row_of(again, event.environment))
    payload = {"through": through, "hash": hash_, "entries": count - len(carried), "why": why}
    append(connection, row_of(Event(now, EventKind.JOURNAL_TRIMMED, "oncall-tui", payload=payload), ""))
    connection.execute("INSERT INTO checkpoints VALUES (?, ?)", (through, hash_))
    connection.execute("DELETE FROM events WHERE id <= ?", (through,))
    return count - len(carried)


def _through(connection: sqlite3.Connection, retention: Retention, now: float) -> tuple[int, str]:
    """The last id to remove now, 0 for none, and why."""
    oldest = connection.execute("SELECT id, at FROM events ORDER BY id LIMIT ?", (AT_ONCE,)).fetchall()
    last: int = connection.execute("SELECT last FROM head").fetchone()[0]
    through = 0
    if retention.keep is not None:
        for id_, at in oldest:
            if at >= now - retention.keep or id_ == last:
                break
            through = id_
        if through:
            return through, "age"
    if retention.size is not None and oldest and used(connection) > retention.size:
        # Once it is exceeded, down to less: else every few entries there would be something to remove.
        over = 1 - _SHRUNK * retention.size / used(connection)
        total: int = connection.execute("SELECT count(*) FROM events").fetchone()[0]
        part = min(len(oldest), max(1, int(total * over)), total - 1)
        if part > 0:
            return oldest[part - 1][0], "size"
    return 0, ""


def used(connection: sqlite3.Connection) -> int:
    """Bytes that entries take in the file, room for more aside."""
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    [free] = connection.execute("PRAGMA freelist_count").fetchone()
    [size] = connection.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)

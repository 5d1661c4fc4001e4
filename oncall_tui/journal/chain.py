"""The chain: every entry carries a hash over itself and the hash before, so that what was changed later shows."""

from __future__ import annotations

import hashlib
import json
import sqlite3

from oncall_tui.core.events import Soundness
from oncall_tui.journal.rows import COLUMNS, Row

START = "0" * 64
"""What stands before the first entry."""


def digest(before: str, id_: int, row: Row) -> str:
    """The hash (hex) of an entry: SHA-256 over the hash before it, its id and its columns as they are stored."""
    at, *rest = row
    # repr: the shortest text that gives the same double again, which is how SQLite keeps it.
    content = json.dumps([before, id_, repr(at), *rest], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(content.encode("ascii")).hexdigest()


MOST_FAULTS = 20
"""Told of a journal; one that was tampered with in more places is no better known by more lines."""


def verify(connection: sqlite3.Connection, expected: tuple[int, str] | None = None) -> Soundness:
    """Read everything in one transaction, which should be the caller's, and hold each entry against its hash.

    expected: an entry's id and (the beginning of) its hash as they were told before: whoever rewrites a journal as a
    whole can make every hash anew, but not that one. Raises sqlite3.Error.
    """
    walk = _Walk(*_checkpoint(connection), expected)
    for id_, hash_, *row in connection.execute(f"SELECT id, hash, {COLUMNS} FROM events ORDER BY id"):  # noqa: S608
        walk.take(int(id_), str(hash_), tuple(row))
    last, head = connection.execute("SELECT last, hash FROM head").fetchone() or (0, START)
    return walk.ended(int(last), str(head))


def _checkpoint(connection: sqlite3.Connection) -> tuple[int, str]:
    found = connection.execute("SELECT through, hash FROM checkpoints ORDER BY through DESC LIMIT 1").fetchone()
    return (int(found[0]), str(found[1])) if found else (0, START)


class _Walk:
    """From the checkpoint (or the start) through every entry."""

    def __init__(self, trimmed: int, before: str, expected: tuple[int, str] | None) -> None:
        self._trimmed, self._start, self._expected = trimmed, before, expected
        self._before, self._last = before, trimmed
        self._first = self._entries = 0
        self._attested = not trimmed
        self._met = expected is None or expected[0] <= trimmed
        self._faults: list[str] = []

    def take(self, id_: int, hash_: str, row: Row) -> None:
        missing = id_ > self._last + 1
        if hash_ != digest(self._before, id_, row):
            if missing:
                gap = f"{self._last + 1}" if id_ == self._last + 2 else f"{self._last + 1} to {id_ - 1}"
                self._fault(f"before entry {id_}: missing are {gap}")
            else:
                self._fault(f"entry {id_} is not as it was written, or the one before it was replaced")
        if id_ <= self._trimmed:
            self._fault(f"entry {id_} stands below the checkpoint at {self._trimmed}")
        if row[1] == "journal.trimmed" and not self._attested:
            self._attested = self._attests(str(row[7]))
        if self._expected is not None and id_ == self._expected[0]:
            self._met = hash_.startswith(self._expected[1])
        self._first = self._first or id_
        self._entries += 1
        # Go on from what it says: the rest may be sound, and a second fault is another one.
        self._last, self._before = id_, hash_

    def _attests(self, payload: str) -> bool:
        try:
            told = json.loads(payload)
        except ValueError:
            return False
        return isinstance(told, dict) and (told.get("through"), told.get("hash")) == (self._trimmed, self._start)

    def ended(self, last: int, head: str) -> Soundness:
        if last > self._last:
            what = f"entry {last}" if last == self._last + 1 else f"entries {self._last + 1} to {last}"
            self._fault(f"cut off at the end: {what} were there and are not")
        elif head != self._before:
            self._fault("the end is not what was last written")
        if not self._attested:
            self._fault(f"entries through {self._trimmed} are gone, and no entry says that retention removed them")
        if not self._met and self._expected is not None:
            self._fault(f"entry {self._expected[0]} is not there with the hash that was expected")
        return Soundness(
            self._entries, self._first, self._last, self._before, self._trimmed, tuple(self._faults[:MOST_FAULTS])
        )

    def _fault(self, what: str) -> None:
        self._faults.append(what)

"""An entry as a row of the table and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from oncall_tui.core.events import Event, EventKind

COLUMNS = "at, kind, environment, actor, service, fingerprint, subject, payload, intent"
"""What a person may read of an entry, beside its id; in the order of a Row."""

_KINDS = frozenset(EventKind)

Row = tuple[object, ...]


def row_of(event: Event, environment: str) -> Row:
    """The columns of an entry. Raises ValueError for a payload that is not JSON, or a moment that is no number."""
    try:
        payload = json.dumps(dict(event.payload), allow_nan=False)
        at = float(event.at)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"an entry's payload is not JSON ({error})") from error
    if at != at:
        raise ValueError("an entry's moment is not a number")
    texts = (event.kind, event.environment or environment, event.actor, event.service, event.fingerprint, event.subject)
    return at, *(_storable(text) for text in texts), payload, event.intent


def event_of(row: Row) -> Event:
    """The entry of a row that begins with its id."""
    id_, at, kind, environment, actor, service, fingerprint, subject, payload, intent = row
    return Event(
        at=float(str(at)),
        kind=EventKind(str(kind)) if kind in _KINDS else str(kind),
        actor=str(actor),
        service=str(service),
        fingerprint=str(fingerprint),
        subject=str(subject),
        payload=_payload(str(payload)),
        intent=None if intent is None else int(str(intent)),
        environment=str(environment),
        id=int(str(id_)),
    )


def _storable(text: str) -> str:
    """text without lone surrogates, which SQLite cannot hold; JSON from outside may bring some."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _payload(text: str) -> dict[str, object]:
    """The payload as written. One that is not JSON any more is kept under 'unreadable': the rest must stay readable."""
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        payload = None
    return payload if isinstance(payload, dict) else {"unreadable": text}


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries are wanted: those that satisfy all that is not None.

    since (inclusive) and until (exclusive): unix seconds. after: an id. environment: entries of none count as its own.
    """

    since: float | None = None
    until: float | None = None
    kinds: Iterable[str] | None = None
    services: Iterable[str] | None = None
    fingerprint: str | None = None
    subject: str | None = None
    after: int | None = None
    environment: str | None = None

    def newest(self, limit: int) -> tuple[str, list[object]]:
        """The SQL for the newest limit of them, newest first, and its arguments."""
        where: list[str] = []
        arguments: list[object] = []
        for condition, value in (
            ("at >= ?", self.since),
            ("at < ?", self.until),
            ("fingerprint = ?", self.fingerprint),
            ("subject = ?", self.subject),
            ("id > ?", self.after),
        ):
            if value is not None:
                where.append(condition)
                arguments.append(value)
        if self.environment is not None:
            where.append("environment IN (?, '')")
            arguments.append(self.environment)
        for column, values in (("kind", self.kinds), ("service", self.services)):
            if values is not None:
                found = sorted({str(value) for value in values})
                where.append(f"{column} IN ({', '.join('?' * len(found))})")
                arguments += found
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        sql = f"SELECT id, {COLUMNS} FROM events {condition} ORDER BY id DESC LIMIT ?"  # noqa: S608 - no text of others
        return sql, [*(_storable(one) if isinstance(one, str) else one for one in arguments), max(limit, 0)]

"""Snapshots as frames: what changed since the frame before, and now and then everything."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import Members
from oncall_tui.core.snapshot import RECENT, Figure, Snapshot
from oncall_tui.recording.codec import (
    FIGURES,
    TABLES,
    Document,
    assembled,
    from_json,
    recent_from_json,
    recent_to_json,
    to_json,
)
from oncall_tui.recording.delta import GONE, Json, changed, patched

EVERY = 180
"""Frames from one that holds everything to the next: what a reader may have to go through to show one moment."""

_BY_NAME = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. whole: whether it stands by itself. marks: what happened there, one line each."""

    at: float
    whole: bool
    tables: dict[str, Json]
    recent: dict[str, Json]
    marks: tuple[str, ...] = ()
    demo: bool = False

    def to_json(self) -> Json:
        """As it is written; what is empty is left out."""
        told: dict[str, Json] = {"at": self.at, "whole" if self.whole else "changed": self.tables}
        more = {"recent": self.recent, "marks": list(self.marks), "demo": self.demo}
        return told | {name: value for name, value in more.items() if value}

    @classmethod
    def from_json(cls, told: Json) -> Frame:
        """As it was written. Raises ValueError."""
        match told:
            case {"at": int() | float() as at, "whole": dict() as tables}:
                whole = True
            case {"at": int() | float() as at, "changed": dict() as tables}:
                whole = False
            case _:
                raise ValueError("not a frame")
        marks, recent = told.get("marks", []), told.get("recent", {})
        if not (isinstance(marks, list) and isinstance(recent, dict) and tables.keys() <= _BY_NAME.keys()):
            raise ValueError("not a frame")
        return cls(float(at), whole, tables, recent, tuple(map(str, marks)), told.get("demo") is True)


class Framer:
    """Makes frames of snapshots, one after the other."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[Hashable, object]] = {table.name: {} for table in TABLES}
        self._keys: dict[str, dict[Hashable, str]] = {table.name: {} for table in TABLES}
        self._document: Document = {table.name: {} for table in TABLES}
        self._count = 0

    def frame(self, snapshot: Snapshot, marks: Iterable[str] = (), *, whole: bool = False) -> Frame:
        """The next frame; whole: everything, whether it is time or not."""
        whole = whole or self._count % EVERY == 0
        self._count = 1 if whole else self._count + 1
        changes = {name: change for name in _BY_NAME if (change := self._take(name, snapshot))}
        recent = {}
        if whole:
            keys = self._keys[FIGURES]
            recent = {keys[of]: recent_to_json(one.recent) for of, one in snapshot.figures.items() if one.recent}
        tables = {name: dict(table) for name, table in self._document.items()} if whole else changes
        return Frame(snapshot.at, whole, tables, recent, tuple(marks), snapshot.demo)

    def _take(self, name: str, snapshot: Snapshot) -> dict[str, Json]:
        table, document, keys = _BY_NAME[name], self._document[name], self._keys[name]
        before, now = self._seen[name], dict(table.of(snapshot))
        change: dict[str, Json] = {}
        for key, value in now.items():
            known = before.get(key)
            if known is value or (known is not None and known == value):
                continue
            text = keys.get(key) or keys.setdefault(key, table.key(key))
            told = to_json(table, value)
            part = changed(document[text], told) if text in document else ["=", told]
            if part is not None:
                change[text] = part
                document[text] = told
        for key in before.keys() - now.keys():
            text = keys.pop(key)
            change[text] = GONE
            del document[text]
        self._seen[name] = now
        return change


class Player:
    """Makes snapshots of frames again, one after the other, beginning with a whole one."""

    def __init__(self) -> None:
        self._document: Document = {}
        self._objects: dict[str, dict[str, Any]] = {}
        self._catalogue = Catalogue()

    def snapshot(self, frame: Frame) -> Snapshot:
        """What was seen at a frame. Raises ValueError for one that does not follow from the one before."""
        if frame.whole:
            self._document = {name: {} for name in _BY_NAME}
            self._objects = {name: {} for name in _BY_NAME}
            changes = {name: {key: ["=", one] for key, one in told.items()} for name, told in frame.tables.items()}
        elif not self._document:
            raise ValueError("a frame that stands for changes, and nothing before it")
        else:
            changes = frame.tables
        for name, change in changes.items():
            self._apply(name, change, frame.recent)
        if "services" in changes:
            self._catalogue = Catalogue(tuple(self._objects["services"].values()))
        return assembled(self._objects, frame.at, self._catalogue, demo=frame.demo)

    def _apply(self, name: str, change: Json, recent: dict[str, Json]) -> None:
        table, objects = _BY_NAME[name], dict(self._objects[name])
        document = patched(self._document[name], change)
        for key in change:
            if key not in document:
                objects.pop(key, None)
                continue
            value = from_json(table, document[key])
            if isinstance(value, Figure):
                value = _with_recent(value, objects.get(key), recent.get(key))
            objects[key] = value
        self._document[name], self._objects[name] = document, objects


def _with_recent(figure: Figure, before: Figure | None, told: Json | None) -> Figure:
    """A figure with what it showed before, which grows as it did when it was polled."""
    if told is not None:
        return replace(figure, recent=recent_from_json(told))
    known = before.recent if before else ()
    if isinstance(figure.value, Members) and (before is None or figure.value != before.value):
        known = (*known, figure.value)[-RECENT:]
    return replace(figure, recent=known)

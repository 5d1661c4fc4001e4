"""A snapshot as a JSON document of tables, and back.

A document has one object per table; what a table holds is told apart by a key, so that only what changed between two
snapshots is made into JSON and back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cattrs import Converter
from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from oncall_tui.core.alerts import Alert, AlertGroup, Silence
from oncall_tui.core.canary import CanaryResult
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.dead_man import Heartbeat
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Failed, Members, NoData, Reading, SignalReading, SliReading, Value
from oncall_tui.core.routing import Routing
from oncall_tui.core.slo import Sli
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth
from oncall_tui.recording.delta import Json

Document = dict[str, dict[str, Json]]
"""Objects as JSON by key, by table."""


@dataclass(frozen=True)
class Table:
    """One part of a snapshot. of: what it holds, in order; key: what tells its objects apart."""

    name: str
    kind: Any
    of: Callable[[Snapshot], Iterable[tuple[Hashable, object]]]
    key: Callable[[Any], str] = str


def _keyed(objects: Iterable[Any], *names: str) -> Iterable[tuple[Hashable, object]]:
    return ((tuple(getattr(one, name) for name in names), one) for one in objects)


def _grouped(groups: Iterable[AlertGroup]) -> Iterable[tuple[Hashable, object]]:
    return (((one.source, one.receiver, *sorted(one.labels.items())), one) for one in groups)


def _beats(beats: Iterable[Heartbeat]) -> Iterable[tuple[Hashable, object]]:
    return (((one.cluster, one.switch.name), one) for one in beats)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def converter() -> Converter:
    """Makes JSON of the values of a snapshot, and values of JSON; made once, as it writes code for each class."""
    made = make_converter()
    for union in (Sli, Reading, Value, NoData | Failed, SliReading | SignalReading):
        configure_tagged_union(union, made, tag_name="is")
    for union in (Value, NoData | Failed):
        _allow_none(made, union)
    # Time intervals of routes are in zones, which are known by their names.
    made.register_unstructure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, tzinfo), str)
    made.register_structure_hook(tzinfo, lambda name, _: UTC if name == "UTC" else ZoneInfo(name))
    # Labels of thousands of alerts are shared, not copied: they are JSON as they are, and nobody changes them.
    made.register_unstructure_hook_func(
        lambda kind: kind == Mapping[str, str], lambda told: told if type(told) is dict else dict(told)
    )
    return made


def _allow_none(made: Converter, union: Any) -> None:
    """A union or None is another union to cattrs, which would leave the tags out."""
    made.register_unstructure_hook(
        union | None, lambda value: None if value is None else made.unstructure(value, union)
    )
    made.register_structure_hook(union | None, lambda told, _: None if told is None else made.structure(told, union))


def _reading_key(reading: object) -> str:
    return _compact(converter().unstructure(reading, Reading))


FIGURES = "figures"

TABLES = (
    Table("services", Service, lambda view: ((one.name, one) for one in view.catalogue.services)),
    Table("sources", SourceHealth, lambda view: view.sources.items()),
    Table(FIGURES, Figure, lambda view: view.figures.items(), _reading_key),
    Table("alerts", Alert, lambda view: _keyed(view.alerts, "source", "fingerprint"), _compact),
    Table("resolved", Alert, lambda view: _keyed(view.resolved, "source", "fingerprint"), _compact),
    Table("begun", int, lambda view: view.begun.items(), _compact),
    Table("groups", AlertGroup, lambda view: _grouped(view.groups), _compact),
    Table("silences", Silence, lambda view: _keyed(view.silences, "source", "id"), _compact),
    Table("expired", Silence, lambda view: _keyed(view.expired, "source", "id"), _compact),
    Table("snoozed", float, lambda view: view.snoozed.items(), _compact),
    Table(
        "heartbeats",
        Heartbeat,
        lambda view: (((one.cluster, one.switch.name), one) for one in view.heartbeats),
        _compact,
    ),
    Table("routings", Routing, lambda view: view.routings.items()),
    Table("probes", Probe, lambda view: view.probes.items()),
    Table("canaries", CanaryResult, lambda view: view.canaries.items()),
)


def to_json(table: Table, value: object) -> Json:
    """One object of a table as JSON. A figure's recent values go without saying: they are those that came before."""
    told = converter().unstructure(value, table.kind)
    if table.name == FIGURES:
        del told["recent"]
    return told


def from_json(table: Table, told: Json) -> Any:
    """The object again. Raises ValueError for what is none, in one line."""
    try:
        return converter().structure(told, table.kind)
    except Exception as error:
        raise ValueError(f"{table.name}: not what was written ({type(error).__name__})") from error


def recent_to_json(values: Iterable[Members]) -> Json:
    """Recent values of a signal, for a frame that has none before it."""
    return converter().unstructure(tuple(values), tuple[Members, ...])


def recent_from_json(told: Json) -> tuple[Members, ...]:
    """The same, read. Raises ValueError."""
    try:
        return converter().structure(told, tuple[Members, ...])
    except Exception as error:
        raise ValueError(f"recent: not what was written ({type(error).__name__})") from error


@lru_cache(maxsize=65_536)
def reading_of(key: str) -> Reading:
    """The reading that a key of the figures stands for. Raises ValueError."""
    try:
        reading: Reading = converter().structure(json.loads(key), Reading)  # type: ignore[arg-type]
    except Exception as error:
        raise ValueError(f"not a reading: {key[:80]!r}") from error
    return reading


def alert_key(key: str) -> tuple[str, str]:
    """The key of the alert. Raises ValueError."""
    match json.loads(key):
        case [str(source), str(fingerprint)]:
            return source, fingerprint
    raise ValueError(f"not the key of an alert: {key[:80]!r}")


def assembled(objects: Mapping[str, Mapping[str, Any]], at: float, catalogue: Catalogue, *, demo: bool) -> Snapshot:
    """The snapshot made of tables of objects, by their keys as text. Raises ValueError."""
    return Snapshot(
        at,
        catalogue,
        dict(objects["sources"]),
        {reading_of(key): figure for key, figure in objects[FIGURES].items()},
        alerts=tuple(objects["alerts"].values()),
        resolved=tuple(objects["resolved"].values()),
        begun={alert_key(key): count for key, count in objects["begun"].items()},
        groups=tuple(objects["groups"].values()),
        silences=tuple(objects["silences"].values()),
        expired=tuple(objects["expired"].values()),
        snoozed={alert_key(key): until for key, until in objects["snoozed"].items()},
        heartbeats=tuple(objects["heartbeats"].values()),
        routings=dict(objects["routings"]),
        probes=dict(objects["probes"]),
        canaries=dict(objects["canaries"]),
        demo=demo,
    )

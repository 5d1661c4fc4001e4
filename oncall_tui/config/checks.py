"""What no value can get wrong alone: names taken twice, and names of what is not there.

Works on the document as it was read, so that these mistakes are told together with all others.
"""

from __future__ import annotations

from collections.abc import Iterator

from oncall_tui.config.document import Data, Document, value_at
from oncall_tui.config.mistakes import Mistake, Place, show_place, suggest

_OF_A_SERVICE = {"slos": "SLO", "signals": "signal", "endpoints": "endpoint"}


def cross_check(document: Document) -> Iterator[Mistake]:
    """Every mistake between the parts of the document."""
    prometheus = dict(named_entries(document, ("sources", "prometheus"), "prometheus"))
    alertmanager = dict(named_entries(document, ("sources", "alertmanager"), "alertmanager"))
    services = dict(named_entries(document, ("services",)))
    yield from _taken_twice(document, prometheus | alertmanager, "source")
    yield from _borrowed(document, prometheus | alertmanager)
    yield from _taken_twice(document, services, "service")
    yield from _taken_twice(document, dict(named_entries(document, ("pagers",), named_by="kind")), "pager")
    switches = dict(named_entries(document, ("alerts", "dead_man_switches"), "Watchdog"))
    yield from _taken_twice(document, switches, "dead-man switch")
    of_alerts = alertmanager | dict(named_entries(document, ("sources", "alertmanager"), key="cluster"))
    for index, _ in enumerate(_list(document.data, ("alerts", "dead_man_switches"))):
        must: Place = ("alerts", "dead_man_switches", index, "clusters")
        for at, _ in enumerate(_list(document.data, must)):
            yield from _unknown(document, (*must, at), of_alerts, "Alertmanager or cluster among the sources")
    for index, _ in enumerate(_list(document.data, ("slo_files",))):
        yield from _unknown(document, ("slo_files", index, "source"), prometheus, "Prometheus among the sources")
    yield from _unknown(document, ("service_graph", "source"), prometheus, "Prometheus among the sources")
    for index, _ in enumerate(_list(document.data, ("services",))):
        here: Place = ("services", index)
        for part, what in _OF_A_SERVICE.items():
            otherwise = ("http", "protocol") if part == "endpoints" else ("", "")
            members = dict(named_entries(document, (*here, part), *otherwise))
            yield from _taken_twice(document, members, what)
        yield from _unknown(document, (*here, "source"), prometheus, "Prometheus among the sources")
        own = value_at(document.data, (*here, "name"))
        for at, _ in enumerate(_list(document.data, (*here, "depends_on"))):
            yield from _unknown(document, (*here, "depends_on", at), services, "service", own)


def _list(data: Data, place: Place) -> list[Data]:
    found = value_at(data, place)
    return found if isinstance(found, list) else []


def named_entries(
    document: Document, place: Place, default: str = "", named_by: str = "", key: str = "name"
) -> Iterator[tuple[Place, str]]:
    """(place of the name, name) of each entry of a list; without a name, the value of the key named_by or default.

    key: where the name stands.
    """
    for index, entry in enumerate(_list(document.data, place)):
        name = value_at(entry, (key,)) or value_at(entry, (named_by,)) or default
        if isinstance(entry, dict) and isinstance(name, str) and name:
            yield (*place, index, key), name


def _taken_twice(document: Document, names: dict[Place, str], what: str) -> Iterator[Mistake]:
    first: dict[str, Place] = {}
    for place, name in names.items():
        if name in first:
            spot, other = document.spot(place), document.spot(first[name])
            yield Mistake(spot.line, show_place(place), f"another {what} has this name, on line {other.line}")
        first.setdefault(name, place)


def _borrowed(document: Document, sources: dict[Place, str]) -> Iterator[Mistake]:
    """Clusters that have the name of a source that is none of theirs."""
    of = {name: value_at(document.data, (*place[:-1], "cluster")) for place, name in sources.items()}
    for index, _ in enumerate(_list(document.data, ("sources", "alertmanager"))):
        place: Place = ("sources", "alertmanager", index, "cluster")
        cluster = value_at(document.data, place)
        if isinstance(cluster, str) and of.get(cluster, cluster) != cluster:
            yield Mistake(document.spot(place).line, show_place(place), "a source outside this cluster has this name")


def _unknown(
    document: Document, place: Place, names: dict[Place, str], what: str, own: Data = None
) -> Iterator[Mistake]:
    wanted = value_at(document.data, place)
    if not isinstance(wanted, str):
        return
    spot = document.spot(place)
    if wanted == own:
        yield Mistake(spot.line, show_place(place), "a service cannot depend on itself")
    elif wanted not in names.values():
        known = [name for at, name in names.items() if not document.spot(at).filled_in]
        hint = "" if spot.filled_in else suggest(wanted, known)
        yield Mistake(spot.line, show_place(place), f"there is no {what} of the name {spot.shown}{hint}")

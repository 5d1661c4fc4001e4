"""Who calls whom, as a metric tells it: dependencies that nobody wrote down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from oncall_tui.core.catalogue import GRAPH, Catalogue, Graph, Service, Signal, SignalKind
from oncall_tui.core.readings import Series, SeriesReading, SignalReading

SPAN, STEP, EVERY = 3_600, 300, 600
"""Seconds looked back, in steps of, and asked again after: a call once an hour is a dependency still."""
MOST_EDGES = 2_000
"""Edges that are taken in, first by name: a label with a value for every request is no service."""

_EDGE = "oncall_edge"
_ARROW = " -> "

READING = SeriesReading(SignalReading("", GRAPH), SPAN, STEP, every=EVERY)
"""What is asked for the graph."""


def graph_of(query: str, client: str, server: str, source: str, names: Mapping[str, str]) -> Graph:
    """The graph that a query tells: a series for each pair of client and server, the labels that name them.

    source: the name of the Prometheus that knows it. names: what the metric calls a service -> what it is called here.
    """
    enclosed = f"{query}\n" if "#" in query else query  # or a comment would swallow the bracket
    joined = f'label_join({enclosed}, "{_EDGE}", "{_ARROW}", "{client}", "{server}")'
    signal = Signal("", GRAPH, SignalKind.OTHER, f"count by ({_EDGE}) ({joined})", by=_EDGE)
    return Graph(signal, source, dict(names))


@dataclass(frozen=True, slots=True)
class Edges:
    """What a graph told. calls: by a client's name the servers it calls, both as named here, only of known services.

    unknown: names in it that no service has.
    """

    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many dependencies that is."""
        return sum(map(len, self.calls.values()))


def edges_in(series: Series, catalogue: Catalogue) -> Edges:
    """The dependencies that a graph's series tell. What calls itself, or has no name, is none."""
    names = catalogue.graph.names if catalogue.graph else {}
    calls: dict[str, set[str]] = {}
    unknown: set[str] = set()
    for edge in sorted(series.lines)[:MOST_EDGES]:
        client, arrow, server = edge.partition(_ARROW)
        pair = [names.get(name, name) for name in (client, server)]
        strangers = {name for name in pair if name and catalogue.service(name) is None}
        unknown |= strangers
        if arrow and not strangers and all(pair) and pair[0] != pair[1]:
            calls.setdefault(pair[0], set()).add(pair[1])
    return Edges({client: tuple(sorted(servers)) for client, servers in calls.items()}, tuple(sorted(unknown)))


def with_edges(catalogue: Catalogue, edges: Edges) -> Catalogue:
    """The catalogue with these dependencies beside those that are written, which stand first."""
    if not edges.calls:
        return catalogue
    return replace(catalogue, services=tuple(_with(service, edges.calls) for service in catalogue.services))


def _with(service: Service, calls: Mapping[str, Iterable[str]]) -> Service:
    needs = tuple(dict.fromkeys((*service.depends_on, *calls.get(service.name, ()))))
    return service if needs == service.depends_on else replace(service, depends_on=needs)

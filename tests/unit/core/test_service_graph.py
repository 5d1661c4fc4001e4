"""Dependencies from a metric that tells who calls whom."""

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.catalogue import GRAPH, Catalogue, Service
from oncall_tui.core.readings import Provenance, Series
from oncall_tui.core.service_graph import MOST_EDGES, READING, Edges, edges_in, graph_of, with_edges
from oncall_tui.core.topology import topology_of

FROM = Provenance("main", "q")


def catalogue(*services, names=None):
    graph = graph_of("calls", "client", "server", "main", names or {})
    return Catalogue(tuple(Service(name, depends_on=tuple(needs)) for name, *needs in services), graph)


def series(*edges):
    return Series(dict.fromkeys(edges, ((1.0, 1.0),)), 1.0, FROM)


def test_the_query_joins_both_labels_into_one_and_is_promql():
    known = catalogue(("a",))
    assert known.signal("", GRAPH).query == (
        'count by (oncall_edge) (label_join(calls, "oncall_edge", " -> ", "client", "server"))'
    )
    promql_parser.parse(graph_of("sum by (a, b) (x) > 0 # why", "a", "b", "", {}).signal.query)
    assert Catalogue().signal("", GRAPH) is None
    assert READING.of.signal == GRAPH


def test_edges_between_known_services_are_taken_and_others_named():
    known = catalogue(("a",), ("b",), ("c",))
    found = edges_in(series("a -> b", "a -> c", "b -> redis", "a -> a", "nonsense", " -> a", "a -> "), known)
    assert found.calls == {"a": ("b", "c")}
    assert found.unknown == ("nonsense", "redis")
    assert found.count == 2


def test_names_of_the_metric_become_ours():
    known = catalogue(("ranker",), ("store",), names={"recs-api": "ranker", "feast": "store"})
    assert edges_in(series("recs-api -> feast"), known).calls == {"ranker": ("store",)}


def test_what_is_written_stands_first_and_stays():
    known = catalogue(("a", "x", "b"), ("b",), ("x",), ("c",))
    both = with_edges(known, Edges({"a": ("b", "c")}))
    assert both.service("a").depends_on == ("x", "b", "c")
    assert both.graph is known.graph
    assert with_edges(known, Edges()) is known


def test_a_circle_through_the_graph_is_a_cycle_and_is_drawn_without_end():
    known = catalogue(("a", "b"), ("b",))
    both = with_edges(known, Edges({"b": ("a",)}))
    assert topology_of(both).cycles() == (("a", "b"),)
    assert len(list(topology_of(both).upstream_tree("a"))) == 3


def test_too_many_edges_are_bounded():
    known = catalogue(("a",), ("b",))
    found = edges_in(series(*(f"a -> s{n:05d}" for n in range(MOST_EDGES + 500))), known)
    assert len(found.unknown) == MOST_EDGES


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=30))
def test_any_graph_is_walked_and_never_loses_what_is_written(pairs):
    known = catalogue(("a", "b"), ("b",), ("c", "d"), ("d",), ("e",))
    both = with_edges(known, edges_in(series(*(f"{x} -> {y}" for x, y in pairs)), known))
    for before, after in zip(known.services, both.services, strict=True):
        assert after.depends_on[: len(before.depends_on)] == before.depends_on
        assert before.name not in set(after.depends_on) - set(before.depends_on)
    for service in both.services:
        list(topology_of(both).upstream_tree(service.name))
    topology_of(both).cycles()


@pytest.mark.parametrize("label", ["client", "source_workload"])
def test_the_labels_are_in_the_query(label):
    assert f'"{label}"' in graph_of("q", label, "server", "", {}).signal.query

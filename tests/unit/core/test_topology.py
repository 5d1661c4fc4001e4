from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.topology import Node, Topology

FLEET = Topology(
    {
        "clickstream": (),
        "feature-store": ("clickstream",),
        "ranker": ("feature-store",),
        "fraud": ("feature-store",),
        "gateway": ("ranker", "retriever"),
        "retriever": ("embedder",),
    }
)
names = st.sampled_from("abcdefgh")
graphs = st.dictionaries(names, st.lists(names, max_size=4).map(tuple), max_size=8).map(Topology)


def test_upstream_is_everything_a_service_rests_on_nearest_first() -> None:
    assert list(FLEET.upstream("gateway").items()) == [
        ("ranker", 1),
        ("retriever", 1),
        ("feature-store", 2),
        ("embedder", 2),
        ("clickstream", 3),
    ]
    assert FLEET.upstream("clickstream") == {}


def test_downstream_is_the_blast_radius() -> None:
    assert dict(FLEET.downstream("clickstream")) == {"feature-store": 1, "ranker": 2, "fraud": 2, "gateway": 3}
    assert FLEET.downstream("gateway") == {}


def test_a_service_that_nobody_describes_is_a_node_all_the_same() -> None:
    assert FLEET.upstream("retriever") == {"embedder": 1}
    assert FLEET.downstream("embedder") == {"retriever": 1, "gateway": 2}


def test_the_first_bad_ancestor_explains_what_is_bad_below_it() -> None:
    bad = {"clickstream", "feature-store", "ranker", "embedder"}
    assert FLEET.roots_of("ranker", bad) == ("clickstream",)
    assert FLEET.roots_of("feature-store", bad) == ("clickstream",)
    assert FLEET.roots_of("clickstream", bad) == ()


def test_a_healthy_service_between_two_bad_ones_breaks_the_explanation() -> None:
    assert FLEET.roots_of("ranker", {"clickstream", "ranker"}) == ()
    assert FLEET.roots_of("gateway", {"clickstream", "ranker"}) == ()


def test_a_tree_is_drawn_with_each_branch_in_full_once() -> None:
    diamond = Topology({"d": ("b", "c"), "b": ("a",), "c": ("a",), "a": ("z",)})
    assert list(diamond.upstream_tree("d")) == [
        Node("d", 0, False, ()),
        Node("b", 1, False, (False,)),
        Node("a", 2, False, (False, True)),
        Node("z", 3, False, (False, True, True)),
        Node("c", 1, False, (True,)),
        Node("a", 2, True, (True, True)),
    ]


def test_cycles_are_reported_once_and_walked_without_hanging() -> None:
    knot = Topology({"a": ("b",), "b": ("c",), "c": ("a",), "d": ("a",), "e": ("e",)})
    assert knot.cycles() == (("a", "b", "c"), ("e",))
    assert dict(knot.upstream("a")) == {"b": 1, "c": 2}
    assert [node.service for node in knot.upstream_tree("d")] == ["d", "a", "b", "c", "a"]
    assert knot.roots_of("a", {"a", "b", "c"}) == ()


@given(graphs, names)
def test_every_walk_ends_and_upstream_mirrors_downstream(graph: Topology, name: str) -> None:
    for other in graph.upstream(name):
        assert name in graph.downstream(other)
    nodes = list(graph.upstream_tree(name))
    assert {node.service for node in nodes} == {name, *graph.upstream(name)}


@given(graphs)
def test_cycles_cover_exactly_the_services_that_rest_on_themselves(graph: Topology) -> None:
    for cycle in graph.cycles():
        assert len(set(cycle)) == len(cycle)
        assert all(after in graph.depends_on[name] for name, after in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    covered = {service for cycle in graph.cycles() for service in cycle}
    rests_on_itself = {
        name
        for name, needs in graph.depends_on.items()
        if any(need == name or name in graph.upstream(need) for need in needs)
    }
    assert covered == rests_on_itself


@given(graphs, names, st.sets(names))
def test_what_explains_a_service_is_bad_and_has_nothing_bad_above(graph: Topology, name: str, bad: set[str]) -> None:
    for root in graph.roots_of(name, bad):
        assert root in bad
        assert root in graph.upstream(name)
        assert not bad.intersection(graph.depends_on.get(root, ()))


def test_a_chain_deeper_than_any_recursion_is_walked() -> None:
    deep = Topology({f"s{n}": (f"s{n + 1}",) for n in range(5_000)})
    assert len(deep.upstream("s0")) == 5_000
    assert deep.cycles() == ()
    assert len(list(deep.upstream_tree("s0"))) == 5_001

"""Which Alertmanagers are one cluster, and what it is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.clusters import Member, clusters_of

NAMES = ("am-1", "am-2", "am-3", "am-4", "am-5")


@st.composite
def fleets(draw):
    """Some members with configured clusters and peers of a small world."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    clusters = st.sampled_from(["", "", "", "prod", "lab"])
    peers = st.frozensets(st.sampled_from("abcd"), max_size=2)
    return tuple(Member(name, draw(clusters), draw(peers)) for name in names)


def member(name, peers="", cluster=""):
    return Member(name, cluster, frozenset(peers))


def together(clusters, one, other):
    return clusters[one] == clusters[other]


@pytest.mark.parametrize(
    ("members", "clusters"),
    [
        ([], []),
        ([member("am-1")], ["am-1"]),
        ([member("am-1"), member("am-2")], ["am-1", "am-2"]),
        ([member("am-1", "ab"), member("am-2", "ab")], ["am-1", "am-1"]),
        ([member("am-1", "ab"), member("am-2", "bc"), member("am-3", "c")], ["am-1", "am-1", "am-1"]),
        ([member("am-1", "ab"), member("am-2", "cd"), member("am-3", "ab")], ["am-1", "am-2", "am-1"]),
        ([member("am-1", "", "prod"), member("am-2", "", "prod"), member("am-3")], ["prod", "prod", "am-3"]),
        ([member("am-1", "ab", "prod"), member("am-2", "ab")], ["prod", "prod"]),
        ([member("am-1", "ab"), member("am-2", "ab", "prod")], ["prod", "prod"]),
        ([member("am-1", "ab", "prod"), member("am-2", "ab", "lab")], ["prod", "lab"]),
        ([member("am-1", "ab", "prod"), member("am-2", "ac"), member("am-3", "c", "lab")], ["prod", "prod", "lab"]),
    ],
)
def test_members_are_one_by_configuration_or_by_gossip(members, clusters):
    assert clusters_of(members, {}) == dict(zip((one.name for one in members), clusters, strict=True))


@given(fleets(), fleets())
def test_every_member_is_in_one_cluster_and_learning_parts_none(early, late):
    before = clusters_of(early, {})
    names = {one.name: one for one in early}
    known = [
        Member(one.name, names[one.name].cluster, names[one.name].peers | one.peers)
        for one in late
        if one.name in names
    ]
    after = clusters_of(known, before)
    assert set(after) == {one.name for one in known}
    assert all(together(after, a.name, b.name) for a in known for b in known if together(before, a.name, b.name))


@given(fleets())
def test_configured_names_stand_and_two_of_them_are_never_mixed(members):
    clusters = clusters_of(members, {})
    assert all(clusters[one.name] == one.cluster for one in members if one.cluster)


@given(fleets())
def test_members_with_a_common_peer_are_one_unless_the_configuration_parts_them(members):
    clusters = clusters_of(members, {})
    for one in members:
        for other in members:
            if one.peers & other.peers and not any(m.cluster for m in members):
                assert together(clusters, one.name, other.name)


@given(fleets())
def test_members_that_nothing_ties_together_stay_apart(members):
    clusters = clusters_of(members, {})
    tied = {
        (a.name, b.name)
        for a in members
        for b in members
        if a.peers & b.peers or (a.cluster and a.cluster == b.cluster)
    }
    for _ in members:
        tied |= {(a, d) for a, b in tied for c, d in tied if b == c}
    assert all(
        together(clusters, a.name, b.name) <= ((a.name, b.name) in tied or a is b) for a in members for b in members
    )


@given(fleets())
def test_what_is_known_already_changes_nothing(members):
    clusters = clusters_of(members, {})
    assert clusters_of(members, clusters) == clusters


def test_a_cluster_keeps_its_name_when_another_member_turns_out_to_be_in_it():
    two = [member("am-1"), member("am-2", "bc"), member("am-3", "bc")]
    before = clusters_of(two, {})
    assert before == {"am-1": "am-1", "am-2": "am-2", "am-3": "am-2"}
    after = clusters_of([member("am-1", "abc"), *two[1:]], before)
    assert set(after.values()) == {"am-2"}


def test_a_network_that_falls_apart_does_not_make_two_clusters_of_one():
    before = clusters_of([member("am-1", "ab"), member("am-2", "ab")], {})
    assert clusters_of([member("am-1", "a"), member("am-2", "b")], before) == before

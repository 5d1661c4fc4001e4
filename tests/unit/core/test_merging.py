"""The boards of a cluster's members as one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, AlertBoard, AlertGroup, Silence, SilenceState
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.merging import merged, stamped

times = st.integers(0, 3).map(float)
ids = st.lists(st.sampled_from("abc"), unique=True, max_size=2).map(tuple)


def alert(fingerprint="f", updated_at=0.0, **more):
    return Alert("prod", fingerprint, {"alertname": fingerprint}, updated_at=updated_at, **more)


def silence(name="s", updated_at=0.0, comment=""):
    return Silence(
        "prod", name, (Matcher("a", MatchOp.EQUAL, "b"),), 0, 9, "kim", comment, SilenceState.ACTIVE, updated_at
    )


@st.composite
def boards(draw):
    """What one member may say, in a small world."""
    alerts = [
        alert(name, draw(times), silenced_by=draw(ids), inhibited_by=draw(ids), muted_by=draw(ids))
        for name in draw(st.lists(st.sampled_from("fgh"), unique=True))
    ]
    silences = [silence(name, draw(times)) for name in draw(ids)]
    groups = [AlertGroup("prod", {"alertname": a.fingerprint}, "pager", (a.fingerprint,)) for a in alerts]
    return AlertBoard(tuple(alerts), tuple(groups), tuple(silences), "0.28.0")


@given(st.lists(boards(), min_size=1, max_size=3))
def test_nothing_that_a_member_has_is_lost_and_nothing_stands_twice(members):
    whole = merged(members)
    for part in ("alerts", "silences"):
        key = "fingerprint" if part == "alerts" else "id"
        told = {getattr(one, key) for member in members for one in getattr(member, part)}
        assert sorted(getattr(one, key) for one in getattr(whole, part)) == sorted(told)
    for one in whole.alerts:
        same = [a for member in members for a in member.alerts if a.fingerprint == one.fingerprint]
        assert one.updated_at == max(a.updated_at for a in same)
        for by in ("silenced_by", "inhibited_by", "muted_by"):
            assert set(getattr(one, by)) == {name for a in same for name in getattr(a, by)}
    for each in whole.silences:
        assert each.updated_at == max(s.updated_at for m in members for s in m.silences if s.id == each.id)
    assert len({(g.receiver, tuple(g.labels.items())) for g in whole.groups}) == len(whole.groups)
    assert {f for g in whole.groups for f in g.fingerprints} == {a.fingerprint for a in whole.alerts}


@given(boards())
def test_one_board_is_itself_and_so_are_two_of_the_same(board):
    assert merged([board]) is board
    assert merged([board, board]) == board


def test_of_a_silence_the_newest_stands():
    old, new = (
        AlertBoard(silences=(silence(comment="15m"),)),
        AlertBoard(silences=(silence(updated_at=1, comment="1h"),)),
    )
    assert merged([old, new]).silences == merged([new, old]).silences == new.silences


def test_a_group_that_members_see_apart_is_one_group_of_all_its_alerts():
    one, other = (
        AlertGroup("prod", {"a": "b"}, "pager", ("f", "g")),
        AlertGroup("prod", {"a": "b"}, "pager", ("g", "h")),
    )
    (group,) = merged([AlertBoard(groups=(one,)), AlertBoard(groups=(other,))]).groups
    assert group.fingerprints == ("f", "g", "h")


def test_a_stamped_board_is_the_clusters_and_costs_nothing_where_it_was_before():
    board = AlertBoard(
        (alert(),), (AlertGroup("prod", {}, "pager", ("f",)),), (silence(),), "0.28.0", 0.5, ("a",), "route:"
    )
    assert stamped(board, "prod") is board
    moved = stamped(board, "eu")
    assert {one.source for one in (*moved.alerts, *moved.groups, *moved.silences)} == {"eu"}
    assert stamped(moved, "prod") == board
    assert replace(board, alerts=(), groups=(), silences=()) == replace(moved, alerts=(), groups=(), silences=())

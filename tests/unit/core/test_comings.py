"""What came and went between two answers of one Alertmanager."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, AlertBoard
from oncall_tui.core.comings import settled


def alert(fingerprint, starts_at=0.0, **more):
    return Alert("am", fingerprint, {"alertname": fingerprint}, starts_at=starts_at, **more)


def board(*alerts):
    return AlertBoard(tuple(alerts))


def test_of_the_first_answer_everything_began_and_nothing_left():
    told, comings = settled(None, board(alert("a")))
    assert [one.fingerprint for one in comings.began] == ["a"]
    assert comings.left == ()
    assert not comings.lost
    assert told == board(alert("a"))


def test_what_did_not_change_is_the_very_same_object():
    before = board(alert("a"), alert("b"))
    told, comings = settled(before, board(alert("a"), replace(alert("b"), updated_at=5.0)))
    assert told.alerts[0] is before.alerts[0]
    assert told.alerts[1].updated_at == 5.0
    assert comings.began == comings.left == ()


def test_a_later_start_is_another_firing_and_an_earlier_one_is_not():
    _, later = settled(board(alert("a", 10.0)), board(alert("a", 20.0)))
    assert [one.starts_at for one in later.began] == [20.0]
    _, earlier = settled(board(alert("a", 10.0)), board(alert("a", 5.0)))
    assert earlier.began == ()


def test_an_answer_without_any_of_the_alerts_before_is_lost():
    _, comings = settled(board(alert("a"), alert("b")), board(alert("c")))
    assert comings.lost
    _, calm = settled(board(), board())
    assert not calm.lost


@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
def test_every_alert_came_went_or_stayed(before, after):
    _, comings = settled(board(*map(alert, map(str, before))), board(*map(alert, map(str, after))))
    assert {one.fingerprint for one in comings.left} == set(map(str, before - after))
    assert {one.fingerprint for one in comings.began} == set(map(str, after - before))

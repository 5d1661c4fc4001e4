"""How long things were in a state."""

from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.review.spells import spells, uptimes

SINCE, UNTIL = 1_000.0, 2_000.0


def entry(at, state, subject="ranker/kserve", kind=EventKind.ENDPOINT_STATE):
    return Event(at, kind, "", "ranker", "", subject, {"state": state, "reason": f"is {state}"})


def seen(*events):
    return spells(events, EventKind.ENDPOINT_STATE, SINCE, UNTIL)


def test_each_lasts_until_the_next():
    found = seen(entry(1_100, "CRIT"), entry(1_200, "OK"), entry(1_500, "CRIT"))
    assert [(one.state, one.began, one.ended) for one in found] == [
        ("CRIT", 1_100, 1_200),
        ("OK", 1_200, 1_500),
        ("CRIT", 1_500, None),
    ]
    assert found[-1].lasted(UNTIL) == 500
    assert found[0].reason == "is CRIT"


def test_how_it_stood_at_the_beginning_is_told_by_the_last_entry_before():
    found = seen(entry(10, "OK"), entry(500, "CRIT"), entry(1_250, "OK"))
    assert [(one.state, one.began, one.ended) for one in found] == [("CRIT", SINCE, 1_250), ("OK", 1_250, None)]


def test_other_kinds_and_what_comes_after_the_end_are_left_out():
    assert seen(entry(1_100, "OK", kind=EventKind.SLO_STATE), entry(2_000, "CRIT")) == ()


def test_uptime_is_of_the_time_it_was_watched():
    (one,) = uptimes(
        seen(entry(1_200, "OK"), entry(1_400, "CRIT"), entry(1_500, "UNKNOWN"), entry(1_600, "WARN")), UNTIL
    )
    assert (one.watched, one.down, one.downs) == (700, 100, 1)
    assert one.share == 1 - 100 / 700


def test_of_what_nobody_could_tell_there_is_no_share():
    assert uptimes(seen(entry(1_200, "UNKNOWN")), UNTIL)[0].share is None


def test_the_worst_comes_first():
    found = uptimes(seen(entry(1_000, "OK", "a"), entry(1_000, "CRIT", "b")), UNTIL)
    assert [one.endpoint for one in found] == ["b", "a"]

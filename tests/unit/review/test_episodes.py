"""Firings of alerts, from Prometheus' record and from the journal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.readings import Provenance, Series
from oncall_tui.core.review.alert_tally import tally
from oncall_tui.core.review.episodes import Episode, joined, of_journal, of_prometheus

SINCE, UNTIL, STEP = 10_000.0, 20_000.0, 60.0


def recorded(*times, name="Burn", service="ranker"):
    return {service: Series({name: tuple((at, 1.0) for at in times)}, UNTIL, Provenance("prom", "ALERTS"))}


def entry(at, state, *, since=12_000, fingerprint="f", by="", name="Burn", urgency="page"):
    payload = {"state": state, "since": since, "urgency": urgency, "labels": {"alertname": name}}
    return Event(at, EventKind.ALERT_STATE, "", "ranker", fingerprint, name, payload | ({"by": by} if by else {}))


def steps(first, last):
    return [first + STEP * n for n in range(int((last - first) / STEP) + 1)]


def test_a_gap_parts_two_firings():
    one, two = of_prometheus(recorded(*steps(12_000, 12_300), *steps(13_000, 13_120)), SINCE, UNTIL, STEP)
    assert (one.began, one.ended) == (12_000, 12_360)
    assert (two.began, two.ended) == (13_000, 13_180)
    assert not one.watched


def test_what_fires_at_both_ends_began_before_and_goes_on():
    (one,) = of_prometheus(recorded(*steps(SINCE, UNTIL)), SINCE, UNTIL, STEP)
    assert one.before
    assert one.ended is None
    assert one.lasted(UNTIL) == UNTIL - SINCE


def test_a_point_that_was_missed_parts_nothing():
    times = [at for at in steps(12_000, 12_600) if at != 12_300]
    assert len(of_prometheus(recorded(*times), SINCE, UNTIL, STEP * 2)) == 1


def test_the_journal_tells_who_took_it_and_when_it_ended():
    events = [entry(12_010, "firing"), entry(12_300, "acked by maria", by="maria"), entry(13_000, "resolved")]
    (one,) = of_journal(events, SINCE, UNTIL)
    assert (one.began, one.acked_at, one.acked_by, one.ended) == (12_000, 12_300, "maria", 13_000)
    assert one.watched


def test_the_first_who_took_it_counts():
    events = [
        entry(12_010, "firing"),
        entry(12_300, "acked by maria", by="maria"),
        entry(12_400, "acked by jo", by="jo"),
    ]
    assert of_journal(events, SINCE, UNTIL)[0].acked_by == "maria"


def test_the_same_alert_that_began_anew_is_another_firing():
    events = [entry(12_010, "firing"), entry(12_500, "resolved"), entry(13_010, "firing", since=13_000)]
    assert [(one.began, one.ended) for one in of_journal(events, SINCE, UNTIL)] == [(12_000, 12_500), (13_000, None)]


def test_what_ended_before_is_left_out_and_what_began_before_is_cut():
    events = [
        entry(1_010, "firing", since=1_000, fingerprint="a"),
        entry(2_000, "resolved", since=1_000, fingerprint="a"),
        entry(9_010, "firing", since=9_000, fingerprint="b"),
    ]
    (one,) = of_journal(events, SINCE, UNTIL)
    assert (one.began, one.before) == (SINCE, True)


def test_what_comes_after_the_end_is_not_known_then():
    (one,) = of_journal([entry(12_010, "firing"), entry(UNTIL + 5, "resolved")], SINCE, UNTIL)
    assert one.ended is None


def test_what_was_hidden_all_the_time_says_so():
    assert of_journal([entry(12_010, "silenced")], SINCE, UNTIL)[0].hidden
    assert not of_journal([entry(12_010, "silenced"), entry(12_100, "firing")], SINCE, UNTIL)[0].hidden
    assert tally(of_journal([entry(12_010, "silenced")], SINCE, UNTIL), UNTIL) == ()


@pytest.mark.parametrize("since", [None, "x", 0, -5])
def test_an_entry_that_does_not_say_since_when_is_as_old_as_it_is(since):
    assert of_journal([entry(12_010, "firing", since=since)], SINCE, UNTIL)[0].began == 12_010


def test_what_both_know_is_told_once_as_the_journal_has_it():
    watched = of_journal([entry(12_010, "firing"), entry(12_300, "acked by maria", by="maria")], SINCE, UNTIL)
    both = joined(of_prometheus(recorded(*steps(12_000, UNTIL)), SINCE, UNTIL, STEP), watched, STEP)
    assert [one.acked_by for one in both] == ["maria"]


def test_what_only_prometheus_saw_is_added():
    watched = of_journal([entry(15_010, "firing", since=15_000)], SINCE, UNTIL)
    both = joined(of_prometheus(recorded(*steps(12_000, 12_600)), SINCE, UNTIL, STEP), watched, STEP)
    assert [(one.began, one.watched) for one in both] == [(15_000, True), (12_000, False)]


EPISODES = st.builds(
    lambda began, lasted: Episode("s", "A", "page", began, began + lasted),
    st.floats(0, 1e5),
    st.floats(0, 1e4),
)


@given(st.lists(EPISODES), st.lists(EPISODES))
def test_nothing_the_journal_knows_is_lost_and_nothing_is_told_twice(recorded, watched):
    both = joined(recorded, watched, STEP)
    assert len(both) <= len(recorded) + len(watched)
    assert all(one in both for one in watched)


def episode(began, ended, *, by="", at=None, **more):
    return Episode("ranker", "Burn", "page", began, ended, at, by, True, **more)


def test_counts():
    found = [
        episode(100, 400, by="maria", at=160),
        episode(1_000, 1_600, by="maria", at=1_120),
        episode(2_000, None, by="jo", at=2_000),
    ]
    (one,) = tally(found, 3_000)
    assert (one.fired, one.firing, one.total, one.longest) == (3, 1, 1_900, 1_000)
    assert (one.acked, one.by, one.taken_after) == (3, ("maria", "jo"), 60)
    assert not one.noisy
    assert not one.never_taken


def test_what_fires_and_resolves_alone_is_noise_and_what_somebody_took_is_not():
    assert tally([episode(at, at + 60) for at in (0, 500, 900)], 1_000)[0].noisy
    assert not tally([episode(at, at + 60) for at in (0, 500)], 1_000)[0].noisy
    assert not tally([episode(at, at + 60, by="jo", at=at) for at in (0, 500, 900)], 1_000)[0].noisy
    assert not tally([episode(at, at + 3_000) for at in (0, 5_000, 9_000)], 20_000)[0].noisy


def test_of_what_nobody_watched_it_is_not_said_that_nobody_took_it():
    unseen = Episode("ranker", "Burn", "page", 0, 60)
    assert not tally([unseen], 100)[0].never_taken
    assert tally([episode(0, 60)], 100)[0].never_taken


def test_what_began_before_says_nothing_of_how_soon_it_was_taken():
    assert tally([episode(0, 60, by="jo", at=30, before=True)], 100)[0].taken_after is None

"""Which acknowledgements are extended, by whom, and which never."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, Silence, SilenceState, exact_matchers
from oncall_tui.core.keeping import Fate, KeepRules, fate, grown, is_elder, is_newer, turn, younger_twins

NOW = 100_000.0
RULES = KeepRules()
STALE = Alert("am", "f1", {"alertname": "Stale"}, starts_at=NOW - 700)
ACK = Silence(
    "am",
    "s1",
    exact_matchers(STALE.labels),
    NOW - 600,
    NOW + 200,
    "maria",
    "ACK! on it (kept while firing)",
    SilenceState.ACTIVE,
    updated_at=NOW - 600,
)


def what(silence: Silence = ACK, hidden: tuple[Alert, ...] = (STALE,), **more: float | None) -> tuple[Fate, float]:
    given = {"now": NOW, "turn": 300.0, "rules": RULES, "began": None} | more
    return fate(silence, hidden, **given)  # type: ignore[arg-type]


def test_one_that_ends_soon_while_it_hides_something_is_extended_from_now_on() -> None:
    assert what() == (Fate.EXTEND, NOW + 900)


def test_before_its_turn_nothing_is_done() -> None:
    assert what(turn=199.0) == (Fate.WAIT, ACK.ends_at)


def test_one_that_hides_nothing_runs_out() -> None:
    assert what(hidden=()) == (Fate.IDLE, ACK.ends_at)


@pytest.mark.parametrize(
    "changed",
    [
        {"comment": "ACK! on it"},
        {"comment": "on it (kept while firing)"},
        {"state": SilenceState.EXPIRED},
        {"state": SilenceState.PENDING},
        {"ends_at": NOW},
        {"ends_at": NOW - 1},
    ],
)
def test_what_is_not_kept_or_is_over_is_never_touched(changed: dict[str, object]) -> None:
    assert what(replace(ACK, **changed))[0] is Fate.WAIT  # type: ignore[arg-type]


def test_so_near_its_end_that_a_change_might_come_too_late_it_is_left() -> None:
    assert what(replace(ACK, ends_at=NOW + RULES.too_late)) == (Fate.LATE, NOW + RULES.too_late)


def test_the_ceiling_is_from_its_start_and_then_it_runs_out() -> None:
    nearly = replace(ACK, starts_at=NOW - RULES.at_most + 400)
    assert what(nearly) == (Fate.EXTEND, NOW + 400)
    assert what(replace(nearly, ends_at=NOW + 299.5), turn=300.0) == (Fate.EXTEND, NOW + 400)
    assert what(replace(ACK, starts_at=NOW - RULES.at_most + 200)) == (Fate.SPENT, ACK.ends_at)


def test_what_began_to_fire_after_it_was_given_it_does_not_cover() -> None:
    newer = replace(STALE, starts_at=NOW - 400)
    assert what(hidden=(newer,))[0] is Fate.OUTDATED
    assert what(hidden=(newer,), turn=1.0)[0] is Fate.OUTDATED, "at once, not only before its end"
    assert what(hidden=(newer, STALE))[0] is Fate.EXTEND, "one of its own still fires"


def test_clocks_apart_by_less_than_a_minute_make_no_new_firing() -> None:
    assert not is_newer(replace(STALE, starts_at=ACK.starts_at + 59), ACK)
    assert is_newer(replace(STALE, starts_at=ACK.starts_at + 61), ACK)


def test_when_what_it_was_given_for_is_known_seconds_are_enough() -> None:
    began = STALE.starts_at
    assert not is_newer(STALE, ACK, began)
    assert is_newer(replace(STALE, starts_at=ACK.starts_at + 5), ACK, began)
    assert is_newer(replace(STALE, starts_at=ACK.starts_at - 5), ACK, began), "clocks may be apart"


def test_whoever_changed_it_since_has_seen_what_fired_then() -> None:
    newer = replace(STALE, starts_at=NOW - 400)
    taken_over = replace(ACK, updated_at=NOW - 200)
    assert not is_newer(newer, taken_over)
    assert not is_newer(newer, taken_over, STALE.starts_at)


# Whose turn it is

NAMES = st.text(max_size=8)


@given(NAMES, NAMES, st.sampled_from([900.0, 60.0, 7_200.0]))
def test_the_owner_comes_first_then_the_others_then_who_stands_by(one: str, other: str, extend_by: float) -> None:
    rules = KeepRules(extend_by)
    own = turn(ACK, "maria", one, rules, others=False)
    theirs = turn(ACK, "joe", other, rules, others=False)
    last = turn(ACK, "maria", one, rules, others=True)
    assert rules.before >= own > theirs > last > rules.too_late > 0
    assert own == turn(ACK, "maria", one, rules, others=False), "the same whenever it is asked"


def test_others_have_moments_of_their_own() -> None:
    turns = {round(turn(ACK, "joe", f"host-{n}", RULES, others=False)) for n in range(20)}
    assert len(turns) > 10


# What others do


def test_what_a_program_extended_is_seen_and_what_a_person_did_is_not() -> None:
    before = {("am", "s1"): ACK}
    longer = replace(ACK, ends_at=NOW + 1_000)
    assert grown(before, [longer], NOW) == (longer,)
    assert grown(before, [ACK], NOW) == ()
    assert grown(before, [replace(longer, author="joe")], NOW) == (), "taken over"
    assert grown(before, [replace(longer, comment="ACK! other words")], NOW) == ()
    assert grown(before, [replace(longer, ends_at=NOW + 100)], NOW) == (), "made shorter"
    assert grown({("am", "s1"): replace(ACK, ends_at=NOW + 5_000)}, [replace(ACK, ends_at=NOW + 9_000)], NOW) == ()
    assert grown({}, [longer], NOW) == ()


def test_of_two_of_the_same_moment_the_elder_stays() -> None:
    later = replace(ACK, id="s2", starts_at=ACK.starts_at + 1, author="joe")
    assert is_elder(ACK, later)
    assert not is_elder(later, ACK)
    assert younger_twins([later, ACK], "joe") == ((later, ACK),)
    assert younger_twins([later, ACK], "maria") == ()
    assert younger_twins([replace(later, starts_at=ACK.starts_at + 31), ACK], "joe") == (), "that was meant"
    assert younger_twins([replace(later, matchers=exact_matchers({"a": "b"})), ACK], "joe") == ()
    assert younger_twins([replace(later, source="lab"), ACK], "joe") == ()
    assert younger_twins([replace(later, state=SilenceState.EXPIRED), ACK], "joe") == ()
    assert younger_twins([replace(later, comment="maintenance"), ACK], "joe") == ()


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc")), max_size=6))
def test_whoever_looks_exactly_one_is_left(made: list[tuple[int, str]]) -> None:
    acks = [replace(ACK, id=f"s{n}", starts_at=NOW + at, author=who) for n, (at, who) in enumerate(made)]
    ended = {younger.id for who in "abc" for younger, _ in younger_twins(acks, who)}
    assert len(ended) == max(0, len(acks) - 1)

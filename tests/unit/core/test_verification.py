"""Recovered, better, no effect, worse or unknown: only figures of after the step say, and no figure is never good news."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.slo import EventsSli, Side, Slo, SloKind
from oncall_tui.core.step_records import Outcome
from oncall_tui.core.verification import Seen, Target, Verdict, Watch, find_target, judge, observe

TARGET = Target("store", "freshness", slo=False)


def seen(at: float, value: float, fine: bool | None, good: Side = Side.AT_MOST) -> Seen:
    return Seen(at, value, fine, f"{value:g}s", good)


def watch(before: Seen | None, since: float = 100.0, until: float = 400.0) -> Watch:
    return Watch(TARGET, since, until, before)


def told(start: Watch, *looks: Seen | None, end: float = 400.0) -> Verdict:
    """The verdict after these looks and the end."""
    now = start
    for one in looks:
        now, verdict = observe(now, one, "" if one else "no series", 200.0)
        if verdict is not None:
            return verdict
    _, verdict = observe(now, looks[-1] if looks else None, "no series", end)
    assert verdict is not None
    return verdict


BAD, FINE = seen(90, 2700, False), seen(90, 12, True)


@pytest.mark.parametrize(
    ("before", "looks", "outcome"),
    [
        (BAD, [seen(110, 60, True), seen(125, 50, True)], Outcome.RECOVERED),
        (BAD, [seen(110, 60, True)], Outcome.RECOVERED),
        (BAD, [seen(110, 60, True), seen(125, 2700, False)], Outcome.NO_EFFECT),
        (BAD, [seen(110, 1500, False)], Outcome.BETTER),
        (BAD, [seen(110, 2800, False)], Outcome.NO_EFFECT),
        (BAD, [seen(110, 4000, False)], Outcome.WORSE),
        (FINE, [seen(110, 2000, False)], Outcome.WORSE),
        (FINE, [seen(110, 13, True)], Outcome.NO_EFFECT),
        (FINE, [seen(110, 2, True)], Outcome.NO_EFFECT),
        (BAD, [], Outcome.UNKNOWN),
        (BAD, [None], Outcome.UNKNOWN),
        (BAD, [seen(110, 1, True), None], Outcome.UNKNOWN),
        (BAD, [seen(99, 1, True)], Outcome.UNKNOWN),
        (None, [seen(110, 1, True)], Outcome.UNKNOWN),
        (seen(90, 100, None), [seen(110, 50, None)], Outcome.BETTER),
        (seen(90, 100, None), [seen(110, 150, None)], Outcome.WORSE),
        (seen(90, 100, None), [seen(110, 101, None)], Outcome.NO_EFFECT),
        (seen(90, 0.8, False, Side.AT_LEAST), [seen(110, 0.5, False, Side.AT_LEAST)], Outcome.WORSE),
        (seen(90, 0.5, False, Side.AT_LEAST), [seen(110, 0.8, False, Side.AT_LEAST)], Outcome.BETTER),
    ],
)
def test_each_course_has_its_verdict(before: Seen | None, looks: list[Seen | None], outcome: Outcome) -> None:
    assert told(watch(before), *looks).outcome is outcome


def test_one_figure_in_bounds_is_not_yet_recovered_and_the_same_figure_twice_is_one() -> None:
    now, verdict = observe(watch(BAD), seen(110, 60, True), "", 150.0)
    assert verdict is None
    now, verdict = observe(now, seen(110, 60, True), "", 165.0)
    assert verdict is None
    _, verdict = observe(now, seen(125, 60, True), "", 180.0)
    assert verdict is not None
    assert verdict.why == "2700s → 60s"


def test_what_was_in_bounds_before_is_watched_to_the_end() -> None:
    now = watch(FINE)
    for at in (110.0, 125.0, 140.0):
        now, verdict = observe(now, seen(at, 12, True), "", at)
        assert verdict is None


finite = st.floats(-1e12, 1e12)


@given(
    st.none() | st.builds(seen, st.just(90.0), finite, st.sampled_from([True, False, None])),
    st.lists(st.none() | st.builds(seen, st.floats(0, 300), finite, st.sampled_from([True, False, None])), max_size=6),
)
def test_any_course_ends_and_recovers_only_from_out_of_bounds_into_bounds(
    before: Seen | None, looks: list[Seen | None]
) -> None:
    verdict = told(watch(before), *looks)
    if verdict.outcome is Outcome.RECOVERED:
        assert before is not None
        assert before.fine is False
        assert any(one is not None and one.fine and one.at > 100 for one in looks)
    assert not math.isnan(len(verdict.why))


def test_a_watch_that_saw_nothing_says_why() -> None:
    now, _ = observe(watch(BAD), None, "prometheus: connection refused", 150.0)
    assert judge(now) == Verdict(Outcome.UNKNOWN, "no figure after the step: prometheus: connection refused")


def test_a_name_is_a_signal_of_the_service_at_hand_then_an_slo_or_what_it_says_in_full() -> None:
    slo = Slo("a", "availability", SloKind.AVAILABILITY, 0.99, 30 * 86_400, EventsSli("t[$window]", "e[$window]"))
    both = Slo("a", "freshness", SloKind.FRESHNESS, 0.99, 30 * 86_400, EventsSli("t[$window]", "e[$window]"))
    signal = Signal("a", "freshness", SignalKind.FRESHNESS, "q")
    catalogue = Catalogue((Service("a", slos=(slo, both), signals=(signal,)), Service("b")))
    assert find_target(catalogue, "freshness", "a") == Target("a", "freshness", slo=False)
    assert find_target(catalogue, "a/availability", "b") == Target("a", "availability", slo=True)
    assert find_target(catalogue, "freshness", "b") is None
    assert find_target(catalogue, "freshness", "") is None

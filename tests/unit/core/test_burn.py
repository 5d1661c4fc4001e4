from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.burn import (
    DAY,
    HOUR,
    MONTHLY,
    WEEKLY,
    Severity,
    Tier,
    TierVerdict,
    Verdict,
    budget_remaining,
    burn_down,
    burn_rate,
    error_budget,
    judge,
    policy_for,
    time_to_exhaustion,
    windows_of,
)

MONTH = 30 * DAY
PAGE = MONTHLY[0]
ratios = st.floats(0, 1)
objectives = st.floats(0.5, 0.99999)
tiers = st.sampled_from(MONTHLY + WEEKLY)
periods = st.sampled_from([7 * DAY, 28 * DAY, MONTH, 90 * DAY])
legs = st.none() | ratios


@pytest.mark.parametrize("objective", [0, 1, -0.1, 1.5, 99.9, math.nan, math.inf])
def test_an_objective_lies_strictly_between_0_and_1(objective: float) -> None:
    with pytest.raises(ValueError, match="objective"):
        error_budget(objective)


@pytest.mark.parametrize("ratio", [-0.001, 1.001, math.nan, math.inf])
def test_an_error_ratio_outside_0_to_1_has_no_burn_rate(ratio: float) -> None:
    with pytest.raises(ValueError, match="error ratio"):
        burn_rate(ratio, 0.999)


@pytest.mark.parametrize(
    ("severity", "long", "short", "spent", "factor"),
    [
        (Severity.PAGE, HOUR, 5 * 60, 0.02, 14.4),
        (Severity.PAGE, 6 * HOUR, 30 * 60, 0.05, 6),
        (Severity.TICKET, DAY, 2 * HOUR, 0.10, 3),
        (Severity.TICKET, 3 * DAY, 6 * HOUR, 0.10, 1),
    ],
)
def test_the_policy_at_30_days_is_the_workbooks_table_5_8(
    severity: Severity, long: int, short: int, spent: float, factor: float
) -> None:
    tier = Tier(severity, long, short, spent)
    assert tier in policy_for(MONTH)
    assert tier.factor(MONTH) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("days", "factors"),
    [
        (7, (13.44, 3.5, 1.4, 0.98)),
        (28, (13.44, 5.6, 2.8, 2.8 / 3)),
        (30, (14.4, 6, 3, 1)),
        (90, (43.2, 18, 9, 3)),
    ],
)
def test_the_factors_follow_from_budget_times_period_over_window(days: int, factors: tuple[float, ...]) -> None:
    period = days * DAY
    assert [tier.factor(period) for tier in policy_for(period)] == pytest.approx(list(factors))


def test_periods_up_to_two_weeks_take_the_weekly_policy() -> None:
    assert policy_for(7 * DAY) is WEEKLY
    assert policy_for(14 * DAY) is WEEKLY
    assert policy_for(14 * DAY + 1) is MONTHLY


def test_the_windows_are_every_leg_and_the_period_each_once_shortest_first() -> None:
    month = (300, 1_800, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY, MONTH)
    assert windows_of(MONTHLY, MONTH) == month
    assert windows_of((), MONTH) == (MONTH,)
    assert windows_of(MONTHLY, 3 * DAY) == month[:-1]


def test_a_burn_rate_of_one_spends_exactly_the_budget() -> None:
    assert burn_rate(0.001, 0.999) == pytest.approx(1)
    assert budget_remaining(0.001, 0.999) == pytest.approx(0)
    assert burn_rate(0, 0.999) == 0
    assert budget_remaining(0, 0.999) == 1
    assert budget_remaining(0.002, 0.999) == pytest.approx(-1)


@given(ratios, ratios, objectives)
def test_more_errors_never_leave_more_budget(one: float, other: float, objective: float) -> None:
    fewer, more = sorted((one, other))
    assert budget_remaining(more, objective) <= budget_remaining(fewer, objective) <= 1


@given(ratios, objectives, objectives)
def test_a_stricter_objective_never_burns_slower(ratio: float, one: float, other: float) -> None:
    loose, strict = sorted((one, other))
    assert burn_rate(ratio, strict) >= burn_rate(ratio, loose)


@pytest.mark.parametrize(
    ("remaining", "burn", "seconds"),
    [(0.5, 1, 15 * DAY), (1, 14.4, MONTH / 14.4), (0, 5, 0), (-0.3, 0, 0), (0.5, 0, None), (1, 1, MONTH)],
)
def test_the_time_to_exhaustion_is_what_is_left_at_this_pace(
    remaining: float, burn: float, seconds: float | None
) -> None:
    assert time_to_exhaustion(remaining, burn, MONTH) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("long", "short", "verdict"),
    [
        (None, None, Verdict.UNKNOWN),
        (0.02, None, Verdict.UNKNOWN),
        (None, 0.02, Verdict.UNKNOWN),
        (0.001, None, Verdict.QUIET),
        (None, 0.001, Verdict.QUIET),
        (0.02, 0.001, Verdict.QUIET),
        (0.001, 0.02, Verdict.QUIET),
        (0.02, 0.02, Verdict.FIRING),
    ],
)
def test_a_page_fires_only_when_both_windows_burn(long: float | None, short: float | None, verdict: Verdict) -> None:
    assert judge(PAGE, MONTH, 0.999, {PAGE.long: long, PAGE.short: short}).verdict is verdict


@pytest.mark.parametrize(("burn", "verdict"), [(14.4, Verdict.QUIET), (math.nextafter(14.4, 15), Verdict.FIRING)])
def test_a_burn_at_the_very_factor_does_not_fire_yet(burn: float, verdict: Verdict) -> None:
    assert TierVerdict(PAGE, 14.4, burn, burn, True).verdict is verdict


def test_a_window_that_is_not_there_is_unknown() -> None:
    verdict = judge(PAGE, MONTH, 0.999, {})
    assert (verdict.long_burn, verdict.short_burn, verdict.verdict) == (None, None, Verdict.UNKNOWN)


@given(tiers, periods, objectives, legs, legs)
def test_a_tier_fires_iff_both_windows_burn_above_its_factor(
    tier: Tier, period: int, objective: float, long: float | None, short: float | None
) -> None:
    verdict = judge(tier, period, objective, {tier.long: long, tier.short: short}).verdict
    limit = tier.factor(period)
    both = all(leg is not None and burn_rate(leg, objective) > limit for leg in (long, short))
    assert (verdict is Verdict.FIRING) is both


@given(tiers, periods, objectives, ratios)
def test_an_unknown_leg_never_lets_a_tier_fire(tier: Tier, period: int, objective: float, known: float) -> None:
    for legs_known in ({tier.long: known}, {tier.short: known}, {tier.long: known, tier.short: None}):
        assert judge(tier, period, objective, legs_known).verdict is not Verdict.FIRING


def test_a_tier_that_even_total_failure_cannot_reach_says_so() -> None:
    assert judge(PAGE, MONTH, 0.999, {}).reachable
    assert not judge(PAGE, MONTH, 0.9, {}).reachable  # 14.4 x 0.1 is more than everything


@given(tiers, periods, objectives)
def test_a_tier_is_reachable_iff_total_failure_fires_it(tier: Tier, period: int, objective: float) -> None:
    verdict = judge(tier, period, objective, {tier.long: 1.0, tier.short: 1.0})
    if abs(verdict.factor * error_budget(objective) - 1) > 1e-9:
        assert verdict.reachable is (verdict.verdict is Verdict.FIRING)


slices = st.lists(
    st.integers(0, 10**6).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))), max_size=50
)


@given(slices, objectives)
def test_the_burn_down_ends_at_the_budget_that_remains(counts: list[tuple[int, int]], objective: float) -> None:
    line = burn_down(tuple((60.0 * i, bad, total) for i, (bad, total) in enumerate(counts)), objective)
    bad, total = sum(bad for bad, _ in counts), sum(total for _, total in counts)
    if total == 0:
        assert line == ()
    else:
        assert [at for at, _ in line] == [60.0 * i for i in range(len(counts))]
        assert line[-1][1] == pytest.approx(budget_remaining(bad / total, objective), abs=1e-9)
        assert all(after <= before for (_, before), (_, after) in pairwise(line))


def test_without_traffic_there_is_no_burn_down() -> None:
    assert burn_down((), 0.999) == ()
    assert burn_down(((0, 0, 0), (60, 0, 0)), 0.999) == ()


def test_the_burn_down_holds_each_slice_against_the_whole_periods_budget() -> None:
    assert burn_down(((0, 5, 500), (60, 0, 0), (120, 5, 500)), 0.98) == (
        (0, pytest.approx(0.75)),
        (60, pytest.approx(0.75)),
        (120, pytest.approx(0.5)),
    )

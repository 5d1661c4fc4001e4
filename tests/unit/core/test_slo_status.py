"""What missing, stale and thin data do to an SLO's state: never green, never resolved, never paged on one error."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.burn import DAY, HOUR, Severity, Verdict
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.readings import Failed, HistoryReading, NoData, Outcome, Provenance, Reading, Sample, SliReading
from oncall_tui.core.slo import NoDataPolicy, RatioSli, Slo, SloKind
from oncall_tui.core.slo_status import SloStatus, assess_slo
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State

NOW = 1_000_000.0
HERE = Provenance("prom", "x")
MONTH = 30 * DAY
SLO = Slo("ranker", "availability", SloKind.AVAILABILITY, 0.99, MONTH, RatioSli("x"))
CALM = dict.fromkeys(SLO.windows, 0.001)
BURNING = CALM | {300: 0.5, HOUR: 0.5}
DEAD = SourceHealth("prom", SourceKind.PROMETHEUS, "http://p", 15, NOW - 600, error="refused")
ALIVE = SourceHealth("prom", SourceKind.PROMETHEUS, "http://p", 15, NOW)


def nothing(at: float = NOW) -> NoData:
    return NoData("no traffic", at, HERE)


def sample(value: float, total: float | None = None, at: float = NOW) -> Sample:
    return Sample(value, at, HERE, total)


def status(
    by_window: dict[int, float],
    trouble: dict[int, NoData | Failed] | None = None,
    slo: Slo = SLO,
    source: SourceHealth = ALIVE,
    totals: dict[int, float] | None = None,
    history: Outcome | None = None,
) -> SloStatus:
    """The status of an SLO whose windows have these last values, and these troubles since."""
    figures: dict[Reading, Figure] = {}
    for window in slo.windows:
        value = sample(by_window[window], (totals or {}).get(window)) if window in by_window else None
        figures[SliReading(slo.id, window)] = Figure(15, "prom", value, (trouble or {}).get(window))
    if isinstance(history, Sample):
        figures[HistoryReading(slo.id)] = Figure(300, "prom", history)
    catalogue = Catalogue((Service("ranker", slos=(slo,)),))
    return assess_slo(Snapshot(NOW, catalogue, {"prom": source}, figures), slo)


def test_a_page_that_fired_when_data_went_missing_freezes_and_does_not_resolve() -> None:
    frozen = status(BURNING, dict.fromkeys(SLO.windows, nothing()))
    assert frozen.state is State.CRIT
    assert frozen.reason == "page was firing when data went missing (no traffic)"
    assert frozen.verdicts[0].verdict is Verdict.FROZEN
    assert frozen.remaining is None
    assert frozen.burn(HOUR) is None


def test_a_page_freezes_when_the_source_dies() -> None:
    assert status(BURNING, source=DEAD).reason == "page was firing when data went missing (prom: refused)"


def test_one_missing_leg_of_a_firing_page_freezes_it_too() -> None:
    assert status(BURNING, {300: nothing()}).verdicts[0].verdict is Verdict.FROZEN


def test_a_frozen_page_resolves_as_soon_as_one_leg_is_known_to_be_calm() -> None:
    calm = status(BURNING | {HOUR: 0.001}, {300: nothing()})
    assert calm.verdicts[0].verdict is Verdict.QUIET
    assert calm.state is State.UNKNOWN


def test_what_was_calm_when_data_went_missing_is_unknown() -> None:
    assert status(CALM, dict.fromkeys(SLO.windows, nothing())).state is State.UNKNOWN


def test_a_budget_that_was_spent_when_last_seen_stays_spent() -> None:
    spent = status(CALM | {MONTH: 0.02}, {MONTH: nothing()})
    assert (spent.state, spent.reason) == (State.CRIT, "budget was spent when last seen (no traffic)")


@pytest.mark.parametrize(
    ("policy", "ratio", "state"),
    [
        (NoDataPolicy.UNKNOWN, None, State.UNKNOWN),
        (NoDataPolicy.GOOD, 0.0, State.OK),
        (NoDataPolicy.BAD, 1.0, State.CRIT),
    ],
)
def test_the_slos_own_policy_says_what_no_data_counts_as(
    policy: NoDataPolicy, ratio: float | None, state: State
) -> None:
    told = status(CALM, {300: nothing(), HOUR: nothing()}, replace(SLO, no_data=policy))
    assert told.error_ratio(300) == ratio
    assert told.state is state
    assert told.assumed == (frozenset() if policy is NoDataPolicy.UNKNOWN else {300, HOUR})


@pytest.mark.parametrize("policy", [NoDataPolicy.GOOD, NoDataPolicy.BAD])
@pytest.mark.parametrize(
    ("trouble", "source"),
    [
        (Failed("bad query", "", NOW, HERE), ALIVE),
        (nothing(), DEAD),
        (nothing(at=NOW - 46), ALIVE),
    ],
)
def test_no_policy_speaks_for_a_failed_query_a_dead_source_or_an_old_answer(
    policy: NoDataPolicy, trouble: NoData | Failed, source: SourceHealth
) -> None:
    told = status({}, dict.fromkeys(SLO.windows, trouble), replace(SLO, no_data=policy), source)
    assert (told.state, told.assumed) == (State.UNKNOWN, frozenset())


def test_too_few_events_page_nobody_and_are_not_green_either() -> None:
    guarded = replace(SLO, min_events=20)
    thin = status(BURNING, slo=guarded, totals={300: 1, HOUR: 7})
    assert thin.verdicts[0].verdict is Verdict.TOO_FEW
    assert (thin.state, thin.reason) == (State.UNKNOWN, "too few to judge: 7 in 1h, 20 wanted")
    assert status(BURNING, slo=guarded, totals={300: 1, HOUR: 20}).state is State.CRIT


def test_a_calm_slo_of_few_events_is_ok() -> None:
    assert status(CALM, slo=replace(SLO, min_events=20), totals=dict.fromkeys(SLO.windows, 3.0)).state is State.OK


def test_the_guard_never_silences_a_tier_whose_events_are_not_counted() -> None:
    assert status(BURNING, slo=replace(SLO, min_events=20)).state is State.CRIT


@pytest.mark.parametrize(("reach", "since"), [(3 * DAY, 3 * DAY), (MONTH - 3 * HOUR, None), (MONTH, None)])
def test_an_slo_younger_than_its_period_says_how_far_back_it_reaches(reach: float, since: float | None) -> None:
    assert status(CALM, history=sample(reach)).since == since


def test_a_history_that_is_not_known_claims_nothing() -> None:
    assert status(CALM).since is None


@given(st.floats(0, 1), st.floats(0, 1e9))
def test_a_budget_says_the_same_in_percent_minutes_and_events(ratio: float, total: float) -> None:
    budget = status(CALM | {MONTH: ratio}, totals={MONTH: total}).budget
    assert budget is not None
    assert budget.seconds == pytest.approx(0.01 * MONTH)
    assert budget.seconds_left == pytest.approx((0.01 - ratio) * MONTH, abs=1e-3)
    assert budget.events_left == pytest.approx((0.01 - ratio) * total, abs=1e-3)


def test_a_budget_without_counted_events_has_none() -> None:
    budget = status(CALM).budget
    assert budget is not None
    assert (budget.events, budget.events_left) == (None, None)


def test_the_agreed_consequence_is_that_of_the_loudest_tier() -> None:
    agreed = replace(SLO, consequences={Severity.PAGE: "freeze deploys", Severity.TICKET: "plan a fix"})
    assert status(BURNING, slo=agreed).consequence == "freeze deploys"
    assert status(CALM | {2 * HOUR: 0.1, DAY: 0.1}, slo=agreed).consequence == "plan a fix"
    assert status(CALM | {MONTH: 0.5}, slo=agreed).consequence == "freeze deploys"
    assert status(CALM, slo=agreed).consequence == ""


def test_a_group_template_is_unknown_until_its_groups_are() -> None:
    template = replace(SLO, by=("region",))
    assert status(CALM, slo=template).reason == "not all of its groups by region are known"


def test_the_time_left_follows_the_window_one_asks_about() -> None:
    told = status(CALM | {300: 0.1})
    assert told.gone_in(300) == pytest.approx(0.9 * MONTH / 10)
    assert told.gone_in(HOUR) == told.exhausted_in
    assert told.gone_in(1) is None


def test_what_stands_on_last_known_figures_only_is_frozen() -> None:
    assert status(BURNING, dict.fromkeys(SLO.windows, nothing())).frozen
    assert not status(BURNING).frozen
    assert not status(CALM, dict.fromkeys(SLO.windows, nothing())).frozen


def test_one_page_tier_that_fires_now_is_not_frozen_by_another_that_lost_a_leg() -> None:
    both = BURNING | {1_800: 0.5, 6 * HOUR: 0.5}
    mixed = status(both, {300: nothing()})
    assert [verdict.verdict for verdict in mixed.verdicts[:2]] == [Verdict.FROZEN, Verdict.FIRING]
    assert not mixed.frozen


def test_a_budget_that_was_spent_when_last_seen_is_frozen() -> None:
    spent = status(CALM | {MONTH: 0.02}, dict.fromkeys(SLO.windows, nothing()))
    assert (spent.state, spent.frozen) == (State.CRIT, True)


def test_too_few_is_said_only_where_nothing_else_is_in_doubt() -> None:
    few = replace(SLO, min_events=100)
    totals = {HOUR: 7.0}
    assert status(BURNING, slo=few, totals=totals).too_few
    assert not status(BURNING, {3 * DAY: nothing()}, slo=few, totals=totals).too_few
    assert not status(BURNING).too_few


def test_the_lasting_ratio_spends_what_is_left_in_one_more_period() -> None:
    calm = status(CALM)
    assert calm.lasting_ratio is not None
    assert calm.lasting_ratio == pytest.approx(0.9 * 0.01)
    assert status(CALM | {MONTH: 0.5}).lasting_ratio == 0.0
    assert status(CALM, dict.fromkeys(SLO.windows, nothing())).lasting_ratio is None

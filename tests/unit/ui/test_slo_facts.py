"""What is said of one SLO: in words, with the numbers that are judged, and never more than is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from burning import ALERTMANAGER, BURNING, CALM, MONTH, NOTHING, NOW, PROM, SLO, alert, assessed, text

from oncall_tui.core.burn import DAY, HOUR, Severity, Tier
from oncall_tui.core.slo import LatencySli, NativeLatencySli, NoDataPolicy, RatioSli, Side, SlicesSli
from oncall_tui.ui.render import slo_facts, slo_tiers, slos
from oncall_tui.ui.render.explain import explain_slo
from oncall_tui.ui.render.slo_order import Group
from oncall_tui.ui.render.spans import Role, plain, width_of

FROZEN = dict.fromkeys(SLO.windows, NOTHING)


def told(assessment, status, alerts=None):
    own = assessment.alerts_of_slo(status.slo.id) if alerts is None else alerts
    return text(slo_tiers.tiers(assessment, status, own))


# The tiers


def test_each_tier_shows_both_windows_met_or_not():
    lines = told(*assessed(BURNING))
    assert "page   ■ FIRING  1h 14.9x > 14.4 met" in lines
    assert "5m 20.0x > 14.4 met" in lines
    assert "page   ✓ quiet   6h 0.20x ≤ 6 not met     30m 0.20x ≤ 6 not met" in lines


def test_two_figures_that_round_to_the_same_are_told_apart():
    assert "1h 14.403x > 14.4 met" in told(*assessed({**BURNING, HOUR: 0.014403}))


def test_a_frozen_page_says_why_it_stands_and_what_was_agreed():
    lines = told(*assessed(BURNING, trouble=FROZEN))
    assert "page   ■ FROZEN  1h – vs 14.4 not known" in lines
    assert lines.count("frozen: it fired when data went missing (no traffic); nothing since says it ended") == 1
    assert "agreed when it pages: freeze deploys" in lines


def test_too_few_says_how_many_there_were_and_how_many_are_wanted():
    few = replace(SLO, min_events=100)
    lines = told(*assessed(BURNING, few, totals={HOUR: 7.0}))
    assert "? too few" in lines
    assert "too few: needs 100 requests in 1h: 7 seen" in lines
    assert "FIRING" not in lines


def test_a_tier_that_100_percent_errors_do_not_reach_can_never_fire():
    loose = replace(SLO, objective=0.9)
    lines = told(*assessed(CALM, loose))
    assert "- never" in lines
    assert "never: with 100% errors it burns 10.0x, so this tier can never fire" in lines


def test_an_slo_whose_alerts_are_turned_off_says_so_and_keeps_its_budget():
    silent = replace(SLO, tiers=())
    assessment, status = assessed({MONTH: 0.00062}, silent)
    assert "no alerts: where this SLO is defined, they are turned off" in told(assessment, status)
    assert "budget left 38.0%" in text(slo_facts.headline(status))
    assert "errors must stay below 0.038%" in text(slo_facts.what_if(status))
    assert cells(status)["3600"] == ""
    assert "budget left  1 - 0.062% / 0.1% = 38%" in text(explain_slo(assessment, status).pages[0].lines)


# Whether such an alert fires


def test_an_alert_that_should_fire_and_does_not_is_said_only_where_every_alert_is_known():
    missing = "! it would page, but no page alert that names this SLO is firing: are the rules loaded?"
    assert missing in told(*assessed(BURNING))
    dead = replace(ALERTMANAGER, answered_at=None, error="connection refused")
    for alertmanager in (dead, None):
        lines = told(*assessed(BURNING, alertmanager=alertmanager))
        assert missing not in lines
        assert "whether an alert fires is not known" in lines


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "it would page: RankerBurn is firing, 12m"),
        ({"silenced_by": ("s1",)}, "it would page: RankerBurn is silenced, 12m"),
        ({"pending": True}, "it would page: RankerBurn is pending, 12m (not yet an alert)"),
    ],
)
def test_the_alert_that_fires_is_named_with_what_became_of_it(more, said):
    assert said in told(*assessed(BURNING, alerts=(alert(**more),)))


@pytest.mark.parametrize("other", [alert("ticket"), alert(slo="latency")])
def test_an_alert_of_another_severity_or_slo_is_not_this_one(other):
    assert "are the rules loaded?" in told(*assessed(BURNING, alerts=(other,)))


def test_a_page_that_fires_does_not_stand_in_for_the_ticket_that_should():
    both = {**BURNING, DAY: 0.004, 2 * HOUR: 0.004}
    lines = told(*assessed(both, alerts=(alert(),)))
    assert "it would page: RankerBurn is firing" in lines
    assert "! it would ticket, but no ticket alert that names this SLO is firing" in lines


def test_a_calm_slo_asks_for_no_alert():
    assert "rules loaded" not in told(*assessed(CALM))


# The headline


def test_the_budget_is_told_in_percent_time_and_events():
    _, status = assessed({**CALM, MONTH: 0.00062}, totals={MONTH: 3_000_000})
    assert plain(slo_facts.budget(status)) == "budget left 38.0% · 16m of 43m outage · 1,140 of 3,000 bad requests"


def test_an_overspent_budget_says_by_how_much():
    _, status = assessed({**CALM, MONTH: 0.0015}, totals={MONTH: 3_000_000})
    line = slo_facts.budget(status)
    assert plain(line) == "budget left -50.0% · 21m over its 43m outage · 1,500 over its 3,000 bad requests"
    assert line[0][1] is Role.CRIT


def test_events_that_are_not_counted_are_not_shown():
    _, status = assessed()
    assert "requests" not in plain(slo_facts.budget(status))


def test_an_unknown_budget_is_said_to_be():
    _, status = assessed(trouble={MONTH: NOTHING})
    assert plain(slo_facts.budget(status)) == "? how much of the budget is left is not known"


def test_the_headline_says_when_it_is_gone_and_what_was_agreed():
    _, status = assessed(BURNING)
    assert "at the present rate (1h 14.9x): gone in 1d14h · agreed: freeze deploys" in text(slo_facts.headline(status))


def test_each_long_window_says_when_the_budget_is_gone_if_it_goes_on():
    _, status = assessed({**BURNING, 6 * HOUR: 0.006})
    lines = text(slo_facts.what_if(status))
    assert " 1h 14.9x: gone in 1d14h" in lines
    assert " 6h 6.0x: gone in 4d" in lines
    assert " 1d 0.20x: not gone within 30d" in lines
    assert "to stay within budget for 30d more, errors must stay below 0.08%" in lines


def test_nothing_known_is_not_a_calm_outlook():
    _, status = assessed({}, trouble=FROZEN)
    assert "? neither what is left nor the pace is known" in text(slo_facts.what_if(status))


def test_a_short_history_and_where_it_was_defined_are_said():
    assessment, status = assessed(slo=replace(SLO, origin="slos/ranker.yaml (Sloth)"), since=3 * DAY + HOUR)
    assert "data since 3d only" in plain(slo_facts.budget(status))
    lines = text(slo_facts.policies(status))
    assert "data since 3d01h only: its 30d rest on that" in lines
    assert "slos/ranker.yaml (Sloth)" in lines
    assert assessment.snapshot.at == NOW


def test_the_no_data_policy_is_said_with_the_windows_it_answers_for():
    good = replace(SLO, no_data=NoDataPolicy.GOOD)
    assessment, status = assessed(CALM, good, trouble={300: NOTHING})
    assert "counts as good; a failed query or a stale figure does not (now: 5m)" in text(slo_facts.policies(status))
    assert "5m     no data: counts as good (no traffic)" in text(slo_facts.windows(assessment, status))
    assert "a window without data is unknown, never good" in text(slo_facts.policies(assessed()[1]))


def test_the_low_traffic_guard_is_said_even_when_it_holds_nothing_back():
    _, status = assessed(CALM, replace(SLO, min_events=100), totals={HOUR: 12_004.0})
    lines = text(slo_facts.policies(status))
    assert "needs 100 requests in 1h: 12,004 seen" in lines
    assert "needs 100 requests in 6h: not counted" in lines


def test_a_missing_window_says_why():
    gone = replace(PROM, answered_at=NOW - 600, error="connection refused")
    assessment, status = assessed(CALM, prometheus=gone)
    assert "5m     – prom: connection refused" in text(slo_facts.windows(assessment, status))


def test_a_template_says_that_its_groups_are_not_known_and_not_that_it_waits():
    template = replace(SLO, by=("handler",))
    assessment, status = assessed({}, template)
    lines = text(slo_facts.windows(assessment, status))
    assert "not all of its groups by handler are known" in lines
    assert "not asked yet" not in lines


@pytest.mark.parametrize(
    ("sli", "words"),
    [
        (SLO.sli, "99.9% of requests are good over 30d"),
        (LatencySli("h", 0.25), "99.9% of requests take at most 250ms over 30d"),
        (NativeLatencySli("h", 2.5), "99.9% of requests take at most 2.5s over 30d"),
        (SlicesSli("x", 0.9, Side.AT_LEAST), "99.9% of 1m slices have availability at least 0.9 over 30d"),
        (RatioSli("x"), "99.9% good, as its own ratio says over 30d"),
    ],
)
def test_every_kind_of_slo_is_promised_in_words(sli, words):
    assert words in plain(slo_facts.promise(replace(SLO, sli=sli)))


# The row


def cells(status, width=13):
    (row,) = slos.table([Group("", status.state, (status,))], (), headings=False).rows
    return {column: plain(row.cell(column, width)) for column in ("state", "slo", "budget", "300", "3600", "out")}


def test_a_frozen_row_says_so_in_a_word():
    _, status = assessed(BURNING, trouble=FROZEN)
    assert cells(status)["state"] == "■ FROZEN"
    assert cells(status)["3600"] == "–"


def test_a_frozen_ticket_keeps_the_glyph_of_a_warning():
    ratios = {**CALM, DAY: 0.005, 2 * HOUR: 0.005}
    _, status = assessed(ratios, trouble=FROZEN)
    assert cells(status)["state"] == "▲ FROZEN"


def test_a_row_with_too_few_events_says_so_in_words():
    _, status = assessed(BURNING, replace(SLO, min_events=100), totals={HOUR: 7.0})
    assert cells(status)["state"] == "? TOO FEW"


def test_a_window_that_only_a_policy_answers_for_shows_the_policy_not_a_number():
    _, status = assessed(CALM, replace(SLO, no_data=NoDataPolicy.GOOD), trouble={HOUR: NOTHING})
    assert cells(status)["3600"] == "good*"
    assert "* no data counts as good: 1h" in plain(slos.notes(status))


def test_a_budget_with_a_short_history_says_since_when():
    _, status = assessed(since=3 * DAY + HOUR)
    assert cells(status)["budget"] == "80% since 3d"
    assert plain(slos.budget(status, 24)) == "████████··  80% since 3d"
    assert all(width_of(slos.budget(status, width)) <= width for width in range(12, 40))


@pytest.mark.parametrize(("seconds", "shown"), [(3 * DAY + 5, "3d"), (5 * HOUR + 59, "5h"), (300, "5m"), (0, "0m")])
def test_a_reach_is_rounded_down(seconds, shown):
    assert slos.reach(seconds) == shown


def test_a_member_keeps_its_values_when_the_name_must_give_way():
    member = replace(SLO, by=("handler",), group={"handler": "/rank"})
    assert plain(slos.named(member, 30, Role.TEXT)) == "availability /rank"
    assert plain(slos.named(member, 12, Role.TEXT)) == "avail… /rank"
    template = replace(SLO, by=("handler",))
    assert plain(slos.named(template, 30, Role.TEXT)) == "availability by handler"


def test_hostile_words_are_made_visible():
    evil = "\x1b[2J[red]"
    hostile = replace(
        SLO,
        name="x",
        group={"h": evil},
        by=("h",),
        origin=evil,
        description=evil,
        consequences={Severity.PAGE: evil},
        labels={"l": evil},
    )
    assessment, status = assessed(BURNING, hostile)
    said = [
        *slo_facts.headline(status),
        slo_facts.promise(hostile),
        *slo_facts.policies(status),
        *slo_facts.promql(assessment, status),
        *slo_tiers.tiers(assessment, status, ()),
        slos.notes(status),
        slos.named(hostile, 40, Role.TEXT),
    ]
    assert "\x1b" not in text(said)


def test_a_policy_of_its_own_without_an_hour_still_has_a_headline():
    own = replace(SLO, tiers=(Tier(Severity.PAGE, 2 * HOUR, 600, 0.05),))
    assessment, status = assessed(dict.fromkeys(own.windows, 0.0001), own)
    assert "budget left" in text(slo_facts.headline(status))
    assert "PROMQL over 10m" in text(slo_facts.promql(assessment, status))

"""A figure explained: the arithmetic on the sheet is the arithmetic of the screens, and nothing is invented."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from burning import BURNING, CALM, HERE, MONTH, NOTHING, NOW, PROM, SLO, assessed, text
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.assess import assess
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.readings import Failed, Members, NoData, SignalReading
from oncall_tui.core.slo import NoDataPolicy, RatioSli, Side, SlicesSli
from oncall_tui.core.snapshot import Figure, Snapshot
from oncall_tui.ui.render.explain import MOST_MEMBERS, explain_signals, explain_slo, slo_page


def page(window, *arguments, **more):
    return text(slo_page(*assessed(*arguments, **more), window).lines)


def test_the_arithmetic_is_shown_line_by_line_with_the_numbers_put_in():
    lines = page(HOUR, {**CALM, HOUR: 37 / 12_004, MONTH: 0.00021}, totals={HOUR: 12_004.0, MONTH: 3_000_000.0})
    for line in (
        "error ratio  37 bad / 12,004 requests = 0.3082%",
        "budget       1 - 99.9% = 0.1% of requests may be bad",
        "burn         0.3082% / 0.1% = 3.082x the pace that spends it in 30d",
        "gone in      79% x 30d / 3.082 = 7d16h if this pace goes on",
        "affordable   79% x 0.1% = 0.079% bad lasts 30d more",
        "             2,370 bad requests in 30d",
        "             about 9.48 an hour at the last hour's traffic",
        "page         ✓ quiet 1h 3.1x ≤ 14.4 not met, 5m 0.20x ≤ 14.4 not met",
    ):
        assert line in lines, line


def test_over_the_period_it_says_what_is_left_in_every_measure():
    lines = page(MONTH, {**CALM, MONTH: 0.00062}, totals={MONTH: 3_000_000.0})
    assert "budget left  1 - 0.062% / 0.1% = 38%" in lines
    assert "16m of 43m outage, 1,140 of 3,000 bad requests" in lines


def test_a_short_history_is_said_where_the_budget_is_worked_out():
    assert "data since 3d01h only: what is said of 30d rests on that" in page(MONTH, since=3 * DAY + HOUR)


@given(st.floats(0.0, 1.0), st.floats(0.0, 0.002), st.floats(0.5, 0.9999))
def test_the_figures_are_those_that_are_judged(ratio, spent, objective):
    slo = replace(SLO, objective=objective)
    assessment, status = assessed({**dict.fromkeys(slo.windows, ratio), MONTH: spent}, slo)
    lines = text(slo_page(assessment, status, HOUR).lines)
    shown = re.search(r"= (\S+)x the pace", lines)
    assert shown
    assert float(shown[1]) == pytest.approx(status.burn(HOUR), rel=1e-3, abs=1e-12)
    share = re.search(r"affordable +(\S+)% x", lines)
    assert share
    assert float(share[1]) / 100 == pytest.approx(max(0.0, status.remaining), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("sli", "said"),
    [
        (SLO.sli, "1.49%, as the source says; how many events is not told"),
        (RatioSli("x"), "1.49%, as the source says; how many events is not told"),
        (SlicesSli("x", 0.9, Side.AT_LEAST), "1.49% of its 1m slices with a value were below 0.9"),
        (SlicesSli("x", 900, Side.AT_MOST), "1.49% of its 1m slices with a value were above 900"),
    ],
)
def test_events_that_are_not_counted_are_not_invented(sli, said):
    lines = page(HOUR, BURNING, replace(SLO, sli=sli))
    assert said in lines
    assert " an hour" not in lines
    assert "bad /" not in lines


def test_a_missing_figure_says_why_what_was_known_last_and_what_to_do():
    lines = page(HOUR, BURNING, trouble=dict.fromkeys(SLO.windows, NOTHING))
    assert "■ FROZEN" in lines
    assert "no figure    no traffic" in lines
    assert "last known   1.49%, 4s ago; not believed now" in lines
    assert "does it return a series? If silence is fine, set `no_data`" in lines
    assert "page         ■ FROZEN 1h – vs 14.4 not known, 5m – vs 14.4 not known" in lines
    assert "burn   " not in lines


def test_a_failed_query_hands_on_its_hint():
    failed = Failed("too many samples", "shorten the window", NOW, HERE)
    lines = page(HOUR, {}, trouble={HOUR: failed})
    assert "no figure    too many samples" in lines
    assert "what to do   shorten the window" in lines


def test_a_dead_source_is_what_is_to_be_mended():
    dead = replace(PROM, answered_at=NOW - 900, error="connection refused", hint="is it running?")
    lines = page(HOUR, CALM, prometheus=dead)
    assert "no figure    prom: connection refused" in lines
    assert "what to do   is it running?" in lines


def test_a_figure_that_was_never_asked_has_no_query():
    assessment, status = assessed()
    bare = assess(replace(assessment.snapshot, figures={}))
    status = bare.slo(status.slo.id)
    explained = slo_page(bare, status, HOUR)
    assert explained.query == ""
    assert "no figure    not asked yet" in text(explained.lines)
    assert "from         not asked yet" in text(explained.lines)


def test_an_assumed_figure_says_who_assumes_it():
    good = replace(SLO, no_data=NoDataPolicy.GOOD)
    lines = page(HOUR, CALM, good, trouble={HOUR: NOTHING})
    assert "error ratio  0%: no traffic, and `no_data` says good" in lines


def test_a_failed_attempt_since_is_said_while_the_figure_is_still_believed():
    failed = Failed("timed out", "", NOW, HERE)
    lines = page(HOUR, BURNING, trouble={HOUR: failed})
    assert "burn         1.49% / 0.1% = 14.9x" in lines
    assert "since then   an attempt failed: timed out" in lines


def test_where_it_comes_from_and_the_query_as_it_was_asked():
    assessment, status = assessed(BURNING)
    explained = slo_page(assessment, status, HOUR)
    assert explained.query == HERE.query
    lines = text(explained.lines)
    assert "from         prom raw http://prom:9090" in lines
    assert "at           05:59:56Z, 4s old when this was opened; asked every 15s" in lines
    assert lines.endswith(HERE.query)


def test_it_opens_on_the_window_that_matters_most():
    def first(*arguments, **more):
        explanation = explain_slo(*assessed(*arguments, **more))
        return explanation.pages[explanation.first].name

    assert first(CALM) == "1h"
    assert first({**CALM, 6 * HOUR: 0.007, 1_800: 0.007}) == "6h"
    assert first(CALM, trouble={3 * DAY: NoData("no traffic", NOW, HERE)}) == "3d"


def test_the_guard_stands_beside_the_tier_it_holds_back():
    lines = page(HOUR, BURNING, replace(SLO, min_events=100), totals={HOUR: 7.0})
    assert "? too few" in lines
    assert "needs 100 requests in 1h: 7 seen" in lines


def signals(values, **more):
    signal = Signal("ranker", "drift", SignalKind.DRIFT, "psi", by="feature", warn=0.1, crit=0.25, **more)
    catalogue = Catalogue((Service("ranker", signals=(signal,)),))
    value = Members(values, NOW, HERE) if values else None
    trouble = None if values else NoData("no series", NOW, HERE)
    figures = {SignalReading("ranker", "drift"): Figure(15, "prom", value, trouble)}
    assessment = assess(Snapshot(NOW, catalogue, {"prom": PROM}, figures))
    explanation = explain_signals(assessment, "ranker", assessment.services[0].signals)
    return text(explanation.pages[0].lines)


def test_a_signal_shows_each_member_against_its_bounds_worst_first():
    lines = signals({"calm": 0.02, "user_ctr": 0.41, "session": 0.14})
    assert lines.index("user_ctr") < lines.index("session") < lines.index("calm")
    assert "0.41 > 0.25: CRIT" in lines
    assert "0.14 > 0.1: WARN" in lines
    assert "warn 0.1, crit 0.25; good values are at most these" in lines


def test_a_signal_without_a_value_says_why():
    assert "no figure    no series" in signals({})


def test_a_signal_of_many_members_stays_readable():
    lines = signals({f"f{i:03}": i / 1000 for i in range(200)})
    assert f"and {200 - MOST_MEMBERS} more, none worse" in lines

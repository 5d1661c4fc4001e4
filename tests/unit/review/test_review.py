"""A review of the simulated fleet, and what it leaves over."""

import json
import time
from dataclasses import replace

import pytest

from oncall_tui.core.errors import Unreachable
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.review.budgets import LEAK, spent_share
from oncall_tui.core.review.handoff import handoff
from oncall_tui.core.review.review import review
from oncall_tui.core.state import State
from oncall_tui.poll.read_review import ReadReview
from oncall_tui.reports.review import as_lines, as_markdown, as_page
from oncall_tui.reports.review_json import as_json

DAY = 86_400


def line_of(found, slo):
    return next(one for one in found.budgets if one.slo.id == slo)


async def test_every_slo_says_what_it_spent_and_what_is_left(evidence, now):
    found = review(evidence)
    assert {one.slo.id for one in found.budgets} == {slo.id for slo in now.snapshot.catalogue.slos()}
    assert all(one.spent is not None and one.left is not None and one.trend is not None for one in found.budgets)
    assert [one.spent for one in found.budgets] == sorted((one.spent for one in found.budgets), reverse=True)


async def test_what_is_spent_is_what_the_window_burned(evidence, now):
    found, slo = review(evidence), now.snapshot.catalogue.slo("ranker/availability")
    ratio = evidence.spent[slo.id].value
    assert line_of(found, slo.id).spent == pytest.approx(ratio / 0.001 * DAY / slo.period)
    assert spent_share(0.001, slo, slo.period) == pytest.approx(1.0)


async def test_a_budget_that_shrank_with_nobody_told_leaks(evidence):
    slo = "ranker/latency"
    left = line_of(review(evidence), slo).left
    shrunk = replace(evidence, week_ago={**evidence.week_ago, slo: left + LEAK + 0.01})
    assert line_of(review(shrunk), slo).leaks
    told = replace(shrunk, fired_lately=frozenset({("ranker", "RankerLatencyBurn")}))
    assert not line_of(review(told), slo).leaks
    unlike = replace(shrunk, fired_lately=frozenset({("fraud", "FraudLatencyBurn")}))
    assert line_of(review(unlike), slo).leaks


async def test_what_is_not_known_is_said_and_no_figure_stands_for_it(evidence):
    found = review(replace(evidence, spent={}, week_ago={}))
    assert all(one.spent is None and one.trend is None and not one.leaks for one in found.budgets)
    assert "?" in "\n".join(as_lines(found))


async def test_what_fires_and_who_has_it_is_told_with_no_journal_and_no_record(evidence):
    found = review(replace(evidence, fired={}, events=()))
    told = {(one.service, one.name): one for one in found.alerts}
    assert told["churn", "FeatureDrift"].by == ("jonas",)


async def test_silent_spells_come_from_the_journal_and_from_now(evidence):
    at = evidence.until
    events = [
        Event(
            at - 900, EventKind.SIGNAL_STATE, "", "ranker", "", "ranker/drift", {"state": "SILENT", "reason": "left"}
        ),
        Event(at - 600, EventKind.SIGNAL_STATE, "", "ranker", "", "ranker/drift", {"state": "OK"}),
    ]
    (one,) = review(replace(evidence, events=events)).silent
    assert (one.subject, one.ended - one.began, one.reason) == ("ranker/drift", 300, "left")


async def test_a_prometheus_that_does_not_answer_is_among_what_is_unknown(world, journal, now):
    async def fails(*_):
        raise Unreachable("refused", "start it")

    world.metrics.read = fails
    at = now.snapshot.at
    found = review(await ReadReview([world.metrics], journal)(now, at - DAY, at))
    assert any("refused" in line for line in found.unknown)
    assert all(one.spent is None for one in found.budgets)


async def test_a_time_that_is_over_is_told_as_it_was_then(world, journal, now):
    at = time.time() - 5 * DAY
    evidence = await ReadReview([world.metrics], journal)(now, at - DAY, at)
    found = review(evidence)
    assert not evidence.present
    assert evidence.assessment.snapshot.at == at
    assert found.silences == ()
    assert all(one.left is not None for one in found.budgets)
    assert not [line for line in found.unknown if "endpoint" in line]


async def test_the_handoff_says_who_has_what(evidence, now):
    over = handoff(review(evidence), now, evidence.events)
    assert [one.alert.name for one in over.held] == ["FeatureDrift"]
    assert over.unacknowledged == ()
    assert {one.slo.id for one in over.fragile} >= {"churn/availability"}
    assert not over.nothing_outstanding


async def test_nothing_outstanding_is_said_in_so_many_words_and_never_of_what_is_unknown(evidence, now):
    calm = replace(review(evidence), budgets=(), unknown=(), silences=(), actions=(), incidents=())
    quiet = replace(now, alerts=())
    over = handoff(calm, quiet, ())
    assert over.nothing_outstanding
    assert "Nothing outstanding" in "\n".join(as_lines(calm, over))
    blind = handoff(replace(calm, unknown=("prom does not answer",)), quiet, ())
    assert not blind.nothing_outstanding
    deaf = handoff(calm, replace(quiet, snapshot=replace(now.snapshot, sources={})), ())
    assert not deaf.nothing_outstanding or not deaf.unknown


def a_step(first, at, step, risk, who, outcome=""):
    """What the journal has of a step that ran: with entry ids from first on."""
    about = (who, "ranker", "", f"bad-release#{step}")
    ended = {"exit_code": 0, "duration": 1.0, "summary": "exit 0 after 1s"}
    told = [
        Event(at, EventKind.STEP_INTENDED, *about, {"risk": risk}, id=first),
        Event(at + 1, EventKind.STEP_ENDED, *about, ended, intent=first, id=first + 1),
    ]
    if outcome:
        verified = {"outcome": outcome, "of": "ranker/accuracy"}
        told.append(Event(at + 2, EventKind.STEP_VERIFIED, *about, verified, intent=first, id=first + 2))
    return told


async def test_versions_and_mitigations_of_the_last_hours_are_in_flight(evidence, now):
    at, kind = evidence.until, EventKind.VERSION_STATE
    events = [
        Event(at - 9 * 3_600, kind, "", "ranker", "", "ranker/kserve", {"state": "3.1", "was": "3.0"}),
        Event(at - 70, kind, "", "fraud", "", "fraud/tf-serving", {"state": "2.3.7"}),  # first seen: no change
        Event(at - 60, kind, "", "ranker", "", "ranker/kserve", {"state": "3.2", "was": "3.1"}),
        *a_step(1, at - 50, "version", "diagnose", "auto_diagnose"),
        *a_step(3, at - 30, "roll-back", "mitigate", "maria", "recovered"),
        *a_step(6, at - 25, "drain", "danger", "maria"),
        Event(at - 20, EventKind.INCIDENT_NOTE, "maria", "", "", "1126-abcd", {"text": "watch the canary"}),
    ]
    over = handoff(review(replace(evidence, events=events)), now, events)
    assert [one.what for one in over.changes] == [
        "bad-release#drain run by maria: exit 0 after 1s",
        "bad-release#roll-back run by maria: recovered",
        "ranker/kserve is version 3.2, 3.1 before",
    ]
    assert [one.text for one in over.notes] == ["watch the canary"]


async def test_reports_hold_no_markup_and_no_control_bytes_of_others(evidence, now):
    hostile = "a|b<script>\x1b[2J[x](javascript:1)`c`"
    found = replace(review(evidence), unknown=(hostile,))
    over = handoff(found, now, ())
    for text in ("\n".join(as_lines(found, over)), "\n".join(as_markdown(found, over))):
        assert "\x1b" not in text
    assert "<script>" not in "\n".join(as_markdown(found, over))
    page = as_page(found, over)
    assert "<script>" not in page
    assert "\x1b" not in page
    assert "default-src &#39;none&#39;" in page
    assert page.count("<table>") > 2
    json.dumps(as_json(found, over), allow_nan=False)


async def test_json_says_the_same(evidence, now):
    found = review(evidence)
    told = as_json(found, handoff(found, now, ()))
    assert {one["slo"] for one in told["budgets"]} == {one.slo.id for one in found.budgets}
    assert told["handoff"]["acknowledged"][0]["by"] == "jonas"
    assert all(one["state"] in State.__members__ for one in told["budgets"])

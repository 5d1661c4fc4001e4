"""An endpoint on the screen: every figure with its age, and nothing that is not known looks well."""

from dataclasses import replace

import pytest

from oncall_tui.core.assess import assess
from oncall_tui.core.canary import Canary, CanaryRequest, CanaryResult, CanaryState, Expectation
from oncall_tui.core.catalogue import UP, Catalogue, Endpoint, Protocol, Service, Signal, SignalKind
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Members, Provenance, SignalReading
from oncall_tui.core.server_metrics import Reading, ServerFigure
from oncall_tui.core.snapshot import Figure, Snapshot
from oncall_tui.ui.render import endpoints
from oncall_tui.ui.render.spans import Role, plain

NOW = 1_800_000_000.0
DAY = 86_400.0
CANARY = Canary(CanaryRequest("POST", "/p", "{}"), Expectation(equals="1"), every=60, timeout=10)
ENDPOINT = Endpoint("ranker", "eu", Protocol.VLLM, "http://h:8000", "m", canary=CANARY)
WELL = Probe("ranker/eu", NOW - 3, True, True, version="1.2", models=("m",), latencies=(0.01, 0.02, 0.03, 0.5))


def drawn(probe=WELL, result=None, endpoint=ENDPOINT, up=None):
    signal = Signal("ranker", UP, SignalKind.OTHER, "max(up)") if up is not None else None
    figures = {}
    if up is not None:
        members = Members({"": up}, NOW - 9, Provenance("p", "q"))
        figures[SignalReading("ranker", UP)] = Figure(15.0, "p", members, recent=(members,))
    catalogue = Catalogue((Service("ranker", endpoints=(endpoint,), up=signal),))
    canaries = {"ranker/eu": result} if result else {}
    snapshot = Snapshot(NOW, catalogue, {}, figures, probes={"ranker/eu": probe} if probe else {}, canaries=canaries)
    status = assess(snapshot).service("ranker").endpoints
    return plain(endpoints.cell(status)), endpoints.lines(snapshot, status[0])


def text(*given, **also):
    return "\n".join(plain(line) for line in drawn(*given, **also)[1])


def result(state, age=20.0, why=""):
    return CanaryResult("ranker/eu", NOW - age, state, 'POST http://h:8000/p {"a":1}', 0.25, why)


@pytest.mark.parametrize(
    ("probe", "canary", "word"),
    [
        (None, None, "? asking"),
        (WELL, None, "✓ ready"),
        (WELL, result(CanaryState.RIGHT), "✓ ready"),
        (WELL, result(CanaryState.WRONG), "■ wrong"),
        (WELL, result(CanaryState.LATE), "▲ late"),
        (WELL, result(CanaryState.FAILED), "▲ failing"),
        (replace(WELL, ready=False), result(CanaryState.WRONG), "■ loading"),
        (replace(WELL, live=False, ready=None), None, "■ down"),
        (replace(WELL, ready=None), None, "? unknown"),
        (replace(WELL, at=NOW - 900), result(CanaryState.RIGHT), "? stale"),
    ],
)
def test_one_word_says_how_it_is(probe, canary, word):
    assert drawn(probe, canary)[0] == word


def test_a_service_without_endpoints_has_a_dash():
    assert plain(endpoints.cell(())) == "-"


def test_rolling_latency_what_is_loaded_and_the_certificate_stand_below():
    told = text(replace(WELL, models=tuple("abcdefg"), expires=NOW + 40 * DAY))
    assert "probe p50 20ms p95 500ms of 4" in told
    assert "loaded a, b, c, d, e and 2 more" in told
    assert "TLS 40d left" in told
    assert "TLS expired 2d ago" in text(replace(WELL, expires=NOW - 2 * DAY))


def test_what_was_asked_is_said():
    told = text(replace(WELL, requests=("GET /health", "GET /v1/models")))
    assert "asked GET /health, GET /v1/models" in told


def test_its_own_metrics_stand_with_their_age_and_their_trouble():
    own = Reading(NOW - 30, (ServerFigure("waiting", 3.0), ServerFigure("kv cache", 0.834, "%")), {})
    assert "its metrics waiting 3 kv cache 83% 30s ago" in text(replace(WELL, own=own))
    assert "none of those looked for" in text(replace(WELL, own=Reading(NOW, (), {})))
    assert "its metrics GET /metrics: HTTP 500" in text(replace(WELL, own_error="GET /metrics: HTTP 500"))
    assert "its metrics" not in text()


def test_a_canary_stands_with_its_answer_and_what_was_sent():
    told = text(WELL, result(CanaryState.WRONG, why="expected 1, got 2"))
    assert 'canary ■ wrong expected 1, got 2 in 250ms 20s ago POST http://h:8000/p {"a":1}' in told
    assert "canary not asked yet" in text()
    assert "canary" not in text(endpoint=replace(ENDPOINT, canary=None))


def test_a_right_answer_that_is_too_old_is_not_painted_as_right():
    _, lines = drawn(WELL, result(CanaryState.RIGHT, age=900))
    line = next(line for line in lines if "canary" in plain(line))
    assert "? right" in plain(line)
    assert not any(role is Role.OK for _, role in line)


def test_both_eyes_stand_side_by_side():
    cell, _ = drawn(up=0)
    assert cell == "▲ disagree"
    told = text(up=0)
    assert "the probe says it lives (3s ago), Prometheus cannot scrape it (9s ago)" in told


def test_hostile_text_is_made_safe():
    hostile = "\x1b]0;owned\x07\u202e"
    probe = replace(WELL, models=(hostile,), version=hostile, error=hostile, own_error=hostile)
    bad = CanaryResult("ranker/eu", NOW, CanaryState.WRONG, hostile, 0.1, hostile, hostile)
    assert text(probe, bad).replace("\n", "").isprintable()

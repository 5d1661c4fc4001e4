"""How an endpoint is, when a canary, a certificate and age come to what the probe found."""

from dataclasses import replace

import pytest

from oncall_tui.core.canary import Canary, CanaryRequest, CanaryResult, CanaryState, Expectation
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service
from oncall_tui.core.endpoint_status import assess_endpoint
from oncall_tui.core.probes import Probe
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.state import State

NOW = 1_800_000_000.0
DAY = 86_400.0
CANARY = Canary(CanaryRequest("GET", "/"), Expectation(equals="1"), every=60, timeout=10)
ENDPOINT = Endpoint("ranker", "eu", Protocol.KSERVE_V2, "http://x", canary=CANARY)
READY = Probe("ranker/eu", NOW - 3, True, True)
DOWN = Probe("ranker/eu", NOW - 3, False, None, error="connection refused")
LOADING = Probe("ranker/eu", NOW - 3, True, False, error="loading")


def result(state, age=30.0, why="expected 1, got 2"):
    return CanaryResult("ranker/eu", NOW - age, state, "GET http://x/", 0.1, why)


def status(probe=READY, canary=None, endpoint=ENDPOINT):
    catalogue = Catalogue((Service("ranker", endpoints=(endpoint,)),))
    canaries = {"ranker/eu": canary} if canary else {}
    return assess_endpoint(Snapshot(NOW, catalogue, probes={"ranker/eu": probe}, canaries=canaries), endpoint)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (CanaryState.RIGHT, State.OK, "ready"),
        (CanaryState.WRONG, State.CRIT, "wrong answer: expected 1, got 2"),
        (CanaryState.FAILED, State.WARN, "the canary failed: expected 1, got 2"),
        (CanaryState.LATE, State.WARN, "the canary is late: expected 1, got 2"),
        (CanaryState.WAITING, State.OK, "ready"),
    ],
)
def test_a_server_that_is_ready_is_as_good_as_its_answer(answer, state, reason):
    found = status(canary=result(answer))
    assert (found.state, found.reason) == (state, reason)


def test_a_wrong_answer_may_be_but_a_warning():
    lenient = replace(ENDPOINT, canary=replace(CANARY, wrong_is=State.WARN))
    assert status(canary=result(CanaryState.WRONG), endpoint=lenient).state is State.WARN


def test_what_is_down_is_critical_and_a_wrong_answer_of_before_stands_beside():
    found = status(DOWN, result(CanaryState.WRONG))
    assert (found.state, found.reason) == (State.CRIT, "connection refused; wrong answer: expected 1, got 2")
    assert status(LOADING, result(CanaryState.RIGHT)).reason == "loading"


def test_an_answer_that_is_too_old_says_nothing_and_is_said_to_be():
    for answer in CanaryState:
        found = status(canary=result(answer, age=3 * 70 + 1))
        assert (found.state, found.asleep) == (State.OK, True)
    assert status(canary=result(CanaryState.WRONG, age=3 * 70 - 1)).asleep is False


def test_a_canary_nobody_configured_any_more_is_not_judged():
    assert status(canary=result(CanaryState.WRONG), endpoint=replace(ENDPOINT, canary=None)).state is State.OK


def test_a_probe_that_is_too_old_is_unknown_whatever_the_canary_said():
    assert status(replace(READY, at=NOW - 500), result(CanaryState.RIGHT)).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("left", "state", "reason"),
    [
        (15 * DAY, State.OK, "ready"),
        (13 * DAY, State.WARN, "its TLS certificate ends in 13d"),
        (90.0, State.WARN, "its TLS certificate ends in 1m30s"),
        (-2 * DAY, State.WARN, "its TLS certificate expired 2d ago"),
    ],
)
def test_a_certificate_that_ends_soon_is_a_warning(left, state, reason):
    found = status(replace(READY, expires=NOW + left))
    assert (found.state, found.reason) == (state, reason)


def test_how_soon_is_the_endpoints_own():
    assert status(replace(READY, expires=NOW + 13 * DAY), endpoint=replace(ENDPOINT, tls_warn=DAY)).state is State.OK

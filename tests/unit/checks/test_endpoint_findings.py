"""What `check` tells of an endpoint: its canary, asked once, and its certificate."""

from pathlib import Path

import pytest
from fakes import Prober, parts_of

from oncall_tui.checks import check_all
from oncall_tui.core.canary import CanaryState
from oncall_tui.core.probes import Probe
from oncall_tui.reports.check import Check, Result

CONFIG = """
services:
  - name: ranker
    endpoints:
      - name: main
        protocol: triton
        url: http://127.0.0.1:1
        model: ranker
        canary: {input: [1.5], expect: {equals: [0.9]}}
"""
NOW = 1_800_000_000.0
DAY = 86_400.0


async def checked(folder: Path, prober: Prober, text: str = CONFIG, **given) -> Check:
    return await check_all(parts_of(folder, text, prober=prober, **given), lambda: NOW)


def of(check: Check, kind: str):
    return [one for one in check.findings if one.check == kind]


@pytest.mark.parametrize(
    ("state", "result"),
    [
        (CanaryState.RIGHT, Result.OK),
        (CanaryState.LATE, Result.WARNING),
        (CanaryState.WRONG, Result.FAILED),
        (CanaryState.FAILED, Result.FAILED),
        (CanaryState.WAITING, Result.NOT_CHECKED),
    ],
)
async def test_a_canary_is_asked_once_and_told_with_what_was_sent(tmp_path, state, result):
    prober = Prober()
    prober.answer, prober.why = state, "because"
    (canary,) = of(await checked(tmp_path, prober), "canary")
    assert (canary.result, canary.subject) == (result, "ranker/main")
    assert canary.what == f"{state.value} in 0.1 s: because; sent POST http://x/infer {{}}"
    assert canary.where.startswith("config.yaml:")


async def test_a_wrong_answer_that_is_but_a_warning_is_one(tmp_path):
    prober = Prober()
    prober.answer = CanaryState.WRONG
    (canary,) = of(await checked(tmp_path, prober, CONFIG.replace("{input", "{wrong: warn, input")), "canary")
    assert canary.result is Result.WARNING


@pytest.mark.parametrize("probe", [Probe("x", NOW, False, None, error="no"), Probe("x", NOW, True, False)])
async def test_a_server_that_cannot_answer_is_not_asked(tmp_path, probe):
    (canary,) = of(await checked(tmp_path, Prober(main=probe)), "canary")
    assert (canary.result, canary.what) == (Result.NOT_CHECKED, "not asked: the server is not ready")


async def test_one_that_is_switched_off_and_an_offline_check_ask_nothing(tmp_path):
    assert of(await checked(tmp_path, Prober(), CONFIG.replace("{input", "{enabled: false, input")), "canary") == []
    assert of(await checked(tmp_path, Prober(), offline=True), "canary") == []


@pytest.mark.parametrize(
    ("days", "result", "what"),
    [
        (20, Result.OK, "its TLS certificate ends in 20 days"),
        (10, Result.WARNING, "its TLS certificate ends in 10 days"),
        (-3, Result.WARNING, "its TLS certificate ended 3 days ago"),
    ],
)
async def test_a_certificate_that_ends_soon_is_a_warning(tmp_path, days, result, what):
    probe = Probe("x", NOW, True, True, expires=NOW + days * DAY)
    found = of(await checked(tmp_path, Prober(main=probe)), "endpoint")
    assert (found[1].result, found[1].what) == (result, what)

"""What discovery asks, how often, and what becomes of what is not answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from discovery_answers import NOW, Written, found, row
from test_discovery_servers import OF_VLLM
from test_discovery_sloth import WINDOWS, metadata, recorded

from oncall_tui.core.errors import Refused, SourceError, TimedOut, Unauthorized, Unreachable
from oncall_tui.core.findings import FoundService, FoundSlo
from oncall_tui.sources.prometheus.discovery import MOST_REQUESTS, discover
from oncall_tui.sources.prometheus.discovery.gauges import gauge_services
from oncall_tui.sources.prometheus.discovery.merge import MOST_SERVICES, MOST_SIGNALS, MOST_SLOS, merged

EVERYTHING = [*recorded(*WINDOWS), *metadata(), *OF_VLLM, row("feature_drift_psi", service="a", feature="f")]


def test_it_asks_eleven_questions_at_most_however_much_there_is() -> None:
    many = [row("vllm:request_success_total", job=f"j{i}", model_name=f"m{i}") for i in range(50)]
    findings = found([*EVERYTHING, *many])
    assert findings.requests == MOST_REQUESTS == 11
    assert found().requests == 7


@pytest.mark.parametrize(
    ("part", "remark"),
    [
        ("sloth_slo_info", "SLO metadata"),
        ("slo:sli_error", "Sloth's recorded rules"),
        ("burnrate", "Pyrra's recorded rules"),
        ("nv_inference", "model servers"),
        ("freshness", "freshness and drift gauges"),
        ("/api/v1/rules", "rules"),
        ("/api/v1/alertmanagers", "Alertmanagers"),
        ("/api/v1/targets", "scrape targets"),
    ],
)
def test_what_is_not_answered_is_told_and_the_rest_stands(part: str, remark: str) -> None:
    findings = found(EVERYTHING, failing={part: Refused("p: regular expressions are forbidden")})
    assert f"{remark} could not be asked for: p: regular expressions are forbidden" in findings.remarks
    assert findings.services


@pytest.mark.parametrize("error", [Unreachable("p: refused", "is it up?"), Unauthorized("p: 401"), TimedOut("p")])
def test_a_server_that_answers_nothing_is_one_error(error: SourceError) -> None:
    with pytest.raises(type(error)) as raised:
        found(failing={"": error})
    assert raised.value is error


@pytest.mark.parametrize(
    ("data", "urls"),
    [
        (None, ()),
        ({"activeAlertmanagers": None}, ()),
        ({"activeAlertmanagers": [{"url": "http://a:9093/api/v2/alerts"}, {"url": "http://a:9093/api/v2/alerts"}]}, ("http://a:9093",)),
        ({"activeAlertmanagers": [{"url": "http://b/am/api/v1/alerts"}, {"url": 3}, None]}, ("http://b/am",)),
    ],
)  # fmt: skip
def test_alertmanagers_are_known_by_their_base_url(data: Any, urls: tuple[str, ...]) -> None:
    assert found(documents={"alertmanagers": data}).alertmanagers == urls


def test_alertmanagers_that_are_given_are_not_asked_for() -> None:
    client = Written(documents={"rules": {}})
    findings = asyncio.run(discover(client, "http://p", NOW, ["http://mine"]))  # type: ignore[arg-type]
    assert findings.alertmanagers == ("http://mine",)
    assert not any("alertmanagers" in asked for asked in client.asked)


def slo(name: str) -> FoundSlo:
    return FoundSlo(name, 0.99, 86_400, "a$window")


def test_what_goes_beyond_the_bounds_is_counted_and_services_with_slos_come_first() -> None:
    plain = [FoundService(f"a{i}") for i in range(MOST_SERVICES)]
    kept, left_out = merged([*plain, FoundService("z", slos=tuple(slo(str(i)) for i in range(MOST_SLOS + 3)))])
    assert len(kept) == MOST_SERVICES
    assert kept[0].name == "z"
    assert len(kept[0].slos) == MOST_SLOS
    assert left_out == [
        f"1 more services than the {MOST_SERVICES} that are written",
        f"3 SLOs beyond what is written (at most {MOST_SLOS}, of {MOST_SERVICES} services)",
    ]


def test_signals_are_bounded_too() -> None:
    (kept,), left_out = merged(gauge_services([row(f"g{i}_freshness_seconds", service="x") for i in range(60)]))
    assert len(kept.signals) == MOST_SIGNALS
    assert left_out == [f"x: 10 more signals than the {MOST_SIGNALS} that are written"]


def test_the_same_found_twice_is_there_once() -> None:
    (kept,), _ = merged([FoundService("x", slos=(slo("a"),)), FoundService("x", slos=(slo("a"),))])
    assert [one.name for one in kept.slos] == ["a"]

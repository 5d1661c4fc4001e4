"""What discovery asks, how often, and what becomes of what is not answered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from discovery_answers import NOW, Written, alerting, found, row, rules_of
from hypothesis import given, settings
from hypothesis import strategies as st
from test_discovery_servers import OF_VLLM
from test_discovery_sloth import WINDOWS, metadata, recorded

from oncall_tui.config.discovered import written
from oncall_tui.config.loader import config_from
from oncall_tui.core.errors import Refused, SourceError, TimedOut, Unauthorized, Unreachable
from oncall_tui.core.findings import FoundService, FoundSlo
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.discovery import MOST_REQUESTS, discover
from oncall_tui.sources.prometheus.discovery.gauges import gauge_services
from oncall_tui.sources.prometheus.discovery.merge import MOST_SERVICES, MOST_SIGNALS, MOST_SLOS, merged
from oncall_tui.sources.prometheus.discovery.servers import exported

EVERYTHING = [*recorded(*WINDOWS), *metadata(), *OF_VLLM, row("feature_drift_psi", service="a", feature="f")]


def test_it_asks_twelve_questions_at_most_however_much_there_is() -> None:
    many = [row("vllm:request_success_total", job=f"j{i}", model_name=f"m{i}") for i in range(50)]
    findings = found([*EVERYTHING, *many])
    assert findings.requests == MOST_REQUESTS == 12
    assert found().requests == 8


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


def test_every_alertmanager_that_gets_the_alerts_is_handed_over() -> None:
    urls = [{"url": f"http://am-{i}:9093/api/v2/alerts"} for i in range(3)]
    findings = found(documents={"alertmanagers": {"activeAlertmanagers": urls}})
    assert findings.alertmanagers == ("http://am-0:9093", "http://am-1:9093", "http://am-2:9093")


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


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["availability", "a-b", "99.9", "0.5", "${X}", "$window", "+Inf", "0.25", "1e3", "\ud800", "x" * 400]
)
NOISE = st.sampled_from(
    [*exported(), "feature_drift_psi", "x_freshness_seconds", "http_requests_total", "up:burnrate1x"]
)
LABELS = st.dictionaries(
    st.sampled_from(("job", "service", "model_name", "model", "le", "feature", "status", "slo", "strange name")),
    TEXT,
    max_size=6,
)
VALUES = st.sampled_from([0.99, 0.999, 7.0, 28.0, 30.0, 604_800.0, 2_419_200.0, 1e-9, 0.0]) | st.floats()
SPELT = st.lists(st.sampled_from([*WINDOWS, *WINDOWS, "4w", "28d", "1h4m", "0s", "1x"]), min_size=5, unique=True)


@st.composite
def of_sloth(draw: st.DrawFn) -> list[Row]:
    """An SLO as Sloth records it, more or less."""
    own = {"sloth_id": draw(TEXT), "sloth_service": draw(TEXT), "sloth_slo": draw(TEXT)}
    group = draw(LABELS)
    rows = [row(f"slo:sli_error:ratio_rate{window}", 0.1, **own, **group) for window in draw(SPELT)]
    objective = draw(st.sampled_from(["99.9", "99", "0.1"]) | TEXT)
    rows.append(row("sloth_slo_info", 1.0, sloth_objective=objective, **own, **draw(LABELS)))
    return [*rows, row("slo:time_period:days", draw(VALUES), **own), row("slo:objective:ratio", draw(VALUES), **own)]


@st.composite
def of_pyrra(draw: st.DrawFn) -> list[Row]:
    """An SLO as Pyrra records it, more or less; the test's alert is for the one called a-b."""
    own = {"slo": draw(st.just("a-b") | TEXT)}
    group = {label: text for label, text in draw(LABELS).items() if label != "slo"}
    rows = [row(f"http_requests:burnrate{window}", 0.1, **own, **group) for window in draw(SPELT)]
    for what, window in draw(st.lists(st.tuples(st.sampled_from(["increase", "count", "sum"]), SPELT), max_size=3)):
        rows += [row(f"http_requests:{what}{window[0]}", 9.0, le=draw(TEXT), **own)]
    return [*rows, row("pyrra_objective", draw(VALUES), **own), row("pyrra_window", draw(VALUES), **own)]


def noise() -> st.SearchStrategy[list[Row]]:
    one = st.builds(lambda name, labels: row(name, 1.0, **labels), NOISE, LABELS)
    return st.lists(one, max_size=10)


@settings(max_examples=300)
@given(st.lists(of_sloth() | of_pyrra() | noise(), max_size=4), st.sampled_from(["0.99", "1.5", "0", "NaN"]))
def test_whatever_a_server_tells_the_configuration_of_it_is_accepted(told: list[list[Row]], target: str) -> None:
    legs = [f'http_requests:burnrate{w}{{slo="a-b"}} > (14 * (1 - {target}))' for w in ("5m", "1h")]
    series = [one for some in told for one in some]
    findings = found(series, rules_of(alerting(" and ".join(legs), severity="page")))
    known = config_from(written(findings), Path("found")).catalogue()
    assert len(list(known.slos())) == sum(len(service.slos) for service in findings.services)
    assert all(slo.policy for slo in known.slos())

"""SLOs found by what Pyrra records, with and without its generic rules, with and without /api/v1/rules."""

from __future__ import annotations

import math
from typing import Any

import pytest
from discovery_answers import alerting, found, recording, row, rules_of, slo

from oncall_tui.core.burn import DAY, HOUR, Severity, Tier
from oncall_tui.core.errors import Refused
from oncall_tui.core.slo import SloKind
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.discovery.pyrra import pyrra_tiers

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "4d")
OWN = {"slo": "errors", "job": "api"}
PAIRS = (
    (14, "5m", "1h", "critical"),
    (7, "30m", "6h", "critical"),
    (2, "2h", "1d", "warning"),
    (1, "6h", "4d", "warning"),
)
FOUR = (
    Tier(Severity.PAGE, HOUR, 300, 0.0208333),
    Tier(Severity.PAGE, 6 * HOUR, 1_800, 0.0625),
    Tier(Severity.TICKET, DAY, 2 * HOUR, 0.0714286),
    Tier(Severity.TICKET, 4 * DAY, 6 * HOUR, 0.142857),
)


def burn(metric: str = "http_requests", windows: tuple[str, ...] = WINDOWS, **labels: str) -> list[Row]:
    return [row(f"{metric}:burnrate{window}", 0.01, **{**OWN, **labels}) for window in windows]


def alerts(metric: str = "http_requests", target: str = "0.99") -> list[dict[str, Any]]:
    return [
        alerting(
            f'{metric}:burnrate{short}{{job="api",slo="errors"}} > ({factor} * (1 - {target})) '
            f'and {metric}:burnrate{long}{{job="api",slo="errors"}} > ({factor} * (1 - {target}))',
            slo="errors",
            severity=severity,
            short=short,
            long=long,
        )
        for factor, short, long, severity in PAIRS
    ]


def ratio_rule(errors: str = 'http_requests_total{code=~"5..",job="api"}') -> dict[str, Any]:
    query = f'sum(rate({errors}[5m])) / sum(rate(http_requests_total{{job="api"}}[5m]))'
    return recording("http_requests:burnrate5m", query, **OWN)


COUNTED = [row("http_requests:increase4w", 9, code=code, **OWN) for code in ("200", "500")]


def test_a_ratio_is_found_with_its_target_its_period_and_its_alerts() -> None:
    one = slo(found([*burn(), *COUNTED], rules_of(ratio_rule(), *alerts())), "api", "errors")
    assert one.error_ratio == 'http_requests:burnrate$window{slo="errors"}'
    assert (one.objective, one.period, one.by, one.kind) == (0.99, 28 * DAY, (), SloKind.AVAILABILITY)
    assert one.tiers == FOUR
    assert one.remarks == ()


def test_over_the_period_it_is_what_was_counted_not_an_average_of_averages() -> None:
    one = slo(found([*burn(), *COUNTED], rules_of(ratio_rule(), *alerts())), "api", "errors")
    total = 'sum(http_requests:increase4w{slo="errors"})'
    errors = 'sum(http_requests:increase4w{slo="errors",code=~"5.."})'
    assert one.period_error_ratio == f"({errors} or {total} * 0) / {total}"


def test_errors_that_are_a_metric_of_their_own_are_not_taken_for_none_when_missing() -> None:
    rule = ratio_rule('http_failures_total{job="api",kind!="x"}')
    series = [*burn(), row("http_requests:increase4w", 9, **OWN), row("http_failures:increase4w", 1, **OWN)]
    one = slo(found(series, rules_of(rule, *alerts())), "api", "errors")
    assert one.period_error_ratio == (
        'sum(http_failures:increase4w{slo="errors"}) / sum(http_requests:increase4w{slo="errors"})'
    )


def test_latency_is_what_is_not_within_its_bound() -> None:
    series = burn("http_request_duration_seconds")
    series += [row("http_request_duration_seconds:increase4w", 9, **OWN)]
    series += [row("http_request_duration_seconds:increase4w", 9, le="0.1", **OWN)]
    one = slo(found(series, rules_of(*alerts("http_request_duration_seconds"))), "api", "errors")
    metric = "http_request_duration_seconds:increase4w"
    total = f'sum({metric}{{slo="errors",le=""}})'
    assert one.period_error_ratio == f'({total} - sum({metric}{{slo="errors",le="0.1"}})) / {total}'
    assert one.kind is SloKind.LATENCY


def test_a_bool_gauge_counts_what_it_was_not() -> None:
    series = [*burn("up"), row("up:count4w", 9, **OWN), row("up:sum4w", 9, **OWN)]
    one = slo(found(series, rules_of(*alerts("up"))), "api", "errors")
    total = 'sum(up:count4w{slo="errors"})'
    assert one.period_error_ratio == f'({total} - sum(up:sum4w{{slo="errors"}})) / {total}'


def test_generic_rules_alone_are_enough_where_rules_cannot_be_asked_for() -> None:
    series = [*burn(), row("pyrra_objective", 0.99, slo="errors"), row("pyrra_window", 28 * DAY, slo="errors")]
    findings = found(series, failing={"/api/v1/rules": Refused("p: HTTP 403")})
    one = slo(findings, "api", "errors")
    assert (one.objective, one.period, one.tiers) == (0.99, 28 * DAY, FOUR)
    assert one.period_error_ratio == 'avg_over_time(http_requests:burnrate5m{slo="errors"}[4w])'
    assert "not weighted by traffic" in one.remarks[0]
    assert findings.remarks == ("rules could not be asked for: p: HTTP 403",)


def test_without_a_target_anywhere_it_is_left_out_and_said() -> None:
    findings = found(burn())
    assert findings.services == ()
    assert "no objective" in findings.remarks[0]


def test_odd_windows_are_found_as_prometheus_spells_them() -> None:
    windows = ("5m", "32m", "1h4m", "2h9m", "6h26m", "1d1h43m", "4d6h51m")
    series = [*burn(windows=windows), row("pyrra_objective", 0.99, slo="errors")]
    series.append(row("pyrra_window", 30 * DAY, slo="errors"))
    one = slo(found(series), "api", "errors")
    assert one.tiers == pyrra_tiers(30 * DAY)
    assert one.tiers[0].long == 3_840


@pytest.mark.parametrize(
    ("period", "windows"),
    [
        (28 * DAY, ((300, HOUR), (1_800, 6 * HOUR), (2 * HOUR, DAY), (6 * HOUR, 4 * DAY))),
        (7 * DAY, ((60, 900), (480, 5_400), (1_800, 6 * HOUR), (5_400, DAY))),
        (14 * DAY, ((180, 1_800), (900, 3 * HOUR), (HOUR, 12 * HOUR), (3 * HOUR, 2 * DAY))),
    ],
)
def test_pyrras_windows_scale_with_the_period(period: int, windows: tuple[tuple[int, int], ...]) -> None:
    tiers = pyrra_tiers(period)
    assert tuple((tier.short, tier.long) for tier in tiers) == windows
    for tier, factor in zip(tiers, (14, 7, 2, 1), strict=True):
        assert math.isclose(tier.factor(period), factor, rel_tol=1e-4)


def test_labels_that_tell_its_series_apart_group_it() -> None:
    series = [*burn(handler="/a"), *burn(handler="/b"), row("pyrra_objective", 0.99, slo="errors")]
    assert slo(found(series), "api", "errors").by == ("handler",)


def test_the_rule_tells_a_group_of_one() -> None:
    query = "sum by (handler) (rate(http_requests_total[5m])) / sum by (handler) (rate(http_requests_total[5m]))"
    rule = recording("http_requests:burnrate5m", query, **OWN)
    series = [*burn(handler="/a", replica="0"), row("pyrra_objective", 0.99, slo="errors")]
    assert slo(found(series, rules_of(rule)), "api", "errors").by == ("handler",)


def test_an_slo_whose_series_name_no_service_is_one_itself() -> None:
    series = [*burn(job=""), row("pyrra_objective", 0.99, slo="errors")]
    (one,) = found(series).services
    assert (one.name, one.identity) == ("errors", (("slo", "errors"),))


def test_recording_rules_of_other_kinds_are_no_slos() -> None:
    assert found([row("apiserver_request:burnrate1d", 0.1), row("http:sum5m", 1, slo="x")]).services == ()


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"groups": None}, {"groups": [None, 3, {"rules": [None, {"name": 1}, {"name": "a", "query": "b"}]}]},
     {"groups": [{"rules": [{"type": "alerting", "name": "a", "query": "a and slo and (", "labels": []}]}]}],
)  # fmt: skip
def test_rules_of_any_other_shape_are_passed_over(data: Any) -> None:
    assert found([*burn(), row("pyrra_objective", 0.99, slo="errors")], {"rules": data}).services[0].name == "api"

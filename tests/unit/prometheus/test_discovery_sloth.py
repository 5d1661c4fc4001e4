"""SLOs found by what Sloth records: its metadata, its windows, its groups and its alerts."""

from __future__ import annotations

import math

import pytest
from discovery_answers import alerting, found, recording, row, rules_of, slo

from oncall_tui.core.burn import DAY, HOUR, Severity, Tier
from oncall_tui.sources.prometheus.asks import Row

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
OWN = {"sloth_id": "ranker-up", "sloth_service": "ranker", "sloth_slo": "up"}


def recorded(*windows: str, **labels: str) -> list[Row]:
    return [row(f"slo:sli_error:ratio_rate{w}", 0.001, sloth_window=w, **{**OWN, **labels}) for w in windows]


def metadata(days: float = 30, objective: str | None = "99.9", ratio: float | None = None, **info: str) -> list[Row]:
    rows = [row("slo:time_period:days", days, **OWN)]
    if objective is not None:
        rows.append(row("sloth_slo_info", sloth_objective=objective, sloth_version="v0", **{**OWN, **info}))
    if ratio is not None:
        rows.append(row("slo:objective:ratio", ratio, **OWN))
    return rows


def test_an_slo_is_asked_by_its_recorded_ratios() -> None:
    one = slo(found([*recorded(*WINDOWS), *metadata(team="search")]), "ranker", "up")
    assert one.error_ratio == 'slo:sli_error:ratio_rate$window{sloth_id="ranker-up"}'
    assert (one.objective, one.period, one.by, one.tiers, one.period_error_ratio) == (0.999, 30 * DAY, (), None, "")
    assert one.labels == {"team": "search"}
    assert one.remarks == ()


def test_without_its_info_the_objective_is_the_recorded_ratio_without_its_noise() -> None:
    one = slo(found([*recorded(*WINDOWS), *metadata(objective=None, ratio=0.9990000000000001)]), "ranker", "up")
    assert one.objective == 0.999


def test_weeks_are_found_as_prometheus_spells_them() -> None:
    one = slo(found([*recorded(*WINDOWS[:-1], "4w"), *metadata(28)]), "ranker", "up")
    assert (one.period, one.period_error_ratio, one.tiers) == (28 * DAY, "", None)


def test_a_period_spelt_otherwise_is_named_as_it_is() -> None:
    one = slo(found([*recorded(*WINDOWS[:-1], "28d"), *metadata(28)]), "ranker", "up")
    assert one.period_error_ratio == 'slo:sli_error:ratio_rate28d{sloth_id="ranker-up"}'


def test_a_period_that_is_not_recorded_is_averaged_and_said_to_be() -> None:
    one = slo(found([*recorded(*WINDOWS[:-1]), *metadata()]), "ranker", "up")
    assert one.period_error_ratio == 'avg_over_time(slo:sli_error:ratio_rate5m{sloth_id="ranker-up"}[30d])'
    assert "not weighted by traffic" in one.remarks[0]


def test_only_tiers_whose_windows_are_recorded_are_kept() -> None:
    one = slo(found([*recorded("5m", "1h", "30d"), *metadata()]), "ranker", "up")
    assert one.tiers == (Tier(Severity.PAGE, HOUR, 300, 0.02),)
    assert one.remarks == ("3 of 4 burn tiers cannot be judged (not recorded: 30m, 2h, 6h, 1d, 3d)",)


def test_windows_of_its_own_are_judged_as_its_alerts_say() -> None:
    own = '{sloth_id="ranker-up", sloth_service="ranker", sloth_slo="up"}'
    legs = [
        f"max without (sloth_window) (slo:sli_error:ratio_rate{w}{own} > (20 * 0.001))"
        for w in ("10m", "2h", "1h", "12h")
    ]
    page = alerting(f"({legs[0]} and {legs[1]}) or ({legs[2]} and {legs[3]})", sloth_severity="page", severity="info")
    findings = found([*recorded("10m", "1h", "2h", "12h", "30d"), *metadata()], rules_of(page))
    assert slo(findings, "ranker", "up").tiers == (
        Tier(Severity.PAGE, 2 * HOUR, 600, 0.0555556),
        Tier(Severity.PAGE, 12 * HOUR, HOUR, 0.333333),
    )


def test_what_is_recorded_for_no_tier_is_left_out_and_said() -> None:
    findings = found([*recorded("7m", "30d"), *metadata()])
    assert findings.services == ()
    assert findings.remarks == (
        "left out: Sloth's ranker-up: none of the windows its burn tiers need is recorded; there are "
        "slo:sli_error:ratio_rate30d, slo:sli_error:ratio_rate7m",
    )


@pytest.mark.parametrize("objective", ["100", "0", "NaN", "much", "-1"])
def test_an_objective_that_leaves_no_budget_is_left_out(objective: str) -> None:
    findings = found([*recorded(*WINDOWS), *metadata(objective=objective)])
    assert findings.services == ()
    assert "no objective between 0 and 100%" in findings.remarks[0]


@pytest.mark.parametrize("days", [0, -3, math.nan, math.inf])
def test_a_period_that_is_none_is_taken_for_the_usual_one(days: float) -> None:
    one = slo(found([*recorded(*WINDOWS), *metadata(days)]), "ranker", "up")
    assert one.period == 30 * DAY
    assert "30d is Sloth's default" in one.remarks[0]


def test_labels_beyond_those_of_its_info_make_it_a_grouped_slo() -> None:
    series = [*recorded(*WINDOWS, handler="/a"), *recorded(*WINDOWS, handler="/b"), *metadata()]
    assert slo(found(series), "ranker", "up").by == ("handler",)
    assert slo(found([*recorded(*WINDOWS, handler="/a"), *metadata()]), "ranker", "up").by == ("handler",)


def test_a_label_that_every_series_of_every_slo_has_does_not_group() -> None:
    series = [*recorded(*WINDOWS, cluster="eu"), *metadata(cluster="eu")]
    assert slo(found(series), "ranker", "up").by == ()


def test_where_the_rule_is_known_its_aggregation_tells_the_groups() -> None:
    rule = recording("slo:sli_error:ratio_rate5m", "sum by (zone) (rate(a[5m])) / sum by (zone) (rate(b[5m]))", **OWN)
    series = [*recorded(*WINDOWS, zone="x", replica="0"), *metadata()]
    assert slo(found(series, rules_of(rule)), "ranker", "up").by == ("zone",)


def test_an_slo_without_its_info_is_known_by_its_series() -> None:
    series = [*recorded(*WINDOWS), row("slo:objective:ratio", 0.99, **OWN)]
    one = slo(found(series), "ranker", "up")
    assert (one.objective, one.labels) == (0.99, {})


def test_names_that_cannot_be_asked_for_are_left_out() -> None:
    bad = {"sloth_id": "x" * 400}
    findings = found([*recorded(*WINDOWS, **bad), row("sloth_slo_info", sloth_objective="99", **{**OWN, **bad})])
    assert findings.services == ()
    assert len(findings.remarks) == 1

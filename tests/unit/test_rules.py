"""Rule groups from SLOs: Sloth's names, the workbook's alerts, text that cannot break out."""

from __future__ import annotations

from typing import Any

import promql_parser
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.burn import DAY, MONTHLY, Severity, Tier, error_budget
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import RatioSli, Slo, SloKind
from oncall_tui.rules import (
    alert_name,
    burn_alert,
    camel_case,
    recorded_ratio,
    recording_groups,
    rule_groups,
    selector,
    to_yaml,
)


def slo(**changes: Any) -> Slo:
    values: dict[str, Any] = {
        "service": "ranker",
        "name": "accuracy",
        "kind": SloKind.ACCURACY,
        "objective": 0.999,
        "period": 30 * DAY,
        "sli": RatioSli("errors:ratio$window"),
    }
    return Slo(**(values | changes))


def ratio(slo: Slo, window: int) -> str:
    return f'sum(rate(bad_total{{service="{slo.service}"}}[{format_duration(window)}])) / sum(rate(all_total[5m]))'


def catalogue(*slos: Slo, team: str = "search") -> Catalogue:
    return Catalogue((Service("ranker", team=team, slos=slos),))


def rules_of(groups: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [rule for group in groups for rule in group["rules"] if key in rule]


def test_an_objective_of_everything_is_refused_because_it_has_no_budget() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        rule_groups(catalogue(slo(objective=1.0)), ratio)


def test_a_tier_that_total_failure_cannot_reach_is_no_alert() -> None:
    assert burn_alert(slo(objective=0.8), Severity.PAGE, ratio) is None
    only_one = burn_alert(slo(objective=0.9), Severity.PAGE, ratio)
    assert only_one is not None
    assert "14.4" not in only_one["expr"]
    assert "(6 * 0.1)" in only_one["expr"]


def test_an_slo_without_a_reachable_tier_makes_no_empty_alert_group() -> None:
    hopeless = slo(objective=0.5, tiers=(Tier(Severity.PAGE, 3600, 300, 0.5),))
    assert rule_groups(catalogue(hopeless), ratio, recorded=()) == []


def test_braces_in_names_and_descriptions_reach_annotations_and_labels_as_text_not_as_templates() -> None:
    alert = burn_alert(slo(description="{{ evil }}", labels={"tier": "{{ x }}"}), Severity.PAGE, ratio, "{{ team }}")
    assert alert is not None
    assert alert["annotations"]["description"].startswith('{{ "{{" }} evil }} ')
    assert alert["labels"]["tier"] == '{{ "{{" }} x }}'
    assert alert["labels"]["team"] == '{{ "{{" }} team }}'


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20))
def test_a_selector_holds_any_label_value_exactly(value: str) -> None:
    parsed = promql_parser.parse("up" + selector({"sloth_slo": value}))
    (matcher,) = [m for m in parsed.matchers.matchers if m.name == "sloth_slo"]
    assert matcher.value == value


def test_a_recorded_slo_alerts_on_its_recorded_series_and_another_on_the_raw_expression() -> None:
    kept, raw = slo(), slo(name="latency")
    groups = rule_groups(catalogue(kept, raw), ratio, recorded={kept.id})
    tickets = [alert for alert in rules_of(groups, "alert") if alert["labels"]["severity"] == "ticket"]
    by_slo = {alert["labels"]["slo"]: alert["expr"] for alert in tickets}
    assert recorded_ratio(kept, 7200) in by_slo["accuracy"]
    assert "bad_total" not in by_slo["accuracy"]
    assert ratio(raw, 7200) in by_slo["latency"]
    assert "sloth" not in by_slo["latency"]
    assert {rule["labels"]["sloth_id"] for rule in rules_of(groups, "record")} == {"ranker-accuracy"}


def test_an_slo_that_forbids_recorded_rules_is_not_recorded_unless_named() -> None:
    shy = slo(recorded=False)
    assert rules_of(rule_groups(catalogue(shy), ratio), "record") == []
    assert rules_of(rule_groups(catalogue(shy), ratio, recorded={shy.id}), "record")


def test_every_window_and_the_period_are_recorded_once_under_sloths_name() -> None:
    rules = [r for r in rules_of(recording_groups(slo(), ratio), "record") if "sloth_window" in r["labels"]]
    expected = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]
    assert [rule["record"] for rule in rules] == [f"slo:sli_error:ratio_rate{window}" for window in expected]
    assert [rule["labels"]["sloth_window"] for rule in rules] == expected
    assert rules[2]["expr"] == ratio(slo(), 3600)
    assert rules[0]["labels"] == {
        "sloth_id": "ranker-accuracy",
        "sloth_service": "ranker",
        "sloth_slo": "accuracy",
        "sloth_window": "5m",
    }


def test_the_long_windows_are_evaluated_at_a_pace_of_their_own() -> None:
    groups = {group["name"]: group for group in recording_groups(slo(), ratio, long_interval=120)}
    assert groups["slo-sli-recordings-long-ranker-accuracy"]["interval"] == "2m"
    assert "interval" not in groups["slo-sli-recordings-ranker-accuracy"]


def test_metadata_says_the_objective_the_budget_and_the_period_without_binary_noise() -> None:
    rules = {r["record"]: r for r in rules_of(recording_groups(slo(labels={"tier": "1"}), ratio), "record")}
    assert rules["slo:objective:ratio"]["expr"] == "vector(0.999)"
    assert rules["slo:error_budget:ratio"]["expr"] == "vector(0.001)"
    assert rules["slo:time_period:days"]["expr"] == "vector(30)"
    assert rules["slo:current_burn_rate:ratio"]["expr"].startswith("slo:sli_error:ratio_rate5m{")
    assert rules["slo:period_burn_rate:ratio"]["expr"].startswith("slo:sli_error:ratio_rate30d{")
    assert rules["sloth_slo_info"]["labels"]["sloth_objective"] == "99.9"
    assert all(rule["labels"]["tier"] == "1" for rule in rules.values())


def test_a_page_is_any_page_tier_over_both_of_its_windows() -> None:
    alert = burn_alert(slo(), Severity.PAGE, lambda slo, window: f"r{window}")
    assert alert is not None
    assert " ".join(alert["expr"].split()) == (
        "( ((r300) > (14.4 * 0.001)) and ((r3600) > (14.4 * 0.001)) ) or "
        "( ((r1800) > (6 * 0.001)) and ((r21600) > (6 * 0.001)) )"
    )


def test_alerts_carry_who_what_and_where_to_read_on() -> None:
    groups = rule_groups(catalogue(slo(labels={"tier": "1"})), ratio, runbook_url=lambda name: f"https://r/{name}")
    page, ticket = rules_of(groups, "alert")
    assert page["alert"] == ticket["alert"] == "RankerAccuracyBurn"
    assert page["labels"] == {"tier": "1", "severity": "page", "service": "ranker", "slo": "accuracy", "team": "search"}
    assert ticket["labels"]["severity"] == "ticket"
    assert page["annotations"]["runbook_url"] == "https://r/RankerAccuracyBurn"
    assert page["annotations"]["summary"] == "ranker burns its accuracy error budget fast"
    assert "the objective is 99.9% over 30d" in page["annotations"]["description"]
    assert "14.4x over 1h and 5m or 6x over 6h and 30m" in page["annotations"]["description"]


def test_a_service_without_a_team_and_a_rule_without_a_runbook_leave_them_out() -> None:
    page, _ = rules_of(rule_groups(catalogue(slo(), team=""), ratio), "alert")
    assert "team" not in page["labels"]
    assert "runbook_url" not in page["annotations"]


def test_alert_names_are_camel_case_and_keep_the_capitals_they_have() -> None:
    assert alert_name(slo(service="feature-store", name="p99 latency_ms")) == "FeatureStoreP99LatencyMsBurn"
    assert camel_case("vLLM.fast") == "VLLMFast"


@given(st.sampled_from((7 * DAY, 28 * DAY, 30 * DAY, 90 * DAY)), st.floats(0.5, 0.9999))
def test_exactly_the_reachable_tiers_are_alerted_on_and_every_expression_parses(period: int, objective: float) -> None:
    one = slo(period=period, objective=objective)
    groups = rule_groups(catalogue(one), ratio, recorded=())
    legs = sum(alert["expr"].count(" > (") for alert in rules_of(groups, "alert"))
    reachable = [t for t in one.policy if t.factor(period) * error_budget(objective) < 1]
    assert legs == 2 * len(reachable)
    for rule in rules_of(groups, "alert"):
        promql_parser.parse(rule["expr"])


def test_the_yaml_reads_back_as_it_was_with_long_expressions_on_lines_of_their_own() -> None:
    groups = rule_groups(catalogue(slo(), slo(name="latency", tiers=MONTHLY)), ratio)
    text = to_yaml(groups)
    assert yaml.safe_load(text) == {"groups": groups}
    assert "expr: |" in text
    assert "&id" not in text

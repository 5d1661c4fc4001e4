"""The alerts of an SLO: the workbook's tiers, what holds them back, silence, and text that cannot break out."""

from __future__ import annotations

from typing import Any

import promql_parser
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from made_rules import QUERIES, groups_of, rules_of, slo

from oncall_tui.core.burn import DAY, MONTHLY, Severity, Tier, error_budget
from oncall_tui.core.slo import NoDataPolicy, Slo
from oncall_tui.rules import alert_name, burn_alert, camel_case, recorded_ratio, to_yaml
from oncall_tui.rules.alerts import Figures


def alert_of(severity: Severity = Severity.PAGE, recorded: bool = True, **changes: Any) -> dict[str, Any] | None:
    return burn_alert(Figures(slo(**changes), QUERIES, recorded), severity)


def silence_of(*, recorded: bool = True, **changes: Any) -> list[dict[str, Any]]:
    one = slo(**changes)
    alerts = rules_of(groups_of(one, recorded={one.id} if recorded else ()), "alert")
    return [alert for alert in alerts if alert["alert"].endswith("NoData")]


def ratio(one: Slo, window: int) -> str:
    return QUERIES.ratio(one, window)


def test_an_objective_of_everything_is_refused_because_it_has_no_budget() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        groups_of(slo(objective=1.0))


def test_a_tier_that_total_failure_cannot_reach_is_no_alert() -> None:
    assert alert_of(objective=0.8) is None
    only_one = alert_of(objective=0.9)
    assert only_one is not None
    assert "14.4" not in only_one["expr"]
    assert "(6 * 0.1)" in only_one["expr"]


def test_an_slo_without_a_reachable_tier_makes_no_empty_alert_group() -> None:
    hopeless = slo(objective=0.5, tiers=(Tier(Severity.PAGE, 3600, 300, 0.5),), no_data=NoDataPolicy.GOOD)
    assert groups_of(hopeless, recorded=()) == []


def test_braces_in_names_and_descriptions_reach_annotations_and_labels_as_text_not_as_templates() -> None:
    words = {Severity.PAGE: "{{ y }}"}
    evil = slo(description="{{ evil }}\x1b[31m", labels={"tier": "{{ x }}"}, consequences=words)
    alert = burn_alert(Figures(evil, QUERIES, True), Severity.PAGE, "{{ team }}")
    assert alert is not None
    assert alert["annotations"]["consequence"] == '{{ "{{" }} y }}'
    assert "\x1b" not in str(alert)
    assert alert["annotations"]["description"].startswith('{{ "{{" }} evil }}')
    assert alert["labels"]["tier"] == '{{ "{{" }} x }}'
    assert alert["labels"]["team"] == '{{ "{{" }} team }}'


def test_a_recorded_slo_alerts_on_its_recorded_series_and_another_on_the_raw_expression() -> None:
    kept, raw = slo(), slo(name="latency")
    groups = groups_of(kept, raw, recorded={kept.id})
    tickets = [alert for alert in rules_of(groups, "alert") if alert["labels"].get("sloth_severity") == "ticket"]
    by_slo = {alert["labels"]["slo"]: alert["expr"] for alert in tickets}
    assert recorded_ratio(kept, 7200) in by_slo["accuracy"]
    assert "bad_total" not in by_slo["accuracy"]
    assert ratio(raw, 7200) in by_slo["latency"]
    assert "sloth" not in by_slo["latency"]
    assert {rule["labels"]["sloth_id"] for rule in rules_of(groups, "record")} == {"ranker-accuracy"}


def test_a_service_without_a_team_and_a_rule_without_a_runbook_leave_them_out() -> None:
    page, *_ = rules_of(groups_of(slo(), team=""), "alert")
    assert "team" not in page["labels"]
    assert "runbook_url" not in page["annotations"]


def test_alert_names_are_camel_case_and_keep_the_capitals_they_have() -> None:
    assert alert_name(slo(service="feature-store", name="p99 latency_ms")) == "FeatureStoreP99LatencyMsBurn"
    assert camel_case("vLLM.fast") == "VLLMFast"


def test_a_page_is_any_page_tier_over_both_of_its_windows() -> None:
    alert = alert_of()
    assert alert is not None
    leg = {window: recorded_ratio(slo(), window) for window in (300, 1800, 3600, 21600)}
    assert " ".join(alert["expr"].split()) == (
        f"( (({leg[300]}) > (14.4 * 0.001)) and (({leg[3600]}) > (14.4 * 0.001)) ) or "
        f"( (({leg[1800]}) > (6 * 0.001)) and (({leg[21600]}) > (6 * 0.001)) )"
    )


def test_alerts_carry_who_what_the_consequence_and_where_to_read_on() -> None:
    agreed = {Severity.PAGE: "freeze deploys"}
    found: list[dict[str, str]] = []

    def link(labels: Any) -> str:
        found.append(dict(labels))
        return f"https://r/{labels['alertname']}"

    page, ticket, silence = rules_of(
        groups_of(slo(labels={"tier": "1"}, consequences=agreed), runbook_url=link), "alert"
    )
    assert page["alert"] == ticket["alert"] == "RankerAccuracyBurn"
    assert page["labels"] == {
        "tier": "1",
        "sloth_id": "ranker-accuracy",
        "sloth_service": "ranker",
        "sloth_slo": "accuracy",
        "severity": "page",
        "sloth_severity": "page",
        "service": "ranker",
        "slo": "accuracy",
        "team": "search",
    }
    assert ticket["labels"]["severity"] == ticket["labels"]["sloth_severity"] == "ticket"
    assert found[0] == {**page["labels"], "alertname": "RankerAccuracyBurn"}
    assert page["annotations"]["runbook_url"] == "https://r/RankerAccuracyBurn"
    assert silence["annotations"]["runbook_url"] == "https://r/RankerAccuracyNoData"
    assert page["annotations"]["summary"] == "ranker burns its accuracy error budget fast"
    assert page["annotations"]["consequence"] == "freeze deploys"
    assert "consequence" not in ticket["annotations"]
    assert "the objective is 99.9% over 30d" in page["annotations"]["description"]
    assert "14.4x over 1h and 5m or 6x over 6h and 30m" in page["annotations"]["description"]


def test_silence_is_a_ticket_that_no_sloth_dashboard_takes_for_a_burn() -> None:
    (alert,) = silence_of()
    assert alert["alert"] == "RankerAccuracyNoData"
    assert alert["expr"] == f"absent({recorded_ratio(slo(), 3600)})"
    assert alert["for"] == "1h"
    assert alert["labels"]["severity"] == "ticket"
    assert "sloth_severity" not in alert["labels"]


def test_silence_is_told_of_what_is_not_recorded_too_and_a_ratio_of_nothing_is_silence() -> None:
    (alert,) = silence_of(recorded=False)
    assert alert["expr"] == f"absent(({ratio(slo(), 3600)}) > -Inf < +Inf)"


def test_silence_is_no_alert_where_no_data_counts_as_good() -> None:
    assert silence_of(no_data=NoDataPolicy.GOOD) == []


def test_an_slo_whose_alerts_are_turned_off_has_none_on_silence_either() -> None:
    assert rules_of(groups_of(slo(tiers=())), "alert") == []
    assert rules_of(groups_of(slo(tiers=())), "record")


def test_silence_of_one_group_is_told_while_the_others_speak() -> None:
    (alert,) = silence_of(by=("region",))
    grouped = slo(by=("region",))
    assert recorded_ratio(grouped, 3 * DAY) in alert["expr"]
    assert "unless" in alert["expr"]
    promql_parser.parse(alert["expr"])


def test_where_no_data_counts_as_bad_a_window_without_any_burns_whole() -> None:
    alert = alert_of(no_data=NoDataPolicy.BAD)
    assert alert is not None
    assert f"(({recorded_ratio(slo(), 300)}) or on () vector(1)) > (14.4 * 0.001)" in alert["expr"]
    assert "\n  and on ()\n" in alert["expr"]
    assert "No data counts as bad." in alert["annotations"]["description"]
    promql_parser.parse(alert["expr"])


def test_of_a_grouped_slo_only_known_groups_can_burn_by_their_silence() -> None:
    alert = alert_of(no_data=NoDataPolicy.BAD, by=("region",))
    assert alert is not None
    assert "vector(1)" not in alert["expr"]
    assert f"or (0 * ({recorded_ratio(slo(), 3 * DAY)}) + 1)" in alert["expr"]
    assert "(region {{ $labels.region }})" in alert["annotations"]["summary"]
    promql_parser.parse(alert["expr"])


@pytest.mark.parametrize(("recorded", "events"), [(True, "slo:sli_events:increase1h"), (False, "all_total[1h]")])
def test_a_tier_is_held_back_by_too_few_events_in_its_long_window_but_not_by_none(recorded: bool, events: str) -> None:
    alert = alert_of(recorded=recorded, min_events=50)
    assert alert is not None
    assert alert["expr"].count("unless on ()") == 2
    assert events in alert["expr"]
    assert "> 0) < 50)" in alert["expr"]
    promql_parser.parse(alert["expr"])


@given(st.sampled_from((7 * DAY, 28 * DAY, 30 * DAY, 90 * DAY)), st.floats(0.5, 0.9999))
def test_exactly_the_reachable_tiers_are_alerted_on_and_every_expression_parses(period: int, objective: float) -> None:
    one = slo(period=period, objective=objective)
    groups = groups_of(one, recorded=())
    legs = sum(alert["expr"].count(" > (") for alert in rules_of(groups, "alert"))
    reachable = [t for t in one.policy if t.factor(period) * error_budget(objective) < 1]
    assert legs == 2 * len(reachable)
    for rule in rules_of(groups, "alert"):
        promql_parser.parse(rule["expr"])


def test_the_yaml_reads_back_as_it_was_with_long_expressions_on_lines_of_their_own() -> None:
    groups = groups_of(slo(), slo(name="latency", tiers=MONTHLY))
    text = to_yaml({"groups": groups}, ["one\ntwo"])
    assert text.startswith("# one two\ngroups:")
    assert yaml.safe_load(text) == {"groups": groups}
    assert "expr: |" in text
    assert "&id" not in text

"""What is recorded: Sloth's names, labels and metadata, to the letter; figures only where there are some."""

from __future__ import annotations

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_rules import QUERIES, catalogue, groups_of, rules_of, slo

from oncall_tui.core.slo import RatioSli
from oncall_tui.rules import recording_groups, rule_set, selector
from oncall_tui.rules.recordings import recorded_events

EVERY = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]
IDENTITY = {"sloth_id": "ranker-accuracy", "sloth_service": "ranker", "sloth_slo": "accuracy"}


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20))
def test_a_selector_holds_any_label_value_exactly(value: str) -> None:
    parsed = promql_parser.parse("up" + selector({"sloth_slo": value}))
    (matcher,) = [m for m in parsed.matchers.matchers if m.name == "sloth_slo"]
    assert matcher.value == value


def test_every_window_and_the_period_are_recorded_once_under_sloths_name() -> None:
    rules = [r for r in rules_of(recording_groups(slo(), QUERIES), "record") if "sloth_window" in r["labels"]]
    assert [rule["record"] for rule in rules] == [f"slo:sli_error:ratio_rate{window}" for window in EVERY]
    assert [rule["labels"] for rule in rules] == [{**IDENTITY, "sloth_window": window} for window in EVERY]


def test_the_period_is_the_raw_query_over_the_period_and_no_mean_of_recorded_ratios() -> None:
    (rule,) = [r for r in rules_of(groups_of(slo()), "record") if r["record"].endswith("30d")]
    assert rule["expr"] == f"({QUERIES.ratio(slo(), 30 * 86_400)}) > -Inf < +Inf"


def test_a_figure_that_is_not_a_number_is_never_recorded() -> None:
    for rule in rules_of(groups_of(slo()), "record"):
        if "sloth_window" in rule["labels"]:
            assert rule["expr"].endswith(") > -Inf < +Inf")


def test_long_windows_and_the_period_are_evaluated_at_paces_of_their_own() -> None:
    groups = {group["name"]: group for group in recording_groups(slo(), QUERIES, long_interval=120)}
    assert groups["slo-sli-recordings-long-ranker-accuracy"]["interval"] == "2m"
    assert groups["slo-sli-recordings-period-ranker-accuracy"]["interval"] == "4m"
    assert "interval" not in groups["slo-sli-recordings-ranker-accuracy"]


def test_metadata_is_sloths_without_binary_noise_and_without_a_window_of_its_own() -> None:
    rules = {r["record"]: r for r in rules_of(recording_groups(slo(labels={"tier": "1"}), QUERIES), "record")}
    of_slo = '{sloth_id="ranker-accuracy", sloth_service="ranker", sloth_slo="accuracy"}'
    expected = {
        "slo:objective:ratio": "vector(0.999)",
        "slo:error_budget:ratio": "vector(0.001)",
        "slo:time_period:days": "vector(30)",
        "slo:current_burn_rate:ratio": f"slo:sli_error:ratio_rate5m{of_slo} / 0.001",
        "slo:period_burn_rate:ratio": f"slo:sli_error:ratio_rate30d{of_slo} / 0.001",
        "slo:period_error_budget_remaining:ratio": f"1 - slo:sli_error:ratio_rate30d{of_slo} / 0.001",
    }
    for name, expr in expected.items():
        assert rules[name] == {"record": name, "expr": expr, "labels": {"tier": "1", **IDENTITY}}
    info = rules["sloth_slo_info"]
    assert info["expr"] == "vector(1)"
    assert info["labels"].items() >= {"sloth_objective": "99.9", "sloth_spec": "prometheus/v1", **IDENTITY}.items()
    assert info["labels"]["sloth_version"]
    assert info["labels"]["sloth_mode"]


def test_events_are_recorded_for_long_windows_where_a_minimum_is_wanted_and_nowhere_else() -> None:
    def counted(**changes: int) -> set[str]:
        return {r["record"] for r in rules_of(groups_of(slo(**changes)), "record") if "events" in r["record"]}

    assert counted() == set()
    assert counted(min_events=50) == {f"slo:sli_events:increase{window}" for window in ("1h", "6h", "1d", "3d")}
    assert "without (sloth_window)" in recorded_events(slo(), 3600)


def test_a_label_that_tells_groups_apart_is_never_covered_by_the_slos_own() -> None:
    rules = rules_of(groups_of(slo(by=("region",), labels={"region": "x", "tier": "1"})), "record")
    assert all("region" not in rule["labels"] and rule["labels"]["tier"] == "1" for rule in rules)


def test_an_slo_that_forbids_recorded_rules_is_not_recorded_unless_named() -> None:
    shy = slo(recorded=False)
    assert rules_of(groups_of(shy), "record") == []
    assert rules_of(groups_of(shy, recorded={shy.id}), "record")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sli": RatioSli("slo:sli_error:ratio_rate$window{a='b'}")}, "recorded already"),
        ({"labels": {"__name__": "x"}}, "__name__"),
        ({"labels": {"tier": "\ud800"}}, "UTF-8"),
        ({"name": "odd"}, "it is odd"),
    ],
)
def test_what_cannot_become_rules_is_named_and_the_rest_is_made(changes: dict, why: str) -> None:
    unfit = slo(**({"name": "unfit"} | changes))
    made = rule_set(catalogue(slo(), unfit), QUERIES)
    assert why in made.left_out[unfit.id]
    assert [one.name for one in made.slos] == ["accuracy"]
    assert {rule["labels"]["sloth_slo"] for rule in rules_of(list(made.groups), "record")} == {"accuracy"}


@pytest.mark.parametrize("query", ["sum(rate(a[$window]))", "max_over_time(b[1h:$window])", 'x{w="$window"}'])
def test_a_window_that_is_no_part_of_a_name_is_no_reason_to_leave_an_slo_out(query: str) -> None:
    assert rule_set(catalogue(slo(sli=RatioSli(query))), QUERIES).left_out == {}


def test_two_slos_that_sloth_would_call_the_same_have_groups_of_their_own_names() -> None:
    groups = groups_of(slo(service="a", name="b-c"), slo(service="a-b", name="c"))
    names = [group["name"] for group in groups]
    assert len(names) == len(set(names))

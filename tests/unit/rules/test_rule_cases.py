"""Cases for promtool: what they feed, what they expect, and what they say they leave out."""

from __future__ import annotations

from typing import Any

from made_rules import catalogue, slo

from oncall_tui.core.burn import DAY, Severity, Tier
from oncall_tui.core.inputs import Course, Input
from oncall_tui.core.slo import EventsSli, NativeLatencySli, NoDataPolicy, RatioSli, Side, SlicesSli, Slo
from oncall_tui.rules import cases_for, rule_set
from oncall_tui.rules.cases import Drive, _values
from oncall_tui.sources.prometheus.rule_queries import RuleQueries


def events(service: str = "ranker") -> EventsSli:
    every = f'r_total{{service="{service}"}}'
    return EventsSli(f"sum(rate({every}[$window]))", f'sum(rate({every[:-1]},code="500"}}[$window]))')


def cases_of(*slos: Slo) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    queries = RuleQueries()
    document, remarks = cases_for(rule_set(catalogue(*slos), queries), queries, "x.rules.yaml")
    assert document["rule_files"] == ["x.rules.yaml"]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for case in document["tests"]:
        by_name.setdefault(case["name"], []).append(case)
    return by_name, remarks


def fires(case: dict[str, Any], alert: str) -> list[str]:
    (check,) = [check for check in case["promql_expr_test"] if f'"{alert}"' in check["expr"]]
    return [sample["labels"] for sample in check["exp_samples"]]


PAGE, TICKET = '{severity="page"}', '{severity="ticket"}'


def test_each_slo_is_driven_to_a_page_to_a_ticket_to_quiet_and_to_silence() -> None:
    cases, remarks = cases_of(slo(sli=events()))
    assert remarks == []
    assert fires(cases["all bad"][0], "RankerAccuracyBurn") == [PAGE, TICKET]
    assert fires(cases["bad, then good"][0], "RankerAccuracyBurn") == [TICKET]
    assert fires(cases["all good"][0], "RankerAccuracyBurn") == []
    assert fires(cases["no data"][0], "RankerAccuracyBurn") == []
    assert fires(cases["no data"][0], "RankerAccuracyNoData") == [TICKET]
    assert cases["no data"][0]["input_series"] == []


def test_what_no_data_raises_is_what_the_policy_says() -> None:
    def silent(policy: NoDataPolicy) -> tuple[list[str], list[str]]:
        case = cases_of(slo(sli=events(), no_data=policy))[0]["no data"][0]
        return fires(case, "RankerAccuracyBurn"), fires(case, "RankerAccuracyNoData")

    assert silent(NoDataPolicy.GOOD) == ([], [])
    assert silent(NoDataPolicy.BAD) == ([PAGE, TICKET], [TICKET])


def test_only_severities_that_can_fire_are_expected_to() -> None:
    cases, _ = cases_of(slo(sli=events(), objective=0.8))
    assert fires(cases["all bad"][0], "RankerAccuracyBurn") == [TICKET]
    assert "bad, then good" not in cases


def test_slos_share_a_case_unless_one_reads_anothers_series() -> None:
    apart = [slo(service=name, sli=events(name)) for name in ("a", "b")]
    assert len(cases_of(*apart)[0]["all bad"]) == 1
    assert (
        len(
            cases_of(*apart, slo(service="c", sli=SlicesSli("sum(rate(r_total[5m]))", 1, Side.AT_LEAST)))[0]["all good"]
        )
        == 2
    )
    assert len(cases_of(*apart, slo(service="a", name="again", sli=events("a")))[0]["all bad"]) == 2


def test_what_would_take_days_of_made_up_time_is_left_out_and_said() -> None:
    days = (Tier(Severity.TICKET, 3 * DAY, 6 * 3600, 0.1),)
    cases, remarks = cases_of(slo(sli=events(), tiers=days))
    assert "no data" not in cases
    assert fires(cases["all bad"][0], "RankerAccuracyBurn") == [TICKET]
    assert "8h" in remarks[0]


def test_an_slo_without_alerts_is_driven_to_be_quiet() -> None:
    cases, remarks = cases_of(slo(sli=events(), tiers=()))
    assert remarks == []
    assert fires(cases["all bad"][0], "RankerAccuracyBurn") == []
    assert fires(cases["no data"][0], "RankerAccuracyNoData") == []


def test_what_has_no_inputs_is_named_with_the_reason() -> None:
    free = slo(name="free", sli=RatioSli("quantile(0.5, x) / $window"))
    native = slo(name="native", sli=NativeLatencySli("d", 0.1))
    cases, remarks = cases_of(free, native)
    assert any(remark.startswith("ranker/free is not tested: ") for remark in remarks)
    assert any(remark.startswith("ranker/native is tested without data only: ") for remark in remarks)
    assert "RankerFreeBurn" not in str(cases)
    assert fires(cases["no data"][0], "RankerNativeNoData") == [TICKET]


def test_enough_events_come_for_what_the_slo_wants_at_least() -> None:
    cases, _ = cases_of(slo(sli=events(), min_events=60_000))
    (bad, _) = cases["all bad"][0]["input_series"]
    assert int(bad["values"].removeprefix("0+").partition("x")[0]) * 15 > 60_000


def test_a_counter_goes_on_and_a_gauge_jumps_where_bad_becomes_good() -> None:
    drive = Drive("", 120, 180, (Severity.TICKET,))
    counter = Input({"__name__": "c"}, Course(1.0), Course(0.0))
    gauge = Input({"__name__": "g"}, Course(0.0, 0.5), Course(0.0, 0.9))
    clock = Input({"__name__": "t"}, Course(1.0, -900.0), Course(1.0, -10.0))
    assert _values(counter, drive) == "0+60x1 120+0x3"
    assert _values(gauge, drive) == "0.5+0x1 0.9+0x3"
    assert _values(clock, drive) == "-900+60x1 110+60x3"
    assert _values(counter, Drive("", 120, 0, ())) == "0+60x2"
    assert _values(gauge, Drive("", 0, 120, ())) == "0.9+0x2"

"""Pyrra's objectives as SLOs of ours: every indicator, its own burn windows, and what cannot be honoured named."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_files import config_of, notes_of, slo_of, slos_of

from oncall_tui.config.importers.pyrra import tiers
from oncall_tui.core.burn import Severity
from oncall_tui.core.duration import format_duration, parse_duration
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, SloKind

DAY = 86_400
PAGE, TICKET = Severity.PAGE, Severity.TICKET
USUAL = {"fastBurn": PAGE, "mediumBurn": PAGE, "slowBurn": TICKET, "longTermBurn": TICKET}


def pyrra(indicator: str, spec: str = "", metadata: str = "", target: str = "'99'", window: str = "4w") -> str:
    return (
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n"
        f"metadata: {{name: answers{metadata}}}\n"
        f"spec:\n  target: {target}\n  window: {window}\n  indicator: {indicator}\n{spec}"
    )


UP = "{bool_gauge: {metric: up}}"


def ratio(errors: str = 'answers_total{code=~"5.."}', total: str = "answers_total", more: str = "") -> str:
    return f"{{ratio: {{errors: {{metric: '{errors}'}}, total: {{metric: '{total}'}}{more}}}}}"


def latency(success: str, total: str, more: str = "") -> str:
    return f"{{latency: {{success: {{metric: '{success}'}}, total: {{metric: '{total}'}}{more}}}}}"


def test_a_ratio_of_errors(tmp_path: Path) -> None:
    slo = slo_of(
        tmp_path,
        """
        apiVersion: pyrra.dev/v1alpha1
        kind: ServiceLevelObjective
        metadata:
          name: query-errors
          namespace: monitoring
          labels: {prometheus: k8s, role: alert-rules, pyrra.dev/team: search}
        spec:
          description: Queries are answered.
          target: '99.0'
          window: 7d
          indicator:
            ratio:
              errors: {metric: 'queries_total{handler="/query",code=~"5.."}'}
              total: {metric: 'queries_total{handler="/query"}'}
        """,
    )
    assert slo.id == "monitoring/query-errors"
    assert slo.sli == EventsSli(
        error='sum(rate(queries_total{handler="/query",code=~"5.."}[$window]))',
        total='sum(rate(queries_total{handler="/query"}[$window]))',
    )
    assert (slo.objective, slo.period, slo.by, slo.recorded) == (0.99, 7 * DAY, (), False)
    assert slo.labels == {"team": "search"}
    assert slo.description == "Queries are answered."
    assert slo.origin == "slos.yaml (Pyrra)"


def test_a_histograms_bucket_over_its_count_is_a_latency(tmp_path: Path) -> None:
    text = pyrra(
        latency(
            'answer_duration_seconds_bucket{code!~"5..",le="0.05",job="edge"}',
            'answer_duration_seconds_count{job="edge",code!~"5.."}',
        )
    )
    slo = slo_of(tmp_path, text)
    assert slo.sli == LatencySli("answer_duration_seconds", 0.05, 'job="edge",code!~"5.."')
    assert slo.kind is SloKind.LATENCY


@pytest.mark.parametrize(
    ("success", "total"),
    [
        ('d_seconds_bucket{code="200",le="1"}', "d_seconds_count"),
        ('d_seconds_bucket{le="1"}', "other_seconds_count"),
        ('d_seconds_bucket{le="1"} offset 1m', "d_seconds_count offset 1m"),
        ('d_milliseconds_bucket{le="100"}', "d_milliseconds_count"),
    ],
)
def test_any_other_bucket_over_a_count_is_good_events_of_all(tmp_path: Path, success: str, total: str) -> None:
    def rate(metric: str) -> str:
        name, offset, span = metric.partition(" offset ")
        return f"sum(rate({name}[$window]{offset}{span}))"

    slo = slo_of(tmp_path, pyrra(latency(success, total)))
    assert slo.sli == EventsSli(good=rate(success), total=rate(total))
    assert slo.kind is SloKind.LATENCY


@pytest.mark.parametrize(("written", "seconds"), [("200ms", 0.2), ("1s", 1.0), ("1s500ms", 1.5), ("1m", 60.0)])
def test_a_native_histograms_latency(tmp_path: Path, written: str, seconds: float) -> None:
    text = pyrra(
        f'{{latencyNative: {{latency: {written}, total: {{metric: \'rpc_duration_seconds{{job="a",code="ok"}}\'}}}}}}'
    )
    assert slo_of(tmp_path, text).sli == NativeLatencySli("rpc_duration_seconds", seconds, 'job="a",code="ok"')


def test_a_gauge_that_is_1_or_0_counts_its_samples(tmp_path: Path) -> None:
    assert slo_of(tmp_path, pyrra("{bool_gauge: {metric: 'up{job=\"prometheus\"}'}}")).sli == EventsSli(
        good='sum(sum_over_time(up{job="prometheus"}[$window]))',
        total='sum(count_over_time(up{job="prometheus"}[$window]))',
    )


def test_grouping_gives_each_group_a_budget_of_its_own(tmp_path: Path) -> None:
    slo = slo_of(tmp_path, pyrra(ratio(more=", grouping: [handler, zone, handler]")))
    assert slo.by == ("handler", "zone")
    assert slo.sli == EventsSli(
        error='sum by (handler, zone) (rate(answers_total{code=~"5.."}[$window]))',
        total="sum by (handler, zone) (rate(answers_total[$window]))",
    )
    histogram = latency('d_seconds_bucket{le="1"}', "d_seconds_count", ", grouping: [handler]")
    slo = slo_of(tmp_path, pyrra(histogram))
    assert (slo.by, slo.sli) == (("handler",), LatencySli("d_seconds", 1.0))


def test_an_offset_stands_after_the_range(tmp_path: Path) -> None:
    slo = slo_of(tmp_path, pyrra(ratio("e_total offset 90s", "t_total offset -1h")))
    assert slo.sli == EventsSli(
        error="sum(rate(e_total[$window] offset 90s))", total="sum(rate(t_total[$window] offset -1h))"
    )


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("7d", "14 1m/15m, 7 8m/90m, 2 30m/6h, 1 90m/1d"),
        ("2w", "14 3m/30m, 7 15m/3h, 2 1h/12h, 1 3h/2d"),
        ("28d", "14 5m/1h, 7 30m/6h, 2 2h/1d, 1 6h/4d"),
        ("30d", "14 5m/64m, 7 32m/386m, 2 129m/1543m, 1 386m/6171m"),
        ("3d", "14 1m/6m, 7 3m/39m, 2 13m/154m, 1 39m/617m"),
    ],
)
def test_its_burn_windows_grow_with_the_slos_window_as_go_rounds_them(window: str, expected: str) -> None:
    period = parse_duration(window)
    made = tiers(period, USUAL)
    spans = [f"{t.factor(period):.3g} {format_duration(t.short)}/{format_duration(t.long)}" for t in made]
    assert ", ".join(spans) == expected
    assert [tier.severity for tier in made] == [PAGE, PAGE, TICKET, TICKET]


def test_a_burn_rate_may_have_a_severity_of_its_own(tmp_path: Path) -> None:
    slo = slo_of(tmp_path, pyrra(UP, "  alerting: {severities: {mediumBurn: warning, absent: x}}\n"))
    assert [tier.severity for tier in slo.policy] == [PAGE, TICKET, TICKET, TICKET]


@pytest.mark.parametrize("off", ["disabled: true", "burnrates: false"])
def test_turned_off_alerts_leave_no_tiers(tmp_path: Path, off: str) -> None:
    slo = slo_of(tmp_path, pyrra(UP, f"  alerting: {{{off}, name: X, absentName: Y, absent: false}}\n"))
    assert slo.policy == ()
    assert slo.windows == (28 * DAY,)


@pytest.mark.parametrize(
    ("metadata", "total", "service"),
    [
        (", namespace: ns, labels: {pyrra.dev/service: edge}", 't{service="inner"}', "edge"),
        (", namespace: ns", 't{service="inner"}', "inner"),
        (", namespace: ns", 't{service=~"inner"}', "ns"),
        (", namespace: ns", 't{service="two words"}', "ns"),
        ("", "t", "answers"),
    ],
)
def test_the_service_is_the_label_then_the_matcher_then_the_namespace_then_the_name(
    tmp_path: Path, metadata: str, total: str, service: str
) -> None:
    (slo,) = slos_of(tmp_path, pyrra(ratio("e", total), metadata=metadata)).values()
    assert slo.service == service


def test_an_entry_may_say_which_service_it_is(tmp_path: Path) -> None:
    config = config_of(tmp_path, pyrra(UP, metadata=", namespace: ns"), entry="{path: slos.yaml, service: edge}")
    assert [slo.id for slo in config.catalogue().slos()] == ["edge/answers"]


def test_a_list_of_objects_as_kubectl_writes_it(tmp_path: Path) -> None:
    item = "\n".join("    " + line for line in pyrra(UP).splitlines())
    text = f"apiVersion: v1\nkind: List\nitems:\n  -\n{item}\n"
    assert list(slos_of(tmp_path, text)) == ["answers/answers"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (pyrra(UP, target="'101'"), "slos.yaml:5: SLO 'answers' left out: spec.target: expected an objective such as 99.9% or 0.999, above 0% and below 100%, got '101'"),
        (pyrra(UP, target="''"), "slos.yaml:5: SLO 'answers' left out: spec.target: required, but not there"),
        (pyrra(UP, window="soon"), "slos.yaml:6: SLO 'answers' left out: spec.window: expected a duration such as 2w or 28d, got 'soon'"),
        (pyrra(UP, window="10m"), "slos.yaml:6: SLO 'answers' left out: spec.window: too short for Pyrra's burn windows, which are parts of it"),
        (pyrra("{}"), "slos.yaml:7: SLO 'answers' left out: spec.indicator: expected exactly one of ratio, latency, latencyNative, bool_gauge, got none"),
        (pyrra("{bool_gauge: {metric: a}, ratio: {}}"), "slos.yaml:7: SLO 'answers' left out: spec.indicator: expected exactly one of ratio, latency, latencyNative, bool_gauge, got ratio and bool_gauge"),
        (pyrra(ratio(total="sum(t)")), "slos.yaml:7: SLO 'answers' left out: spec.indicator.ratio.total.metric: expected a metric with its labels, such as requests_total{service=\"ranker\"}, and nothing around it"),
        (pyrra(ratio(errors="e{")), "slos.yaml:7: SLO 'answers' left out: spec.indicator.ratio.errors.metric: expected a metric with its labels"),
        (pyrra(ratio(errors="e{x=\"{{.window}}\"}")), "slos.yaml:7: SLO 'answers' left out: spec.indicator.ratio.errors.metric: a template, which has no meaning in a metric here"),
        (pyrra(latency("d_bucket", "d_count")), "slos.yaml:7: SLO 'answers' left out: spec.indicator.latency.success.metric: expected a bucket, with its bound as in le=\"0.25\""),
        (pyrra("{latencyNative: {latency: fast, total: {metric: d}}}"), "slos.yaml:7: SLO 'answers' left out: spec.indicator.latencyNative.latency: expected a duration such as 200ms or 1s, got 'fast'"),
        (pyrra("{latencyNative: {latency: 1s, total: {metric: d offset 1m}}}"), "slos.yaml:7: SLO 'answers' left out: spec.indicator.latencyNative.total.metric: an offset"),
        (pyrra(ratio(more=", grouping: [a-b]")), "slos.yaml:7: SLO 'answers' left out: spec.indicator.ratio.grouping[0]: expected a label's name, got 'a-b'"),
        (pyrra(UP, "  alerting: {severities: {fastBurn: loud}}\n"), "slos.yaml:8: SLO 'answers' left out: spec.alerting.severities.fastBurn: expected one of critical, page, warning, ticket, got 'loud'"),
        ("apiVersion: pyrra.dev/v2\nkind: ServiceLevelObjective\n", "slos.yaml:1: document left out: not a kind that is known here: pyrra.dev/v2 ServiceLevelObjective"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    config = config_of(tmp_path, text + "\n---\n" + pyrra(UP, metadata=", namespace: good"))
    assert config.notes[0].told().startswith(told)
    assert config.notes[0].left_out
    assert [slo.id for slo in config.catalogue().slos()] == ["good/answers"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (pyrra(UP, "  performanceOverAccuracy: true\n"), "slos.yaml:8: spec.performanceOverAccuracy: not honoured: the period is asked exactly, so figures may differ from Pyrra's"),
        (pyrra(UP, "  partial_response_strategy: warn\n"), "slos.yaml:8: spec.partial_response_strategy: not honoured: what the source says of partial answers is shown with the figures"),
        (pyrra(UP, "  alerting: {burnRateType: dynamic}\n"), "slos.yaml:8: spec.alerting.burnRateType: burn rates that follow the traffic are not honoured: the usual ones apply"),
        (pyrra(UP, "  latency: '1'\n"), "slos.yaml:8: spec: not honoured: latency"),
        (pyrra(UP, "  alerting: {labels: {team: a}}\n"), "slos.yaml:8: spec.alerting: not honoured: labels"),
        (pyrra(UP, target="'0.999'"), "slos.yaml:5: spec.target: a percentage: 0.999 is taken as 0.999 %"),
    ],
)  # fmt: skip
def test_what_is_not_honoured_is_named_and_the_slo_stands(tmp_path: Path, text: str, told: str) -> None:
    assert notes_of(tmp_path, text) == (told,)
    assert list(slos_of(tmp_path, text)) == ["answers/answers"]


def test_what_changes_no_figure_is_taken_without_a_word(tmp_path: Path) -> None:
    spec = "  partial_response_strategy: abort\n  ruleOutput: {shortRulesLabels: {a: b}}\n  performanceOverAccuracy: false\n"
    assert slo_of(tmp_path, pyrra(UP, spec)).objective == 0.99

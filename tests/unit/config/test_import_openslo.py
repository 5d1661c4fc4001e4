"""OpenSLO's SLOs as SLOs of ours: what is counted, what is judged in slices, and what cannot be honoured named."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_files import config_of, notes_of, slo_of, slos_of

from oncall_tui.core.burn import MONTHLY
from oncall_tui.core.slo import EventsSli, RatioSli, Side, SlicesSli

DAY = 86_400
MONTH = "timeWindow: [{duration: 30d, isRolling: true}]"
GOOD, ALL = 'sum(rate(ok_total{job="a"}[{{.window}}]))', "sum(rate(all_total[{{.window}}]))"


def metric(query: str, source: str = "type: Prometheus") -> str:
    return f"{{metricSource: {{{source}, spec: {{query: '{query}'}}}}}}"


def ratio(good: str = GOOD, total: str = ALL, kind: str = "good", more: str = "") -> str:
    return f"{{ratioMetric: {{{more}{kind}: {metric(good)}, total: {metric(total)}}}}}"


def threshold(query: str = "queue_length") -> str:
    return f"{{thresholdMetric: {metric(query)}}}"


def openslo(sli: str, objectives: str = "[{target: 0.99}]", spec: str = MONTH, metadata: str = "") -> str:
    return (
        "apiVersion: openslo/v1\nkind: SLO\n"
        f"metadata: {{name: answers{metadata}}}\n"
        f"spec:\n  service: web\n  indicator: {{spec: {sli}}}\n  objectives: {objectives}\n  {spec}\n"
    )


def test_good_events_of_all(tmp_path: Path) -> None:
    slo = slo_of(
        tmp_path,
        """
        apiVersion: openslo/v1
        kind: SLO
        metadata:
          name: search-answers
          displayName: Search answers
          labels: {env: [prod], team: [search, web], openslo.com/tier: "1", 2nd: x}
        spec:
          description: Searches are answered.
          service: search
          indicator:
            metadata: {name: answers-ratio}
            spec:
              ratioMetric:
                good: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(ok_total[{{ .window }}]))'}}}
                total: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(all_total[$window]))'}}}
          timeWindow: [{duration: 4w, isRolling: true}]
          budgetingMethod: Occurrences
          objectives: [{displayName: Good, targetPercent: 99.5}]
        """,
    )
    assert slo.id == "search/search-answers"
    assert slo.sli == EventsSli(good="sum(rate(ok_total[$window]))", total="sum(rate(all_total[$window]))")
    assert (slo.objective, slo.period, slo.policy, slo.recorded) == (0.995, 28 * DAY, MONTHLY, False)
    assert slo.labels == {"env": "prod", "team": "search,web", "openslo_com_tier": "1", "_2nd": "x"}
    assert slo.description == "Searches are answered."
    assert slo.origin == "slos.yaml (OpenSLO)"


def test_bad_events_of_all(tmp_path: Path) -> None:
    assert slo_of(tmp_path, openslo(ratio("sum(rate(bad_total[$window]))", kind="bad"))).sli == EventsSli(
        error="sum(rate(bad_total[$window]))", total="sum(rate(all_total[$window]))"
    )


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ('hits{code=~"2..|4.."}', 'sum(increase(hits{code=~"2..|4.."}[$window]))'),
        ('sum(hits{code="200"})', 'sum(increase(hits{code="200"}[$window]))'),
        ("((sum((hits offset 1h))))", "sum(increase(hits[$window] offset 1h))"),
        ("hits{}", "sum(increase(hits[$window]))"),
        ('{__name__="hits"}', 'sum(increase({__name__="hits"}[$window]))'),
    ],
)
def test_a_bare_counter_is_what_it_grew_by(tmp_path: Path, written: str, counted: str) -> None:
    text = openslo(ratio(written, "hits", more="counter: true, "))
    assert slo_of(tmp_path, text).sli == EventsSli(good=counted, total="sum(increase(hits[$window]))")


@pytest.mark.parametrize(
    ("counter", "name", "function"),
    [
        ("", "hits_total", "increase"),
        ("", "hits", "sum_over_time"),
        ("counter: false, ", "hits_total", "sum_over_time"),
    ],
)
def test_a_bare_metric_that_no_one_calls_a_counter_is_named(
    tmp_path: Path, counter: str, name: str, function: str
) -> None:
    config = config_of(tmp_path, openslo(ratio(name, ALL, more=counter)))
    (slo,) = config.catalogue().slos()
    assert slo.sli == EventsSli(good=f"sum({function}({name}[$window]))", total="sum(rate(all_total[$window]))")
    (note,) = config.notes
    assert note.what.endswith(f"query: counted as {function}(...[$window]), for `counter` is not true")
    assert not note.left_out


def test_one_fixed_range_everywhere_becomes_the_window_and_is_named(tmp_path: Path) -> None:
    good = 'sum(rate(a_total{x=~"[5m]"}[5m])) + sum(increase(b_total[ 5m ] offset 5m))'
    config = config_of(tmp_path, openslo(ratio(good)))
    (slo,) = config.catalogue().slos()
    assert slo.sli == EventsSli(
        good='sum(rate(a_total{x=~"[5m]"}[$window])) + sum(increase(b_total[$window] offset 5m))',
        total="sum(rate(all_total[$window]))",
    )
    assert [note.what.rpartition(": ")[2] for note in config.notes] == ["its range of 5m is taken as the window"]


@pytest.mark.parametrize(
    "query",
    [
        "sum(rate(a[5m])) + sum(rate(b[10m]))",
        "sum(irate(a[5m]))",
        "sum(max_over_time(rate(a[5m])[1h:]))",
        "sum by (code) (hits)",
        "max(hits)",
        "vector(1)",
        "sum(a) + sum(b)",
    ],
)
def test_where_the_window_goes_is_not_guessed(tmp_path: Path, query: str) -> None:
    (told,) = notes_of(tmp_path, openslo(ratio(query, more="counter: true, ")))
    assert told.endswith("query: it is not plain where the window goes; write {{.window}} there, or $window")
    assert slos_of(tmp_path, openslo(ratio(query, more="counter: true, "))) == {}


@pytest.mark.parametrize(
    ("kind", "query", "ratio_of_errors"),
    [
        ("failure", "avg_over_time(bad:ratio[{{.window}}])", "avg_over_time(bad:ratio[$window])"),
        ("success", "avg_over_time(ok:ratio[{{.window}}])", "1 - (avg_over_time(ok:ratio[$window]))"),
        ("failure", "bad:ratio", "avg_over_time((bad:ratio)[$window:1m])"),
        ("success", "ok:ratio # so far", "1 - (avg_over_time((ok:ratio # so far\n)[$window:1m])\n)"),
    ],
)
def test_a_raw_ratio(tmp_path: Path, kind: str, query: str, ratio_of_errors: str) -> None:
    text = openslo(f"{{ratioMetric: {{rawType: {kind}, raw: {metric(query)}}}}}")
    assert slo_of(tmp_path, text).sli == RatioSli(ratio_of_errors)


@pytest.mark.parametrize(
    ("op", "side", "told"),
    [
        ("lte", Side.AT_MOST, []),
        ("gte", Side.AT_LEAST, []),
        ("lt", Side.AT_MOST, ["lt is taken as lte: a value of just the bound is good"]),
        ("gt", Side.AT_LEAST, ["gt is taken as gte: a value of just the bound is good"]),
    ],
)
def test_a_threshold_is_kept_or_broken_by_the_minute(tmp_path: Path, op: str, side: Side, told: list[str]) -> None:
    config = config_of(tmp_path, openslo(threshold(), f"[{{op: {op}, value: 12.5, target: 0.95}}]"))
    (slo,) = config.catalogue().slos()
    assert slo.sli == SlicesSli("queue_length", 12.5, side, 60)
    assert [note.what.rpartition("op: ")[2] for note in config.notes] == told


SLICES = MONTH + "\n  budgetingMethod: Timeslices"


@pytest.mark.parametrize(("window", "seconds", "span"), [("30s", 30, "30s"), ("5m", 300, "5m"), ("2", 120, "2m")])
def test_time_slices_of_a_ratio(tmp_path: Path, window: str, seconds: int, span: str) -> None:
    objective = f"[{{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: {window}}}]"
    slo = slo_of(
        tmp_path, openslo(ratio("sum(ok)", "sum(rate(all_total[10m]))", more="counter: true, "), objective, SLICES)
    )
    query = f"(sum(increase(ok[{span}]))) / (sum(rate(all_total[10m])))"
    assert slo.sli == SlicesSli(query, 0.95, Side.AT_LEAST, seconds)
    bad = slo_of(tmp_path, openslo(ratio(kind="bad"), objective, SLICES)).sli
    assert bad == SlicesSli(
        f'1 - (sum(rate(ok_total{{job="a"}}[{span}]))) / (sum(rate(all_total[{span}])))', 0.95, Side.AT_LEAST, seconds
    )


def test_time_slices_of_a_threshold_and_of_a_raw_ratio(tmp_path: Path) -> None:
    objective = "[{op: lte, value: 3, target: 0.99, timeSliceWindow: 5m}]"
    text = openslo(threshold("max_over_time(queue_length[{{.window}}])"), objective, SLICES)
    assert slo_of(tmp_path, text).sli == SlicesSli("max_over_time(queue_length[5m])", 3.0, Side.AT_MOST, 300)
    objective = "[{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m}]"
    text = openslo(f"{{ratioMetric: {{rawType: failure, raw: {metric('bad:ratio')}}}}}", objective, SLICES)
    assert slo_of(tmp_path, text).sli == SlicesSli("1 - (bad:ratio)", 0.9, Side.AT_LEAST, 300)


def test_slices_longer_than_the_shortest_burn_windows_leave_the_others(tmp_path: Path) -> None:
    objective = "[{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 10m}]"
    config = config_of(tmp_path, openslo(ratio(), objective, SLICES))
    (slo,) = config.catalogue().slos()
    assert slo.policy == MONTHLY[1:]
    assert [note.what for note in config.notes] == [
        "spec: of the usual burn windows only these fit its period and slices: 30m/6h, 2h/1d, 6h/3d"
    ]


@pytest.mark.parametrize(
    ("window", "days", "told"),
    [
        ("{duration: 1w, isRolling: true}", 7, ()),
        ("{duration: 12w}", 84, ()),
        ("{duration: 1M, isRolling: true}", 30, ("slos.yaml:8: spec.timeWindow[0]: taken as 30d",)),
        ("{duration: 1Q, isRolling: true}", 90, ("slos.yaml:8: spec.timeWindow[0]: taken as 90d",)),
        ("{duration: 2Y, isRolling: true}", 730, ("slos.yaml:8: spec.timeWindow[0]: taken as 730d",)),
        ("{duration: 1M, calendar: {startTime: 2022-01-01 12:00:00}}", 30, ("slos.yaml:8: spec.timeWindow[0]: a calendar's window is taken as a rolling one of 30d: budgets are not refilled on a date",)),
        ("{duration: 1w, isRolling: false}", 7, ("slos.yaml:8: spec.timeWindow[0]: a calendar's window is taken as a rolling one of 7d: budgets are not refilled on a date",)),
    ],
)  # fmt: skip
def test_time_windows(tmp_path: Path, window: str, days: int, told: tuple[str, ...]) -> None:
    text = openslo(ratio(), spec=f"timeWindow: [{window}]")
    assert notes_of(tmp_path, text) == told
    (slo,) = slos_of(tmp_path, text).values()
    assert slo.period == days * DAY


def test_without_a_time_window_it_is_a_month(tmp_path: Path) -> None:
    text = openslo(ratio(), spec="")
    assert notes_of(tmp_path, text) == ("slos.yaml:4: spec: it names no timeWindow: 30d, rolling, are taken",)
    (slo,) = slos_of(tmp_path, text).values()
    assert slo.period == 30 * DAY


def test_a_short_period_keeps_the_burn_windows_that_mean_something(tmp_path: Path) -> None:
    config = config_of(tmp_path, openslo(ratio(), spec="timeWindow: [{duration: 1d, isRolling: true}]"))
    (slo,) = config.catalogue().slos()
    assert [(tier.long, round(tier.factor(slo.period), 2)) for tier in slo.policy] == [(3_600, 1.92)]
    assert [note.what for note in config.notes] == [
        "spec: of the usual burn windows only these fit its period and slices: 5m/1h"
    ]


def test_several_objectives_are_several_slos(tmp_path: Path) -> None:
    named = "[{displayName: Ours (hard), op: lte, value: 1, target: 0.9}, {displayName: SLA, op: lte, value: 2, target: 0.99}]"
    found = slos_of(tmp_path, openslo(threshold(), named))
    assert {slo_id: slo.objective for slo_id, slo in found.items()} == {
        "web/answers-ours-hard": 0.9,
        "web/answers-sla": 0.99,
    }
    unnamed = named.replace("SLA", "Ours-hard")
    assert list(slos_of(tmp_path, openslo(threshold(), unnamed))) == ["web/answers-1", "web/answers-2"]


def test_one_wrong_objective_does_not_take_the_other_along(tmp_path: Path) -> None:
    config = config_of(tmp_path, openslo(ratio(), "[{target: 0.99}, {target: 99}]"))
    assert [slo.id for slo in config.catalogue().slos()] == ["web/answers-1"]
    assert [note.told() for note in config.notes] == [
        "slos.yaml:7: SLO 'answers-2' left out: spec.objectives[1].target: expected a share above 0 and below 1, "
        "such as 0.999, got '99'"
    ]


REFERRING = f"""
- apiVersion: openslo/v1
  kind: SLO
  metadata: {{name: answers}}
  spec: {{service: web, indicatorRef: good-answers, objectives: [{{target: 0.99}}], {MONTH}}}
- apiVersion: openslo/v1
  kind: SLI
  metadata: {{name: good-answers}}
  spec: {{ratioMetric: {{good: {metric(GOOD, "metricSourceRef: here")}, total: {metric(ALL, "metricSourceRef: here")}}}}}
- {{apiVersion: openslo/v1, kind: DataSource, metadata: {{name: here}}, spec: {{type: GrafanaMimir}}}}
- {{apiVersion: openslo/v1, kind: Service, metadata: {{name: web, displayName: The web}}, spec: {{description: All pages}}}}
- {{apiVersion: openslo/v1, kind: AlertPolicy, metadata: {{name: burns}}, spec: {{}}}}
- {{apiVersion: openslo/v1, kind: AlertCondition, metadata: {{name: burn}}, spec: {{}}}}
- {{apiVersion: openslo/v1, kind: AlertNotificationTarget, metadata: {{name: us}}, spec: {{target: pager}}}}
"""


def test_an_slo_refers_to_other_objects_of_its_entry(tmp_path: Path) -> None:
    slo = slo_of(tmp_path, REFERRING)
    assert slo.sli == EventsSli(good='sum(rate(ok_total{job="a"}[$window]))', total="sum(rate(all_total[$window]))")
    assert slo.description == "All pages"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (REFERRING.replace("name: good-answers", "name: others"), "slos.yaml:5: SLO 'answers' left out: [0].spec.indicatorRef: there is no SLI 'good-answers' in this entry of slo_files"),
        (REFERRING.replace("GrafanaMimir", "Datadog"), "slos.yaml:10: SLO 'answers' left out: [2].spec.type: expected a source that speaks PromQL, got 'Datadog'"),
        (openslo(ratio().replace("Prometheus", "Redshift")), "slos.yaml:6: SLO 'answers' left out: spec.indicator.spec.ratioMetric.good.metricSource.type: expected a source that speaks PromQL, got 'Redshift'"),
        (openslo("{}"), "slos.yaml:6: SLO 'answers' left out: spec.indicator.spec: expected one of ratioMetric and thresholdMetric, got none"),
        (openslo("{ratioMetric: {total: {}}}"), "slos.yaml:6: SLO 'answers' left out: spec.indicator.spec.ratioMetric: expected exactly one of good and bad, and total"),
        (openslo("{ratioMetric: {rawType: some, raw: {query: x}}}"), "slos.yaml:6: SLO 'answers' left out: spec.indicator.spec.ratioMetric.rawType: expected one of success, failure, got 'some'"),
        (openslo("{thresholdMetric: {metricSource: {type: Prometheus, spec: {}}}}", "[{op: lte, value: 1, target: 0.9}]"), "slos.yaml:6: SLO 'answers' left out: spec.indicator.spec.thresholdMetric.metricSource.spec.query: required, but not there"),
        (openslo(threshold(), "[{op: eq, value: 1, target: 0.9}]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0].op: expected one of lte, lt, gte, gt, got 'eq'"),
        (openslo(threshold(), "[{op: lte, target: 0.9}]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0].value: required, but not there"),
        (openslo(threshold("rate(x["), "[{op: lte, value: 1, target: 0.9}]"), "slos.yaml:6: SLO 'answers' left out: spec.indicator.spec.thresholdMetric.metricSource.spec.query: expected PromQL"),
        (openslo(ratio(), "[{target: 0.9, targetPercent: 90}]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0]: expected one of target and targetPercent, got both"),
        (openslo(ratio(), "[{}]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0].target: required, but not there"),
        (openslo(ratio(), "[{target: 1}]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0].target: expected an objective such as 99.9% or 0.999: at 100% there is no error budget"),
        (openslo(ratio(), "[{target: 1e-999999999}]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0].target: expected a share"),
        (openslo(ratio(), "[]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives: expected at least one objective"),
        (openslo(ratio(), "[{target: 0.9, compositeWeight: 1, indicatorRef: x}]"), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0]: a composite SLO"),
        (openslo(ratio(), spec=MONTH + "\n  budgetingMethod: RatioTimeslices"), "slos.yaml:9: SLO 'answers' left out: spec.budgetingMethod: expected one of Occurrences, Timeslices, got 'RatioTimeslices'"),
        (openslo(ratio(), spec=SLICES), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0].timeSliceTarget: required, but not there"),
        (openslo(ratio(), "[{target: 0.9, timeSliceTarget: 0.9, timeSliceWindow: soon}]", spec=SLICES), "slos.yaml:7: SLO 'answers' left out: spec.objectives[0].timeSliceWindow: expected a duration such as 1m, got 'soon'"),
        (openslo(ratio(), "[{target: 0.9, timeSliceTarget: 0.9, timeSliceWindow: 1d}]", spec=SLICES), "slos.yaml:8: SLO 'answers' left out: spec.timeWindow: no burn window fits both its period and its slices"),
        (openslo(ratio(), spec="timeWindow: [{duration: soon}]"), "slos.yaml:8: SLO 'answers' left out: spec.timeWindow[0].duration: expected a duration such as 4w, 30d or 1M, got 'soon'"),
        (openslo(ratio(), spec="timeWindow: [{duration: 1w}, {duration: 2w}]"), "slos.yaml:8: SLO 'answers' left out: spec.timeWindow: expected exactly one time window"),
        (openslo(ratio(), spec="timeWindow: [{duration: 5m}]"), "slos.yaml:8: SLO 'answers' left out: spec.timeWindow: no burn window fits both its period and its slices"),
        ("apiVersion: openslo/v2alpha\nkind: SLO\n", "slos.yaml:1: document left out: not a kind that is known here: openslo/v2alpha SLO"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    config = config_of(tmp_path, text + "\n---\n" + openslo(ratio()).replace("service: web", "service: good"))
    assert config.notes[0].told().startswith(told)
    assert config.notes[0].left_out
    assert [slo.id for slo in config.catalogue().slos()] == ["good/answers"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (openslo(ratio(), spec=MONTH + "\n  alertPolicies: [{alertPolicyRef: burns}]"), "slos.yaml:9: spec.alertPolicies: not honoured: the usual burn rates raise its alerts here"),
        (openslo(ratio(), spec=MONTH + "\n  priority: high"), "slos.yaml:9: spec: not honoured: priority"),
        (openslo(ratio(), "[{target: 0.9, weight: 2}]"), "slos.yaml:7: spec.objectives[0]: not honoured: weight"),
        (openslo(threshold(), "[{op: lte, value: 1, target: 0.9, timeSliceTarget: 0.5}]", SLICES), "slos.yaml:7: spec.objectives[0].timeSliceTarget: not honoured: a slice is judged by its value at one moment"),
    ],
)  # fmt: skip
def test_what_is_not_honoured_is_named_and_the_slo_stands(tmp_path: Path, text: str, told: str) -> None:
    assert notes_of(tmp_path, text) == (told,)
    assert list(slos_of(tmp_path, text)) == ["web/answers"]


ALPHA = """
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: answers, displayName: Answers}
spec:
  service: web
  description: Pages are answered.
  objectives:
    - ratioMetrics:
        good: {source: prometheus, queryType: promql, query: 'sum(rate(ok_total[{{.window}}]))'}
        total: {source: prometheus, queryType: promql, query: 'sum(rate(all_total[{{.window}}]))'}
      target: 0.999
    - ratioMetrics:
        incremental: true
        good: {query: 'fast_total'}
        total: {query: 'all_total'}
      target: 0.99
  timeWindows: [{count: 30, unit: Day}]
"""


def test_the_dialect_that_sloth_reads_has_the_names_that_sloth_records(tmp_path: Path) -> None:
    found = slos_of(tmp_path, ALPHA)
    assert notes_of(tmp_path, ALPHA) == ()
    first, second = found.values()
    assert [(slo.id, slo.objective, slo.period, slo.recorded) for slo in found.values()] == [
        ("web/answers-0", 0.999, 30 * DAY, True),
        ("web/answers-1", 0.99, 30 * DAY, True),
    ]
    assert first.sli == EventsSli(good="sum(rate(ok_total[$window]))", total="sum(rate(all_total[$window]))")
    assert second.sli == EventsSli(good="sum(increase(fast_total[$window]))", total="sum(increase(all_total[$window]))")


@pytest.mark.parametrize(
    ("unit", "days", "exact"),
    [("Day", 2, True), ("Week", 14, True), ("weeks", 14, True), ("Month", 60, False), ("Quarter", 180, False), ("Year", 730, False)],
)  # fmt: skip
def test_a_count_of_units_is_a_period(tmp_path: Path, unit: str, days: int, exact: bool) -> None:
    text = ALPHA.replace("count: 30, unit: Day", f"count: 2, unit: {unit}")
    assert {slo.period for slo in slos_of(tmp_path, text).values()} == {days * DAY}
    assert exact is not any(f"taken as {days}d" in told for told in notes_of(tmp_path, text))


def test_a_threshold_in_the_old_dialect(tmp_path: Path) -> None:
    slo = slo_of(
        tmp_path,
        """
        apiVersion: openslo/v1alpha
        kind: SLO
        metadata: {name: wait}
        spec:
          service: web
          indicator: {thresholdMetric: {source: Prometheus, queryType: query, query: 'wait_ms{host="a"}'}}
          timeWindows: [{unit: Week, count: 1, isRolling: true}]
          budgetingMethod: Occurrences
          objectives: [{value: 200.0, op: lte, target: 0.98}]
        """,
    )
    assert slo.id == "web/wait-0"
    assert slo.sli == SlicesSli('wait_ms{host="a"}', 200.0, Side.AT_MOST, 60)
    assert not slo.recorded

"""SLIs read backwards: the series that make them all bad or all good, and what is honestly too free."""

from __future__ import annotations

import pytest

from oncall_tui.core.burn import DAY
from oncall_tui.core.inputs import Course, Input
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Side, Sli, SlicesSli, Slo, SloKind
from oncall_tui.sources.prometheus import printing, promql, tree
from oncall_tui.sources.prometheus.examples import NoExample, example_labels
from oncall_tui.sources.prometheus.grouping import by_labels
from oncall_tui.sources.prometheus.inputs import _matchers, inputs_of


def slo(sli: Sli, **changes: object) -> Slo:
    return Slo("ranker", "x", SloKind.OTHER, 0.99, 30 * DAY, sli, **changes)  # type: ignore[arg-type]


def series_of(sli: Sli, **changes: object) -> list[Input]:
    made = inputs_of(slo(sli, **changes), 10.0)
    assert made.series, made.why
    return list(made.series)


def why_not(sli: Sli) -> str:
    made = inputs_of(slo(sli), 10.0)
    assert made.series == ()
    return made.why


@pytest.mark.parametrize(
    "labels",
    [
        'code=~"5.."',
        'code=~"5..|429"',
        'code!~"2..|3.."',
        'code!="200"',
        'code=~"[45]\\\\d\\\\d"',
        'code=~"5.*"',
        'code="500"',
    ],
)
def test_bad_events_and_the_rest_are_two_series_of_one_counter_that_only_total_counts_together(labels: str) -> None:
    sli = EventsSli('sum(rate(r_total{s="a"}[$window]))', f'sum(rate(r_total{{s="a",{labels}}}[$window]))')
    bad, rest = series_of(sli)
    part = _matchers(tree.selectors(tree.parse(f'r_total{{s="a",{labels}}}'))[0])
    assert all(matcher.matches(bad.labels) for matcher in part)
    assert not all(matcher.matches(rest.labels) for matcher in part)
    assert rest.labels["s"] == "a"
    assert (bad.bad, bad.good) == (Course(10.0), Course(0.0))
    assert (rest.bad, rest.good) == (Course(0.0), Course(10.0))


def test_good_events_of_another_counter_than_all_stand_still_while_all_is_bad() -> None:
    good, total = series_of(EventsSli("sum(rate(all_total[$window]))", good="sum(rate(ok_total[$window]))"))
    assert (good.labels, good.bad, good.good) == ({"__name__": "ok_total"}, Course(0.0), Course(10.0))
    assert (total.labels, total.bad, total.good) == ({"__name__": "all_total"}, Course(10.0), Course(10.0))


def test_a_latency_is_driven_by_its_bucket_and_its_count() -> None:
    fast, total = series_of(LatencySli("d_seconds", 0.25, 's="a"'))
    assert fast.labels == {"__name__": "d_seconds_bucket", "s": "a", "le": "0.25"}
    assert (fast.bad, fast.good) == (Course(0.0), Course(10.0))
    assert total.labels == {"__name__": "d_seconds_count", "s": "a"}


def test_slices_of_a_gauge_lie_on_either_side_of_the_bound() -> None:
    (series,) = series_of(SlicesSli('max(age{s="a"})', 900, Side.AT_MOST))
    assert (series.bad, series.good) == (Course(0.0, 1800.0), Course(0.0, 450.0))
    (series,) = series_of(SlicesSli("100 * accuracy", 90, Side.AT_LEAST))
    assert series.bad.level == pytest.approx(0.45)
    assert series.good.level == pytest.approx(1.8)


def test_a_timestamp_runs_with_the_clock_as_far_behind_it_as_wanted() -> None:
    (series,) = series_of(SlicesSli("time() - (max(newest))", 900, Side.AT_MOST))
    assert (series.bad, series.good) == (Course(1.0, -1800.0), Course(1.0, -450.0))


def test_a_throughput_stands_still_or_runs_and_the_range_it_looks_back_over_is_told() -> None:
    made = inputs_of(slo(SlicesSli("sum(rate(done_total[5m]))", 50, Side.AT_LEAST)), 10.0)
    assert made.series[0].bad == Course(25.0)
    assert made.series[0].good.slope >= 500
    assert made.lag == 300


def test_a_raw_ratio_is_read_as_a_division_or_as_a_function_of_a_gauge() -> None:
    (series,) = series_of(RatioSli("1 - avg_over_time(probe_success[$window])"))
    assert (series.bad, series.good) == (Course(0.0, 0.0), Course(0.0, 1.0))
    bad, rest = series_of(RatioSli('sum(rate(r{c="5"}[$window])) / sum(rate(r[$window]))'))
    assert bad.labels["c"] == "5"
    assert rest.labels.get("c") != "5"
    assert series_of(RatioSli('1 - (sum(rate(r{c="2"}[$window])) / sum(rate(r[$window])))'))[0].bad == Course(0.0)


def test_every_series_of_a_grouped_slo_belongs_to_a_group() -> None:
    sli = EventsSli("sum(rate(r_total[$window]))", 'sum(rate(r_total{code="500"}[$window]))')
    assert all(series.labels["region"] for series in series_of(sli, by=("region",)))


@pytest.mark.parametrize(
    "sli",
    [
        SlicesSli("histogram_quantile(0.9, sum by (le) (rate(b[5m])))", 1, Side.AT_MOST),
        SlicesSli("a + b", 1, Side.AT_MOST),
        SlicesSli("a / a", 1, Side.AT_MOST),
        SlicesSli("a offset 5m", 1, Side.AT_MOST),
        SlicesSli("a offset -5m", 1, Side.AT_MOST),
        SlicesSli('{job="x"}', 1, Side.AT_MOST),
        SlicesSli("a / on (x) b", 1, Side.AT_MOST),
        SlicesSli("vector(1)", 1, Side.AT_MOST),
        SlicesSli("count(a)", 1, Side.AT_MOST),
        SlicesSli('a{x=~"a{3}b+c"}', 1, Side.AT_MOST),
        RatioSli("increase(a[$window])"),
        EventsSli("sum(rate(r[$window])) + sum(rate(q[$window]))", "sum(rate(e[$window]))"),
        EventsSli("sum(rate(r[$window]))", "sum(rate(r[$window]))"),
        EventsSli("sum(rate(r[$window]))", "sum(increase(e[$window]))"),
        EventsSli("r", "e"),
        EventsSli("sum(increase(r[$window]))", 'sum(rate(r{c="5"}[$window]))'),
    ],
)
def test_what_cannot_be_read_backwards_is_said_to_be_so(sli: Sli) -> None:
    assert why_not(sli)


def test_a_native_histogram_is_read_but_cannot_be_written() -> None:
    made = inputs_of(slo(NativeLatencySli("d_seconds", 0.25, 's="a"')), 10.0)
    assert made.reads
    assert made.series == ()
    assert "native" in made.why


def test_slos_that_read_one_anothers_series_are_known() -> None:
    everything = inputs_of(slo(SlicesSli("sum(rate(r[5m]))", 1, Side.AT_LEAST)), 10.0)
    one, other = (inputs_of(slo(SlicesSli(f'r{{s="{s}"}}', 1, Side.AT_LEAST)), 10.0) for s in "ab")
    assert one.touches(everything)
    assert everything.touches(one)
    assert not one.touches(other)


def test_labels_that_nothing_satisfies_are_not_made_up() -> None:
    (selector,) = tree.selectors(tree.parse('r{a="x",a="y"}'))
    with pytest.raises(NoExample, match="on a"):
        example_labels(_matchers(selector))


def test_every_aggregation_of_a_grouped_query_keeps_the_groups_labels() -> None:
    sli = EventsSli("sum(rate(r[$window]))", 'sum by (zone) (rate(r{c="5"}[$window]))')
    assert by_labels(promql.error_ratio(sli, 300), ("zone",)).count("by (zone)") == 2
    assert by_labels(promql.error_ratio(LatencySli("d", 1.0), 300), ("a", "b")).count("by (a, b)") == 2
    assert by_labels("sum by (zone) (r)", ("a",)) == "sum by (zone, a) (r{})"


@pytest.mark.parametrize("text", ["sum(a)", "max without (pod) (a)", "a"])
def test_a_query_that_keeps_the_labels_already_or_has_none_to_keep_stays_as_it_is(text: str) -> None:
    labels = () if text == "sum(a)" else ("zone",)
    assert by_labels(text, labels) == text


@pytest.mark.parametrize(
    "text", ["sum without (zone) (a)", "sum(a", "sum(a) / on (x) sum(b)", "sum(a) / ignoring (x) b"]
)
def test_a_query_that_cannot_be_grouped_is_refused(text: str) -> None:
    with pytest.raises(printing.Unwritable):
        by_labels(text, ("zone",))

"""An SLI as PromQL never says 0 for what is not known."""

from __future__ import annotations

import math

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Side, SlicesSli
from oncall_tui.sources.prometheus import printing, promql, traits, tree

TOTAL = 'sum(rate(http_requests_total{job="a"}[5m]))'
EVERY = TOTAL.replace("5m", "$window")


@pytest.mark.parametrize(
    "part",
    [
        'sum(rate(http_errors_total{job="a"}[5m]))',
        'sum(rate(http_requests_total{job="b",code="500"}[5m]))',
        'sum by (job) (rate(http_requests_total{job="a",code="500"}[5m]))',
        'sum(rate(http_requests_total{job="a",code="500"}[1h]))',
        'sum(rate(http_requests_total{job="a",code="5"}[5m])) + sum(rate(http_requests_total{job="a",code="6"}[5m]))',
        'sum(rate(http_requests_total{job="a",code="500"}[5m]) > 1)',
        'rate(http_requests_total{job="a",code="500"}[5m])',
        'sum(rate({__name__=~"http_.*",job="a"}[5m]))',
        "not promql (",
    ],
)
def test_no_error_series_is_no_zero_unless_errors_are_picked_from_the_very_series_of_the_total(part: str) -> None:
    assert not traits.picks_from(part, TOTAL)
    assert " or 0 * " not in promql.error_ratio(EventsSli(TOTAL, part), 300)


def test_no_error_series_is_zero_where_errors_are_picked_from_the_series_of_the_total() -> None:
    part = 'sum(rate(http_requests_total{job="a",code=~"5.."}[$window]))'
    operands, counted = promql.operands(EventsSli(EVERY, part), 300), TOTAL.replace("rate", "increase")
    assert operands is not None
    assert operands.certain
    assert promql.error_ratio(EventsSli(EVERY, part), 300) == (
        f'((sum(increase(http_requests_total{{job="a",code=~"5.."}}[5m]))) or 0 * ({counted})) / ({counted})'
    )


def test_a_window_stands_wherever_window_is_written() -> None:
    assert promql.error_ratio(RatioSli("x[$window] / y[$window]"), 86_400) == "x[1d] / y[1d]"


def test_a_window_in_a_name_is_spelt_as_recording_rules_spell_it() -> None:
    assert promql.error_ratio(RatioSli("a:ratio_rate$window{b='c'} * d[$window]"), 2_419_200) == (
        "a:ratio_rate4w{b='c'} * d[28d]"
    )


def test_a_window_in_a_label_is_text() -> None:
    query = promql.error_ratio(RatioSli(f"a:ratio_rate$window{{b={printing.quote('x$window')}}}"), 300)
    (matcher,) = tree.selectors(tree.parse(query))[0].matchers.matchers
    assert (query.count("5m"), matcher.value) == (1, "x$window")


def test_the_history_of_a_recorded_ratio_is_that_of_what_it_divides_by_over_the_period() -> None:
    sli = RatioSli("a:burnrate$window", '(sum(b{code="5"}) or sum(b) * 0) / sum(c{d="e"})')
    assert promql.selector_of(sli) == 'c{d="e"}'
    assert promql.selector_of(RatioSli("a:burnrate$window")) == "a:burnrate5m{}"
    assert promql.selector_of(RatioSli("a:burnrate$window", "vector(1)")) is None


def test_a_bare_number_becomes_a_vector() -> None:
    assert promql.error_ratio(RatioSli("1 - scalar(up)"), 300) == "vector(1 - scalar(up))"
    assert promql.instant("time()") == "vector(time())"


def test_a_comment_does_not_swallow_what_follows() -> None:
    assert promql.instant("up # comment").endswith("\n")


@pytest.mark.parametrize(
    ("threshold", "spellings"),
    [
        (0.3, {"0.3"}),
        (1.0, {"1", "1.0"}),
        (100.0, {"100", "100.0"}),
        (1e6, {"1000000", "1000000.0", "1e+06"}),
        (2.5e6, {"2500000", "2500000.0", "2.5e+06"}),
        (1e-5, {"0.00001", "1e-05"}),
    ],
)
def test_a_bucket_bound_is_found_however_it_is_spelt(threshold: float, spellings: set[str]) -> None:
    assert set(promql.le_spellings(threshold)) == spellings


@given(st.floats(1e-9, 1e12, allow_nan=False))
def test_every_spelling_of_a_bound_is_that_number(threshold: float) -> None:
    assert {float(spelling) for spelling in promql.le_spellings(threshold)} == {threshold}


def test_a_slice_without_a_value_drops_out_before_it_is_judged() -> None:
    low = promql.error_ratio(SlicesSli("q", 0.9, Side.AT_LEAST), 3_600)
    high = promql.error_ratio(SlicesSli("q", 0.9, Side.AT_MOST), 3_600)
    assert low == "1 - avg_over_time(((min(q) >= -Inf) >= bool 0.9)[1h:1m])"
    assert high == "1 - avg_over_time(((max(q) <= +Inf) <= bool 0.9)[1h:1m])"


def test_a_long_window_is_not_cut_into_more_slices_than_are_worth_it() -> None:
    assert "[7d:1m]" in promql.error_ratio(SlicesSli("q", 1, Side.AT_MOST, 60), 7 * 86_400)
    assert "[30d:7m]" in promql.error_ratio(SlicesSli("q", 1, Side.AT_MOST, 60), 30 * 86_400)
    assert "[30d:5m]" in promql.error_ratio(SlicesSli("q", 1, Side.AT_MOST, 300), 30 * 86_400)


@given(st.sampled_from([30, 60, 120, 300, 600, 3_600]), st.integers(1, 366))
def test_the_slices_that_are_looked_at_never_march_in_step_with_the_hour_or_the_day(length: int, days: int) -> None:
    step = promql.slice_step(SlicesSli("q", 1, Side.AT_MOST, length), days * 86_400)
    assert days * 86_400 / step <= promql.MOST_SLICES
    for cycle in (3_600, 86_400):
        whole = math.lcm(cycle, length)
        seen = {(look * step) % whole for look in range(whole // length)}
        assert len(seen) == whole // length, "every slice of the cycle has its turn"


def test_what_is_within_a_native_bound_is_everything_below_it_the_bucket_around_zero_too() -> None:
    assert "histogram_fraction(-Inf, 0.3," in promql.error_ratio(NativeLatencySli("h", 0.3), 300)


@pytest.mark.parametrize(
    ("rates", "increases"),
    [
        ('sum(rate(a{q="rate(x)"}[5m]))', None),
        ("sum by (x) (rate(a[5m]))", "sum by (x) (increase(a[5m]))"),
        ("sum(rate (a[300s])) - sum(rate(b[5m]))", "sum(increase (a[300s])) - sum(increase(b[5m]))"),
        ("sum(rate(a[5m])) or vector(0)", "sum(increase(a[5m])) or vector(0)"),
        ("max(rate(a[5m] offset 1h))", "max(increase(a[5m] offset 1h))"),
        ("sum(rate(a[5m])) or vector(1)", None),
        ("sum(rate(a[1h]))", None),
        ("sum(rate(a[5m])) + sum(rate(a[1h]))", None),
        ("sum(irate(a[5m]))", None),
        ("sum(increase(a[5m]))", None),
        ("sum(rate(a[5m])) + sum(increase(a[5m]))", None),
        ("count(rate(a[5m]))", None),
        ("sum(rate(a[5m]) > 1)", None),
        ("sum(rate(a[5m])) * sum(rate(b[5m]))", None),
        ("topk(1, rate(a[5m]))", None),
        ("sum(a) + sum(rate(a[5m]))", None),
        ("not promql (", None),
    ],
)
def test_rates_become_increases_only_where_that_is_the_window_times_as_much(rates: str, increases: str | None) -> None:
    assert traits.as_increase(rates, 300) == increases


def test_one_side_alone_is_not_made_an_increase() -> None:
    sides = promql.operands(EventsSli("sum(rate(a[$window]))", "sum(irate(a[$window]))"), 300)
    assert sides is not None
    assert (sides.part, sides.total, sides.per_second) == ("sum(irate(a[5m]))", "sum(rate(a[5m]))", True)


def test_what_counts_per_second_is_multiplied_by_the_step_to_become_a_count_and_an_increase_is_not() -> None:
    instant = promql.counts(EventsSli("sum(irate(a[$window]))", "sum(irate(b[$window]))"), 300)
    rate = promql.counts(EventsSli("sum(rate(a[$window]))", "sum(rate(b[$window]))"), 300)
    increase = promql.counts(EventsSli("sum(increase(a[$window]))", "sum(increase(b[$window]))"), 300)
    assert instant == ("(sum(irate(b[5m]))) * 300", "(sum(irate(a[5m]))) * 300")
    assert rate == increase == ("(sum(increase(b[5m])))", "(sum(increase(a[5m])))")


def test_a_ratio_tells_no_counts() -> None:
    assert promql.counts(RatioSli("x"), 300) is None


@pytest.mark.parametrize(
    "sli", [LatencySli("h", 0.3), LatencySli("h", 1, 'a="b",'), SlicesSli("q", -1.5, Side.AT_MOST)]
)
def test_what_is_written_can_be_read(sli: LatencySli | SlicesSli) -> None:
    counted = promql.counts(sli, 300)
    assert counted is not None
    for text in (promql.error_ratio(sli, 300), *counted):
        promql_parser.parse(text)


@pytest.mark.parametrize("text", ["a) or (b", "a(", '"', "a # )", "", "[}", "'x"])
def test_text_that_would_break_out_of_its_parentheses_is_not_balanced(text: str) -> None:
    assert tree.balanced(text) is (text == "a # )")


@given(st.text())
def test_any_label_value_survives_quoting(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    (matcher,) = promql_parser.parse(f"x{{a={printing.quote(value)}}}").matchers.matchers
    assert matcher.value == value

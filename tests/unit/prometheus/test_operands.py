"""Dividing counts and burning budgets, against a model that knows every event."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.burn import budget_remaining, burn_down, burn_rate, time_to_exhaustion
from oncall_tui.core.slo import EventsSli
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.operands import Nothing, Wrong, divided, events_in, numbers_only
from oncall_tui.sources.prometheus.promql import Operands

SLI = EventsSli("sum(rate(a[$window]))", "sum(rate(b[$window]))")
COUNTS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30)
"""(bad, good) events of consecutive steps."""
SOME = st.lists(st.booleans(), min_size=30, max_size=30)


def sides(good: bool, certain: bool = False, per_second: bool = False) -> Operands:
    return Operands("part", "total", good, certain, per_second)


@given(COUNTS, SOME, st.booleans(), st.booleans())
def test_each_moment_is_divided_by_itself_and_what_is_missing_is_zero_only_where_that_is_certain(
    counts: list[tuple[int, int]], has_part: list[bool], good: bool, certain: bool
) -> None:
    total = Row({}, tuple((float(at), float(bad + fine)) for at, (bad, fine) in enumerate(counts)))
    part = tuple(
        (float(at), float(fine if good else bad)) for at, (bad, fine) in enumerate(counts) if has_part[at % 30]
    )
    expected = {}
    for at, (bad, fine) in enumerate(counts):
        known = has_part[at % 30]
        if not (known or certain):
            continue
        seen = (fine if good else bad) if known else 0
        share = Fraction(seen, bad + fine) if bad + fine else None
        expected[float(at)] = None if share is None else float(1 - share if good else share)
    rows = [Row({}, part)] if part else []
    if not rows and not certain:
        with pytest.raises(Nothing):
            divided(sides(good), SLI, rows, [total])
        return
    (answer,) = divided(sides(good, certain), SLI, rows, [total])
    assert dict(answer.points).keys() == expected.keys()
    for at, value in answer.points:
        share_at = expected[at]
        assert math.isnan(value) if share_at is None else value == pytest.approx(share_at, abs=1e-12)


@given(st.one_of(st.floats(allow_nan=True), st.integers(-5, 10**9)), st.integers(1, 10**7), st.booleans())
def test_events_are_counted_over_the_window_or_not_at_all(value: float, window: int, per_second: bool) -> None:
    events = events_in(sides(False, per_second=per_second), [Row({}, ((1.0, float(value)),))], window)
    times = window if per_second else 1
    if math.isfinite(value * times) and value >= 0:
        assert events == value * times
    else:
        assert events is None
    assert events_in(sides(False), [], window) is None


@given(st.sampled_from([0.0, 1.0, math.nan, None]), st.sampled_from([0.0, 2.0, math.nan, None]))
def test_nan_is_a_failure_unless_nothing_happened(part: float | None, total: float | None) -> None:
    rows = [[] if value is None else [Row({}, ((1.0, value),))] for value in (part, total)]
    happened = total not in (0.0, None)
    marred = any(value is not None and math.isnan(value) for value in (part, total))
    if happened and marred:
        with pytest.raises(Wrong, match="NaN"):
            numbers_only(sides(False), *rows)
    else:
        numbers_only(sides(False), *rows)


@given(COUNTS, st.integers(500, 99_999))
def test_a_burn_down_ends_at_what_is_left_of_the_budget(
    counts: list[tuple[int, int]], hundred_thousandths: int
) -> None:
    objective = hundred_thousandths / 100_000
    bad, total = sum(bad for bad, _ in counts), sum(map(sum, counts))
    line = burn_down(tuple((float(at), float(b), float(b + g)) for at, (b, g) in enumerate(counts)), objective)
    if not total:
        assert line == ()
        return
    left = 1 - Fraction(bad, total) / (1 - Fraction(hundred_thousandths, 100_000))
    assert budget_remaining(bad / total, objective) == pytest.approx(float(left), rel=1e-6, abs=1e-6)
    assert line[-1][1] == pytest.approx(float(left), rel=1e-6, abs=1e-6)
    assert all(later <= earlier for (_, earlier), (_, later) in pairwise(line)), "nothing is won back"


@given(st.integers(0, 1_000), st.integers(1, 999), st.integers(60, 10**7))
def test_burning_at_a_pace_for_as_long_as_is_told_spends_what_was_left(bad: int, objective: int, period: int) -> None:
    pace, left = burn_rate(bad / 1_000, objective / 1_000), 0.4
    lasts = time_to_exhaustion(left, pace, period)
    if bad == 0:
        assert lasts is None
    else:
        assert lasts is not None
        assert pace * lasts / period == pytest.approx(left)

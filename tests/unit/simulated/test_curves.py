import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.sources.simulated.curves import Curve, Flow, Lognormal, Traffic, ripple, total_of

TRAFFIC = Traffic(40.0, ripple(random.Random(3), (0.4, 86_400), (0.2, 900), (0.1, 120)))
KNOTS = st.lists(
    st.tuples(st.floats(0, 5_000), st.floats(0, 1)), min_size=1, max_size=6, unique_by=lambda k: round(k[0])
)


def curve_of(knots):
    return Curve(tuple(sorted((round(time), level) for time, level in knots)))


@given(KNOTS, st.floats(-2_000, 8_000))
def test_a_flow_is_the_integral_of_rate_times_share(knots, end):
    curve, origin = curve_of(knots), -1_000.0
    steps = 4_000
    width = max(0.0, end - origin) / steps
    middles = (origin + (i + 0.5) * width for i in range(steps))
    summed = sum(TRAFFIC.rate(s) * curve.at(s) for s in middles) * width
    assert Flow(TRAFFIC, curve, origin).total(end) == pytest.approx(summed, rel=2e-3, abs=2 * 40 * max(width, 0.01))


@given(KNOTS, st.floats(-2_000, 8_000), st.floats(0, 3_000))
def test_a_flow_never_runs_backwards(knots, start, span):
    flow = Flow(TRAFFIC, curve_of(knots), -1_000.0)
    assert flow.total(start + span) >= flow.total(start) - 1e-6


@given(KNOTS, st.floats(-100, 6_000))
def test_a_curve_stays_between_its_knots(knots, s):
    curve = curve_of(knots)
    levels = [level for _, level in curve.knots]
    assert min(levels) - 1e-9 <= curve.at(s) <= max(levels) + 1e-9


@given(KNOTS, st.floats(0, 5_000), st.floats(-100, 10_000))
def test_healing_changes_nothing_before_it_and_leaves_nothing_after(knots, at, s):
    curve = curve_of(knots)
    healed = curve.healed(at, 60)
    if s <= at:
        assert healed.at(s) == pytest.approx(curve.at(s) if curve.knots[0][0] < at else curve.at(at))
    if s >= at + 60:
        assert healed.at(s) == 0


def test_a_sum_of_curves_is_cut_off_at_the_ceiling():
    up, level = Curve(((0, 0.0), (10, 1.0))), Curve(((0, 0.8),))
    assert total_of([up, level], ceiling=0.97).at(10) == 0.97
    assert total_of([]).at(5) == 0.0


def test_half_of_a_lognormal_lies_below_its_median():
    assert Lognormal(0.2, 0.4).below(0.2) == pytest.approx(0.5)
    assert Lognormal(0.2, 0.4).below(float("inf")) == 1.0

"""Numbers as an on-call reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.burn import MONTHLY, judge
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.spans import Role, plain, width_of


def test_missing_is_never_blank_never_zero_and_never_green():
    for line in (figures.percent(None), figures.burn(None), figures.budget_bar(None, 12), figures.sparkline((), 8)):
        assert plain(line) == "–"
        assert line[0][1] is Role.UNKNOWN


def test_a_percentage_rounds_down_and_shows_as_many_nines_as_its_objective():
    assert plain(figures.percent(0.99996, 0.999)) == "99.99"
    assert plain(figures.percent(0.99949, 0.9995)) == "99.949"
    assert plain(figures.percent(0.9499, 0.95)) == "94.9"
    assert plain(figures.percent(1.0, 0.999)) == "100.00"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0.0"),
        (0.001, "<.01"),
        (0.04, "0.04"),
        (9.1, "9.1"),
        (14.44, "14.4"),
        (312.4, "312"),
        (12_345, "12k"),
        (3.2e6, "3M"),
    ],
)
def test_compact_numbers_take_five_cells_at_most(value, shown):
    assert figures.compact(value) == shown
    assert len(shown) <= 5


@given(st.floats(-20, 1.0), st.integers(8, 60))
def test_a_budget_bar_takes_exactly_its_width(remaining, width):
    assert width_of(figures.budget_bar(remaining, width)) == width


def test_an_overspent_budget_says_by_how_much():
    line = figures.budget_bar(-0.42, 12)
    assert plain(line).endswith("-42%")
    assert line[0][1] is Role.CRIT


def test_a_budget_never_rounds_up_to_full():
    assert plain(figures.budget_bar(0.999, 12)).endswith("99%")


def test_a_leg_above_its_factor_is_hot_and_a_firing_tier_is_loud():
    firing = [judge(MONTHLY[0], 30 * 86_400, 0.999, {300: 0.02, 3600: 0.02})]
    lone = [judge(MONTHLY[0], 30 * 86_400, 0.999, {300: 0.02, 3600: 0.001})]
    assert figures.burn_role(20, firing, 300) is Role.CRIT
    assert figures.burn_role(20, lone, 300) is Role.ACCENT
    assert figures.burn_role(1, lone, 3600) is Role.TEXT


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e9, 1e9)), min_size=1, max_size=80), st.integers(1, 80))
def test_a_sparkline_takes_exactly_its_width(points, width):
    assert width_of(figures.sparkline(sorted(points), width)) == width


def test_a_gap_in_a_sparkline_is_a_blank():
    points = [(float(t), 1.0 + t) for t in range(10)] + [(float(t), 1.0 + t) for t in range(50, 61)]
    assert " " in plain(figures.sparkline(points, 12)).strip()


def test_a_countdown_further_off_than_the_period_is_no_countdown():
    assert plain(figures.countdown(31 * 86_400, 30 * 86_400)) == "-"
    assert plain(figures.countdown(0.0, 30 * 86_400)) == "gone"
    assert plain(figures.countdown(18_720, 30 * 86_400)) == "5h12m"


def test_quantities_carry_their_unit():
    assert figures.quantity(0.031, "s") == "31ms"
    assert figures.quantity(960, "s") == "16m"
    assert figures.quantity(0.912, "ratio") == "91.2%"
    assert figures.quantity(1234, "req/s") == "1234 req/s"


@pytest.mark.parametrize(
    ("seconds", "told"), [(4, "4s"), (61, "1m"), (7_260, "2h"), (93_600, "1d"), (-5, "0s"), (1e12, "999y")]
)
def test_a_rough_age_has_one_unit(seconds, told):
    assert figures.rough_age(seconds) == told

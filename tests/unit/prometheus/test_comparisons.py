"""Expressions of alerts, taken apart into what is held against which number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alert_rule import Comparison
from oncall_tui.sources.prometheus.comparisons import comparisons


def test_a_plain_comparison():
    assert comparisons("rate(errors[5m]) / rate(all[5m]) > 0.1") == (
        Comparison("(rate(errors{}[5m]) / rate(all{}[5m]))", ">", 0.1),
    )


def test_a_number_on_the_left_is_turned_round():
    assert comparisons("0.1 <= up") == (Comparison("up{}", ">=", 0.1),)


def test_multiwindow_rules_give_both_windows_with_their_bound_reckoned():
    rule = "(slo:ratio5m > (14.4 * 0.001)) and ignoring(window) (slo:ratio1h > 14.4 * 0.001) unless on() maintenance"
    found = comparisons(rule)
    assert [one.operand for one in found] == ["slo:ratio5m{}", "slo:ratio1h{}"]
    assert [one.bound for one in found] == pytest.approx([0.0144, 0.0144])


@pytest.mark.parametrize(
    "expression",
    [
        "absent(up)",
        "vector(1)",
        "a > b",  # no number
        "1 > 0",  # no series
        "up > bool 0",
        "up == 0 and other",  # half of it would say something else
        "x > 1 / 0",
        "up ==",
        "",
        "x @ 5 > 1",
        "(" * 400 + "up" + ")" * 400 + " > 1",
        " or ".join(["up > 1"] * 20),
    ],
)
def test_what_is_anything_else_is_taken_as_it_is(expression):
    assert comparisons(expression) == ()


@given(st.text(alphabet="up()[]{}<>=!+-*/^ 019andorunless\"'`#\n", max_size=80))
def test_nothing_that_is_sent_breaks_it(expression):
    for one in comparisons(expression):
        assert one.op in (">", "<", ">=", "<=", "==", "!=")

"""Expressions understood by their template mean what they would mean understood one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.sources.prometheus import traits
from oncall_tui.sources.prometheus.adding import adding
from oncall_tui.sources.prometheus.printing import quote
from oncall_tui.sources.prometheus.shapes import Shape, shapes_of
from oncall_tui.sources.prometheus.templates import filled, generalised
from oncall_tui.sources.prometheus.tree import parse


def test_expressions_that_differ_in_values_alone_have_one_template() -> None:
    (one,), values = generalised('sum(rate(a{s="x", code="500"}[5m]))')
    (other,), _ = generalised('sum(rate(a{s="y", code="404"}[5m]))')
    assert one == other
    assert values == ("x", "500")
    assert filled(one, values) == 'sum(rate(a{s="x", code="500"}[5m]))'
    assert parse(one) is not None


def test_equal_values_are_one_hole_across_all_texts() -> None:
    (part, total), values = generalised('a{s="x",t="x"}', 'b{s="x"}')
    assert len(values) == 1
    assert part.count("\ue000") == 2
    assert total.count("\ue000") == 1


@pytest.mark.parametrize(
    "text",
    [
        'a{code=~"5.."}',
        'a{code!="500"}',
        '{__name__="a"}',
        'a_bucket{le="0.3"}',
        'a{s=""}',
        'a{s="q\\"uote"}',
        "a{s='x'}",
        'a # s="x"',
        'label_replace(a, "s", "$1", "t", "x")',
        'a{s="\ue000"}',
        'a == "x"',
    ],
)
def test_what_tells_more_than_a_value_is_left_as_it_stands(text: str) -> None:
    assert generalised(text) == ((text,), ())


_value = st.text(st.sampled_from('ab.|*\\"\x07é '), max_size=3)


@given(_value, _value, st.booleans())
def test_shapes_by_template_are_those_of_the_expression_itself(service: str, code: str, again: bool) -> None:
    text = f"sum(rate(a{{s={quote(service)},code={quote(code)}}}[5m])) / sum(b{{s={quote(service)}}})"
    if again:
        text = f"sum(a{{code={quote(code)},s={quote(service)}}})"
    shapes = shapes_of(text)
    assert shapes.get(Shape("s", next((s.key for s in shapes if s.label == "s"), ""))) == (service or None)
    for shape in shapes:
        assert shape.key.count("=?") >= 1
        other = "code" if shape.label == "s" else "s"
        value = {"s": service, "code": code}[other]
        if again:
            assert f"{other}={quote(value)}" in shape.key


def test_of_one_shape_are_those_that_only_the_value_tells_apart() -> None:
    shapes = [shapes_of(f'sum(a{{s="{s}",code="{code}"}})') for s, code in (("x", "1"), ("y", "1"), ("y", "2"))]
    by_s = [next(shape for shape in found if shape.label == "s") for found in shapes]
    assert by_s[0] == by_s[1] != by_s[2]


def test_a_part_picks_from_a_total_of_its_own_values_only() -> None:
    def total(service: str) -> str:
        return f'sum(rate(a{{s="{service}"}}[5m]))'

    part = 'sum(rate(a{s="x",code="500"}[5m]))'
    assert traits.picks_from(part, total("x"))
    assert not traits.picks_from(part, total("y"))
    assert traits.first_selector(part) == 'a{s="x",code="500"}'


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("sum(rate(a[$window]))", "rate"),
        ("sum by (x) (increase(a[$window])) * 2", "increase"),
        ("(sum(increase(a[$window])) or vector(0)) / 1000", "increase"),
        ("2 * sum(sum_over_time(a[$window]))", "over_time"),
        ("sum(count_over_time(a[$window] offset 1h))", "over_time"),
        ("sum(rate(a[5m]))", None),
        ("sum(rate(a[$window])) + sum(rate(b[$window]))", None),
        ("max(rate(a[$window]))", None),
        ("avg(increase(a[$window]))", None),
        ("sum(avg_over_time(a[$window]))", None),
        ("sum(rate(a[$window])) * time()", None),
        ("sum(rate(a[$window])) or vector(1)", None),
        ("sum(rate(a[$window]) > 1)", None),
        ("sum(a)", None),
        ("sum(", None),
    ],
)
def test_only_sums_over_the_whole_window_add_up(text: str, family: str | None) -> None:
    assert adding(text) == family

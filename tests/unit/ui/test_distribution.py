"""Two distributions as bars: exact in size whatever the room, both sides told apart, and nothing drawn of nothing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall_tui.core.drift import Bins
from oncall_tui.ui.render.distribution import Distribution, draw
from oncall_tui.ui.render.spans import Role, plain, width_of

INF = math.inf


def side(*counts):
    return Bins((*map(float, range(1, len(counts))), INF), tuple(map(float, counts)))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), min_size=2, max_size=60),
    st.integers(0, 140),
    st.integers(0, 30),
    st.sampled_from(["both", "now", "reference", "neither"]),
)
def test_it_fills_its_room_exactly_whatever_it_shows(counts, width, height, which):
    old, new = (side(*column) for column in zip(*counts, strict=True))
    pair = Distribution(
        old if which in ("both", "reference") else None, new if which in ("both", "now") else None, "words"
    )
    lines = draw(pair, width, height)
    assert len(lines) == (height if width > 0 else 0)
    assert all(width_of(line) <= width for line in lines)


def ink(lines, role):
    return sum(len(text.strip()) for line in lines[1:] for text, one in line if one is role)


def test_more_of_a_side_is_more_ink_of_its_own():
    lines = draw(Distribution(side(10, 90), side(90, 10), "w"), 60, 12)
    assert ink(lines, Role.SECONDARY) > 0
    assert ink(lines, Role.ACCENT) > 0
    first = "".join(plain(line)[4:24] for line in lines[1:-1])
    assert first.count("⣿") > 5 * first.count("⡇") > 0


def test_a_missing_side_says_so_and_has_no_bars():
    lines = draw(Distribution(side(10, 90), None, "w"), 60, 12)
    assert "now no data" in plain(lines[0])
    assert ink(lines, Role.ACCENT) == 0
    assert not any(plain(line).strip() for line in draw(Distribution(None, None, "w"), 60, 12)[1:])


def test_two_layouts_that_share_nothing_are_not_drawn_on_one_axis():
    lines = draw(Distribution(side(10, 90), Bins((7.0, INF), (5.0, 5.0)), "w"), 60, 12)
    assert ink(lines, Role.SECONDARY) == 0
    assert "≤7" in plain(lines[-1])


@pytest.mark.parametrize("size", [(19, 12), (60, 4)])
def test_with_too_little_room_the_legend_stands_alone(size):
    lines = draw(Distribution(side(10, 90), side(90, 10), "w"), *size)
    assert plain(lines[0]).startswith("▒▒ refer")
    assert not any(lines[1:])


def test_a_bin_too_many_is_joined_with_its_neighbour_and_no_event_is_lost():
    many = side(*[1] * 100)
    axis = plain(draw(Distribution(many, many, "w"), 80, 12)[-1])
    assert axis.strip("╰ ").startswith("≤")
    assert ">" in axis

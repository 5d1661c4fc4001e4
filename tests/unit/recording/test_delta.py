"""A change, and what it makes of what was there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.recording.delta import changed, patched

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_what_was_there_and_the_change_make_what_is_there_now(before, after):
    change = changed(before, after)
    assert (before if change is None else patched(before, change)) == after


@given(VALUES)
def test_nothing_changes_from_a_value_to_itself(value):
    assert changed(value, value) is None


@given(st.lists(st.tuples(st.integers(), st.integers()).map(list), min_size=5, max_size=30, unique_by=tuple), st.data())
def test_a_chart_that_moved_on_is_told_by_its_new_points(points, data):
    dropped = data.draw(st.integers(0, len(points) - 4))
    after = [*points[dropped:], ["new", 1]]
    assert changed(points, after) == ["~", dropped, [["new", 1]]]
    assert patched(points, changed(points, after)) == after


@pytest.mark.parametrize(
    "change", [{"a": {"b": ["=", 1]}}, ["~", 0, []], ["?"], 5, {"missing": {"x": ["=", 1]}}, {"missing": ["~", 0, []]}]
)
def test_a_change_that_does_not_fit_is_refused(change):
    with pytest.raises(ValueError, match="change"):
        patched({"a": 1}, change)

"""What a row is made of: spans, widths, columns that come and go."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from oncall_tui.ui.render.columns import Column, Row, fit, heading, row_line
from oncall_tui.ui.render.spans import Role, changed, fitted, join, outside, plain, span, width_of

COLUMNS = (
    Column("a", "A", 8),
    Column("b", "B", 10, grow=1),
    Column("c", "C", 6, rank=1),
    Column("d", "D", 6, rank=2),
    Column("e", "E", 6, rank=2),
)
TEXTS = st.text(st.characters(), max_size=40)


@given(TEXTS, st.integers(0, 60), st.booleans())
def test_a_fitted_line_takes_exactly_its_width_whatever_the_text(text, width, right):
    assert width_of(fitted(outside(text), width, right=right)) == width


@given(TEXTS, TEXTS, st.integers(1, 40))
def test_a_cut_line_of_several_spans_keeps_its_width(one, two, width):
    assert width_of(fitted(join([outside(one), outside(two)]), width)) == width


@given(st.integers(20, 300))
def test_columns_never_take_more_than_there_is(width):
    layout = fit(COLUMNS, width)
    assert sum(cells for _, cells in layout) + len(layout) - 1 <= width


def test_the_highest_rank_goes_first_the_rightmost_among_equals():
    assert [column.key for column, _ in fit(COLUMNS, 39)] == ["a", "b", "c", "d"]
    assert [column.key for column, _ in fit(COLUMNS, 20)] == ["a", "b"]


def test_rank_zero_stays_even_where_it_does_not_fit():
    assert [column.key for column, _ in fit(COLUMNS, 5)] == ["a", "b"]


def test_left_over_cells_go_to_the_columns_that_grow():
    assert {column.key: cells for column, cells in fit(COLUMNS, 60)}["b"] == 10 + 60 - (8 + 10 + 6 + 6 + 6 + 4)


def test_a_heading_row_spans_the_whole_width():
    row = Row("g", lambda column, width: span("group", Role.STRONG), selectable=False)
    assert plain(row_line(row, fit(COLUMNS, 60), 60)) == "group".ljust(60)


@given(st.text(st.characters(), max_size=30), st.integers(25, 120))
def test_a_row_is_as_wide_as_its_heading_whatever_stands_in_it(text, width):
    layout = fit(COLUMNS, width)
    row = Row("k", lambda column, cells: outside(text))
    assert width_of(row_line(row, layout, width)) == width_of(heading(layout))


@given(st.text(max_size=200))
def test_nothing_from_outside_reaches_a_span_unclean(text):
    for piece, _ in outside(text):
        assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in piece)
        assert cell_len(piece) >= 0
        piece.encode("utf-8")


def test_what_changed_between_two_lines_is_found_by_cells():
    time = (*span("LIVE "), *span("14:32:07Z", Role.MUTED))
    assert changed(time, (*span("LIVE "), *span("14:32:08Z", Role.MUTED))) == (12, 13)
    assert changed(time, (*span("LIVE "), *span("14:32:07Z", Role.WARN))) == (5, 14)
    assert changed((), time) == (0, 14)
    assert changed(span("界a"), span("界b")) == (0, 3)

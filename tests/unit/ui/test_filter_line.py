"""What a filter does, in one line, at any width."""

import pytest

from oncall_tui.core.completion import Candidate
from oncall_tui.ui.render.filter_line import Tally, candidate_lines, filter_line, pointing
from oncall_tui.ui.render.spans import plain, width_of

TALLY = Tally(12, 340, "alerts", 3, "firing pages")


def test_it_says_the_filter_what_it_shows_what_it_hides_and_how_to_clear_it():
    line = plain(filter_line('severity="page"', TALLY, "esc", 100))
    assert line == ' FILTER  severity="page"  showing 12 of 340 alerts  hides 3 firing pages  esc clears'
    assert "hides" not in plain(filter_line("x", Tally(12, 340, "alerts"), "esc", 100))
    assert plain(filter_line("x", None, "esc", 100)) == " FILTER  x  esc clears"


@pytest.mark.parametrize("width", range(0, 121))
def test_it_fits_and_what_is_hidden_is_said_before_anything_else(width):
    line = filter_line(
        "a long filter that says much, and more than there is room for on a small screen", TALLY, "esc", width
    )
    assert width_of(line) <= width
    if width >= 31:
        assert "hides 3 firing pages" in plain(line)
    if width >= 76:
        assert "showing 12 of 340 alerts" in plain(line)


def test_candidates_stand_in_a_window_around_the_chosen_one():
    candidates = tuple(Candidate(f"v{n}", f"v{n}", "×1") for n in range(20))
    lines = [plain(line) for line in candidate_lines(candidates, 10, 4, 80)]
    assert [line.split()[1 if "▸" in line else 0] for line in lines] == ["v8", "v9", "v10", "v11"]
    assert "▸ v10" in lines[2]
    assert "11/20" in lines[2]
    assert candidate_lines((), 0, 4, 80) == []


@pytest.mark.parametrize(("at", "width"), [(0, 40), (5, 40), (38, 40), (10, 12), (50, 40), (-3, 40), (0, 0)])
def test_a_complaint_points_at_its_place_where_it_can(at, width):
    line = plain(pointing("column 1: bad", at, width))
    assert len(line) <= width
    if width == 40 and 0 <= at < width:
        assert line[at] == "▾"
        assert "column 1: bad" in line

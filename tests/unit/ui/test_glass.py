"""What is sent is less than what is painted, and on the glass stands the same."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from oncall_tui.ui.glass import Glass
from oncall_tui.ui.inks import Inks
from oncall_tui.ui.terminal_kind import TerminalKind

WIDE, HIGH = 12, 4
SIZE = Size(80, 24)
STYLES = [
    None,
    Style.parse("#c0caf5 on #1a1b26"),
    Style.parse("bold #c0caf5 on #1a1b26"),
    Style.parse("italic reverse #f7768e"),
    Style.parse("underline on #283457"),
]
CONSOLE = Console(color_system="truecolor", force_terminal=True)

segments = st.builds(lambda text, style: Segment(text, style), st.text("ab │■漢é", max_size=6), st.sampled_from(STYLES))
strips = st.builds(
    lambda told: Strip(told).adjust_cell_length(WIDE, STYLES[1]), st.lists(segments, min_size=1, max_size=4)
)
layouts = st.builds(
    lambda x, y, told: LayoutUpdate([[strip] for strip in told], Region(x, y, WIDE, len(told))),
    st.sampled_from([0, WIDE]),
    st.integers(0, HIGH - 1),
    st.lists(strips, min_size=1, max_size=2),
)
chops = st.builds(
    lambda y, left, right, start: ChopsUpdate(
        [{0: left, WIDE: right} for _ in range(HIGH)], [(y, start, 2 * WIDE)], [[WIDE, 2 * WIDE]] * HIGH
    ),
    st.integers(0, HIGH - 1),
    strips,
    strips,
    st.sampled_from([0, 3, WIDE]),
)


class Seen:
    def __init__(self):
        self.screen = pyte.Screen(2 * WIDE, HIGH + 2)
        self.stream = pyte.Stream(self.screen)

    def cells(self):
        rows = range(HIGH + 2)
        return [[self.screen.buffer[y][x] for x in range(2 * WIDE)] for y in rows]


def glass():
    return Glass(Inks(TerminalKind()))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(layouts, chops), max_size=6))
def test_on_the_glass_stands_what_textual_would_have_put_there(updates):
    ours, theirs, kept = Seen(), Seen(), glass()
    for update in updates:
        ours.stream.feed(kept.difference(update, SIZE))
        theirs.stream.feed(update.render_segments(CONSOLE))
        assert ours.cells() == theirs.cells()
        assert kept.difference(update, SIZE) == ""


def one_row(text, style=STYLES[1]):
    return LayoutUpdate([[Strip([Segment(text, style)])]], Region(0, 0, 80, 1))


def test_a_second_more_is_one_figure_more():
    kept = glass()
    kept.difference(one_row("oncall-tui LIVE  am 3s  10:00:07Z"), SIZE)
    told = kept.difference(one_row("oncall-tui LIVE  am 3s  10:00:08Z"), SIZE)
    assert told == "\x1b[1;32H\x1b[38;2;192;202;245;48;2;26;27;38m8\x1b[m"


def test_what_was_forgotten_is_sent_again():
    kept = glass()
    first = kept.difference(one_row("LIVE"), SIZE)
    kept.forget()
    assert kept.difference(one_row("LIVE"), SIZE) == first


@pytest.mark.parametrize("doubtful", ["漢", "e\u0301", "\u26a0\ufe0f"])
def test_what_follows_a_character_of_doubtful_width_stands_in_its_own_column(doubtful):
    told = glass().difference(one_row(f"ab{doubtful}cd"), SIZE)
    assert f"{doubtful}\x1b[1;" in told
    assert told.endswith("Hcd\x1b[m")


def test_what_is_still_painted_for_a_larger_terminal_does_not_run_over():
    small = glass().difference(one_row("LIVE and more"), Size(4, 1))
    assert small.startswith("\x1b[1;1H")
    assert "LIVE\x1b[m" in small
    low = LayoutUpdate([[Strip([Segment("LIVE")])]], Region(0, 3, 80, 1))
    assert glass().difference(low, Size(80, 3)) == ""

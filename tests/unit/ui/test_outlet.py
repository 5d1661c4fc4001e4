"""What everything painted passes last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from oncall_tui.ui.locale import is_utf8
from oncall_tui.ui.outlet import Harmless, Outlet
from oncall_tui.ui.render.in_ascii import in_ascii

BLACK = Color(0, 0, 0)


def painted(outlet, text, style=None):
    segments = [Segment(text, Style.parse(style) if style else None)]
    for one in outlet.filters([]):
        segments = one.apply(segments, BLACK)
    return segments


@given(st.text(st.one_of(st.characters(), st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp")))))
def test_no_control_is_left_and_the_width_stays(text):
    (segment,) = Harmless().apply([Segment(text, None)], BLACK)
    assert not [c for c in segment.text if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000]
    assert cell_len(segment.text) == cell_len(text) or not text.isprintable()


def test_what_is_harmless_is_not_touched_and_a_link_is_taken_out():
    segments = [Segment("ranker ▁▂▃ 模型", Style.parse("bold"))]
    assert Harmless().apply(segments, BLACK) is segments
    (plain,) = Harmless().apply([Segment("x", Style(link="http://evil.example/"))], BLACK)
    assert plain.style.link is None


@given(st.text())
def test_ascii_is_ascii_and_cell_for_cell(text):
    assert in_ascii(text).isascii()
    if text.isprintable():
        assert cell_len(in_ascii(text)) == cell_len(text)


def test_the_states_are_told_apart_in_ascii_too():
    assert in_ascii("■▲≈?✓") == "#!~?+"
    phases = in_ascii("●◐◌∅⊘◇✓◉")
    assert len(set(phases)) == len(phases)
    assert in_ascii("╭──┤ 12 ├─╮ ▁▂▄█ größer 模型 …") == "+--+ 12 +-+ _.=# gro?er ???? >".replace(
        "gro?er", in_ascii("größer")
    )


def test_without_colours_what_stood_on_another_ground_is_reversed():
    outlet = Outlet(lambda: {"background": "#101010", "surface": "#202020"}, colourless=True)
    (plain,) = painted(outlet, "x", "bold #ff0000 on #101010")
    (cursor,) = painted(outlet, "x", "#ff0000 on #505050")
    assert (plain.style.color, plain.style.bgcolor, plain.style.bold, plain.style.reverse) == (None, None, True, False)
    assert (cursor.style.color, cursor.style.bgcolor, cursor.style.reverse) == (None, None, True)


@pytest.mark.parametrize(
    ("environment", "fits"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LANG": "de_DE.UTF-8@euro"}, True),
        ({"LANG": "C"}, False),
        ({}, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "C.UTF-8", "LC_CTYPE": ""}, True),
    ],
)
def test_the_locale_says_whether_the_terminal_shows_utf8(environment, fits):
    assert is_utf8(environment) is fits

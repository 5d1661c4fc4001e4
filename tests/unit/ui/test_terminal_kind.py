"""What a terminal's name tells of it, and what its colours and signs become."""

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.color_triplet import ColorTriplet
from rich.style import Style

from oncall_tui.ui.inks import Inks, nearest_of_256
from oncall_tui.ui.render.in_cp437 import SHOWN, in_cp437
from oncall_tui.ui.terminal_kind import TerminalKind, Terminfo, kind_of

DATABASE = {
    "linux": Terminfo(8, False),
    "screen": Terminfo(8, True),
    "screen-256color": Terminfo(256, True),
    "tmux": Terminfo(8, True),
    "tmux-256color": Terminfo(256, True),
    "xterm": Terminfo(8, True),
    "xterm-mono": Terminfo(-1, True),
    "alacritty": Terminfo(256, True),
    "vt100": Terminfo(-1, False),
}
FEW, SOME, MANY = ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR


@pytest.mark.parametrize(
    ("guessed", "environment", "colours"),
    [
        (FEW, {"TERM": "xterm"}, FEW),
        (MANY, {"TERM": "xterm"}, MANY),
        (SOME, {"TERM": "tmux-256color"}, SOME),
        (MANY, {"TERM": "tmux-256color"}, MANY),
        (MANY, {"TERM": "screen"}, FEW),
        (MANY, {"TERM": "screen-256color"}, SOME),
        (MANY, {"TERM": "screen-256color", "TMUX": "/tmp/tmux"}, MANY),
        (MANY, {"TERM": "linux"}, FEW),
        (FEW, {"TERM": "alacritty"}, SOME),
        (FEW, {"TERM": "of-tomorrow"}, FEW),
        (MANY, {"TERM": "of-tomorrow"}, MANY),
        (FEW, {}, FEW),
        (MANY, {"TERM": "linux", "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}, MANY),
    ],
)
def test_how_many_colours(guessed, environment, colours):
    kind = kind_of(environment, guessed, DATABASE.get)
    assert kind.colours is colours
    assert not kind.colourless


def test_what_a_bare_one_lacks():
    linux, vt100, mono, xterm = (
        kind_of({"TERM": n}, FEW, DATABASE.get) for n in ("linux", "vt100", "xterm-mono", "xterm")
    )
    assert (linux.bare, linux.text_console, linux.colourless) == (True, True, False)
    assert (vt100.bare, vt100.text_console, vt100.colourless) == (True, False, True)
    assert (mono.bare, mono.colourless) == (False, True)
    for strange in (
        "\x1b[>25u",
        "\x1b[<u",
        "\x1b[?2026$p",
        "\x1b[?1003h",
        "\x1b[22;2t",
        "\x1b]2;title\x07",
        "\x1b[?1049h",
    ):
        assert not linux.understands(strange)
        assert xterm.understands(strange)
    for plain in ("\x1b[?25l", "\x1b[?7l", "\x07", "\x1b[2;1H\x1b[1mx\x1b[m"):
        assert linux.understands(plain)


def test_where_no_database_is_linux_is_known_by_its_name():
    assert kind_of({"TERM": "linux"}, MANY, lambda _: None).text_console
    assert kind_of({"TERM": "linux-16color"}, MANY, lambda _: None).colours is FEW


def test_dark_grounds_are_told_apart_in_256_colours():
    grounds = {nearest_of_256(ColorTriplet(*rgb)) for rgb in ((26, 27, 38), (41, 46, 66), (59, 66, 97))}
    assert len(grounds) == 3
    assert 16 not in grounds
    assert nearest_of_256(ColorTriplet(0, 0, 0)) == 16
    assert nearest_of_256(ColorTriplet(255, 0, 0)) == 196


def test_on_sixteen_nothing_has_the_colour_it_stands_on():
    for kind in (TerminalKind(FEW), TerminalKind(FEW, bare=True, text_console=True)):
        for front in ("#1a1b26", "#555555", "#c0caf5", "#0000aa", "#f7768e"):
            for ground in ("#1a1b26", "#555555", "#0000aa"):
                ink = Inks(kind)(Style.parse(f"{front} on {ground}"))
                assert int(ink.front) + 10 != int(ink.ground)
                assert not (kind.text_console and int(ink.ground) >= 100)


@pytest.mark.parametrize(
    "text", ["▁▂▃▄▅▆▇█", "▏▎▍▌▋▊▉█", "■ ▲ ≈ ✓ ● ◉ ○ ◌ ◐ ◇ ✦ ⊘ ∅ ✖", "é ñ ł ×…–", "⠋⣿", "漢🔎", "┌─┬╭╌┊"]
)
def test_every_sign_has_one_like_it_in_a_pcs_font(text):
    shown = in_cp437(text)
    assert set(shown) <= SHOWN
    assert cell_len(shown) == cell_len(text)
    assert "█" not in text or "█" in shown

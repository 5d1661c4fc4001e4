"""The dashboard and the terminal it was lent: every size, every kind, every way to end; always given back clean."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from ptys import HEADINGS, children, given_back, gone, obeyed, python

from oncall_tui.ui.render.in_cp437 import SHOWN

DEMO = python("-m", "oncall_tui", "demo")
ESC = "\x1b"


def stands(one):
    text = one.text()
    return "DEMO" in text and "ranker" in text


@pytest.fixture
def demo(terminal):
    def start(columns=80, rows=24, **environment):
        one = terminal(*DEMO, columns=columns, rows=rows, environment=environment)
        one.until(stands)
        return one

    return start


def test_every_size_on_every_screen_and_a_storm_of_them(demo):
    one = demo()
    for keys in (
        "1",
        "2",
        "\r",
        ESC,
        "3",
        "\r",
        "=",
        ESC + ESC,
        "4",
        "\r",
        ESC,
        "4D",
        ESC,
        "5",
        "6",
        "7",
        "8",
        "S",
        ESC,
        "?",
        ESC,
        "1i",
        ESC,
        "1r",
        ESC,
        "2A",
        ESC,
        "2s",
        ESC,
    ):
        one.watched = False
        for key in keys:
            one.press(key)
            one.quiet(0.03)
        for size in ((1, 1), (2, 1), (1, 30), (20, 5), (300, 100), (80, 24)):
            one.resize(*size)
            one.quiet(0.03)
    for place in range(150):
        one.resize(1 + place * 7 % 300, 1 + place * 3 % 100)
        one.read(0.001)
    for key in (ESC, ESC, ESC, "1"):
        one.press(key)
        one.answer()
    one.watched = True
    one.resize(100, 30)
    one.until(lambda t: stands(t) and "Silences" in t.text())
    one.press("q")
    assert one.ended() == 0
    given_back(one)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_and_the_terminal_is_clean(demo, number, code):
    one = demo()
    one.signal(number)
    assert one.ended() == code
    given_back(one)


def test_stopped_it_gives_the_terminal_back_and_going_on_it_paints_anew(demo):
    one = demo()
    for _ in range(2):
        one.signal(signal.SIGTSTP)
        one.until(lambda t: Path(f"/proc/{t.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        one.quiet(0.2)
        given_back(one, ended=False)
        one.screen.reset()
        one.signal(signal.SIGCONT)
        one.until(stands)
        one.press("8")
        one.until(lambda t: "ENDS" in t.text() or "silence" in t.text())
        one.press("1")
        one.until(stands)
    one.press("q")
    assert one.ended() == 0
    given_back(one)


def test_the_terminal_goes_and_nothing_of_it_stays(terminal, tmp_path):
    """As a cut SSH connection: with a step that still runs."""
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "b.md").write_text(
        "---\ntitle: Waits\n---\n```sh {name=wait kind=diagnose}\nsleep 987 & sleep 987\n```\n"
    )
    (tmp_path / "c.yaml").write_text(f"runbooks: {{folders: [{tmp_path}/books]}}\njournal: {tmp_path}/j.sqlite3\n")
    one = terminal(*python("-m", "oncall_tui", "--config", str(tmp_path / "c.yaml")))
    one.until("No service is configured")
    one.press("5")
    one.until("Waits")
    one.press("\r")
    one.quiet(0.2)
    one.press("\r")
    one.until("y run it")
    one.quiet(0.5)
    one.press("y")
    one.until(lambda t: len(children(t.pid)) >= 2)
    below = children(one.pid)
    os.close(one.ours)
    os.close(one.theirs)
    deadline = time.monotonic() + 30
    while not (gone(one.pid) and all(map(gone, below))):
        assert time.monotonic() < deadline, [one.pid, *below]
        time.sleep(0.05)


def test_a_stop_that_nobody_asked_for_leaves_one_keyboard(demo):
    """SIGSTOP cannot be heard, only its end: a paused container, a debugger."""
    one = demo()
    one.signal(signal.SIGSTOP)
    one.quiet(0.1)
    one.screen.reset()
    one.signal(signal.SIGCONT)
    one.until(stands)
    for key, seen in (("3", "BUDGET"), ("2", "AGE")) * 3:
        one.press(key)
        one.until(seen)
    one.press("q")
    assert one.ended() == 0
    given_back(one)


@pytest.mark.parametrize("end", ["goes on", "is cut", "is told to end"])
def test_a_terminal_that_takes_nothing_holds_nothing_up(terminal, tmp_path, end):
    """A stalled SSH connection: the program works on, and what it shows afterwards is the present."""
    one = terminal(*python("-m", "oncall_tui", "demo"), columns=300, rows=100)
    one.until(stands)
    for _ in range(12):  # more than the pty and the writer's queue hold
        for key in "12348567":
            one.press(key)
        time.sleep(0.1)
    time.sleep(1.0)
    if end == "goes on":
        one.press("3")
        one.until(lambda t: stands(t) and "BURN" in t.text())
        one.press("q")
        assert one.ended() == 0
        given_back(one)
        return
    if end == "is cut":
        os.close(one.ours)
        os.close(one.theirs)
    else:
        one.signal(signal.SIGTERM)
    deadline = time.monotonic() + 30
    while not gone(one.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("stdin", ["closed", "/dev/null"])
def test_without_keys_it_says_so(terminal, stdin):
    one = terminal(*DEMO, stdin=stdin)
    assert one.ended() == 2
    assert "needs a terminal" in one.text()
    assert b"Traceback" not in one.written


def test_a_terminal_without_a_place_to_paint_on_is_refused(terminal):
    one = terminal(*DEMO, environment={"TERM": "dumb"})
    assert one.ended() == 2
    assert "TERM=dumb" in one.text()
    assert b"\x1b" not in one.written


@pytest.mark.parametrize(
    ("term", "more", "allowed"),
    [
        ("xterm-256color", {}, r"[34]8;5;\d+"),
        ("tmux-256color", {"COLORTERM": "truecolor"}, r"[34]8;2;\d+;\d+;\d+"),
        ("xterm-256color", {"NO_COLOR": "1"}, ""),
    ],
)
def test_it_paints_with_the_colours_there_are(demo, term, more, allowed):
    one = demo(TERM=term, **more)
    one.press("2")
    one.answer()
    one.press("q")
    assert one.ended() == 0
    given_back(one)
    obeyed(one.written)
    wide = {match.decode() for match in re.findall(rb"[34]8;[25];[\d;]*\d", one.written)}
    basic = {int(code) for match in re.findall(rb"\x1b\[([\d;]*)m", one.written) for code in match.split(b";") if code}
    if allowed:
        assert wide
        assert all(re.fullmatch(f"(?:{allowed};?)+", one) for one in wide)
    else:
        assert not wide
        assert 7 in basic
        assert basic <= {0, 1, 3, 4, 7, 9}


@pytest.mark.parametrize(
    ("term", "more", "most"),
    [
        ("screen", {"COLORTERM": "truecolor", "STY": "1.pts"}, 107),
        ("tmux", {}, 107),
        ("xterm", {}, 107),
        (None, {}, 107),
        ("linux", {"COLORTERM": "truecolor"}, 97),
        ("vt100", {}, 9),
    ],
)
def test_a_terminal_of_few_colours_is_sent_none_that_it_takes_for_another(demo, term, more, most):
    """No parts of a 256th or 24-bit colour; on Linux's console no ground that blinks; none on one that has none."""
    one = demo(TERM=term, **more)
    one.press("2")
    one.until(HEADINGS["2"])
    one.press("q")
    assert one.ended() == 0
    given_back(one)
    obeyed(one.written)
    assert not re.search(rb"[34]8;[25];", one.written)
    used = {int(code) for match in re.findall(rb"\x1b\[([\d;]*)m", one.written) for code in match.split(b";") if code}
    assert used <= {*range(10), *range(30, 38), *range(40, 48), 39, 49, *range(90, 98), *range(100, 108)}
    assert max(used) <= most


@pytest.mark.parametrize("term", ["linux", "vt100"])
def test_a_terminal_without_mouse_and_title_is_asked_for_none_and_left_empty(demo, term):
    one = demo(TERM=term)
    one.press("3")
    one.until(HEADINGS["3"])
    one.press("q")
    assert one.ended() == 0
    told = obeyed(one.written)
    assert set(re.findall(rb"\x1b\[[?<>=].*?[a-zA-Z]|\x1b\[[\d;]*t", one.written)) <= {
        b"\x1b[?25h", b"\x1b[?25l", b"\x1b[?7h", b"\x1b[?7l",
    }  # fmt: skip
    assert b"\x1b]" not in one.written
    assert not one.text().strip()
    if term == "linux":
        assert not {character for character in told if not character.isspace()} - SHOWN


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LANG": "en_US.UTF-8", "LC_ALL": "C"}])
def test_without_a_utf8_locale_every_byte_is_ascii(demo, locale):
    one = demo(120, 40, **locale)
    for key in ("2", "3", "\r", ESC, "4", "8", "1"):
        one.press(key)
        one.answer()
    one.until(stands)
    assert re.search(r"[#!~?+] (CRIT|WARN|SILENT|UNKNOWN|OK)", one.text())
    one.press("q")
    assert one.ended() == 0
    assert one.written.isascii()


def test_on_sixteen_colours_the_cursor_is_seen_and_no_text_is_lost(demo):
    """Of every cell with ink, ink and ground differ; and the row under the cursor stands on another ground."""
    one = demo(TERM="linux")
    one.quiet(0.3)
    lost = [
        (y, x, cell.data)
        for y, row in one.screen.buffer.items()
        for x, cell in row.items()
        if cell.data.isalnum() and cell.fg == cell.bg and y < one.screen.lines
    ]
    assert not lost
    grounds = [tuple(sorted({one.screen.buffer[y][x].bg for x in range(4, 40)})) for y in range(2, 10)]
    assert len(set(grounds)) > 1, grounds

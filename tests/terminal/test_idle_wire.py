"""What goes over the wire while nobody types and nothing changes; and that what was left out of it stands there."""

import re

import pytest
from ptys import HEADINGS, ROOT, python

ESC = "\x1b"
WRITTEN_IN = re.compile(rb"\x1b\[(\d+);\d+H(?!\x1b\[\d+;\d+H|\Z)")
"""A row, where something is written and not only the cursor put."""
TICK = 150
"""Bytes that a tick of the clock may take: the figures of the time and of three ages, and twice where they stand."""


@pytest.fixture
def quiet(terminal, tmp_path):
    """A fleet that is polled, and to which nothing happens."""
    one = terminal(*python(f"{ROOT}/tests/terminal/quiet_dashboard.py", str(tmp_path)))
    one.until(lambda t: HEADINGS["1"] in t.text() and "ranker" in t.text())
    return one


def clock(one):
    return re.search(r"\d\d:\d\d:\d\dZ|$", one.text().partition("\n")[0])[0]


def ticks(one, count):
    """What it writes until the clock has moved so many times."""
    before, seen = len(one.written), clock(one)
    while count:
        one.until(lambda t: clock(t) != seen)
        seen, count = clock(one), count - 1
    return one.written[before:]


def test_at_rest_a_screen_writes_its_clock_and_nothing_else(quiet):
    one = quiet
    for keys, seen in (
        *((key, HEADINGS[key]) for key in "23456781"),
        ("/", "words, or"),
        (f"{ESC}\x10", "Search for commands"),
    ):
        for key in keys:
            one.press(key)
            one.answer()
        one.until(seen)
        one.quiet(0.4)
        told = ticks(one, 2)
        assert {int(row) for row in WRITTEN_IN.findall(told)} == {1}, (keys, told)
        assert len(told) < 3 * TICK + 400 * (b"LAGS" in told), (keys, told)


def test_what_stands_is_what_would_be_painted_anew(quiet):
    one = quiet
    for key in (
        "2",
        "j",
        "\r",
        ESC,
        "3",
        "j",
        "j",
        "\r",
        "=",
        ESC,
        ESC,
        "4",
        "G",
        "D",
        ESC,
        "5",
        "6",
        "7",
        "8",
        "?",
        ESC,
    ):
        one.press(key)
        one.answer()
    for key in ("1", "3", ":", "\x10"):
        one.press(key)
        one.answer()
        one.quiet(0.4)
        before = cells(one)
        one.screen.erase_in_display(2)
        one.press("\x0c")
        one.until(lambda t: t.text().split("\n")[-1].strip())
        one.quiet(0.4)
        assert cells(one) == before


def cells(one):
    """Everything below the clock."""
    one.text()
    return [[one.screen.buffer[y][x] for x in range(80)] for y in range(1, 24)]

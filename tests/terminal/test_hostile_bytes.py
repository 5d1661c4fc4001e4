"""Every screen over a fleet of attacks: what reaches a real terminal holds no sequence that the program did not make."""

from pathlib import Path

import pytest
from hostile import INVISIBLE, MARK
from ptys import obeyed, python

DASHBOARD = str(Path(__file__).with_name("hostile_dashboard.py"))
ESC = "\x1b"
WALKS = {
    "lists": [*"12j v3v45678S", ESC, "?", ESC],
    "alert": ["2", "j", "\r", "y", "j", ESC, "o", ESC, "A", ESC, "s", ESC, "t", ESC],
    "slo": ["3", "\r", "=", "y", ESC, ESC, "4", "\r", "H", "=", ESC, "j", "\r", "l", ESC, ESC, "4", "D", ESC],
    "books": ["5", "\r", "\r", "y", ESC, "o", ESC, ESC, "2", "r", ESC],
    "incident": ["6", "n", "x", "\r", "O", ESC, "m", ESC, "1", "i", "v", "v", ESC, "7", "y"],
    "typing": ["2", "/", "ra", "\t", ESC, ":", "nope\x01", "\r", "f", ESC, "\x10", "a", ESC],
}


@pytest.fixture
def walked(terminal, tmp_path):
    def walk(name, *kind, columns, rows):
        one = terminal(*python(DASHBOARD, str(tmp_path), *kind), columns=columns, rows=rows)
        one.until(lambda t: "Fleet" in t.text() and "STATE" in t.text())
        one.watched = False
        for key in WALKS[name]:
            one.press(key)
            one.answer()
        for _ in range(4):
            one.press(ESC)
            one.answer()
        one.press("q")
        return one

    return walk


@pytest.mark.parametrize(("name", "size"), [(name, (200, 60)) for name in WALKS] + [("lists", (80, 24))])
def test_no_screen_lets_an_attack_through(walked, name, size):
    kind = ["drift"] if name == "slo" else []
    one = walked(name, *kind, columns=size[0], rows=size[1])
    assert one.ended() == 0, one.text()
    assert not INVISIBLE.findall(obeyed(one.written))
    assert f"{ESC}[{MARK}".encode() not in one.written

"""A program in a terminal of its own: what it writes to the last byte, what stands on its screen, and keys."""

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pyte

ROOT = Path(__file__).parents[2]
BASE = {
    "PATH": os.environ["PATH"],
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
    "PYTHONPATH": f"{ROOT}:{ROOT}/tests/ui",
}

_PRIVATE = re.compile(r"\x1b\[[<>=?][0-9;]*\$?[a-zA-Z]|\x1b\[[0-9;]*t")
"""Modes, the keyboard's protocol and the title's stack: pyte takes the first for text, or for something else."""


HEADINGS = {
    "1": "WORST SLO",
    "2": "WHO HAS IT",
    "3": "BUDGET LEFT",
    "4": "SERVING",
    "5": "BECAUSE",
    "6": "COMMANDER",
    "7": "The last 1d",
    "8": "HIDES NOW",
}
"""What the screen behind each key says, and no other, at any width from 80 cells on."""


class Terminal:
    """argv in a new session on a pty. environment: set beside PATH, TERM and LANG, None to leave out."""

    def __init__(self, argv, columns=80, rows=24, environment=None, stdin=None):
        self.written = b""
        self.watched = True
        """Whether its screen is kept: that takes long."""
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._unfed = ""
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self.resize(columns, rows)
        told = {name: value for name, value in {**BASE, **(environment or {})}.items() if value is not None}
        told.setdefault("XDG_STATE_HOME", os.environ.get("XDG_STATE_HOME", ""))
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setsid()
                fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
                for number in (0, 1, 2):
                    os.dup2(theirs, number)
                if stdin == "closed":
                    os.close(0)
                elif stdin:
                    os.dup2(os.open(stdin, os.O_RDONLY), 0)
                os.closerange(3, 256)
                os.execvpe(argv[0], list(argv), told)
            finally:
                os._exit(127)
        self.theirs = theirs
        self.code = None

    def resize(self, columns, rows):
        """Another size; the program is told as by a terminal."""
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, seconds=0.05):
        """Take what it wrote within so many seconds; False at the end of it."""
        if not select.select([self.ours], [], [], seconds)[0]:
            return True
        try:
            chunk = os.read(self.ours, 65_536)
        except OSError:
            return False
        self.written += chunk
        if not self.watched:
            return bool(chunk)
        self._unfed += self._decode(chunk)
        cut = self._unfed.rfind("\x1b")
        whole, self._unfed = (
            (self._unfed[:cut], self._unfed[cut:]) if cut >= 0 and len(self._unfed) - cut < 32 else (self._unfed, "")
        )
        self._stream.feed(_PRIVATE.sub("", whole))
        return bool(chunk)

    def text(self):
        """What stands on the screen."""
        if self._unfed:
            tail, self._unfed = self._unfed, ""
            self._stream.feed(_PRIVATE.sub("", tail))
        return "\n".join(self.screen.display)

    def until(self, happened, seconds=45.0):
        """Wait for words on the screen, or for something that a function of the terminal finds true."""
        looked_for = (lambda one: happened in one.text()) if isinstance(happened, str) else happened
        deadline = time.monotonic() + seconds
        while not looked_for(self):
            assert time.monotonic() < deadline, f"not within {seconds}s: {happened}\n{self.text()}"
            if not self.read():
                assert looked_for(self), f"it ended before: {happened}\n{self.written[-2_000:]!r}"
                return

    def quiet(self, seconds=0.25, limit=6.0):
        """Wait until it has written nothing for so long."""
        deadline = time.monotonic() + limit
        silent_since = time.monotonic()
        while time.monotonic() - silent_since < seconds and time.monotonic() < deadline:
            had = len(self.written)
            if not self.read(0.05):
                return
            if len(self.written) != had:
                silent_since = time.monotonic()

    def answer(self, patience=0.3):
        """Wait for what it paints after a key, if it paints anything, and until it has done so."""
        deadline, had = time.monotonic() + patience, len(self.written)
        while len(self.written) - had < 16 and time.monotonic() < deadline and self.read(0.02):
            pass
        self.quiet(0.07)

    def press(self, keys):
        """Keys, as a keyboard sends them."""
        os.write(self.ours, keys.encode() if isinstance(keys, str) else keys)

    def signal(self, number):
        """Send it a signal."""
        os.kill(self.pid, number)

    def ended(self, seconds=30.0):
        """Its exit code, once it has ended by itself; of a signal that killed it the negative."""
        deadline = time.monotonic() + seconds
        while self.code is None:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            else:
                assert time.monotonic() < deadline, f"it goes on after {seconds}s\n{self.text()}"
        while select.select([self.ours], [], [], 0.1)[0] and self.read(0.0):
            pass
        return self.code

    def close(self):
        """The end of it and of all it started."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.code = -signal.SIGKILL
        for number in (self.ours, self.theirs):
            if number is not None:
                with contextlib.suppress(OSError):
                    os.close(number)


def python(*argv):
    """A Python program's arguments."""
    return (sys.executable, *argv)


def children(pid):
    """The processes below pid."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found += [int(path.parent.name), *children(int(path.parent.name))]
    return found


def gone(pid):
    """Whether it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


# What a terminal obeys

_CSI = re.compile(r"\x1b\[([0-?]*)([ -/]*)([@-~])")
_OSC = re.compile(r"\x1b\]([^\x07\x1b]*)(\x07|\x1b\\)")
_STYLE = re.compile(r"[0-9;]*")
_MODES = {"1049", "1000", "1003", "1015", "1006", "1016", "25", "1004", "2004", "7", "2048", "2026"}


def obeyed(written):
    """What a dashboard wrote, and its text: every sequence that a terminal obeys is one that the program makes.

    Returns the text between the sequences. Raises AssertionError for any other control sequence or character.
    """
    told = written.decode("utf-8")
    text, at = [], 0
    while at < len(told):
        character = told[at]
        if character == "\x1b":
            match = _CSI.match(told, at)
            if match:
                _fits(match)
                at = match.end()
                continue
            match = _OSC.match(told, at)
            assert match, f"no sequence of ours: {told[at : at + 60]!r}"
            assert re.fullmatch(
                r"2;[^\x00-\x1f\x7f-\x9f]*|22;[a-z-]*|52;c;[A-Za-z0-9+/=]*|9;oncall-tui: [^\x00-\x1f\x7f-\x9f;]*",
                match[1],
            ), match[0][:120]
            at = match.end()
            continue
        assert character in "\r\n\x07" or not ("\x00" <= character < "\x20" or "\x7f" <= character < "\xa0"), (
            f"a bare control: {told[max(0, at - 60) : at + 40]!r}"
        )
        text.append(character)
        at += 1
    return "".join(text)


def _fits(match):
    parameters, middle, final = match.groups()
    if final == "m":
        fits = _STYLE.fullmatch(parameters) and not middle
    elif final in "hl":
        fits = parameters[:1] == "?" and parameters[1:] in _MODES
    elif final == "p":
        fits = middle == "$" and parameters[1:] in _MODES
    elif final == "u":
        fits = parameters[:1] in (">", "<", "")
    elif final == "t":
        fits = parameters in ("22;2", "23;2")
    else:
        fits = final in "HCJ" and not middle
    assert fits, f"no sequence of ours: {match[0]!r}"


_SET = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")


def given_back(one, ended=True):
    """The terminal is as it was lent: its modes, its keyboard, its line discipline."""
    modes = {}
    for match in _SET.finditer(one.written):
        for mode in match[1].split(b";"):
            modes[mode.decode()] = match[2] == b"h"
    left = {mode for mode, on in modes.items() if on} - {"25", "7"}
    assert not left, f"left on: {left}"
    assert modes.get("25", True), "the cursor is still hidden"
    assert modes.get("7", True), "lines do not wrap any more"
    pushed = len(re.findall(rb"\x1b\[>\d+u", one.written)) - len(re.findall(rb"\x1b\[<\d*u", one.written))
    assert pushed <= 0, "the keyboard still speaks another protocol"
    now = termios.tcgetattr(one.theirs)
    assert now[:4] == one.before[:4], "the line discipline is another"
    if ended:
        assert one.written.count(b"\x1b[22;2t") == one.written.count(b"\x1b[23;2t"), "the title is not the terminal's"

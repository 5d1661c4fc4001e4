"""The dashboard beside an empty Textual app, posting and dolphie (both from PyPI), each in a pty of its own, in one run.

    python tests/bench/beside.py [runs] [--venv FOLDER]

Prints for each the median seconds to its first frame and, of the dashboard, to its first figures; and for a while in
which nobody types, the share of one processor it takes and the bytes a second that would go over SSH. posting and
dolphie are installed into FOLDER (default: a temporary one), and left out where that fails.
"""

import argparse
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted, and nothing else")
Empty().run()
"""
ROWS, COLUMNS = 24, 80
OTHERS = (("posting", "posting>=2.11", ()), ("dolphie", "dolphie>=6.18", ("--tab-setup",)))
FRAME = 15
"""Letters on the screen from which on a frame stands."""
IDLE = 20.0
"""Seconds for which nobody types."""
_CONTROL = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|.)|[\x00-\x1f]")


class EndedError(Exception):
    """The program ended, or showed nothing."""


class Terminal:
    """A program in a pty, and what it wrote."""

    def __init__(self, argv, folder):
        self.argv, self.started = argv, time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LINES=str(ROWS), COLUMNS=str(COLUMNS), HOME=folder)
            os.environ.update(
                XDG_CONFIG_HOME=folder, XDG_STATE_HOME=folder, XDG_DATA_HOME=folder, XDG_CACHE_HOME=folder
            )
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.execv(argv[0], argv)
        self.seen = b""

    def read(self, seconds):
        """What comes within a time, at once when something does."""
        if select.select([self.fd], [], [], max(0.0, seconds))[0]:
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                raise EndedError(f"{self.argv} ended: {self.seen[-600:]!r}") from None

    def until(self, ready, limit=40.0):
        """Seconds from its start until what it wrote is ready."""
        while not ready(self.seen):
            if (left := self.started + limit - time.perf_counter()) <= 0:
                raise EndedError(f"{self.argv}: not ready within {limit:.0f} s: {self.seen[-400:]!r}")
            self.read(min(left, 0.5))
        return time.perf_counter() - self.started

    def idle(self, seconds):
        """The share of a processor, and bytes a second, while nobody types."""
        before, written, began = self.cpu(), len(self.seen), time.perf_counter()
        while (left := began + seconds - time.perf_counter()) > 0:
            self.read(left)
        return (self.cpu() - before) / seconds, (len(self.seen) - written) / seconds

    def cpu(self):
        """Seconds of processor time it took so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def framed(seen):
    """Whether there is text on the screen."""
    return len(re.sub(rb"\s", b"", _CONTROL.sub(b"", seen))) >= FRAME


def installed(folder, name, requirement):
    """The script of a package, in a virtual environment of its own; '' where it cannot be had."""
    place = folder / name
    try:
        if not (place / "bin" / name).exists():
            venv.create(place, with_pip=True)
            subprocess.run([place / "bin" / "pip", "install", "-q", requirement], check=True, stderr=subprocess.DEVNULL)
        return str(place / "bin" / name)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{name} is left out, as it could not be installed: {error}", file=sys.stderr)
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=5)
    parser.add_argument("--venv", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = wanted.venv or Path(scratch) / "venv"
        subjects = {
            "empty Textual app": [sys.executable, "-c", EMPTY],
            "oncall-tui demo": [sys.executable, "-m", "oncall_tui", "demo"],
        }
        for name, requirement, arguments in OTHERS:
            if program := installed(home, name, requirement):
                subjects[name] = [program, *arguments]
        for name in list(subjects):  # Also warms the caches.
            try:
                started(subjects[name], scratch).close()
            except EndedError as error:
                if name not in dict.fromkeys(one for one, *_ in OTHERS):
                    raise SystemExit(error) from None
                print(f"{name} is left out: it does not run here", file=sys.stderr)
                del subjects[name]
        frames = {name: [] for name in subjects}
        figures = []
        for _ in range(wanted.runs):
            for name, argv in subjects.items():
                terminal = Terminal(argv, scratch)
                frames[name].append(terminal.until(framed))
                if name == "oncall-tui demo":
                    figures.append(terminal.until(lambda seen: b"gateway" in seen))
                terminal.close()
        base = statistics.median(frames["empty Textual app"])
        for name, times in frames.items():
            seconds = statistics.median(times)
            print(f"first frame    {name:20} {seconds:6.3f} s   {seconds / base:5.2f}x")
        seconds = statistics.median(figures)
        print(f"first figures  {'oncall-tui demo':20} {seconds:6.3f} s   {seconds / base:5.2f}x")
        for name, argv in subjects.items():
            terminal = started(argv, scratch)
            terminal.idle(8.0)  # what a beginning costs is no part of it
            share, written = terminal.idle(IDLE)
            terminal.close()
            print(f"nobody types   {name:20} {share:7.1%} of a processor   {written:7.0f} bytes/s")


def started(argv, folder):
    """A program whose first frame stands."""
    terminal = Terminal(argv, folder)
    terminal.until(framed)
    return terminal


if __name__ == "__main__":
    main()

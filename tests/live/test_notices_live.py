"""The dashboard on a real pseudo-terminal over a real Alertmanager: what it writes when a page begins."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

import pytest
from alertmanager_fixture import running_alertmanager

pytestmark = pytest.mark.live

TITLE = re.compile(rb"\x1b\]2;([^\x07]*)\x07")
NOTE = re.compile(rb"\x1b\]9;([^\x07]*)\x07")


class Terminal:
    """A program on a pseudo-terminal of 80x24, and every byte that it wrote."""

    def __init__(self, command, env):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        os.close(theirs)
        self.written = b""

    def until(self, happened, seconds=30.0):
        deadline = time.monotonic() + seconds
        while not happened(self.written):
            assert time.monotonic() < deadline, self.written[-2_000:]
            if select.select([self._ours], [], [], 0.2)[0]:
                try:
                    self.written += os.read(self._ours, 65_536)
                except OSError:  # it ended
                    return

    def type(self, keys):
        os.write(self._ours, keys)

    def close(self):
        self.process.kill()
        self.process.wait(10)
        os.close(self._ours)


def bells(written):
    return re.sub(rb"\x1b\][^\x07]*\x07", b"", written).count(b"\x07")


def test_a_page_that_begins_rings_once_and_the_title_is_given_back(tmp_path):
    with running_alertmanager(tmp_path) as server:
        server.fire({"alertname": "Old", "severity": "page"})
        config = tmp_path / "config.yaml"
        config.write_text(
            f"sources: {{alertmanager: [{{name: am, url: '{server.url}'}}]}}\n"
            f"polling: {{interval: 1s}}\njournal: {tmp_path / 'journal.sqlite3'}\n"
        )
        env = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm-256color"}
        env.pop("TMUX", None)
        terminal = Terminal([sys.executable, "-m", "oncall_tui", "--config", str(config)], env)
        try:
            terminal.until(lambda written: TITLE.findall(written)[-1:] == ["1 page · oncall-tui config".encode()])
            assert bells(terminal.written) == 0  # it fired before
            server.fire(
                {"alertname": "New\x1b]0;owned", "severity": "page"}, {"alertname": "Low", "severity": "ticket"}
            )
            terminal.until(bells)
            terminal.until(lambda written: TITLE.findall(written)[-1].startswith(b"2 pages"))
            assert NOTE.findall(terminal.written) == ["oncall-tui: PAGE New␛]0,owned".encode()]
            assert bells(terminal.written) == 1
            terminal.type(b"q")
            terminal.until(lambda written: b"\x1b[23;2t" in written)
            assert terminal.written.count(b"\x1b[22;2t") == 1
        finally:
            with contextlib.suppress(ProcessLookupError):
                terminal.close()

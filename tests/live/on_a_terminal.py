"""The program on a real pseudo-terminal, as a person meets it: what the screen shows, and keys."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte


class OnATerminal:
    """`oncall-tui ARGUMENTS` on a terminal of so many columns and lines; a context that leaves no process behind."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, columns: int = 120, lines: int = 40
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        command = [sys.executable, "-m", "oncall_tui", *arguments]
        known = {key: value for key, value in os.environ.items() if key != "TMUX"}
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**known, "TERM": "xterm-256color", **environment},
            start_new_session=True,
        )
        os.close(theirs)

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def line(self, *words: str) -> str:
        """The first line of the screen that holds all these words; '' where there is none."""
        return next((line for line in self.text.splitlines() if all(word in line for word in words)), "")

    def until(self, happened: str | Callable[[], object], seconds: float = 30.0) -> None:
        """Wait for a text on the screen, or for what else is to be so. Fails with the screen when it does not come."""
        true = (lambda: happened in self.text) if isinstance(happened, str) else happened
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {happened}\n{self.text}"
            assert self.process.poll() is None, f"it ended: {self.text}"
            self._take()

    def type(self, keys: str, then: str | Callable[[], object], seconds: float = 30.0) -> None:
        """Type keys, and wait for what they bring about."""
        os.write(self._ours, keys.encode())
        self.until(then, seconds)

    def quit(self, seconds: float = 20.0) -> int:
        """`q`, and its exit code."""
        os.write(self._ours, b"q")
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not quit\n{self.text}"
            self._take()
        return self.process.returncode

    def _take(self) -> None:
        if select.select([self._ours], [], [], 0.1)[0]:
            try:
                self._stream.feed(os.read(self._ours, 65_536))
            except OSError:  # it ended, and its side is closed
                time.sleep(0.05)

    def __enter__(self) -> OnATerminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._ours)

"""The debug log: a file in the user's state folder that a thread writes, so that no slow disk stops the screen."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import stat
import time
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path

from oncall_tui.config.private_folder import make_private_folder
from oncall_tui.core.errors import OncallError
from oncall_tui.core.text import clean_block
from oncall_tui.debugging.scrub import Scrubber

LARGEST, KEPT = 2_000_000, 3
"""Bytes of a file after which the next is begun, and how many old ones are kept."""
WAITING = 20_000
"""Lines that may wait for the disk; what comes beyond is dropped rather than held in memory."""

# What our libraries say of their own work: every request, never what is in it.
_HEARD = {"oncall_tui": logging.DEBUG, "httpx": logging.INFO, "urllib3": logging.DEBUG, "asyncio": logging.WARNING}


class DebugLogError(OncallError):
    """The debug log cannot be written."""


def log_path() -> Path:
    """Where the debug log is: the user's state folder (XDG_STATE_HOME)."""
    from platformdirs import user_state_path

    return user_state_path("oncall-tui") / "debug.log"


class DebugLog:
    """Writes what the program and its libraries log until it is closed; no secret gets through the scrubber.

    The file is the owner's alone, and so is a folder that has to be made; a symbolic link in its place is refused.
    Raises DebugLogError where it cannot be begun. A disk that fills up later stops the log and nothing else.
    """

    def __init__(self, path: Path, scrubber: Scrubber) -> None:
        self.path = path
        try:
            self._file = _PrivateFile(path)
        except OSError as error:
            reason = "it is a symbolic link, or no file" if path.is_symlink() else (error.strerror or "").lower()
            message = f"cannot write the debug log {path}: {reason or 'no such place'}"
            raise DebugLogError(message, "make it writable, or leave --debug out") from None
        self._file.setFormatter(_Formatter(scrubber))
        waiting: queue.Queue[logging.LogRecord] = queue.Queue(WAITING)
        self._handler = _Dropping(waiting)
        self._listener = QueueListener(waiting, self._file)
        self._before = {name: logging.getLogger(name).level for name in _HEARD}
        for name, level in _HEARD.items():
            logger = logging.getLogger(name)
            logger.setLevel(level)
            logger.addHandler(self._handler)
        self._listener.start()

    def close(self) -> None:
        """Write what waits, and stop."""
        for name, level in self._before.items():
            logging.getLogger(name).removeHandler(self._handler)
            logging.getLogger(name).setLevel(level)
        self._listener.stop()
        with contextlib.suppress(OSError):  # A full disk does not take the last line.
            self._file.close()


class _Dropping(QueueHandler):
    """Hands records on; what finds no room is dropped without a word on the screen."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """The record as it is: it stays in this process, and its traceback is formatted by the thread that writes."""
        return record

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: standard error is the screen."""


class _PrivateFile(RotatingFileHandler):
    """A rotating file of mode 0600, also after each rotation."""

    def __init__(self, path: Path) -> None:
        make_private_folder(path.parent)
        super().__init__(path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", errors="backslashreplace")

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self.baseFilename, flags, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError("not a file")
        os.fchmod(descriptor, 0o600)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: standard error is the screen."""


class _Formatter(logging.Formatter):
    """One line a record, in UTC, tracebacks below it; neither secrets nor control characters."""

    def __init__(self, scrubber: Scrubber) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        self._scrubber = scrubber

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return clean_block(self._scrubber.text(super().format(record)))

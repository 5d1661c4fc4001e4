"""A command and everything it starts: one process group, ended as one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.05
_PROC = Path("/proc")
MARK = "ONCALL_RUN"
"""The variable that tells the processes of one run: what leaves the group still carries it."""


class ProcessGroup:
    """A running command, leader of a session and a process group of its own.

    It has no terminal and nothing to read unless stdin is given; output, and errors with it, go into one pipe.
    Belongs to the running loop.
    """

    def __init__(self, argv: Sequence[str], cwd: Path, environment: Mapping[str, str], stdin: str = "") -> None:
        """Start it. Raises OSError or ValueError when it cannot be."""
        self._mark = secrets.token_hex(8)
        with _file_of(stdin) if stdin else contextlib.nullcontext() as reads:
            self._process = subprocess.Popen(  # noqa: S603 - what runs was shown before.
                list(argv),
                cwd=cwd,
                env={**environment, MARK: self._mark},
                stdin=reads or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[None] = self._loop.create_future()
        threading.Thread(target=self._await_exit, name=f"step {self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the leader, and so of the group."""
        return self._process.pid

    @property
    def output(self) -> subprocess.Popen[bytes]:
        """Whose stdout is the pipe's reading end."""
        return self._process

    @property
    def returncode(self) -> int | None:
        """The leader's exit code, minus the signal that killed it, None while it runs."""
        return self._process.returncode

    async def exited(self) -> None:
        """Wait for the leader, not for what it started."""
        await asyncio.shield(self._exited)

    async def end(self, grace: float, *, strays: bool = False) -> bool:
        """End everything in the group: TERM, then KILL after grace seconds. Whether it is all gone.

        strays: also what left the group, as far as the system tells (Linux; not what changed its environment or its
        user). Takes at most grace and a second; a process that waits for a dead disk outlives even KILL.
        """
        if not await self._left(strays):
            return True
        for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 1.0)):
            self._send(number, strays)
            if await self._gone(seconds, strays):
                return True
        return False

    async def fled(self) -> bool:
        """Whether something that the command started left the group and still runs, as far as the system tells."""
        return await asyncio.to_thread(self._strays)  # thousands of processes take a while to look at

    def _strays(self) -> bool:
        return any(True for _ in _marked(self._mark))

    def kill(self) -> None:
        """KILL at once, strays too, and wait for nothing."""
        self._send(signal.SIGKILL, strays=True)

    def _send(self, number: signal.Signals, strays: bool) -> None:
        """Send a signal to every process of the group; none left is no error."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
        for pid in _marked(self._mark) if strays else ():
            _signal(pid, number, self._mark)

    async def _left(self, strays: bool) -> bool:
        return self.alive() or (strays and await self.fled())

    def alive(self) -> bool:
        """Whether any process of the group still runs. What has ended but was not waited for does not count."""
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return _any_running(self.pid)

    async def _gone(self, seconds: float, strays: bool) -> bool:
        deadline = self._loop.time() + seconds
        while await self._left(strays):
            if self._loop.time() >= deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    def _await_exit(self) -> None:
        # Only looks, where the system can: until the loop reaps it in _reap, the number cannot become another group's.
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            self._loop.call_soon_threadsafe(self._reap)

    def _reap(self) -> None:
        self._process.wait()
        if not self._exited.done():
            self._exited.set_result(None)


def _file_of(text: str) -> IO[bytes]:
    """A file to read it from, nameless and so nobody else's to open."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asks closes it.
    file.write(text.encode(errors="replace"))
    file.seek(0)
    return file


def _any_running(group: int) -> bool:
    """Whether a process of the group runs and is no zombie; where there is no /proc, yes."""
    if not (_PROC / "self").exists():
        return True
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # After the command's name, which may hold anything and ends with the last ')': state, parent, group.
                fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[2]) == group and fields[0] not in b"ZX":
                    return True
    return False


def _marked(mark: str) -> Iterator[int]:
    """The processes, zombies aside, that carry the mark of a run; none where there is no /proc."""
    if not (_PROC / "self").exists():
        return
    for entry in os.scandir(_PROC):
        if entry.name.isdigit() and _carries(int(entry.name), mark):
            yield int(entry.name)


def _carries(pid: int, mark: str) -> bool:
    wanted = f"{MARK}={mark}".encode()
    try:
        return wanted in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")  # a zombie has none
    except OSError:
        return False


def _signal(pid: int, number: signal.Signals, mark: str) -> None:
    """Send a signal to a marked process, and to no other that has its number by now."""
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if _carries(pid, mark):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)

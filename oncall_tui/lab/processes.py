"""Programs the lab runs: each in its own process group, watched while it starts, and gone when the lab is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_line

GRACE = 5.0
"""Seconds between asking a program to stop (TERM) and making it (KILL)."""
PATIENCE = 60.0
"""Seconds a server may take until it is ready."""
_LOOK = 0.05
_TAIL = 8_192

_BOUND_TO_US = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Linux: ask the kernel to kill us when our parent dies (it survives exec), then become the program.

A program of its own rather than a preexec_fn, which is not safe in a process with threads.
"""


class Process:
    """A running program. Its output is in the file log."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(cls, name: str, argv: Sequence[str], log: Path) -> Process:
        """Start argv (its first is an absolute path). Raises ActionError if the system cannot."""
        if sys.platform == "linux":
            argv = (sys.executable, "-ISc", _BOUND_TO_US, str(os.getpid()), *argv)
        with log.open("ab") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as error:
                raise ActionError(f"{name} does not start: {error.strerror}", argv[0]) from None
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Its exit code, once it ends; minus the signal that ended it."""
        return await self._process.wait()

    async def ready(self, url: str, patience: float = PATIENCE) -> None:
        """Wait until url answers 200. Raises ActionError when it ends before, or takes longer than patience seconds."""
        until = time.monotonic() + patience
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while self.running:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(url)).status_code == httpx.codes.OK:
                        return
                if time.monotonic() > until:
                    raise ActionError(f"{self.name} is not ready after {patience:.0f} s", self.last_words())
                await asyncio.sleep(_LOOK)
        raise ActionError(f"{self.name} ended with code {await self.wait()}", self.last_words())

    async def stop(self, grace: float = GRACE) -> None:
        """End it and all it started: TERM, and KILL after grace seconds. Ending an ended one is no error."""
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            pass
        finally:  # a cancelled stop must not leave it behind either, nor what it started
            self._signal(signal.SIGKILL)
        await self.wait()

    async def kill(self) -> None:
        """End it as a crash would."""
        self._signal(signal.SIGKILL)
        await self.wait()

    def last_words(self, lines: int = 3) -> str:
        """The end of its log, in one line that is safe to show."""
        try:
            tail = self.log.read_bytes()[-_TAIL:].decode("utf-8", "replace")
        except OSError:
            return ""
        return clean_line(" | ".join(tail.strip().splitlines()[-lines:]), 600)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


async def run_to_end(name: str, argv: Sequence[str], log: Path) -> None:
    """Run a program and wait for it; stop it when we are cancelled. Raises ActionError when it fails."""
    process = await Process.start(name, argv, log)
    try:
        code = await process.wait()
    finally:
        await process.stop()
    if code != 0:
        raise ActionError(f"{name} failed with code {code}", process.last_words())

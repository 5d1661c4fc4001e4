"""A step that gets the terminal for itself, and gives it back."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator

from oncall_tui.runbooks.run import Preview, StepResult, ending, environment_of, explained


async def run_at_terminal(preview: Preview) -> StepResult:
    """Run it on our own terminal until it ends; its output is nobody's but the person's. No timeout: a person is there.

    ctrl+c is the step's alone. Raises ActionError when it cannot be started. To be called from the main thread.
    """
    started = time.monotonic()
    with _deaf():
        with explained(preview):
            process = subprocess.Popen(  # noqa: S603, ASYNC220 - what runs was shown before; starting it is quick.
                list(preview.argv), cwd=preview.cwd, env=environment_of(preview)
            )
        waiting = asyncio.create_task(asyncio.to_thread(process.wait))
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            process.terminate()
            await waiting
            raise
    return ending(process.returncode, time.monotonic() - started)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Meanwhile what the keys of a terminal send (ctrl+c, ctrl+\\) ends the step and not us.

    Handled rather than ignored: what is ignored here would be ignored by the step too.
    """
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(number, lambda *_: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

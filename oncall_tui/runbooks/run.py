"""Runs one step: exactly what its preview shows, in a process group of its own, with an end in every case."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import ActionError
from oncall_tui.core.redaction import Redactor
from oncall_tui.runbooks.checkout import commit_of
from oncall_tui.runbooks.environment import PREFIX
from oncall_tui.runbooks.model import Runbook, Step
from oncall_tui.runbooks.output import Output
from oncall_tui.runbooks.process_group import ProcessGroup
from oncall_tui.runbooks.remote import Remote, what_to_read

GRACE_SECONDS = 3.0
"""Between TERM and KILL."""
LINGER_SECONDS = 0.5
"""How long what a step started may go on printing after the step itself has ended."""
TAIL_BYTES = 4_096
"""Of the output's end, in the result."""

_OPTIONS = {"sh": ("-e",), "bash": ("-e", "-o", "pipefail"), "zsh": ("-e", "-o", "pipefail")}


@dataclass(frozen=True, slots=True)
class Preview:
    """What will run, to the letter. environment: what is added to our own, less every ALERT_* that was in it.

    timeout: seconds. host: where it runs, '' for here; there it has the environment, and nothing of our own.
    stdin: what it reads. script: the step's code. commit: of its runbook's checkout, '' where there is none.
    """

    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(hash=False)
    timeout: float
    script: str
    host: str = ""
    stdin: str = field(default="", repr=False)
    commit: str = ""


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended. duration: seconds. tail: the end of its output, as text, not cleaned.

    exit_code: None when a signal killed it or it would not die. signal: that signal's name, '' if none.
    output_bytes: all it printed; truncated: whether some of that was passed to nobody. note: what else to know.
    word: how what was launched elsewhere ended, '' for what ran here.
    """

    exit_code: int | None
    signal: str
    stopped: bool
    timed_out: bool
    duration: float
    tail: str
    output_bytes: int
    truncated: bool
    note: str = ""
    word: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ran to its end and said that all is well."""
        return self.exit_code == 0 and not self.stopped and not self.timed_out

    @property
    def summary(self) -> str:
        """The ending in a few words."""
        took = f"after {humanize(self.duration)}"
        if self.timed_out or self.stopped:
            return f"{'timed out' if self.timed_out else 'stopped'} {took}"
        if self.word:
            return f"{self.word} {took}"
        if self.signal:
            return f"killed by {self.signal} {took}"
        return f"exit {self.exit_code} {took}" if self.exit_code is not None else f"no ending seen {took}"


def preview_step(runbook: Runbook, step: Step, environment: Mapping[str, str], remote: Remote | None = None) -> Preview:
    """What running the step will run: in the runbook's folder, stopping at the first command that fails (-e).

    remote: where it may run if it names a host. Raises ActionError when its shell, or a program that the runbook
    requires, is not installed; for a step on another host, when that is not allowed.
    """
    folder = runbook.path.parent.absolute()
    if step.host:
        remote = remote or Remote()
        host = remote.host(environment.get(step.host, ""))
        argv, shell = remote.argv(host), (step.shell, *_OPTIONS[step.shell])
        if shutil.which(argv[0]) is None:
            raise ActionError(
                f"{step.title}: {argv[0]} is not installed", "install it, or name another under runbooks.ssh"
            )
        reads = what_to_read(shell, step.code, environment)
        timeout, commit = float(step.timeout), commit_of(folder)
        return Preview(argv, folder, dict(environment), timeout, step.code, host, reads, commit)
    path = environment.get("PATH")
    for program in runbook.programs:
        if shutil.which(program, path=path) is None:
            raise ActionError(f"{runbook.title}: {program} is not installed", f"install {program}: it is required")
    found = shutil.which(step.shell)
    if found is None:
        raise ActionError(f"{step.title}: {step.shell} is not installed", f"install {step.shell}, or write it for sh")
    argv = (found, *_OPTIONS[step.shell], "-c", step.code)
    return Preview(argv, folder, dict(environment), float(step.timeout), step.code, commit=commit_of(folder))


async def run_step(
    preview: Preview,
    on_line: Callable[[str], None],
    stop: asyncio.Event | None = None,
    grace: float = GRACE_SECONDS,
    redactor: Redactor | None = None,
) -> StepResult:
    """Run it to its end: its own, its timeout's, or the one that setting stop asks for.

    on_line is called in the loop for each line, raw but without the redactor's secrets: output.py says which lines
    are left out when there are many. Whatever the step started is ended with it, TERM first and KILL after grace
    seconds; what left its group to go on by itself only when the step is stopped or takes too long. Being cancelled
    does the same before it goes on. Raises ActionError when the step cannot be started; what on_line raises ends it.
    """
    started = time.monotonic()
    group = _start(preview)
    output = Output(on_line, redactor)
    stop = stop or asyncio.Event()
    reading = asyncio.create_task(_read(group, output))
    try:
        stopped, timed_out = await _until_over(group, reading, stop, preview.timeout)
        note = await _clear_up(group, reading, grace, early=stopped or timed_out)
        if reading.done() and not reading.cancelled() and (error := reading.exception()):
            raise error
        output.close()
    except asyncio.CancelledError:
        await group.end(grace, strays=True)
        raise
    finally:
        if group.alive():
            group.kill()
        reading.cancel()
    ended = ending(group.returncode, time.monotonic() - started)
    return replace(
        ended,
        stopped=stopped,
        timed_out=timed_out,
        tail=output.tail(TAIL_BYTES),
        output_bytes=output.total,
        truncated=output.omitted > 0,
        note=note,
    )


def ending(code: int | None, duration: float) -> StepResult:
    """The result of what ended by itself and printed nothing to us. code: minus the signal that killed it."""
    return StepResult(
        exit_code=code if code is not None and code >= 0 else None,
        signal=_signal_name(-code) if code is not None and code < 0 else "",
        stopped=False,
        timed_out=False,
        duration=duration,
        tail="",
        output_bytes=0,
        truncated=False,
    )


def _start(preview: Preview) -> ProcessGroup:
    with explained(preview):
        return ProcessGroup(preview.argv, preview.cwd, environment_of(preview), preview.stdin)
    raise AssertionError("explained lets nothing pass")


def environment_of(preview: Preview) -> dict[str, str]:
    """All that the process has: ours, less every ALERT_* in it, and the step's own. ssh itself needs only ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return inherited if preview.host else inherited | dict(preview.environment)


@contextlib.contextmanager
def explained(preview: Preview) -> Iterator[None]:
    """Turn what keeps a step from starting into an ActionError that says what to do."""
    try:
        yield
    except (OSError, ValueError) as error:
        if not preview.cwd.is_dir():
            message = f"the step did not start: its folder {preview.cwd} is gone"
            raise ActionError(message, "put the runbook's folder back") from None
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ActionError(f"the step did not start: {reason.lower()}", f"look at {preview.argv[0]}") from error


async def _read(group: ProcessGroup, output: Output) -> None:
    """Feed output from the group's pipe until nobody holds its other end."""
    reader = asyncio.StreamReader()
    pipe = group.output.stdout
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while chunk := await reader.read(65_536):
            output.feed(chunk)
    finally:
        transport.close()


async def _until_over(
    group: ProcessGroup, reading: asyncio.Task[None], stop: asyncio.Event, seconds: float
) -> tuple[bool, bool]:
    """Wait for the leader's exit, stop, the seconds to pass, or a failing reader. (stopped, timed out), never both."""
    exited, stopping = asyncio.create_task(group.exited()), asyncio.create_task(stop.wait())
    broken = asyncio.create_task(_failure(reading))
    try:
        done, _ = await asyncio.wait({exited, stopping, broken}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (exited, stopping, broken):
            task.cancel()
    if exited in done or broken in done:
        return False, False
    return stopping in done, stopping not in done


async def _failure(reading: asyncio.Task[None]) -> None:
    """Returns only when reading failed: an output that was closed early is no ending."""
    await asyncio.wait({reading})
    if reading.cancelled() or reading.exception() is None:
        await asyncio.Event().wait()


async def _clear_up(group: ProcessGroup, reading: asyncio.Task[None], grace: float, early: bool) -> str:
    """End what still runs and read what is still to be read. What there is to say about it."""
    note = ""
    if not early:
        await asyncio.wait({reading}, timeout=LINGER_SECONDS)
        if group.alive():
            note = "it left processes behind, which were ended"
    gone = await group.end(grace, strays=early)
    if gone:
        await group.exited()
    await asyncio.wait({reading}, timeout=LINGER_SECONDS)
    if not gone:
        return f"process group {group.pid} is still there: not even KILL ended it"
    fled = not reading.done() or (not early and await group.fled())
    return "something it started left its group and still runs" if fled else note


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

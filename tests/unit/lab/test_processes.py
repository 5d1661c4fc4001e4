"""Processes end whatever they do about it, take their children with them, and their last words are heard."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from oncall_tui.core.errors import ActionError
from oncall_tui.lab.ports import HOST, LabPorts
from oncall_tui.lab.processes import Process, run_to_end

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", deaf])
print(child.pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def said(log: Path) -> str:
    for _ in range(200):
        if text := content(log):
            return text
        await asyncio.sleep(0.05)
    raise AssertionError("it said nothing")


def content(log: Path) -> str:
    return log.read_text() if log.exists() else ""


async def until_gone(pid: int) -> bool:
    for _ in range(100):
        if not alive(pid):
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_program_that_ignores_being_asked_is_killed_with_its_children(tmp_path: Path) -> None:
    process = await Process.start("stubborn", (sys.executable, "-c", STUBBORN), tmp_path / "log")
    child = int(await said(tmp_path / "log"))
    assert alive(child)
    await process.stop(grace=0.2)
    assert not process.running
    assert await until_gone(child)
    await process.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
async def test_a_program_dies_with_a_lab_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from oncall_tui.lab.processes import Process\n"
        "async def main():\n"
        "    process = await Process.start('sleeper', ('/bin/sleep', '60'), Path(sys.argv[1]))\n"
        "    print(process.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    lab = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path / "log"), stdout=asyncio.subprocess.PIPE
    )
    assert lab.stdout is not None
    pid = int(await lab.stdout.readline())
    assert alive(pid)
    lab.kill()
    await lab.wait()
    assert await until_gone(pid)


async def test_a_program_that_ends_before_it_is_ready_is_quoted(tmp_path: Path) -> None:
    speak = "print('one'); print('bad \\x1b[31mflag'); raise SystemExit(3)"
    process = await Process.start("speaker", (sys.executable, "-c", speak), tmp_path / "log")
    with pytest.raises(ActionError) as refused:
        await process.ready(f"http://{HOST}:{LabPorts.unused(()).prometheus}/", patience=10)
    assert refused.value.message == "speaker ended with code 3"
    assert "one | bad" in refused.value.hint
    assert "\x1b" not in refused.value.hint


async def test_a_server_that_never_gets_ready_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    process = await Process.start("mute", ("/bin/sleep", "60"), tmp_path / "log")
    began = time.monotonic()
    with pytest.raises(ActionError, match="mute is not ready after 0 s"):
        await process.ready(f"http://{HOST}:{LabPorts.unused(()).prometheus}/", patience=0.3)
    assert time.monotonic() - began < 5
    await process.stop()


async def test_a_program_that_fails_says_so_and_one_that_is_not_there_too(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="checker failed with code 2"):
        await run_to_end("checker", (sys.executable, "-c", "raise SystemExit(2)"), tmp_path / "log")
    with pytest.raises(ActionError):
        await run_to_end("nothing", ("/no/such/program",), tmp_path / "log")
    await run_to_end("fine", (sys.executable, "-c", "pass"), tmp_path / "log")


async def test_a_cancelled_run_leaves_no_process(tmp_path: Path) -> None:
    speak = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    running = asyncio.create_task(run_to_end("long", (sys.executable, "-c", speak), tmp_path / "log"))
    pid = int(await said(tmp_path / "log"))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await until_gone(pid)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)

"""Steps that will not end, will not stop, or will not be quiet. Real processes; every one of them has an ending."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from oncall_tui.core.errors import ActionError
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.text import LINE_LIMIT
from oncall_tui.runbooks import Preview, StepResult, parse_runbook, preview_step, run_step
from oncall_tui.runbooks.output import HEAD_BYTES, HEAD_LINES, TAIL_BYTES

FAST = 0.3


def a_preview(tmp_path: Path, code: str, timeout: float = 20.0, shell: str = "sh", **environment: str) -> Preview:
    book = parse_runbook(f"```{shell}\n{code}\n```\n", tmp_path / "book.md")
    shown = preview_step(book, book.steps[0], environment)
    return replace(shown, timeout=timeout)


async def run(preview: Preview, stop: asyncio.Event | None = None) -> tuple[StepResult, list[str]]:
    lines: list[str] = []
    async with asyncio.timeout(20):
        result = await run_step(preview, lines.append, stop, grace=FAST)
    return result, lines


def running(mark: str) -> list[int]:
    """Processes, zombies aside, whose command line holds mark."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


async def until_printed(lines: list[str], word: str) -> None:
    for _ in range(500):
        if any(word in line for line in lines):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never printed {word}")


async def test_a_folder_that_is_gone_is_an_error_with_a_hint(tmp_path: Path) -> None:
    preview = a_preview(tmp_path / "gone", "true")
    with pytest.raises(ActionError, match="gone is gone"):
        await run(preview)


async def test_a_shell_that_is_gone_is_an_error(tmp_path: Path) -> None:
    preview = Preview((str(tmp_path / "nosh"), "-c", "true"), tmp_path, {}, 5.0, "true")
    with pytest.raises(ActionError, match="did not start: no such file"):
        await run(preview)


async def test_an_environment_the_kernel_refuses_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="argument list too long"):
        await run(a_preview(tmp_path, "true", ALERT_LABEL_X="x" * 3_000_000))


async def test_a_step_that_fails_halfway_does_not_go_on_to_succeed(tmp_path: Path) -> None:
    result, lines = await run(a_preview(tmp_path, "echo one\nfalse\necho two"))
    assert (result.exit_code, result.ok, lines) == (1, False, ["one"])
    assert result.summary.startswith("exit 1 after")


async def test_a_pipeline_fails_with_its_first_part_in_bash(tmp_path: Path) -> None:
    result, _ = await run(a_preview(tmp_path, "exit 3 | cat", shell="bash"))
    assert result.exit_code == 3


async def test_a_command_that_is_not_there_is_127_and_says_so(tmp_path: Path) -> None:
    result, lines = await run(a_preview(tmp_path, "no-such-command-here"))
    assert result.exit_code == 127
    assert "no-such-command-here" in lines[-1]


async def test_a_step_killed_by_a_signal_names_it(tmp_path: Path) -> None:
    result, _ = await run(a_preview(tmp_path, "kill -SEGV $$"))
    assert (result.exit_code, result.signal, result.ok) == (None, "SIGSEGV", False)
    assert result.summary.startswith("killed by SIGSEGV")


async def test_a_step_that_takes_too_long_is_ended_and_says_so(tmp_path: Path) -> None:
    result, lines = await run(a_preview(tmp_path, "echo begun; sleep 4711.1", timeout=0.4))
    assert (result.timed_out, result.stopped, result.ok, lines) == (True, False, False, ["begun"])
    assert result.summary.startswith("timed out")
    assert running("4711.1") == []


async def test_stop_ends_a_step_that_ignores_term_and_all_it_started(tmp_path: Path) -> None:
    code = "trap '' TERM\nsleep 4711.2 & (trap '' TERM; sleep 4711.2) &\necho begun; while :; do sleep 4711.2; done"
    stop = asyncio.Event()
    lines: list[str] = []
    task = asyncio.create_task(run_step(a_preview(tmp_path, code), lines.append, stop, grace=FAST))
    await until_printed(lines, "begun")
    stop.set()
    async with asyncio.timeout(5):
        result = await task
    assert (result.stopped, result.timed_out, result.signal, result.ok) == (True, False, "SIGKILL", False)
    assert running("4711.2") == []


async def test_a_stopped_step_may_clean_up_after_itself(tmp_path: Path) -> None:
    code = "trap 'echo undone; exit 0' TERM\necho begun\nwhile :; do sleep 0.05; done"
    stop = asyncio.Event()
    lines: list[str] = []
    task = asyncio.create_task(run_step(a_preview(tmp_path, code), lines.append, stop, grace=5.0))
    await until_printed(lines, "begun")
    stop.set()
    result = await task
    assert (lines[0], lines[-1]) == ("begun", "undone")
    assert (result.exit_code, result.stopped, result.ok) == (0, True, False), "stopped is never success"


async def test_a_stop_before_the_start_still_ends(tmp_path: Path) -> None:
    stop = asyncio.Event()
    stop.set()
    result, _ = await run(a_preview(tmp_path, "sleep 4711.3"), stop)
    assert result.stopped
    assert running("4711.3") == []


async def test_being_cancelled_ends_the_step_first(tmp_path: Path) -> None:
    lines: list[str] = []
    task = asyncio.create_task(run_step(a_preview(tmp_path, "echo begun; sleep 4711.4"), lines.append, grace=FAST))
    await until_printed(lines, "begun")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert running("4711.4") == []


async def test_what_the_screen_raises_ends_the_step(tmp_path: Path) -> None:
    def broken(line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError, match="begun"):
        await run_step(a_preview(tmp_path, "echo begun; sleep 4711.5"), broken, grace=FAST)
    assert running("4711.5") == []


async def test_grandchildren_that_hold_the_pipe_do_not_hang_it(tmp_path: Path) -> None:
    started = time.monotonic()
    result, lines = await run(a_preview(tmp_path, "sleep 4711.6 &\necho done"))
    assert (result.exit_code, result.ok, lines) == (0, True, ["done"])
    assert result.note == "it left processes behind, which were ended"
    assert running("4711.6") == []
    assert time.monotonic() - started < 5


async def test_grandchildren_that_hold_no_pipe_are_ended_too(tmp_path: Path) -> None:
    result, _ = await run(a_preview(tmp_path, "sleep 4711.7 >/dev/null 2>&1 &"))
    assert "left processes behind" in result.note
    assert running("4711.7") == []


async def test_one_that_fled_the_group_with_the_pipe_does_not_hang_it_and_is_told(tmp_path: Path) -> None:
    result, lines = await run(a_preview(tmp_path, "setsid sleep 8.4711 &\nsleep 0.2; echo done"))
    fled = running("8.4711")
    for pid in fled:
        os.kill(pid, signal.SIGKILL)
    assert fled
    assert (result.exit_code, lines) == (0, ["done"])
    assert result.note == "something it started left its group and still runs"


async def test_one_that_already_ended_is_not_called_left_behind(tmp_path: Path) -> None:
    result, _ = await run(a_preview(tmp_path, "sleep 0.05 &\nsleep 0.3"))
    assert (result.exit_code, result.note) == (0, "")
    assert result.duration < 1.5


async def test_closing_its_output_early_is_no_ending(tmp_path: Path) -> None:
    result, _ = await run(a_preview(tmp_path, "exec >&- 2>&-\nsleep 0.4\nexit 3"))
    assert result.exit_code == 3
    assert result.duration >= 0.4


async def test_it_has_no_terminal_and_nothing_to_read(tmp_path: Path) -> None:
    code = "if read -r word; then echo got; fi\nif (: </dev/tty) 2>/dev/null; then echo tty; fi\necho end"
    result, lines = await run(a_preview(tmp_path, code))
    assert (result.exit_code, lines) == (0, ["end"])


async def test_a_hundred_megabytes_keep_their_head_and_tail(tmp_path: Path) -> None:
    started = time.monotonic()
    result, lines = await run(
        a_preview(tmp_path, "echo first; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo last")
    )
    assert (lines[0], lines[-1], result.exit_code) == ("first", "last", 0)
    assert (result.output_bytes, result.truncated) == (100_000_000 + 12, True)
    [said] = [line for line in lines if "left out" in line]
    shown = sum(len(line) for line in lines) - len(said)
    assert HEAD_BYTES <= shown <= HEAD_BYTES + TAIL_BYTES + 4_096
    assert result.tail.endswith("x\nlast")
    assert time.monotonic() - started < 15


async def test_endless_short_lines_are_cut_off_by_count(tmp_path: Path) -> None:
    result, lines = await run(a_preview(tmp_path, "yes | head -n 400000; echo last"))
    [at] = [at for at, line in enumerate(lines) if "left out" in line]
    assert HEAD_LINES <= at <= HEAD_LINES + 4_096
    assert lines[-1] == "last"
    assert result.truncated


async def test_an_endless_flood_can_be_stopped(tmp_path: Path) -> None:
    result, lines = await run(a_preview(tmp_path, "yes flood", timeout=0.5))
    assert result.timed_out
    assert lines[0] == "flood"


async def test_what_just_fits_is_shown_whole(tmp_path: Path) -> None:
    result, lines = await run(a_preview(tmp_path, f"seq {HEAD_LINES + 500}"))
    assert lines == [str(n) for n in range(1, HEAD_LINES + 501)]
    assert not result.truncated


async def test_binary_output_is_text_with_stand_ins(tmp_path: Path) -> None:
    result, lines = await run(
        a_preview(tmp_path, "head -c 300000 /dev/urandom; printf '\\n\\303'; printf '\\251\\n\\377end'")
    )
    assert result.exit_code == 0
    assert lines[-2:] == ["é", "\ufffdend"]
    assert all(len(line) <= LINE_LIMIT for line in lines)


async def test_a_very_long_line_goes_on_in_the_next(tmp_path: Path) -> None:
    _, lines = await run(
        a_preview(tmp_path, f"head -c {LINE_LIMIT * 2 + 5} /dev/zero | tr '\\0' z; echo; echo; echo b")
    )
    assert [len(line) for line in lines] == [LINE_LIMIT, LINE_LIMIT, 5, 0, 1]


async def test_each_change_of_a_progress_bar_is_a_line_while_it_happens(tmp_path: Path) -> None:
    seen: list[tuple[float, str]] = []
    preview = a_preview(tmp_path, "printf '10%%\\r'; sleep 0.5; printf '100%%\\r\\n'; echo end >&2")
    await run_step(preview, lambda line: seen.append((time.monotonic(), line)))
    assert [line for _, line in seen] == ["10%", "100%", "end"]
    assert seen[1][0] - seen[0][0] > 0.3


async def test_exactly_the_preview_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_LABEL_STALE", "of another alert")
    monkeypatch.setenv("KUBECONFIG", "kept")
    code = 'tr "\\0" "\\n" </proc/$$/cmdline; echo "--"; pwd; env | grep -E "^(ALERT|KUBECONFIG|ONCALL_SERVICE)" | sort'
    preview = a_preview(tmp_path, code, ALERT_LABEL_X="a'b\"c; $(touch pwned) `touch pwned`\nd", ONCALL_SERVICE="s")
    _, lines = await run(preview)
    text = "\n".join(lines)
    argv, _, rest = text.partition("\n--\n")
    assert argv.rstrip("\n") == "\n".join(preview.argv).rstrip("\n")
    assert rest.splitlines() == [
        str(tmp_path),
        "ALERT_LABEL_X=a'b\"c; $(touch pwned) `touch pwned`",
        "KUBECONFIG=kept",
        "ONCALL_SERVICE=s",
    ]
    assert not (tmp_path / "pwned").exists()


async def test_steps_run_side_by_side(tmp_path: Path) -> None:
    started = time.monotonic()
    results = await asyncio.gather(*(run(a_preview(tmp_path, "sleep 0.6")) for _ in range(10)))
    assert all(result.ok for result, _ in results)
    assert time.monotonic() - started < 4


async def test_stop_also_ends_what_fled_into_a_session_of_its_own(tmp_path: Path) -> None:
    code = "setsid sh -c 'trap \"\" TERM; while :; do sleep 4711.8; done' >/dev/null 2>&1 &\necho begun; sleep 4711.8"
    stop = asyncio.Event()
    lines: list[str] = []
    task = asyncio.create_task(run_step(a_preview(tmp_path, code), lines.append, stop, grace=FAST))
    await until_printed(lines, "begun")
    await asyncio.sleep(0.2)
    stop.set()
    async with asyncio.timeout(5):
        result = await task
    assert (result.stopped, result.note) == (True, "")
    assert running("4711.8") == []


async def test_a_daemon_that_a_step_starts_on_purpose_lives_and_is_told(tmp_path: Path) -> None:
    result, _ = await run(a_preview(tmp_path, "setsid sleep 9.4711 >/dev/null 2>&1 &\nsleep 0.2"))
    fled = running("9.4711")
    for pid in fled:
        os.kill(pid, signal.SIGKILL)
    assert fled
    assert (result.ok, result.note) == (True, "something it started left its group and still runs")


async def test_a_fork_bomb_of_a_kind_is_ended_whole(tmp_path: Path) -> None:
    code = "for n in 1 2 3 4 5; do (for m in 1 2 3 4; do sleep 4711.9 & done; wait) & done\nwait"
    result, _ = await run(a_preview(tmp_path, code, timeout=0.8))
    assert result.timed_out
    assert running("4711.9") == []


async def test_secrets_are_in_no_line_and_in_no_tail(tmp_path: Path) -> None:
    lines: list[str] = []
    preview = a_preview(tmp_path, "printf 'token hun'; sleep 0.2; echo 'ter2 end'; yes hunter2 | head -n 100000")
    result = await run_step(preview, lines.append, redactor=Redactor(["hunter2"]))
    assert lines[0] == "token [redacted] end"
    assert not any("hunter2" in line for line in lines)
    assert "hunter2" not in result.tail
    assert result.output_bytes == len("token hunter2 end\n") + 8 * 100_000

"""Running a step: shown, written down, run, written down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from oncall_tui.actions import PreparedStep, RunStep
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import ActionError
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.steps import StepKind
from oncall_tui.journal import EventKind, Journal
from oncall_tui.runbooks import parse_runbook

ALERT = Alert("am", "f1", {"alertname": "FeatureStale", "service": "feature-store"})


def prepared(work: RunStep, folder: Path, code: str) -> PreparedStep:
    book = parse_runbook(f"# Look\n```sh\n{code}\n```\n", folder / "stale.md")
    return work.prepare(book, book.steps[0], ALERT)


async def test_read_only_shows_a_step_but_does_not_run_it(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria", read_only="told to")
    ready = prepared(work, tmp_path, "touch ran")
    with pytest.raises(ActionError, match="read-only"):
        await work(ready, print)
    assert not (tmp_path / "ran").exists()
    assert journal.events() == ()


async def test_a_step_that_cannot_start_is_written_down(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria")
    with pytest.raises(ActionError, match="is gone"):
        await work(prepared(work, tmp_path / "gone", "true"), print)
    intent, failed = journal.events()
    assert (failed.kind, failed.intent) == (EventKind.STEP_FAILED, intent.id)
    assert "is gone" in str(failed.payload["error"])


async def test_a_step_that_was_cancelled_is_written_down(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria")
    lines: list[str] = []
    task = asyncio.create_task(work(prepared(work, tmp_path, "echo begun; sleep 30"), lines.append))
    for _ in range(500):
        await asyncio.sleep(0.01)
        if lines:
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert journal.events()[-1].kind == EventKind.STEP_ENDED
    assert journal.events()[-1].payload == {"cut_short": "cancelled"}


async def test_a_broken_journal_stops_no_step_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    work = RunStep(Journal(tmp_path / "file" / "journal.db"), "maria")
    run = await work(prepared(work, tmp_path, "true"), print)
    assert run.result.ok
    assert run.journal.startswith("journal: not written: ")


async def test_what_ran_and_how_it_ended_is_written_down(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria", extra={"ONCALL_PROMETHEUS_URL": "http://p"}, clock=lambda: 7.0)
    ready = prepared(work, tmp_path, 'echo "$ALERT_ALERTNAME of $ONCALL_SERVICE at $ONCALL_PROMETHEUS_URL"; exit 4')
    lines: list[str] = []
    run = await work(ready, lines.append)
    assert lines == ["FeatureStale of feature-store at http://p"]
    assert (run.result.exit_code, run.journal, run.prepared) == (4, "", ready)
    intent, ended = journal.events()
    assert (intent.kind, ended.kind, ended.intent) == (EventKind.STEP_INTENDED, EventKind.STEP_ENDED, intent.id)
    assert (intent.actor, intent.service, intent.fingerprint, intent.subject) == (
        "maria",
        "feature-store",
        "f1",
        "stale.md#look",
    )
    assert intent.payload["argv"] == list(ready.preview.argv)
    assert intent.payload["environment"] == {
        "ALERT_ALERTNAME": "FeatureStale",
        "ALERT_FINGERPRINT": "f1",
        "ALERT_SOURCE": "am",
        "ALERT_LABEL_ALERTNAME": "FeatureStale",
        "ALERT_LABEL_SERVICE": "feature-store",
        "ONCALL_SERVICE": "feature-store",
    }
    assert (ended.payload["exit_code"], ended.payload["tail"]) == (4, lines[0])
    assert str(ended.payload["summary"]).startswith("exit 4 after")


async def test_the_record_is_there_before_the_step_runs(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria")
    seen: list[int] = []
    await work(prepared(work, tmp_path, "echo now"), lambda line: seen.append(len(journal.events())))
    assert seen == [1]


async def test_a_step_can_be_stopped(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria")
    stop = asyncio.Event()
    run = await work(prepared(work, tmp_path, "echo begun; sleep 30"), lambda line: stop.set(), stop)
    assert run.result.stopped
    assert journal.events()[-1].payload["stopped"] is True


async def test_a_worse_step_than_is_allowed_does_not_run(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria", allowed=StepKind.DIAGNOSE)
    with pytest.raises(ActionError, match="no mitigate step is run here"):
        await work(prepared(work, tmp_path, "touch ran"), print)
    assert not (tmp_path / "ran").exists()
    assert journal.events() == ()


async def test_no_secret_reaches_the_screen_or_the_journal(journal: Journal, tmp_path: Path) -> None:
    work = RunStep(journal, "maria", redactor=lambda more: Redactor(["hunter2", *more]))
    lines: list[str] = []
    await work(prepared(work, tmp_path, "echo password hunter2"), lines.append)
    assert lines == ["password [redacted]"]
    assert "hunter2" not in repr(journal.events())

"""Runbooks as text and JSON: the list, and one of them with its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from oncall_tui.core.step_records import StepRecord
from oncall_tui.core.text import clean_block, clean_line
from oncall_tui.reports.columns import columns
from oncall_tui.reports.listing import listing
from oncall_tui.runbooks import Runbook, Step, Suggestion


def listed_lines(found: Sequence[Suggestion]) -> list[str]:
    """A line for each."""
    from oncall_tui.ui.render.runbooks import why
    from oncall_tui.ui.render.spans import plain

    if not found:
        return ["no runbook fits"]
    rows = [("NAME", "STEPS", "TITLE", "BECAUSE")]
    for one in found:
        book = one.runbook
        name, steps = (book.name, str(len(book.steps))) if isinstance(book, Runbook) else (book.url, "link")
        rows.append((name, steps, book.title, plain(why(one))))
    return columns(rows)


def listed_json(found: Sequence[Suggestion]) -> Iterator[str]:
    """The same for a program."""
    return listing({"version": 1}, "runbooks", (_listed(one) for one in found))


def _listed(one: Suggestion) -> dict[str, object]:
    book = one.runbook
    common: dict[str, object] = {"title": book.title, "because": one.because.value if one.because else None}
    if not isinstance(book, Runbook):
        return common | {"url": book.url, "note": book.note}
    helped = one.helped
    before = {"recovered": helped.recovered, "worse": helped.worse, "worked": helped.worked}
    return common | {"name": book.name, "steps": [step.id for step in book.steps], "before": before}


def shown_lines(book: Runbook, records: Sequence[StepRecord]) -> list[str]:
    """Its text as written, and its steps."""
    rows = [("STEP", "KIND", "TIMEOUT", "LAST RUN", "TITLE")]
    last = _last(book, records)
    rows += [
        (step.id, step.kind.value, f"{step.timeout}s", _when(last.get(step.id)), step.title) for step in book.steps
    ]
    told = [f"! {clean_line(str(problem))}" for problem in book.problems]
    steps = columns(rows) if book.steps else ["it has no steps to run"]
    return [clean_block(book.text).rstrip("\n"), "", *steps, *told]


def shown_json(book: Runbook, records: Sequence[StepRecord]) -> dict[str, object]:
    """The same for a program."""
    last = _last(book, records)
    return {
        "name": book.name,
        "path": str(book.path),
        "title": book.title,
        "text": book.text,
        "matches": [str(matcher) for matcher in book.matchers],
        "requires": [one.name for one in book.requires] + list(book.programs),
        "steps": [_step(step, last.get(step.id)) for step in book.steps],
        "problems": [str(problem) for problem in book.problems],
    }


def _step(step: Step, record: StepRecord | None) -> dict[str, object]:
    ran = {"at": record.at, "ok": record.ok, "summary": record.summary} if record else None
    return {
        "id": step.id,
        "title": step.title,
        "kind": step.kind.value,
        "shell": step.shell,
        "timeout": step.timeout,
        "interactive": step.interactive,
        "host": step.host or None,
        "code": step.code,
        "last": ran,
    }


def _last(book: Runbook, records: Sequence[StepRecord]) -> dict[str, StepRecord]:
    return {one.step: one for one in records if one.runbook == book.name}


def _when(record: StepRecord | None) -> str:
    if record is None:
        return "-"
    at = datetime.fromtimestamp(record.at, UTC).strftime("%Y-%m-%d %H:%MZ")
    return f"{at} {record.summary}"

"""`oncall-tui check`: what was looked at and what came of it, as JSON for programs or as lines for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from oncall_tui.core.duration import format_duration, humanize
from oncall_tui.core.text import clean_block, clean_line
from oncall_tui.reports.columns import columns

Json = dict[str, object]


class Result(StrEnum):
    """What came of a check. NOT_CHECKED: nobody knows, because it was left out or what it needs did not answer."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check of one thing.

    check: what kind ('SLO', 'runbook'). subject: of what ('gateway/availability'). what: in words. where: file and line
    for what is written in a file, else ''. do: what to do about it, '' where nothing is to be done. excerpt: lines
    to show below it.
    """

    check: str
    subject: str
    result: Result
    what: str
    where: str = ""
    do: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedWindow:
    """One window (seconds) of an SLO: what is asked, and what came back if anything was.

    value: the error ratio, 0..1. age: its seconds. events: how many were counted in the window. origin: raw or
    recorded. why: why there is no value.
    """

    window: int
    query: str
    value: float | None = None
    age: float | None = None
    events: float | None = None
    origin: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """An SLO with all its windows, shortest first."""

    slo: str
    windows: tuple[ExplainedWindow, ...]


@dataclass(frozen=True, slots=True)
class PollCost:
    """What a poll costs one Prometheus. requests, samples: on average; first_...: of the first, which asks for all.

    interval: seconds between polls. samples are what the server says it touched, None where it does not tell.
    why: why nothing is known.
    """

    source: str
    interval: float
    requests: float = 0.0
    samples: float | None = None
    first_requests: int = 0
    first_samples: int | None = None
    why: str = ""

    def told(self) -> str:
        """In one line."""
        if self.why:
            return f"what a poll costs {self.source} is not known: {self.why}"
        touched = "samples it does not tell" if self.samples is None else f"{self.samples:,.0f} samples"
        first = f"{self.first_requests}" + ("" if self.first_samples is None else f" and {self.first_samples:,}")
        each = f"a poll every {humanize(self.interval)}"
        return f"{self.source}: {each} costs {self.requests:.1f} requests and {touched} on average; the first {first}"


@dataclass(frozen=True, slots=True)
class Check:
    """Everything that was found. explained, and costs by source, are empty unless asked for."""

    findings: tuple[Finding, ...]
    explained: tuple[Explained, ...] = ()
    costs: tuple[PollCost, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 when anything failed, else 1 when there is a warning, else 0. What was not checked counts for nothing."""
        results = {finding.result for finding in self.findings}
        return 2 if Result.FAILED in results else 1 if Result.WARNING in results else 0


def as_json(check: Check) -> Json:
    """The whole check. Durations are seconds, ratios 0..1; null where nothing is known."""
    return {
        "exit_code": check.exit_code,
        "counts": {result.value: _count(check, result) for result in Result},
        "findings": [_finding(finding) for finding in check.findings],
        "explained": [
            {"slo": one.slo, "windows": [_window(window) for window in one.windows]} for one in check.explained
        ],
        "costs": [_cost(cost) for cost in check.costs],
    }


def as_lines(check: Check) -> list[str]:
    """The check for a person: a line for each finding, and below it what to do. Safe to print."""
    findings = _gathered(check.findings)
    cells = [(one.result.value, one.check, one.subject, one.what) for one in findings]
    head, *rows = columns([("RESULT", "CHECK", "SUBJECT", "WHAT"), *cells])
    lines = [head]
    for row, finding in zip(rows, findings, strict=True):
        lines.append(row)
        lines += _below(finding)
    for explained in check.explained:
        lines += ["", explained.slo, *_explained(explained)]
    if check.costs:
        lines += ["", *(cost.told() for cost in check.costs)]
    told = [f"{_count(check, result)} {result.value}" for result in Result if _count(check, result)]
    return [clean_line(line).rstrip() for line in [*lines, "", ", ".join(told) or "nothing to check"]]


def _count(check: Check, result: Result) -> int:
    return sum(finding.result is result for finding in check.findings)


def _finding(finding: Finding) -> Json:
    return {
        "check": finding.check,
        "subject": finding.subject,
        "result": finding.result.value,
        "what": finding.what,
        "where": finding.where or None,
        "do": finding.do or None,
    }


def _gathered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with those that were not checked for one and the same reason as one: it is one thing to mend."""
    alike: dict[object, list[Finding]] = {}
    for number, one in enumerate(findings):
        unchecked = one.result is Result.NOT_CHECKED and not one.do
        alike.setdefault((one.check, one.what) if unchecked else number, []).append(one)
    return [
        first if not others else replace(first, subject=f"{first.subject} and {len(others)} more", where="")
        for first, *others in alike.values()
    ]


def _cost(cost: PollCost) -> Json:
    known = not cost.why
    return {
        "source": cost.source,
        "interval_s": cost.interval,
        "requests": round(cost.requests, 3) if known else None,
        "samples": None if cost.samples is None else round(cost.samples),
        "first_requests": cost.first_requests if known else None,
        "first_samples": cost.first_samples,
        "error": cost.why or None,
    }


def _below(finding: Finding) -> Iterable[str]:
    """Where it is and what to do, for what is not as it should be."""
    if finding.result is Result.OK or (finding.result is Result.NOT_CHECKED and not finding.do):
        return
    parts = [part for part in (finding.where, finding.do) if part]
    if parts:
        yield "    " + ": ".join(parts)
    yield from (f"        {line}" for line in clean_block(finding.excerpt).splitlines())


def _window(window: ExplainedWindow) -> Json:
    return {
        "window": format_duration(window.window),
        "window_s": window.window,
        "query": window.query,
        "error_ratio": window.value,
        "age_s": window.age,
        "events": window.events,
        "origin": window.origin or None,
        "error": window.why or None,
    }


def _explained(explained: Explained) -> Iterable[str]:
    heads = ("WINDOW", "ERRORS", "AGE", "EVENTS", "FROM", "QUERY")
    return (f"  {line}" for line in columns([heads, *(_explained_row(window) for window in explained.windows)]))


def _explained_row(window: ExplainedWindow) -> tuple[str, ...]:
    return (
        format_duration(window.window),
        "-" if window.value is None else f"{window.value * 100:.4g}%",
        "-" if window.age is None else humanize(max(0.0, window.age)),
        "-" if window.events is None else f"{window.events:.0f}",
        window.origin or "-",
        window.query + (f"    ({window.why})" if window.why else ""),
    )

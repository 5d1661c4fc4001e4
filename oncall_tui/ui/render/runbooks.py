"""Runbooks: the list, their steps, and to the letter what a step will run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from oncall_tui.actions.verify_step import Verifications, Verified
from oncall_tui.core.duration import humanize
from oncall_tui.core.step_records import Outcome, StepRecord
from oncall_tui.core.steps import StepKind
from oncall_tui.core.text import clean_block
from oncall_tui.runbooks.library import Suggestion
from oncall_tui.runbooks.model import LinkRunbook, Runbook, Step
from oncall_tui.runbooks.run import Preview
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.spans import Line, Role, join, outside, span

RUNBOOK_COLUMNS = (
    Column("title", "RUNBOOK", 30, grow=3),
    Column("steps", "STEPS", 5, rank=1, right=True),
    Column("why", "BECAUSE", 18, rank=2, grow=1),
    Column("name", "FILE", 20, rank=3, grow=2),
)
STEP_COLUMNS = (
    Column("kind", "KIND", 8),
    Column("title", "STEP", 16, grow=1),
    Column("last", "LAST RUN", 15, rank=1),
    Column("shell", "", 4, rank=2),
)

NO_RECORDS: Mapping[str, StepRecord] = MappingProxyType({})
OUTCOME_ROLES = {
    Outcome.RECOVERED: Role.OK,
    Outcome.BETTER: Role.WARN,
    Outcome.NO_EFFECT: Role.WARN,
    Outcome.WORSE: Role.CRIT,
    Outcome.UNKNOWN: Role.UNKNOWN,
}
_KIND_ROLES = {StepKind.DIAGNOSE: Role.OK, StepKind.MITIGATE: Role.WARN, StepKind.DANGER: Role.CRIT}


def runbook_table(suggestions: Sequence[Suggestion], empty: tuple[Line, ...]) -> Table:
    """The suggestions as a table; the rows' keys are their places."""
    return Table(RUNBOOK_COLUMNS, [Row(place, _runbook(s)) for place, s in enumerate(suggestions)], empty)


def _runbook(suggestion: Suggestion) -> Callable[[str, int], Line]:
    runbook = suggestion.runbook

    def cell(column: str, width: int) -> Line:
        match column:
            case "title":
                return outside(runbook.title, Role.STRONG if isinstance(runbook, Runbook) else Role.ACCENT)
            case "steps":
                return span(str(len(runbook.steps))) if isinstance(runbook, Runbook) else span("link", Role.MUTED)
            case "why":
                return why(suggestion)
        return outside(runbook.name if isinstance(runbook, Runbook) else runbook.note, Role.MUTED)

    return cell


def why(suggestion: Suggestion) -> Line:
    """What it did before says more than why it fits."""
    helped = suggestion.helped
    if helped.recovered:
        return span(f"helped {_times(helped.recovered)} before", Role.OK)
    if helped.worse:
        return span(f"made it worse {_times(helped.worse)}", Role.CRIT)
    if helped.worked:
        return span(f"used {_times(helped.worked)} before")
    return span(suggestion.because.value if suggestion.because else "", Role.MUTED)


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count}x"


def step_table(
    runbook: Runbook | LinkRunbook | None, last: Mapping[str, StepRecord] = NO_RECORDS, now: float = 0.0
) -> Table:
    """A runbook's steps as a table; the rows' keys are their ids. last: the last run of each, by its id."""
    steps = runbook.steps if isinstance(runbook, Runbook) else ()
    nothing = "A link is read, never run." if isinstance(runbook, LinkRunbook) else "It has no steps to run."
    return Table(
        STEP_COLUMNS,
        [Row(step.id, _step(step, last.get(step.id), now)) for step in steps],
        (span(nothing, Role.MUTED),),
    )


def _step(step: Step, last: StepRecord | None, now: float) -> Callable[[str, int], Line]:
    def cell(column: str, width: int) -> Line:
        match column:
            case "kind":
                return span(step.kind.value, _KIND_ROLES[step.kind])
            case "title":
                return outside(step.title)
            case "last":
                return _last(last, now) if last else span("-", Role.MUTED)
        return span("term" if step.interactive else "ssh" if step.host else step.shell, Role.MUTED)

    return cell


def preview(step: Step, shown: Preview, secret: Collection[str] = (), then: str = "") -> list[Line]:
    """What will run, to the letter: the program, the folder, the script, what it is told.

    What its script mentions comes first. The values of secret variables are not shown. then: what is done after it.
    """
    if step.launcher:
        return _launch_preview(step, shown, then)
    lines: list[Line] = [
        join(
            [
                span("runs", Role.MUTED),
                outside(shlex.join(shown.argv if shown.host else shown.argv[:-1])),
                span("in", Role.MUTED),
                outside(str(shown.cwd)),
                *([span("at commit", Role.MUTED), span(shown.commit[:10])] if shown.commit else []),
            ]
        ),
        *_where_and_how_long(step, shown),
        *([join([span("then", Role.MUTED), outside(then)])] if then else []),
        span("SCRIPT", Role.HEADING),
        *(outside(f"  {line}") for line in clean_block(shown.script).rstrip("\n").split("\n")),
        span("WITH", Role.HEADING),
    ]
    lines += [
        join([outside(f"  {name}=", Role.MUTED), outside("(not shown)" if name in secret else value)], "")
        for name, value in sorted(shown.environment.items(), key=lambda one: (one[0] not in shown.script, one))
    ]
    return lines


def _launch_preview(step: Step, shown: Preview, then: str) -> list[Line]:
    """What will be sent, but for secrets."""
    method, url = shown.argv
    return [
        join([span("sends", Role.MUTED), span(method), outside(url)]),
        join([span("waits", Role.MUTED), span(f"{humanize(shown.timeout)} at most for it to end, where that is told")]),
        span("what was launched goes on over there, also when you stop here", Role.MUTED),
        *([join([span("then", Role.MUTED), outside(then)])] if then else []),
        span("BODY", Role.HEADING),
        *(outside(f"  {line}") for line in clean_block(shown.script).rstrip("\n").split("\n")),
    ]


def _last(record: StepRecord, now: float) -> Line:
    """How its last run went, and how long ago that was."""
    ago = span(humanize(max(now - record.at, 0.0)), Role.MUTED)
    if record.outcome is not None:
        return join([span(record.outcome.value, OUTCOME_ROLES[record.outcome]), ago])
    if record.ok is None:
        return join([span("unknown", Role.UNKNOWN), ago])
    auto = span("auto", Role.ACCENT) if record.automatic else ()
    return join([auto, span("ok", Role.OK) if record.ok else span("failed", Role.CRIT), ago])


def _where_and_how_long(step: Step, shown: Preview) -> list[Line]:
    if step.interactive:
        return [join([span("takes", Role.MUTED), span("the terminal, until you leave it; its output is not kept")])]
    ends = join([span("ends", Role.MUTED), span(f"after {humanize(shown.timeout)} at the latest")])
    if not shown.host:
        return [ends]
    note = "stopping it ends the connection; what it began over there may go on"
    return [join([span("on", Role.MUTED), outside(shown.host, Role.WARN)]), ends, span(note, Role.MUTED)]


_TOLD_FOR = 1_800.0
"""Seconds for which a verdict stands on the screen."""


def watch_lines(watches: Verifications, service: str, now: float) -> list[Line]:
    """What is watched after a step, and the newest verdict; of the service's steps, or of all where it is ''."""
    lines: list[Line] = []
    for one in watches.running:
        if service in ("", one.ran.prepared.service):
            watch = one.watch
            figure = watch.last.words if watch.last else "no figure yet"
            left = f"{humanize(max(watch.until - now, 0.0))} left"
            told = [span("watching", Role.ACCENT), outside(str(watch.target)), outside(figure), span(left, Role.MUTED)]
            lines.append(join(told))
    fresh = [one for one in watches.done if service in ("", one.ran.prepared.service) and now - one.at < _TOLD_FOR]
    return [*lines, *(_verdict(one) for one in fresh[-1:])]


def _verdict(one: Verified) -> Line:
    told = [outside(one.ran.prepared.step.title), span(one.verdict.outcome.value, OUTCOME_ROLES[one.verdict.outcome])]
    told.append(outside(f"{one.target} {one.verdict.why}", Role.MUTED))
    if one.proposal is not None:
        told += [span("to undo it:" if one.undo else "next:", Role.WARN), outside(one.proposal.title, Role.STRONG)]
    return join(told)

"""`oncall-tui silence list`: silences as JSON for programs, or as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oncall_tui.core.assess import Assessment
from oncall_tui.core.duration import humanize
from oncall_tui.core.matchers import MatchOp
from oncall_tui.core.silences import SilenceStatus, Standing, service_of
from oncall_tui.core.text import clean_line
from oncall_tui.reports.alerts import trouble
from oncall_tui.reports.columns import columns
from oncall_tui.reports.listing import listing
from oncall_tui.reports.moments import Json, moment
from oncall_tui.reports.status import source_json


def as_json(assessment: Assessment, silences: Iterable[SilenceStatus]) -> Iterator[str]:
    """The silences with what each hides now. Times are RFC 3339 in UTC, durations seconds; null: not known."""
    snapshot = assessment.snapshot
    sources = [source_json(health, snapshot.at) for health in snapshot.sources.values()]
    head = {"at": moment(snapshot.at), "complete": not trouble(assessment), "sources": sources}
    return listing(head, "silences", (_silence(status) for status in silences))


def _silence(status: SilenceStatus) -> Json:
    silence = status.silence
    hidden = None if status.hidden is None else [
        {"alert": s.alert.name, "service": service_of(s) or None, "fingerprint": s.alert.fingerprint}
        for s in status.hidden
    ]  # fmt: skip
    return {
        "id": silence.id,
        "source": silence.source,
        "state": silence.state.value,
        "ending_soon": status.standing is Standing.ENDING,
        "ack": silence.is_ack,
        "kept": status.kept,
        "matchers": [
            {
                "name": matcher.name,
                "value": matcher.value,
                "isRegex": matcher.op in (MatchOp.REGEX, MatchOp.NOT_REGEX),
                "isEqual": matcher.op in (MatchOp.EQUAL, MatchOp.REGEX),
            }
            for matcher in silence.matchers
        ],
        "starts_at": moment(silence.starts_at),
        "ends_at": moment(silence.ends_at),
        "left_s": round(max(0.0, status.left), 3),
        "author": silence.author,
        "comment": silence.comment,
        "hides": None if status.hidden is None else len(status.hidden),
        "hidden": hidden,
        "warnings": list(status.warnings),
        "notes": list(status.notes),
    }


def as_lines(silences: Sequence[SilenceStatus], *, complete: bool = True) -> list[str]:
    """The silences as a table, each with its warnings below it. Safe to print. complete: whether nobody was mute."""
    if not silences:
        return ["no silence" if complete else "no silence is known: not every Alertmanager answers"]
    head = ("ID", "STATE", "HIDES", "MATCHERS", "ENDS", "BY", "SOURCE", "WHY")
    table = columns([head, *map(_row, silences)])
    lines = [table[0].rstrip()]
    for status, line in zip(silences, table[1:], strict=True):
        lines.append(line.rstrip())
        lines += [clean_line(f"  ! {warning}") for warning in status.warnings]
    return lines


def _row(status: SilenceStatus) -> tuple[str, ...]:
    silence = status.silence
    kind = " kept" if status.kept else " ack" if silence.is_ack else ""
    hides = "?" if status.hidden is None else str(len(status.hidden))
    over = status.standing is Standing.EXPIRED
    ends = f"{humanize(-status.left)} ago" if over else f"in {humanize(max(status.left, 0.0))}"
    matchers = ", ".join(map(str, silence.matchers))
    author = silence.author or "?"
    return (
        silence.id,
        f"{status.standing.value}{kind}",
        hides,
        matchers,
        ends,
        author,
        silence.source,
        silence.comment,
    )

"""`oncall-tui ack`: what came of each alert, as JSON for programs or as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.alerts import Alert, Silence
from oncall_tui.reports.columns import columns
from oncall_tui.reports.listing import listing
from oncall_tui.reports.moments import Json, moment


class Outcome(StrEnum):
    """What came of it."""

    DONE = "acknowledged"
    YOURS = "yours already"
    TAKEN_BACK = "taken back"
    THEIRS = "theirs"
    """Somebody else has it: nothing was done, or it was undone."""
    UNCONFIRMED = "not confirmed"
    FAILED = "failed"


GOOD = (Outcome.DONE, Outcome.YOURS, Outcome.TAKEN_BACK)
"""Outcomes after which all is as it was wanted."""


@dataclass(frozen=True, slots=True)
class AckLine:
    """One alert's. silence: the acknowledgement that stands, or was ended; None where there is none or it is not known.

    had: who had it before, '' if nobody. note: why not, or what else to know.
    """

    alert: Alert
    outcome: Outcome
    silence: Silence | None = None
    had: str = ""
    note: str = ""


def as_json(at: float, lines: Sequence[AckLine]) -> Iterator[str]:
    """Each result with the alert it is of. Times are RFC 3339 in UTC; null: none, or not known."""
    whole = all(line.outcome in GOOD for line in lines)
    return listing({"at": moment(at), "complete": whole}, "results", map(_json, lines))


def _json(line: AckLine) -> Json:
    alert, silence = line.alert, line.silence
    return {
        "alert": alert.name,
        "service": alert.labels.get("service") or None,
        "fingerprint": alert.fingerprint,
        "source": alert.source,
        "result": line.outcome.value,
        "silence": silence.id if silence else None,
        "owner": silence.author if silence else None,
        "had": line.had or None,
        "ends_at": moment(silence.ends_at) if silence else None,
        "kept": silence.is_kept if silence else None,
        "comment": silence.comment if silence else None,
        "note": line.note,
    }


def as_lines(lines: Sequence[AckLine]) -> list[str]:
    """The results as a table. Safe to print."""
    if not lines:
        return ["no alert"]
    rows = [("RESULT", "ALERT", "SERVICE", "WHO HAS IT", "SOURCE", "NOTE"), *map(_row, lines)]
    return [line.rstrip() for line in columns(rows)]


def _row(line: AckLine) -> tuple[str, ...]:
    silence = line.silence
    who = "-"
    if silence is not None and line.outcome is not Outcome.TAKEN_BACK:
        who = f"{silence.author or '?'} to {moment(silence.ends_at)}{' (kept while firing)' if silence.is_kept else ''}"
        if line.had and line.had != silence.author:
            who = f"{line.had} -> {who}"
    alert = line.alert
    return (line.outcome.value, alert.name, alert.labels.get("service") or "-", who, alert.source, line.note)


def exit_code(lines: Sequence[AckLine]) -> int:
    """0 when all is as it was wanted, 1 when some is or it is not confirmed, 2 when nothing is."""
    good = sum(line.outcome in GOOD for line in lines)
    if lines and good == len(lines):
        return 0
    return 1 if good or any(line.outcome is Outcome.UNCONFIRMED for line in lines) else 2

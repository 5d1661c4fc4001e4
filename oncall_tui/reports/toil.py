"""The toil report as text, Markdown and JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from oncall_tui.core.duration import humanize
from oncall_tui.core.toil import ByHand, SameEnding, Toil
from oncall_tui.reports.columns import columns
from oncall_tui.reports.markdown_text import inline

_HEAD = ("RUNS", "TYPICAL", "IN ALL", "FAILED", "PEOPLE", "KIND", "STEP", "FOR")
NOTHING = "nobody ran a runbook step by hand"


def as_lines(found: Toil) -> list[str]:
    """For a terminal."""
    lines = [f"{_period(found)}: {_total(found)}"]
    if found.by_hand:
        lines += ["", *columns([_HEAD, *(_row(one) for one in found.by_hand)])]
    if found.endings:
        lines += ["", "alerts that end with the same step:", *(f"  {_ending(one)}" for one in found.endings)]
    return lines


def as_markdown(found: Toil) -> list[str]:
    """For a page."""
    lines = ["# Toil", "", f"{_period(found)}: {_total(found)}."]
    if found.by_hand:
        rows = [_HEAD, ("---",) * len(_HEAD), *(_row(one) for one in found.by_hand)]
        lines += ["", *(f"| {' | '.join(inline(cell) for cell in row)} |" for row in rows)]
    if found.endings:
        lines += ["", "## Alerts that end with the same step", ""]
        lines += [f"- {inline(_ending(one))}" for one in found.endings]
    return lines


def as_json(found: Toil) -> dict[str, object]:
    """For a program. Times in unix seconds, durations in seconds."""
    return {
        "since": found.since,
        "until": found.until,
        "automatic": found.automatic,
        "by_hand": [
            {
                "runbook": one.runbook,
                "step": one.step,
                "title": one.title,
                "kind": one.kind,
                "runs": one.runs,
                "seconds": round(one.seconds, 3),
                "typical": one.typical,
                "failed": one.failed,
                "people": one.people,
                "alerts": list(one.alerts),
            }
            for one in found.by_hand
        ],
        "endings": [
            {"alertname": one.alertname, "runbook": one.runbook, "step": one.step, "times": one.times, "of": one.of}
            for one in found.endings
        ],
    }


def _period(found: Toil) -> str:
    begin, end = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ") for at in (found.since, found.until))
    return f"{begin} to {end}"


def _total(found: Toil) -> str:
    automatic = f"; {found.automatic} ran by themselves" if found.automatic else ""
    if not found.by_hand:
        return NOTHING + automatic
    runs, seconds = sum(one.runs for one in found.by_hand), sum(one.seconds for one in found.by_hand)
    return f"{runs} steps by hand, {humanize(seconds)} of waiting for them{automatic}"


def _row(one: ByHand) -> tuple[str, ...]:
    typical = "?" if one.typical is None else humanize(one.typical)
    alerts = ", ".join(one.alerts[:3]) + (f" and {len(one.alerts) - 3} more" if len(one.alerts) > 3 else "")
    return (
        str(one.runs),
        typical,
        humanize(one.seconds),
        str(one.failed),
        str(one.people),
        one.kind,
        f"{one.runbook}#{one.step}",
        alerts or "-",
    )


def _ending(one: SameEnding) -> str:
    return f"{one.alertname}: {one.runbook}#{one.step}, {one.times} of {one.of} times"

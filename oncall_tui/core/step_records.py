"""Runs of runbook steps, read from the journal's entries; and what helped against an alert before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.events import Event, EventKind

STEP_KINDS_KEPT = (
    EventKind.STEP_INTENDED,
    EventKind.STEP_ENDED,
    EventKind.STEP_FAILED,
    EventKind.STEP_VERIFIED,
)
"""What runs of steps are read from."""


class Outcome(StrEnum):
    """What became of the signal that a step was to move."""

    RECOVERED = "recovered"
    BETTER = "better"
    """It moved the right way, and is not in bounds."""
    NO_EFFECT = "no effect"
    WORSE = "worse"
    UNKNOWN = "unknown"
    """Nobody can say: no data, or it was not watched to the end."""


_OUTCOMES: Mapping[str, Outcome] = {outcome.value: outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One run. at: unix seconds. runbook, step: names; title: the step's; kind: its risk. All of it untrusted text.

    alertname, fingerprint, starts_at: of the alert it was run for, '' for none. duration: seconds, None where the end
    was never written. ok: whether it ended well, None likewise. summary: how it ended. automatic: whether nobody
    pressed a key. to_move: what it was to move, '' for nothing. outcome: None where nothing was, or nothing was written
    (yet, or because the dashboard was killed); why: in words. tail: of its output. id: the intent's in the journal.
    """

    at: float
    runbook: str
    step: str
    title: str
    kind: str
    actor: str
    service: str
    alertname: str = ""
    fingerprint: str = ""
    starts_at: str = ""
    duration: float | None = None
    ok: bool | None = None
    summary: str = ""
    automatic: bool = False
    to_move: str = ""
    outcome: Outcome | None = None
    why: str = ""
    tail: str = ""
    id: int = 0


def step_records(events: Iterable[Event]) -> tuple[StepRecord, ...]:
    """The runs that these entries tell of, oldest first. An outcome whose intent is not among them tells of none."""
    events = tuple(events)
    after: dict[int, list[Event]] = {}
    for event in events:
        if event.intent is not None:
            after.setdefault(event.intent, []).append(event)
    return tuple(_record(one, after.get(one.id, ())) for one in events if one.kind == EventKind.STEP_INTENDED)


def _record(intent: Event, after: Sequence[Event]) -> StepRecord:
    told = intent.payload.get("environment")
    environment = told if isinstance(told, Mapping) else {}
    ended = next((one for one in after if one.kind in (EventKind.STEP_ENDED, EventKind.STEP_FAILED)), None)
    verified = next((one for one in after if one.kind == EventKind.STEP_VERIFIED), None)
    runbook, _, step = intent.subject.rpartition("#")
    return StepRecord(
        at=intent.at,
        runbook=runbook,
        step=step,
        title=_text(intent.payload, "step"),
        kind=_text(intent.payload, "risk"),
        actor=intent.actor,
        service=intent.service,
        alertname=_text(environment, "ALERT_ALERTNAME"),
        fingerprint=intent.fingerprint,
        starts_at=_text(environment, "ALERT_STARTS_AT"),
        duration=_number(ended.payload, "duration") if ended else None,
        ok=_went_well(ended) if ended else None,
        summary=_how(ended) if ended else "how it ended was not written down",
        automatic=intent.payload.get("automatic") is True,
        to_move=_text(intent.payload, "verify"),
        outcome=_OUTCOMES.get(_text(verified.payload, "outcome")) if verified else None,
        why=_text(verified.payload, "why") if verified else "",
        tail=_text(ended.payload, "tail") if ended else "",
        id=intent.id,
    )


def _went_well(ended: Event) -> bool:
    told = ended.payload
    cut = told.get("stopped") or told.get("timed_out") or "cut_short" in told or ended.kind == EventKind.STEP_FAILED
    return told.get("exit_code") == 0 and not cut


def _how(ended: Event) -> str:
    return next((text for name in ("summary", "error", "cut_short") if (text := _text(ended.payload, name))), "")


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, object], name: str) -> float | None:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Helped:
    """What a runbook did against an alert before. recovered, worse: how often what it was to move did so.

    worked: how often a step of it that changes something ended well and was to move nothing that is watched. last: unix
    seconds of the last time that it helped.
    """

    recovered: int = 0
    worse: int = 0
    worked: int = 0
    last: float = 0.0

    @property
    def score(self) -> tuple[int, int]:
        """More is better; (0, 0) says nothing."""
        return (self.recovered - self.worse, self.worked)


NOTHING_YET = Helped()


def helped(records: Iterable[StepRecord], alertname: str) -> dict[str, Helped]:
    """What helped against alerts of that name, by runbook. What only looks helps nothing, however well it ends."""
    found: dict[str, Helped] = {}
    for record in records:
        if not alertname or record.alertname != alertname or record.kind == "diagnose":
            continue
        before = found.get(record.runbook, NOTHING_YET)
        recovered, worse = record.outcome is Outcome.RECOVERED, record.outcome is Outcome.WORSE
        worked = record.outcome is None and record.ok is True and not record.to_move
        found[record.runbook] = Helped(
            before.recovered + recovered,
            before.worse + worse,
            before.worked + worked,
            max(before.last, record.at) if recovered or worked else before.last,
        )
    return found

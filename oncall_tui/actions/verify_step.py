"""Watches what steps should move, from any snapshot that comes by, and keeps a record of what became of it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from oncall_tui.actions.entry import Recorder
from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.actions.run_step import StepRun
from oncall_tui.core.assess import Assessment
from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import OncallError
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.step_records import Outcome
from oncall_tui.core.steps import StepKind
from oncall_tui.core.verification import Seen, Target, Verdict, Watch, find_target, judge, look, observe
from oncall_tui.runbooks import Runbook, Step

KEPT = 20
"""Verdicts that are remembered, the newest."""


@dataclass(frozen=True, slots=True)
class Before:
    """What a step should move, as it was before. seen: None where nothing is known; doubt: why."""

    target: Target
    seen: Seen | None
    within: int


@dataclass(frozen=True, slots=True)
class Watching:
    """A step whose signal is watched."""

    ran: StepRun
    watch: Watch


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of it. at: unix seconds. proposal: the step to go on with, and whether that takes this one back."""

    ran: StepRun
    target: Target
    verdict: Verdict
    at: float
    proposal: Step | None = None
    undo: bool = False


class Verifications:
    """The watches of one dashboard or command. Each ends in one entry of the journal, also when this is closed."""

    def __init__(self, journal: Recorder, actor: str, clock: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._actor = actor
        self._clock = clock
        self.running: tuple[Watching, ...] = ()
        self.done: deque[Verified] = deque(maxlen=KEPT)
        """What was found, the newest last."""

    def before(self, prepared: PreparedStep, assessment: Assessment | None) -> Before | None:
        """How what the step should move stands now; to be asked before it runs. None when it names nothing known."""
        verify = prepared.step.verify
        if verify is None or assessment is None:
            return None
        target = find_target(assessment.snapshot.catalogue, verify.target, prepared.service)
        return None if target is None else Before(target, look(assessment, target)[0], verify.within)

    def wished(self, prepared: PreparedStep, assessment: Assessment | None) -> str:
        """What will be watched after the step, in words; '' for nothing."""
        verify = prepared.step.verify
        if verify is None:
            return ""
        found = self.before(prepared, assessment)
        if found is None:
            return f"nothing is watched: {verify.target} is no signal or SLO of {prepared.service or 'any service'}"
        now = found.seen.words if found.seen else "not known now"
        if found.seen is not None and found.seen.fine:
            now += ", which is in bounds already"
        return f"{found.target} is watched for {humanize(found.within)}; now {now}"

    def begin(self, ran: StepRun, before: Before | None) -> Watching | None:
        """Watch from now on, when there is something to watch."""
        if before is None:
            return None
        now = self._clock()
        watching = Watching(ran, Watch(before.target, now, now + before.within, before.seen))
        self.running += (watching,)
        return watching

    def observe(self, assessment: Assessment) -> tuple[Verified, ...]:
        """Look at every watch; those that are over. Each is to be given to record()."""
        now, still, over = self._clock(), [], []
        for one in self.running:
            watch, verdict = observe(one.watch, *look(assessment, one.watch.target), now)
            if verdict is None:
                still.append(replace(one, watch=watch))
            else:
                over.append(self._verified(one.ran, watch.target, verdict, now))
        self.running = tuple(still)
        self.done.extend(over)
        return tuple(over)

    async def record(self, verified: Verified) -> str:
        """Write it down; '' or why that failed. It is written even if the caller is cancelled meanwhile."""
        return await asyncio.shield(asyncio.to_thread(self._write, verified))

    def close(self) -> None:
        """Write down of every watch that goes on what is known, and that it was not watched to its end. Blocks."""
        now = self._clock()
        for one in self.running:
            seen = judge(one.watch).why
            verdict = Verdict(Outcome.UNKNOWN, f"not watched to its end; last: {seen}")
            self._write(self._verified(one.ran, one.watch.target, verdict, now))
        self.running = ()

    def _verified(self, ran: StepRun, target: Target, verdict: Verdict, now: float) -> Verified:
        step, undo = proposal(ran.prepared.runbook, ran.prepared.step, verdict.outcome)
        return Verified(ran, target, verdict, now, step, undo)

    def _write(self, verified: Verified) -> str:
        prepared = verified.ran.prepared
        payload: dict[str, object] = {
            "outcome": verified.verdict.outcome.value,
            "why": verified.verdict.why,
            "of": str(verified.target),
        }
        if verified.proposal is not None:
            payload["undo" if verified.undo else "next"] = verified.proposal.id
        event = Event(
            at=verified.at,
            kind=EventKind.STEP_VERIFIED,
            actor=self._actor,
            service=prepared.service,
            fingerprint=prepared.alert.fingerprint if prepared.alert else "",
            subject=f"{prepared.runbook.name}#{prepared.step.id}",
            payload=payload,
            intent=verified.ran.intent,
        )
        try:
            self._journal.record(event)
        except OncallError as error:
            return f"journal: not written: {error}"
        return ""


def proposal(runbook: Runbook, step: Step, outcome: Outcome) -> tuple[Step | None, bool]:
    """The step to go on with after this one, and whether that takes it back.

    What made it worse is to be undone, where the runbook says how. Where it did not recover: the step that is named
    as the next, else the next one below that changes something. None where nothing is to be proposed.
    """
    if outcome is Outcome.WORSE and step.undo:
        return runbook.step(step.undo), True
    if outcome not in (Outcome.WORSE, Outcome.NO_EFFECT, Outcome.BETTER):
        return None, False
    if step.follow:
        return runbook.step(step.follow), False
    below = runbook.steps[runbook.steps.index(step) + 1 :] if step in runbook.steps else ()
    undoing = {one.undo for one in runbook.steps}
    changing = (one for one in below if one.kind is not StepKind.DIAGNOSE and one.id not in undoing)
    return next(changing, None), False

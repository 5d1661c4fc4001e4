"""When an alert begins to fire its `diagnose` steps run once, so that their output waits for whoever comes.

Only steps that only look, of runbooks that the configuration or their own matches give to the alert: what an alert
names itself is a stranger's word. Of several dashboards over one journal the one whose claim is first runs them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from oncall_tui.actions.entry import Reader, Recorder
from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.actions.run_step import RunStep
from oncall_tui.core.alerts import Alert, Phase
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.errors import ActionError, OncallError
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.steps import StepKind
from oncall_tui.runbooks import Because, Runbook, RunbookLibrary

ACTOR = "auto_diagnose"
FRESH = 300.0
"""Seconds after its start from which on an alert no longer counts as one that begins."""
HOUR = 3_600.0
MOST_CLAIMS = 10_000


@dataclass(frozen=True, slots=True)
class AutoSettings:
    """matchers: the alerts it is for; every one has to hold. timeout: seconds for one step at most. steps: of one alert
    at most; per_hour: alerts in an hour at most, of all dashboards over the journal."""

    matchers: tuple[Matcher, ...]
    timeout: float = 60.0
    steps: int = 5
    per_hour: int = 20


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What came of it. ran: how many steps; failed: of those, how many did not end well. why: why none ran, '' else."""

    alert: Alert
    ran: int = 0
    failed: int = 0
    why: str = ""


class AutoDiagnose:
    """Notices alerts that begin, and runs their diagnosis, one alert at a time.

    run_step: has to allow no step that does more than look. journal, reader: where claims are written and read.
    """

    def __init__(
        self,
        library: RunbookLibrary,
        run_step: RunStep,
        journal: Recorder,
        reader: Reader,
        settings: AutoSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._run_step = run_step
        self._journal = journal
        self._reader = reader
        self._settings = settings
        self._clock = clock
        self._known: set[tuple[str, str]] = set()
        self._turn = asyncio.Lock()

    def beginning(self, assessment: Assessment) -> tuple[AlertStatus, ...]:
        """The alerts that match and have begun to fire since the last look; each is to be given to run()."""
        now = self._clock()
        firing = [status for status in assessment.alerts if status.phase is Phase.FIRING]
        fresh = {
            _key(status.alert): status
            for status in firing
            if abs(now - status.alert.starts_at) <= FRESH and _fits(self._settings.matchers, status.alert)
        }
        found = tuple(status for key, status in fresh.items() if key not in self._known)
        self._known = set(fresh)
        return found

    async def run(self, status: AlertStatus) -> Diagnosed | None:
        """Run what fits; None when there is nothing to run, or another dashboard has it. Raises nothing of ours."""
        alert = status.alert
        async with self._turn:
            try:
                prepared = await asyncio.to_thread(self._prepared, alert, status.service)
                if not prepared:
                    return None
                if why := await asyncio.to_thread(self._claim, alert):
                    return Diagnosed(alert, why=why) if why != _TAKEN else None
            except OncallError as error:
                return Diagnosed(alert, why=str(error))
            failed = 0
            for one in prepared:
                try:
                    failed += not (await self._run_step(one, lambda _: None)).result.ok
                except ActionError:
                    failed += 1
            return Diagnosed(alert, len(prepared), failed)

    def _prepared(self, alert: Alert, service: str) -> list[PreparedStep]:
        """The steps that can run with nobody there: they only look, want no terminal and lack nothing."""
        found: list[PreparedStep] = []
        for suggestion in self._library.for_alert(alert.labels, alert.annotations):
            book = suggestion.runbook
            if not isinstance(book, Runbook) or suggestion.because not in (Because.RULE, Because.MATCHES):
                continue
            for step in book.steps:
                if (
                    step.kind is not StepKind.DIAGNOSE
                    or step.interactive
                    or step.launcher
                    or self._run_step.refusal(step)
                ):
                    continue
                if self._run_step.wanting(book, step, alert, service):
                    continue
                try:
                    prepared = self._run_step.prepare(book, step, alert, service)
                except ActionError:  # Its shell or its host is not to be had: a person is told when they try.
                    continue
                short = replace(prepared.preview, timeout=min(prepared.preview.timeout, self._settings.timeout))
                found.append(replace(prepared, preview=short))
        return found[: self._settings.steps]

    def _claim(self, alert: Alert) -> str:
        """'' when this diagnosis is ours to run, else why not. Blocks. Raises OncallError when nobody can say."""
        now = self._clock()
        if self._claims(alert):
            return _TAKEN
        claims = self._reader.events(now - HOUR, (EventKind.STEP_CLAIMED,), MOST_CLAIMS)
        lately = {(one.fingerprint, str(one.payload.get("starts_at"))) for one in claims}
        if len(lately) >= self._settings.per_hour:
            return f"auto_diagnose: {len(lately)} alerts within an hour are the most that it looks into"
        payload = {"starts_at": _start(alert), "alertname": alert.name}
        mine = self._journal.record(
            Event(
                at=now,
                kind=EventKind.STEP_CLAIMED,
                actor=ACTOR,
                service=alert.labels.get("service", ""),
                fingerprint=alert.fingerprint,
                subject=alert.name,
                payload=payload,
            )
        )
        return "" if min(one.id for one in self._claims(alert)) == mine else _TAKEN

    def _claims(self, alert: Alert) -> Sequence[Event]:
        kinds = (EventKind.STEP_CLAIMED,)
        own = self._reader.events(kinds=kinds, limit=MOST_CLAIMS, fingerprint=alert.fingerprint)
        return [one for one in own if one.payload.get("starts_at") == _start(alert)]


_TAKEN = "another dashboard has it"


def _key(alert: Alert) -> tuple[str, str]:
    return (alert.fingerprint, _start(alert))


def _start(alert: Alert) -> str:
    return f"{alert.starts_at:.0f}"


def _fits(matchers: Sequence[Matcher], alert: Alert) -> bool:
    return bool(matchers) and all(matcher.matches(alert.labels) for matcher in matchers)

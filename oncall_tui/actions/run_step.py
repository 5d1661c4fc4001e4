"""Run a runbook's step for an alert, and keep a record of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from oncall_tui.actions.approve import Asked, SecondPerson
from oncall_tui.actions.entry import Entry, Recorder
from oncall_tui.actions.launch import Launches
from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import ActionError
from oncall_tui.core.launchers import Launcher
from oncall_tui.core.read_only import refusal
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.steps import StepKind
from oncall_tui.core.variables import Variable
from oncall_tui.journal import Event, EventKind
from oncall_tui.runbooks import Runbook, Step, StepResult, alert_environment, preview_step, run_step
from oncall_tui.runbooks.environment import PREFIX
from oncall_tui.runbooks.interactive import run_at_terminal
from oncall_tui.runbooks.remote import Remote
from oncall_tui.runbooks.wanted import missing, wanted


@dataclass(frozen=True, slots=True)
class StepRun:
    """A step that ran. journal: '' or why the journal was not written. intent: the id of its entry there, if it is."""

    prepared: PreparedStep
    result: StepResult
    journal: str = ""
    intent: int | None = None


class RunStep:
    """Shows what a step will run, and runs exactly that.

    actor: who does it. extra: variables for every step (where Prometheus is, say), by name; no secrets. variables: of
    each service, by its name. allowed: the worst kind of step that may run. remote: the hosts where steps may run.
    launchers: what launches jobs elsewhere. second: who asks for a second person's word.
    redactor: gives what takes secrets out of output and record, and with them those it is given; called in a thread.
    automatic: whether nobody presses a key for what it runs; the record says so.
    read_only: why nothing may be written, '' where it may.
    """

    def __init__(
        self,
        journal: Recorder,
        actor: str,
        *,
        read_only: str = "",
        extra: Mapping[str, str] | None = None,
        variables: Mapping[str, Mapping[str, str]] | None = None,
        allowed: StepKind = StepKind.DANGER,
        remote: Remote | None = None,
        launchers: Iterable[Launcher] = (),
        second: SecondPerson | None = None,
        redactor: Callable[[Iterable[str]], Redactor] = Redactor,
        automatic: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._actor = actor
        self._read_only = read_only
        self._extra = dict(extra or {})
        self._variables = dict(variables or {})
        self._allowed = allowed
        self._remote = remote
        self.second = second
        """Who asks for a second person's word before danger steps; None where none is wanted."""
        self._launches = Launches(launchers, actor)
        self._redactor = redactor
        self._automatic = automatic
        self._clock = clock

    def refusal(self, step: Step) -> ActionError | None:
        """Why the configuration lets this step not be run; None when it may."""
        if self._read_only:
            return refusal("no step is run", self._read_only)
        if not step.kind.within(self._allowed):
            message = f"no {step.kind} step is run here: runbooks.allowed_risk is {self._allowed}"
            return ActionError(message, "whoever may change the config decides that")
        return None

    def wanting(
        self, runbook: Runbook, step: Step, alert: Alert | None = None, service: str = ""
    ) -> tuple[Variable, ...]:
        """What has to be asked for before the step can be prepared."""
        return missing(runbook, step, self._environment(runbook, step, alert, service))

    def prepare(
        self,
        runbook: Runbook,
        step: Step,
        alert: Alert | None = None,
        service: str = "",
        given: Mapping[str, str] | None = None,
    ) -> PreparedStep:
        """What running the step would run; nothing runs. service: '' takes the alert's label. given: answers, by name.

        Raises ActionError when the step's shell or a program it requires is not installed, and when a variable is
        missing, is not one of the step's, or has a value that will not do. Allowed when read-only.
        """
        service = service or _service_of(alert)
        given = dict(given or {})
        known = {one.name: one for one in wanted(runbook, step)}
        for name, value in given.items():
            if name not in known:
                raise ActionError(f"{step.title}: has no variable {name}", f"it has {', '.join(known) or 'none'}")
            if mistake := known[name].mistake(value):
                raise ActionError(f"{name}: {mistake}")
        environment = self._environment(runbook, step, alert, service) | given
        if lacking := missing(runbook, step, environment):
            raise ActionError(f"{step.title}: needs {', '.join(one.name for one in lacking)}", "give each a value")
        secret = frozenset(name for name, one in known.items() if one.secret)
        if step.launcher:
            preview = self._launches.preview(step, alert, service)
        else:
            preview = preview_step(runbook, step, environment, self._remote)
        return PreparedStep(runbook, step, preview, service, alert, tuple(known), secret)

    def _environment(self, runbook: Runbook, step: Step, alert: Alert | None, service: str) -> dict[str, str]:
        """What is known without asking: the shell's, then ours, then the service's, then the alert's."""
        service = service or _service_of(alert)
        inherited = {one.name: os.environ[one.name] for one in runbook.requires if one.name in os.environ}
        used = {name: inherited[name] for name in inherited if name in {one.name for one in wanted(runbook, step)}}
        return alert_environment(alert, service, used | self._extra | dict(self._variables.get(service, {})))

    async def __call__(
        self, prepared: PreparedStep, on_line: Callable[[str], None], stop: asyncio.Event | None = None
    ) -> StepRun:
        """Run it to its end; setting stop ends it early. on_line is given each line of output, raw but for secrets.

        Raises ActionError when the configuration refuses it, and when the step cannot be started.
        """
        if prepared.step.launcher:
            return await self._recorded(
                prepared, lambda redactor: self._launches.run(prepared, on_line, stop, redactor)
            )
        return await self._recorded(
            prepared, lambda redactor: run_step(prepared.preview, on_line, stop, redactor=redactor)
        )

    async def at_terminal(self, prepared: PreparedStep) -> StepRun:
        """Run an interactive step on our own terminal, which must be free. What it shows is not kept.

        Raises ActionError when the configuration refuses it, and when the step cannot be started.
        """
        return await self._recorded(prepared, lambda _: run_at_terminal(prepared.preview))

    def ask_second(self, prepared: PreparedStep) -> Asked | None:
        """The request for a second person's word; None where the step needs none, or has it."""
        if self.second is None or not self.second.wanted(prepared.step) or prepared.approved_by:
            return None
        return self.second.ask(prepared, self._actor)

    async def _recorded(self, prepared: PreparedStep, run: Callable[[Redactor], Awaitable[StepResult]]) -> StepRun:
        if refusal := self.refusal(prepared.step):
            raise refusal
        if self.ask_second(prepared) is not None:
            raise ActionError(f"{prepared.step.title}: a second person has to agree", "runbooks.second_person wants it")
        entry = Entry(self._journal)
        redactor = await asyncio.to_thread(self._clear, prepared)
        await entry.before(self._event(EventKind.STEP_INTENDED, prepared, self._intent(prepared, redactor)))
        try:
            result = await run(redactor)
        except ActionError as error:
            await entry.after(self._event(EventKind.STEP_FAILED, prepared, {"error": error.message}))
            raise
        except BaseException as error:
            # Cancelled, or its output could not be shown: it was ended, and that is worth knowing later.
            word = "cancelled" if isinstance(error, asyncio.CancelledError) else f"{type(error).__name__}: {error}"
            await entry.after(self._event(EventKind.STEP_ENDED, prepared, {"cut_short": word}))
            raise
        await entry.after(self._event(EventKind.STEP_ENDED, prepared, _outcome(result)))
        return StepRun(prepared, result, entry.trouble, entry.intent)

    def _intent(self, prepared: PreparedStep, redactor: Redactor) -> dict[str, object]:
        return _intent(prepared, redactor) | ({"automatic": True} if self._automatic else {})

    def _clear(self, prepared: PreparedStep) -> Redactor:
        hidden = [prepared.preview.environment[name] for name in prepared.secret]
        return self._redactor(hidden)

    def _event(self, kind: EventKind, prepared: PreparedStep, payload: Mapping[str, object]) -> Event:
        return Event(
            at=self._clock(),
            kind=kind,
            actor=self._actor,
            service=prepared.service,
            fingerprint=prepared.alert.fingerprint if prepared.alert else "",
            subject=f"{prepared.runbook.name}#{prepared.step.id}",
            payload=payload,
        )


def _intent(prepared: PreparedStep, redactor: Redactor) -> dict[str, object]:
    """What will run. Of the environment what an alert brought and what the step needs: else it is not ours to keep."""
    kept = (PREFIX, "ONCALL_SERVICE")
    return {
        "runbook": str(prepared.runbook.path),
        "step": prepared.step.title,
        "risk": prepared.step.kind,
        "argv": [redactor.text(argument) for argument in prepared.preview.argv],
        "cwd": str(prepared.preview.cwd),
        **({"host": prepared.preview.host, "script": redactor.text(prepared.step.code)} if prepared.step.host else {}),
        "timeout": prepared.preview.timeout,
        **({"approved_by": prepared.approved_by} if prepared.approved_by else {}),
        **({"commit": prepared.preview.commit} if prepared.preview.commit else {}),
        **({"verify": verify.target, "within": verify.within} if (verify := prepared.step.verify) else {}),
        "environment": {
            name: redactor.text(value)
            for name, value in prepared.preview.environment.items()
            if (name.startswith(kept) or name in prepared.variables) and name not in prepared.secret
        },
    }


def _service_of(alert: Alert | None) -> str:
    return alert.labels.get("service", "") if alert else ""


def _outcome(result: StepResult) -> dict[str, object]:
    return {
        "summary": result.summary,
        "exit_code": result.exit_code,
        "signal": result.signal,
        "stopped": result.stopped,
        "timed_out": result.timed_out,
        "duration": round(result.duration, 3),
        "tail": result.tail,
        "output_bytes": result.output_bytes,
        "note": result.note,
    }

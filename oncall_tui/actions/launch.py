"""Steps that launch a job elsewhere: shown like any other, sent once, followed where the job tells how it does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import ActionError, SourceError
from oncall_tui.core.launchers import Launched, Launcher
from oncall_tui.core.pagers import PagedAlert
from oncall_tui.core.placeholders import Facts, NothingThere
from oncall_tui.core.redaction import Redactor
from oncall_tui.runbooks import Preview, Step, StepResult
from oncall_tui.runbooks.run import ending

GOES_ON = "what was launched goes on over there"
KEPT = 4_096
"""Characters kept of what was said."""


class Launches:
    """The launchers there are. actor: who launches."""

    def __init__(self, launchers: Iterable[Launcher], actor: str) -> None:
        self._by_name = {one.name: one for one in launchers}
        self._actor = actor

    def preview(self, step: Step, alert: Alert | None, service: str) -> Preview:
        """What will be sent. Raises ActionError where the alert lacks what it needs."""
        launcher = self._launcher(step)
        try:
            request = launcher.request(self._facts(alert, service))
        except NothingThere as error:
            raise ActionError(f"{step.title}: {error}", "open it from an alert that has it") from None
        return Preview((request.method, request.url), Path(), {}, float(step.timeout), request.body)

    async def run(
        self, prepared: PreparedStep, on_line: Callable[[str], None], stop: asyncio.Event | None, redactor: Redactor
    ) -> StepResult:
        """Send it, and follow it to its end, its timeout or stop. Raises ActionError where it was not taken."""
        started, said = time.monotonic(), [""]

        def say(line: str) -> None:
            line = redactor.text(line)
            said[0] = f"{said[0]}{line}\n"[-KEPT:]
            on_line(line)

        launcher, facts = self._launcher(prepared.step), self._facts(prepared.alert, prepared.service)
        launching = asyncio.create_task(launcher.launch(facts, say))
        stopping = asyncio.create_task((stop or asyncio.Event()).wait())
        try:
            done, _ = await asyncio.wait(
                {launching, stopping}, timeout=prepared.preview.timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if launching in done:
                return _result(launching.result(), time.monotonic() - started, said[0])
        except SourceError as error:
            raise ActionError(redactor.text(error.message), error.hint) from None
        finally:
            launching.cancel()
            stopping.cancel()
            await asyncio.gather(launching, stopping, return_exceptions=True)
        ended = _with(ending(None, time.monotonic() - started), said[0])
        return replace(ended, note=GOES_ON, stopped=stopping in done, timed_out=stopping not in done)

    def _launcher(self, step: Step) -> Launcher:
        found = self._by_name.get(step.launcher)
        if found is None:
            raise ActionError(f"{step.title}: no launcher is called {step.launcher}")
        return found

    def _facts(self, alert: Alert | None, service: str) -> Facts:
        if alert is None:
            return Facts({"service": service}, {}, {}, {"author": self._actor})
        facts = PagedAlert(alert).facts(self._actor)
        return replace(facts, labels={"service": service, **alert.labels})


def _result(launched: Launched, duration: float, said: str) -> StepResult:
    ended = _with(ending(1 if launched.ok is False else 0, duration), said)
    return replace(ended, note=launched.said, word=launched.word)


def _with(ended: StepResult, said: str) -> StepResult:
    return replace(ended, tail=said.rstrip("\n"), output_bytes=len(said.encode(errors="replace")))

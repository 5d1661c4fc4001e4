"""What the runbook commands work with: the library, the journal, and the alert a step is for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.commands.output import say
from oncall_tui.core.errors import ActionError, OncallError
from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.actions import RunStep
    from oncall_tui.actions.step_history import StepHistory
    from oncall_tui.actions.verify_step import Verifications
    from oncall_tui.config.models import Config
    from oncall_tui.core.alerts import Alert
    from oncall_tui.core.step_records import StepRecord
    from oncall_tui.runbooks import Problem, Runbook, RunbookLibrary, Step, Suggestion

__all__ = ["Parts", "parts", "say"]


@dataclass(frozen=True, slots=True)
class Parts:
    """alert: None for none. service: '' for none."""

    config: Config
    library: RunbookLibrary
    run_step: RunStep
    history: StepHistory
    verifications: Verifications
    alert: Alert | None
    service: str

    async def suggestions(self) -> tuple[tuple[Suggestion, ...], tuple[Problem, ...]]:
        """What fits, best first, and what is wrong with runbooks."""
        from oncall_tui.core.step_records import helped
        from oncall_tui.runbooks import Suggestion
        from oncall_tui.runbooks.library import ranked

        def look() -> tuple[Suggestion, ...]:
            if self.alert is not None:
                return self.library.for_alert(self.alert.labels, self.alert.annotations)
            known = self.config.catalogue().service(self.service) if self.service else None
            if known is not None:
                return self.library.for_service(known)
            return tuple(Suggestion(one, None) for one in self.library.runbooks())

        found = await asyncio.to_thread(look)
        before = helped(await self.records(), self.alert.name) if self.alert is not None else {}
        return ranked(found, before), await asyncio.to_thread(self.library.problems)

    async def records(self) -> tuple[StepRecord, ...]:
        """Runs of before; none, and why on stderr, where the journal cannot be read."""
        try:
            return await self.history()
        except OncallError as error:
            say(str(error))
            return ()

    async def runbook(self, name: str) -> Runbook:
        """The runbook of that name. Raises ActionError."""
        found = await asyncio.to_thread(self.library.runbook, name)
        if found is None:
            names = [one.name for one in self.library.runbooks()]
            there = f"there is {', '.join(names[:8])}{' and more' if names[8:] else ''}" if names else "there is none"
            raise ActionError(f"no runbook is called {clean_line(name, 80)}", there)
        return found


def step_of(runbook: Runbook, name: str) -> Step:
    """The step of that id. Raises ActionError."""
    found = runbook.step(name)
    if found is None:
        ids = ", ".join(step.id for step in runbook.steps) or "none that can be run"
        raise ActionError(f"{runbook.name} has no step {clean_line(name, 80)}", f"it has {ids}")
    return found


async def parts(config_path: Path | None, alert: str | None = None, service: str = "") -> Parts:
    """Read the configuration; and ask the Alertmanagers where an alert is named. Raises ConfigError, ActionError."""
    from oncall_tui.actions.step_history import StepHistory
    from oncall_tui.actions.verify_step import Verifications
    from oncall_tui.wiring.configs import configured
    from oncall_tui.wiring.journal import journal_for, place_of
    from oncall_tui.wiring.runbooks import runbook_library, step_runner, step_variables

    config = await asyncio.to_thread(configured, config_path)
    if service and config.catalogue().service(service) is None:
        raise ActionError(f"no service is called {clean_line(service, 80)}", "name one of the configuration's")
    found = await _alert(config_path, alert) if alert is not None else None
    if found is not None and not service:
        owner = config.catalogue().owner(found.labels)
        service = owner.name if owner else ""
    journal = journal_for(config, place_of(config_path))
    run_step = step_runner(config, journal, config.acknowledge.author, step_variables(config))
    watches = Verifications(journal, config.acknowledge.author)
    return Parts(config, runbook_library(config), run_step, StepHistory(journal), watches, found, service)


async def _alert(config_path: Path | None, wanted: str) -> Alert:
    """The one alert of that name or fingerprint, of all that any Alertmanager has now."""
    from oncall_tui.reports.alerts import trouble
    from oncall_tui.wiring.silences import Where, script_desk

    async with script_desk(Where(config_path), say) as desk:
        assessment = desk.assessment
    for health in trouble(assessment):
        say(f"{health.name}: {health.error or 'no answer'}")
    known = [status.alert for status in assessment.alerts]
    exact = [one for one in known if one.fingerprint == wanted]
    found = exact or [one for one in known if one.name == wanted]
    if not found:
        raise ActionError(f"no alert {clean_line(wanted, 80)} is there now", "`oncall-tui alerts` lists those that are")
    if len(found) > 1:
        several = ", ".join(clean_line(one.fingerprint, 40) for one in found[:8])
        raise ActionError(f"{len(found)} alerts are called {clean_line(wanted, 80)}", f"name one of {several}")
    return found[0]

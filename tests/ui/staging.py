"""What the tests of screens stand on: a poller that says what it is told, and patience."""

import asyncio
import time
from pathlib import Path

import fleet

from oncall_tui.actions import Acknowledge, AckSettings, RunStep, Silences, TakeBack
from oncall_tui.actions.alert_history import AlertHistory
from oncall_tui.actions.incidents import Incidents
from oncall_tui.actions.step_history import StepHistory
from oncall_tui.actions.verify_step import Verifications
from oncall_tui.journal import Journal
from oncall_tui.poll.alert_lookup import AlertLookup
from oncall_tui.poll.investigate import Investigate
from oncall_tui.poll.read_review import ReadReview
from oncall_tui.runbooks import RunbookLibrary
from oncall_tui.sources.pages import Pages
from oncall_tui.ui.desk import AlertView, Desk, Silencing

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"


class StaticPoller:
    """Publishes one snapshot, and another whenever a test hands it one."""

    def __init__(self, snapshot=None):
        self.now = snapshot or fleet.snapshot()
        self.paused = False
        self.refreshed = 0
        self.watched = {}
        self.publish = None

    async def run(self, publish):
        self.publish = publish
        publish(self.now)
        await asyncio.Event().wait()

    def hand(self, snapshot):
        self.now = snapshot
        self.publish(snapshot)

    def snapshot(self):
        return self.now

    def watch(self, watcher, readings):
        self.watched[watcher] = list(readings)

    def refresh(self):
        self.refreshed += 1

    def pause(self):
        self.paused = True

    def resume(self):
        self.paused = False

    async def close(self):
        pass


async def settled(pilot, happened=lambda: True, seconds=30.0):
    """Let the app work until something has happened."""
    deadline = time.monotonic() + seconds
    while True:
        await pilot.pause()
        if pilot.app.assessment is not None and happened():
            await pilot.pause()
            return
        assert time.monotonic() < deadline, f"it did not happen: {happened}"
        await asyncio.sleep(0.02)


def desk_over(folder, poller=None, sources=None, read_only="", clock=lambda: fleet.NOW, metrics=(), **desk):
    """Its Alertmanagers and its journal are real enough to be acted on."""
    journal = Journal(folder / "journal.sqlite3")
    sources = sources or {}
    return Desk(
        poller=poller or StaticPoller(),
        acknowledge=Acknowledge(
            sources, journal, AckSettings("sre"), read_only=read_only, clock=clock, patience=(0.0, 0.01)
        ),
        take_back=TakeBack(sources, journal, "sre", read_only=read_only, patience=(0.0, 0.01)),
        run_step=desk.pop("run_step", None) or RunStep(journal, "sre", read_only=read_only),
        investigate=desk.pop("investigate", None) or Investigate(metrics, clock=clock),
        review=ReadReview(metrics, journal, clock=clock),
        silencing=Silencing(
            Silences(sources, journal, "sre", read_only=read_only, clock=clock, patience=(0.0, 0.01)),
            "sre",
            tuple(sources) or ("main-am",),
        ),
        alert_view=AlertView(AlertLookup(metrics, clock=clock), AlertHistory(journal)),
        incidents=desk.pop("incidents", None) or Incidents(journal, journal, "sre", read_only=read_only, clock=clock),
        library=desk.pop("library", None) or RunbookLibrary([RUNBOOKS]),
        step_history=StepHistory(journal),
        web_pages=desk.pop("web_pages", None) or Pages(folder / "pages", clock),
        verifications=Verifications(journal, "sre", clock),
        title="prod",
        read_only=read_only,
        **desk,
    )

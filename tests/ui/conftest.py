"""A dashboard over a fixed fleet, and one over the demo's."""

import asyncio
import time
from pathlib import Path

import fleet
import pytest

from oncall_tui.actions import Acknowledge, AckSettings, RunStep, TakeBack
from oncall_tui.journal import Journal
from oncall_tui.runbooks import RunbookLibrary
from oncall_tui.ui.app import OncallApp
from oncall_tui.ui.desk import Desk, opened

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


@pytest.fixture
def make_app(tmp_path):
    """An app over a fixed snapshot; its Alertmanagers and its journal are real enough to be acted on."""

    def make(poller=None, sources=None, read_only=False, clock=lambda: fleet.NOW, **desk):
        journal = Journal(tmp_path / "journal.sqlite3")
        sources = sources or {}
        whole = Desk(
            poller=poller or StaticPoller(),
            acknowledge=Acknowledge(sources, journal, AckSettings("sre"), read_only=read_only, patience=(0.0, 0.01)),
            take_back=TakeBack(sources, journal, "sre", read_only=read_only, patience=(0.0, 0.01)),
            run_step=RunStep(journal, "sre", read_only=read_only),
            library=RunbookLibrary([RUNBOOKS]),
            title="prod",
            read_only=read_only,
            **desk,
        )
        app = OncallApp(opened(whole), clock=clock)
        app.animation_level = "none"
        return app

    return make


async def settled(pilot, happened=lambda: True, seconds=8.0):
    """Let the app work until something has happened."""
    deadline = time.monotonic() + seconds
    while True:
        await pilot.pause()
        if pilot.app.assessment is not None and happened():
            await pilot.pause()
            return
        assert time.monotonic() < deadline, f"it did not happen: {happened}"
        await asyncio.sleep(0.02)


@pytest.fixture
def settle():
    """The helper above, for tests."""
    return settled


@pytest.fixture
def shown():
    """What stands on the screen, as text."""

    def text(app):
        strips = app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    return text

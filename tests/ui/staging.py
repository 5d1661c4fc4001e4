"""What the tests of screens stand on: a poller that says what it is told, and patience."""

import asyncio
import time

import fleet


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

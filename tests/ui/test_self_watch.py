"""A dashboard that hangs says so, for how long, and how to see why."""

import asyncio
import logging
import time

import pytest

from oncall_tui.debugging.log import DebugLog
from oncall_tui.debugging.scrub import Scrubber
from oncall_tui.ui import self_watch
from oncall_tui.ui.render.spans import plain
from oncall_tui.ui.self_watch import SelfWatch


def told(watch):
    return " ".join(plain(line) for line in watch.lines())


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch):
    monkeypatch.setattr(self_watch, "GRACE", 0.0)


async def beaten(seconds=0.5):
    await asyncio.sleep(seconds)


async def test_a_blocked_loop_is_noted_with_its_length_and_forgotten_later():
    now = 0.0
    watch = SelfWatch(lambda: time.monotonic() + now)
    watch.start()
    await beaten(0.05)
    time.sleep(0.9)
    await beaten(0.05)
    assert 0.7 < watch.lag() < 5
    text = told(watch)
    assert "hung once in 10 minutes" in text
    assert "--debug logs what it was busy with" in text
    now += 30.0
    assert watch.lag() == 0.0
    assert "hung once" in told(watch)
    watch.close()


async def test_what_is_not_watched_tells_nothing_and_what_keeps_up_says_so(monkeypatch):
    assert (SelfWatch().lag(), SelfWatch().lines()) == (0.0, [])
    monkeypatch.setattr(self_watch, "LIMIT", 30.0)
    watch = SelfWatch()
    watch.start()
    await beaten()
    assert watch.lag() == 0.0
    assert "kept up" in told(watch)
    watch.close()


async def test_ctrl_z_is_nobodys_fault():
    watch = SelfWatch()
    watch.start()
    await beaten(0.05)
    time.sleep(0.9)
    await beaten(0.05)
    assert watch.lag()
    watch.forgive()
    assert watch.lag() == 0.0
    watch.close()


def the_culprit():
    time.sleep(1.2)


async def test_the_debug_log_says_what_the_loop_was_busy_with(tmp_path):
    log = DebugLog(tmp_path / "debug.log", Scrubber())
    watch = SelfWatch(log=str(log.path))
    watch.start()
    await beaten(0.3)
    the_culprit()
    await beaten(0.3)
    assert str(log.path) in told(watch)
    watch.close()
    log.close()
    text = log.path.read_text()
    assert "now in:" in text
    assert "in the_culprit" in text
    assert "the event loop was blocked for" in text
    assert not logging.getLogger("oncall_tui").handlers


async def test_the_strip_and_the_sheet_of_sources_tell_it(make_app, settle, shown):
    app = make_app()
    async with app.run_test(size=(140, 30)) as pilot:
        await settle(pilot)
        assert "LAGS" not in shown(app)
        app.self_watch.start()
        await beaten(0.05)
        time.sleep(0.9)
        await settle(pilot, lambda: "LAGS" in shown(app))
        await pilot.press("S")
        await settle(pilot, lambda: "this dashboard hung" in shown(app))
        app.self_watch.close()

"""Keys typed while the dashboard opens: what only looks is done once it is open; nothing is written, or opened unseen."""

import asyncio
from contextlib import asynccontextmanager

import fleet
import pytest
from staging import desk_over, settled
from test_dashboard import Alertmanager
from textual import events
from textual.widgets import Input

from oncall_tui.ui.app import OncallApp
from oncall_tui.ui.early_keys import FRESH, MOST, EarlyKeys
from oncall_tui.ui.screens.help import HelpScreen


@pytest.fixture
def slow(tmp_path):
    """An app whose desk opens when the gate does, and the gate."""

    def make(**desk):
        gate, whole = asyncio.Event(), desk_over(tmp_path, **desk)

        @asynccontextmanager
        async def opening():
            await gate.wait()
            yield whole

        app = OncallApp(opening, clock=lambda: fleet.NOW)
        app.animation_level = "none"
        return app, gate

    return make


def front_of(app):
    return app.current_mode


def filter_of(app):
    return app.screen.query_one("PromptBar Input", Input).value


@pytest.mark.parametrize(
    ("keys", "mode", "text"),
    [
        (["2"], "alerts", None),
        (["2", "slash", *"drift"], "alerts", "drift"),
        (["slash", *"rayz"], "fleet", "rayz"),
        (["2", "slash", *"raq", "backspace", "enter", "3"], "slos", None),
        (["j", "k", "8"], "silences", None),
        (["a", "2"], "fleet", None),
        (["r", "2"], "fleet", None),
        (["enter", "2"], "fleet", None),
        (["colon", *"ack", "enter", "2"], "fleet", None),
        (["7", "slash", "a", "y", "2"], "review", None),
        (["j"] * MOST + ["2"], "fleet", None),
        (["j"] * (MOST - 1) + ["2"], "alerts", None),
    ],
)
async def test_what_only_looks_is_done_once_it_is_open(slow, keys, mode, text):
    alertmanager = Alertmanager()
    app, gate = slow(sources={"main-am": alertmanager})
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press(*keys)
        assert front_of(app) == "opening"
        gate.set()
        await settled(pilot)
        assert front_of(app) == mode
        assert len(app.screen_stack) == 1
        assert text is None or filter_of(app) == text
        assert not alertmanager.posted
        told = {one.message for one in app._notifications}
        assert told <= {"nothing is listed here that could be filtered"}
        await pilot.press("escape", "2")
        await settled(pilot, lambda: front_of(app) == "alerts")


async def test_nothing_is_acknowledged_by_keys_that_came_too_early(slow):
    alertmanager = Alertmanager()
    app, gate = slow(sources={"main-am": alertmanager})
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("2", "j", "a", "enter", "y", "r", "enter", "y")
        gate.set()
        await settled(pilot)
        await pilot.pause(0.1)
        assert front_of(app) == "alerts"
        assert len(app.screen_stack) == 1
        assert not alertmanager.posted


async def test_help_opens_over_the_first_screen(slow):
    app, gate = slow()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("question_mark")
        gate.set()
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)


async def test_keys_mean_what_the_configuration_says(slow):
    alertmanager = Alertmanager()
    app, gate = slow(sources={"main-am": alertmanager}, keys={"acknowledge": "2", "show_alerts": "a"})
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("a", "2", "3")
        gate.set()
        await settled(pilot)
        assert front_of(app) == "alerts"
        assert not alertmanager.posted


async def test_q_leaves_at_once_but_is_a_letter_in_a_filter(slow):
    app, gate = slow()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("slash", "q")
        gate.set()
        await settled(pilot)
        assert filter_of(app) == "q"
    app, gate = slow()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("2", "q")
        await pilot.pause()
        assert not app.is_running or app._exit


async def test_what_was_typed_long_ago_is_dropped():
    now = 0.0
    early = EarlyKeys(lambda: now)
    assert early.take(events.Key("2", "2"))
    now = FRESH + 0.1
    await early.make_good(None)
    assert not early.take(events.Key("2", "2"))

"""Keys that come in one go, as over a slow line, act where they would have acted one by one."""

import fleet
from staging import settled
from textual import events
from textual.widgets import Input

from oncall_tui.ui.screens.help import HelpScreen

SLOTS = {":": "colon", "/": "slash", "?": "question_mark", "\n": "enter"}


def typed(app, text):
    for character in text:
        key = SLOTS.get(character, character)
        app.post_message(events.Key(key, character if character.isprintable() else None))


async def test_a_command_typed_ahead_goes_into_the_command_line_not_to_the_screen(make_app):
    app = make_app()
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        typed(app, ":ack")
        await settled(pilot)
        assert app.screen.query_one("PromptBar Input", Input).value == "ack"
        assert not app._notifications


async def test_a_whole_command_typed_ahead_is_run(make_app):
    app = make_app()
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        typed(app, ":help\n")
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)


async def test_a_filter_typed_ahead_filters(make_app):
    app = make_app()
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        typed(app, "/drift")
        await settled(pilot)
        assert app.screen.query_one("PromptBar Input", Input).value == "drift"
        assert len(fleet.snapshot().alerts) > 1

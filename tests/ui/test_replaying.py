"""The dashboard over a recording."""

import fleet
import pytest
from staging import settled

from oncall_tui.core.assess import assess
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.poll.replay import Replay
from oncall_tui.recording.file import Tape, Writer, read, redactor_for
from oncall_tui.ui.screens.mark_picker import MarkPicker


@pytest.fixture
def replay(tmp_path):
    """Ten minutes of the fixed fleet, with a mark in the fourth and the eighth."""
    tape = Tape(Writer(tmp_path / "a.oncall", "prod", redactor_for(frozenset())))
    whole = fleet.snapshot()
    said = {4: "ranker OK → CRIT: \x1b[2Jaccuracy", 8: "page Burn (ranker) acknowledged by [b]maria[/b]"}
    for minute in range(11):
        parts = {name: getattr(whole, name) for name in Snapshot.__dataclass_fields__ if name not in ("_", "at")}
        tape.write(Snapshot(at=fleet.NOW + 60 * minute, **parts), [said[minute]] if minute in said else [])
    tape.close()
    made = Replay(read(tmp_path / "a.oncall"))
    made.pause()
    return made


@pytest.fixture
def app(make_app, replay):
    return make_app(poller=replay, replay=replay, read_only="told to")


async def test_the_strip_says_that_it_is_a_recording_and_its_day(app, shown):
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        top = shown(app).splitlines()[0]
        assert "REPLAY paused 2026-11-24 06:00:00Z" in top
        assert "LIVE" not in top


async def test_keys_go_through_time(app, replay):
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        began = fleet.NOW
        await pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert round(replay.clock()) == began + 60
        await pilot.press("right_curly_bracket")
        assert round(replay.clock()) == began + 240
        await pilot.press("right_curly_bracket", "right_curly_bracket")
        assert round(replay.clock()) == began + 480
        await pilot.press("left_curly_bracket")
        assert round(replay.clock()) == began + 240
        await settled(pilot)
        assert round(app.assessment.snapshot.at) == began + 240


async def test_commands_go_through_time(app, replay):
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        began = fleet.NOW
        for text, at in (("seek +5m", 300), ("seek -1m", 240), ("seek end", 600), ("seek start", 0)):
            app.run_command(text)
            assert round(replay.clock()) == began + at, text
        app.run_command("speed 30x")
        app.run_command("seek nonsense")
        app.run_command("speed fast")
        app.run_command("speed 0")
        await settled(pilot)
        told = [one.message for one in app._notifications]
        assert any("seek:" in one and "start, end" in one for one in told)
        assert sum(one.startswith("speed: a number") for one in told) == 2


async def test_marks_are_listed_as_plain_text_and_gone_to(app, replay, shown):
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        began = fleet.NOW
        app.run_command("marks")
        await settled(pilot)
        assert isinstance(app.screen, MarkPicker)
        assert "[b]maria[/b]" in shown(app)
        assert "\x1b" not in shown(app)
        await pilot.press("j", "enter")
        await settled(pilot)
        assert round(replay.clock()) == began + 480


async def test_nothing_is_asked_of_any_server(app):
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        await pilot.press("R", "i", "a")
        await settled(pilot)
        told = " ".join(one.message for one in app._notifications)
        assert "refresh: this is a recording" in told
        assert "investigate: this is a recording" in told
        assert "read-only: nothing is acknowledged (told to)" in told


async def test_p_goes_on(app, replay):
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        await pilot.press("p")
        assert not replay.paused


async def test_without_a_recording_the_keys_say_so(make_app):
    app = make_app()
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        await pilot.press("greater_than_sign")
        await settled(pilot)
        assert any("oncall-tui replay FILE" in one.message for one in app._notifications)


async def test_what_a_recording_shows_is_what_was_assessed(app, replay):
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        live, back = assess(fleet.snapshot()), app.assessment
        assert {s.service.name: s.state for s in back.services} == {s.service.name: s.state for s in live.services}

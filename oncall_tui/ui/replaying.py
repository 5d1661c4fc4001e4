"""The keys and commands of a recording that plays: another moment, another speed, the next mark."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from oncall_tui.core.duration import parse_duration
from oncall_tui.core.moments import parse_moment

if TYPE_CHECKING:
    from oncall_tui.poll.replay import Replay
    from oncall_tui.ui.app import OncallApp

STEP = 60.0
"""Seconds that a key goes on or back."""


def _replay(app: OncallApp) -> Replay | None:
    """The recording that plays; where none does, that is said."""
    if app.desk.replay is None:
        app.complain("only a recording has other moments: `oncall-tui replay FILE` plays one")
    return app.desk.replay


def step(app: OncallApp, minutes: int) -> None:
    """Go on by so many minutes, or back."""
    if (replay := _replay(app)) is not None:
        replay.step(minutes * STEP)


def to_mark(app: OncallApp, direction: int) -> None:
    """Go to the next mark, or the one before, and say what it is."""
    if (replay := _replay(app)) is None:
        return
    if told := replay.to_mark(direction):
        app.say(told, title=_moment(replay.clock()), seconds=6)
    else:
        app.say("No mark after this moment" if direction > 0 else "No mark before this moment", seconds=3)


def seek(app: OncallApp, text: str) -> None:
    """Go to the moment that text names: 14:05, 2026-11-24 14:05Z, +10m, -1h, start, end."""
    if (replay := _replay(app)) is None:
        return
    times = replay.recording.times
    try:
        if text in ("start", "end"):
            replay.seek(times[0] if text == "start" else times[-1])
        elif text[:1] in ("+", "-"):
            seconds = parse_duration(text[1:])
            replay.step(seconds if text[0] == "+" else -seconds)
        else:
            replay.seek(parse_moment(text, times[-1]))
    except ValueError as error:
        app.complain(f"seek: {error}; or +10m, -1h, start, end")


def play_at(app: OncallApp, text: str) -> None:
    """Play at another speed: seconds of the recording in one second."""
    if (replay := _replay(app)) is None:
        return
    try:
        replay.play_at(float(text.removesuffix("x")))
    except ValueError as error:
        told = str(error) if str(error).startswith("speed") else "speed: a number, 10 say"
        app.complain(told)


def choose_mark(app: OncallApp) -> None:
    """List everything that happened, to go there."""
    from oncall_tui.ui.screens.mark_picker import MarkPicker

    if (replay := _replay(app)) is None:
        return
    if not replay.recording.marks:
        app.say("Nothing happened in this recording: no service changed its state, no page began")
        return

    def go(at: float | None) -> None:
        if at is not None:
            replay.seek(at)

    app.push_screen(MarkPicker(replay.recording.marks, replay.clock()), go)


def refused(app: OncallApp, what: str) -> bool:
    """Whether a recording plays, which cannot do that: then it is said."""
    if app.desk.replay is None:
        return False
    app.complain(f"{what}: this is a recording, and nothing is asked of any server")
    return True


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")

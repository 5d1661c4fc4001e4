"""Recordings: what writes them, and the desk that plays one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.loader import find_config, load_config
from oncall_tui.config.models import Config
from oncall_tui.config.secrets import secrets_of
from oncall_tui.core.assess import assess
from oncall_tui.core.duration import name_duration
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.recording.file import RecordingError, Tape, Writer, redactor_for
from oncall_tui.recording.ring import last
from oncall_tui.wiring.flight import flight_folder
from oncall_tui.wiring.journal import place_of

if TYPE_CHECKING:
    from oncall_tui.ui.desk import Desk
    from oncall_tui.wiring.server import Server

Tell = Callable[[str], object]


class _Told:
    """A tape that tells every mark as it comes."""

    def __init__(self, tape: Tape, tell: Tell) -> None:
        self._tape, self._tell = tape, tell

    def write(self, snapshot: Snapshot, marks: Iterable[str] = ()) -> None:
        lines = tuple(marks)
        self._tape.write(snapshot, lines)
        for line in lines:
            self._tell(f"{_moment(snapshot.at)}  {line}")

    def close(self) -> None:
        self._tape.close()


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")


async def record_live(
    file: Path,
    config_path: Path | None,
    server: Server | None,
    demo: str | None,
    tell: Tell,
    *,
    seconds: float | None = None,
    overwrite: bool = False,
) -> Tape:
    """Watch and record until cancelled, or for so many seconds; tell gets a line for each mark.

    Raises RecordingError when the file cannot be written (what is in it stays), ConfigError, and as findings_of does.
    """
    from oncall_tui.poll.recorder import Recorder
    from oncall_tui.wiring.sources import poller_for, watched

    config, sources = await watched(config_path, demo, tell, server=server)
    title = "demo" if demo is not None else _title(config_path, server)
    tape = Tape(Writer(file, title, redactor_for(secrets_of(config)), replace=overwrite))
    poller = poller_for(sources, config, demo=demo is not None)
    recorder, last_seen = Recorder(_Told(tape, tell)), None

    def show(snapshot: Snapshot) -> None:
        nonlocal last_seen
        last_seen = assess(snapshot, last_seen)
        recorder.show(last_seen)

    def written() -> None:
        if recorder.trouble:
            raise RecordingError(recorder.trouble, f"{tape.frames} frames are in {file}")

    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
                tasks.create_task(poller.run(show))
                tasks.create_task(recorder.run(written))
    except* RecordingError as failed:
        raise failed.exceptions[0] from None
    finally:
        recorder.close()
        await poller.close()
    return tape


def record_last(
    file: Path, config_path: Path | None, server: Server | None, since: float, *, overwrite: bool = False
) -> Tape:
    """Write what the flight recorder kept from a moment on (unix seconds). Blocks.

    Raises RecordingError when it kept nothing, or when the file cannot be written.
    """
    found = find_config(config_path) if server is None else None
    config = load_config(found) if found is not None else Config()
    place = place_of(config_path, server.url if server is not None else None)
    kept = last(flight_folder(config, place), since)
    # Nothing is begun before there is something to write.
    first, marks = next(kept)
    tape = Tape(Writer(file, _title(config_path, server), redactor_for(secrets_of(config)), replace=overwrite))
    try:
        tape.write(first, marks)
        for snapshot, marks in kept:
            tape.write(snapshot, marks)
    finally:
        tape.close()
    return tape


def _title(config_path: Path | None, server: Server | None) -> str:
    found = find_config(config_path) if server is None else None
    return server.title if server is not None else found.stem if found is not None else ""


@asynccontextmanager
async def replaying(file: Path, speed: float) -> AsyncIterator[Desk]:
    """The desk that plays a recording: it writes nothing, and asks nobody. Raises RecordingError.

    Theme, keys, filters and runbooks are the usual configuration's; where that has a mistake, the defaults.
    """
    from oncall_tui.poll.replay import Replay
    from oncall_tui.preferences.memory import Memory
    from oncall_tui.recording.file import read
    from oncall_tui.ui.noticing import NoticeSettings
    from oncall_tui.wiring.desk import desk_for
    from oncall_tui.wiring.sources import Sources

    recording = await asyncio.to_thread(read, file)
    replay = await asyncio.to_thread(Replay, recording, speed)
    try:
        found = find_config(None)
        config = await asyncio.to_thread(load_config, found) if found is not None else Config()
    except ConfigError:
        config = Config()
    sources = Sources(replay.snapshot().catalogue, (), (), None)
    over = "a recording is played, of what is over"
    desk = desk_for(config, sources, replay, {}, title=recording.title, read_only=over)
    length = name_duration(max(int(recording.times[-1] - recording.times[0]), 1))
    banner = f"{length} recorded, {len(recording.marks)} marks" + ("; its end is missing" if recording.cut else "")
    # What writes, and what rings, is left out: whatever happens here happened before.
    quiet = replace(
        desk, scribe=None, keeper=None, incident_watch=None, recorder=None, auto_diagnose=None, preferences=Memory()
    )
    yield replace(quiet, notices=NoticeSettings(bell=False, desktop="none", title=False), replay=replay, banner=banner)

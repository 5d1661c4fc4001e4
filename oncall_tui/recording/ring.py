"""The flight recorder: the last hours, in files of a quarter of an hour that are dropped when they are old.

Every instance writes files of its own, named by the moment they begin at and by its run, so that none waits for
another.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from oncall_tui.config.private_folder import make_private_folder
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.recording.file import SUFFIX, Recording, RecordingError, Writer, read
from oncall_tui.recording.frames import Framer, Player

SEGMENT = 900.0
"""Seconds that one file holds."""
_NAME = re.compile(rf"(\d{{10,12}})-([0-9a-f]{{8}}){re.escape(SUFFIX)}")


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept, in seconds and bytes; what is older or more is dropped, the oldest first."""

    seconds: float
    bytes: int


class Ring:
    """Writes the flight recorder. Blocks; raises RecordingError, and can be used on after that.

    folder: where its files are, made (0700) when it is first needed.
    """

    def __init__(
        self, folder: Path, title: str, redactor: Redactor, keep: Keep, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder, self._title, self._redactor, self._keep = folder, title, redactor, keep
        self._clock = clock
        self._run = secrets.token_hex(4)
        self._writer: Writer | None = None
        self._framer = Framer()
        self._began = 0.0

    def write(self, snapshot: Snapshot, marks: Iterable[str] = ()) -> None:
        """Add what is seen now."""
        try:
            writer, fresh = self._current(snapshot.at)
            writer.write(self._framer.frame(snapshot, marks, whole=fresh))
        except RecordingError:
            # What stands in the file may end in half a line: the next try begins another.
            self.close()
            raise

    def close(self) -> None:
        """Finish the file that is being written."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(RecordingError):
                writer.close()

    def _current(self, at: float) -> tuple[Writer, bool]:
        if self._writer is not None and 0 <= at - self._began < SEGMENT:
            return self._writer, False
        self.close()
        try:
            make_private_folder(self._folder)
        except OSError as error:
            raise RecordingError(f"{self._folder}: {error.strerror or error}") from None
        self._drop_old()
        path = self._folder / f"{int(self._clock()):010d}-{self._run}{SUFFIX}"
        self._writer, self._began = Writer(path, self._title, self._redactor, replace=True), at
        return self._writer, True

    def _drop_old(self) -> None:
        """Room for the next file is made before it is begun."""
        oldest, total = self._clock() - self._keep.seconds, 0
        for path, _ in sorted(segments(self._folder), reverse=True):
            with suppress(OSError):
                told = path.stat()
                total += told.st_size
                if told.st_mtime < oldest or total > self._keep.bytes:
                    path.unlink()


def segments(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files of a flight recorder, each with the run that wrote it; none where there is no such folder."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    except OSError:
        return
    for name in names:
        if match := _NAME.fullmatch(name):
            yield folder / name, match[2]


def last(folder: Path, since: float) -> Iterator[tuple[Snapshot, tuple[str, ...]]]:
    """What the flight recorder kept from a moment on (unix seconds), with its marks, in order. Blocks.

    Where several instances wrote at one time, the one that began first is told, and then what others saw after it.
    Raises RecordingError when there is nothing.
    """
    until, found = since, False
    for recording in sorted(_runs(folder), key=lambda parts: parts[0].times[0]):
        for part in recording:
            if part.times[-1] <= until:
                continue
            for snapshot, marks in played(part):
                if snapshot.at > until:
                    yield snapshot, marks
                    until, found = snapshot.at, True
    if not found:
        raise RecordingError(
            f"the flight recorder in {folder} kept nothing of that time",
            "it records while a dashboard runs, unless `recording: {keep: 0}` says otherwise",
        )


def _runs(folder: Path) -> Iterator[list[Recording]]:
    by_run: dict[str, list[Recording]] = {}
    for path, run in sorted(segments(folder)):
        # One that is empty yet, or was cut within its first line, has nothing to tell.
        with suppress(RecordingError):
            by_run.setdefault(run, []).append(read(path))
    yield from by_run.values()


def played(recording: Recording) -> Iterator[tuple[Snapshot, tuple[str, ...]]]:
    """Every snapshot of a recording with its marks. Raises RecordingError where a frame cannot be read."""
    player = Player()
    for place in range(len(recording.frames)):
        frame = recording.frame(place)
        try:
            yield player.snapshot(frame), frame.marks
        except ValueError as error:
            raise RecordingError(f"{recording.path}, line {place + 2}: {error}") from None

"""Plays a recording in place of a poller: the same snapshots, at any speed, from any moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from oncall_tui.core.errors import OncallError
from oncall_tui.core.readings import Reading
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.recording.file import Recording, RecordingError
from oncall_tui.recording.frames import Player
from oncall_tui.recording.timeline import Timeline

SPEEDS = (0.1, 600.0)
"""The slowest and the fastest."""
_PAINTS = 0.1
"""Seconds between two frames on the screen, however fast it plays."""
_SAME = 0.5
"""Seconds within which a moment is the one of a mark: who went to a mark and goes on leaves it."""


class Replay:
    """A recording that plays. It asks nothing and knows no source; its clock is the recording's.

    speed: seconds of the recording in one second. wall: seconds that pass.
    """

    def __init__(self, recording: Recording, speed: float = 1.0, wall: Callable[[], float] = time.monotonic) -> None:
        self.recording = recording
        self._timeline = Timeline(recording.times)
        self._wall = wall
        self._anchor, self._since = 0.0, wall()
        self._playing = True
        self._speed = 1.0
        self._player, self._loaded = Player(), -1
        self._seen = self._load(0)
        self._wake = asyncio.Event()
        self.play_at(speed)

    # The moment

    def clock(self) -> float:
        """The moment that is shown, in unix seconds of the recording; it stands still at its end."""
        return self._timeline.at(self._place())

    def seek(self, at: float) -> None:
        """Show this moment (unix seconds); outside the recording that is its beginning or its end."""
        self._move(self._timeline.place(at))

    def step(self, seconds: float) -> None:
        """Go on by so many seconds of playing, or back."""
        self._move(self._place() + seconds)

    def to_mark(self, direction: int) -> str:
        """Go to the next mark (1) or the one before (-1): what it says, '' where there is none."""
        now, marks = self.clock(), self.recording.marks
        ahead = [at for at, _ in marks if (at - now) * direction > _SAME]
        if not ahead:
            return ""
        found = min(ahead) if direction > 0 else max(ahead)
        self.seek(found)
        return "; ".join(text for at, text in marks if at == found)

    def play_at(self, speed: float) -> None:
        """Play at this speed from now on. Raises ValueError for one that is out of bounds."""
        slowest, fastest = SPEEDS
        if not slowest <= speed <= fastest:
            raise ValueError(f"speed: a number from {slowest:g} to {fastest:g}")
        place = self._place()
        self._speed = speed
        self._move(place)

    # What a poller does

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return not self._playing

    def pause(self) -> None:
        """Stand still."""
        place, self._playing = self._place(), False
        self._move(place)

    def resume(self) -> None:
        """Go on; from its end, at its beginning."""
        place, self._playing = self._place(), True
        self._move(0.0 if place >= self._timeline.length else place)

    def watch(self, watcher: str, readings: Iterable[Reading]) -> None:
        """Nothing more can be had than was recorded."""

    def refresh(self) -> None:
        """Nothing can be asked anew."""

    def snapshot(self) -> Snapshot:
        """What was seen at the moment that is shown, or, until `run` has read it, at the one before.

        It never is `paused`: how old everything was then is told by the recording's clock.
        """
        return replace(self._seen, replay=self._told())

    async def run(self, publish: Callable[[Snapshot], None]) -> None:
        """Play until cancelled. Raises RecordingError for a frame that cannot be read."""
        while True:
            self._wake.clear()
            frame = self._timeline.frame(self._place())
            if frame != self._loaded:
                self._seen = await asyncio.to_thread(self._load, frame)
            publish(self.snapshot())
            try:
                async with asyncio.timeout(self._until_next()):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def close(self) -> None:
        """Nothing is open."""

    def members_of(self, name: str) -> tuple[str, ...]:
        """None: nothing can be written to what was recorded."""
        return ()

    def clusters(self) -> tuple[str, ...]:
        """None, for the same reason."""
        return ()

    def skew_of(self, name: str) -> float | None:
        """Nobody tells."""
        return None

    def _place(self) -> float:
        passed = (self._wall() - self._since) * self._speed if self._playing else 0.0
        return min(self._anchor + passed, self._timeline.length)

    def _move(self, place: float) -> None:
        self._anchor, self._since = min(max(place, 0.0), self._timeline.length), self._wall()
        self._wake.set()

    def _until_next(self) -> float | None:
        seconds = self._timeline.until_next(self._place())
        return None if seconds is None or not self._playing else max(_PAINTS, seconds / self._speed)

    def _load(self, frame: int) -> Snapshot:
        """What was seen at a frame, played from the last whole one before it unless it is just ahead."""
        whole = max(place for place in self.recording.whole if place <= frame)
        first = self._loaded + 1 if whole <= self._loaded < frame else whole
        self._loaded = -1
        for place in range(first, frame + 1):
            try:
                seen = self._player.snapshot(self.recording.frame(place))
            except (ValueError, OncallError) as error:
                raise RecordingError(f"{self.recording.path}, line {place + 2}: {error}") from None
        self._loaded = frame
        return seen

    def _told(self) -> str:
        """How it plays: at what speed, or that it stands still."""
        if not self._playing:
            return "paused"
        return "end" if self._place() >= self._timeline.length else f"{self._speed:g}x"

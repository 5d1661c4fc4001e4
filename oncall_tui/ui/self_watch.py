"""Whether the dashboard itself keeps up: how late its own event loop is, told on the strip and in the debug log."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from oncall_tui.ui.render.spans import Line, Role, join, span

BEAT = 0.2
"""Seconds between two looks at the clock."""
LIMIT = 0.25
"""Seconds late from which on keys are felt to hang."""
TOLD_FOR = 10.0
"""Seconds for which the strip tells a lag after it is over: it is over before it can be painted."""
REMEMBERED = 600.0
GRACE = 3.0
"""Seconds after the start that are not judged: half of the program is being imported."""

_log = logging.getLogger("oncall_tui.self_watch")


class SelfWatch:
    """Beats in the event loop and notes when a beat is late. Until it is started it has nothing to tell.

    clock: monotonic seconds. With the debug log on, a thread beside it writes there what the loop was busy with.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, log: str = "") -> None:
        self._clock = clock
        self._log = log
        self._beat_at = 0.0
        self._judge_from = 0.0
        self._lags: deque[tuple[float, float]] = deque(maxlen=1_000)
        self._timer: asyncio.TimerHandle | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin, in the running loop."""
        self._beat_at = self._clock()
        self._judge_from = self._beat_at + GRACE
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)
        if _log.isEnabledFor(logging.DEBUG):
            loop_thread = threading.get_ident()
            threading.Thread(target=self._look_on, args=(loop_thread,), name="self-watch", daemon=True).start()

    def close(self) -> None:
        """No more beats."""
        self._ended.set()
        if self._timer is not None:
            self._timer.cancel()

    def forgive(self) -> None:
        """The program was stopped on purpose (Ctrl+Z): the beats it missed are nobody's fault."""
        self._lags.clear()
        self._beat_at = self._clock()

    def lag(self) -> float:
        """The longest that the loop was late within the last seconds; 0.0 where it kept up."""
        since = self._clock() - TOLD_FOR
        return max((late for at, late in self._lags if at >= since), default=0.0)

    def lines(self) -> list[Line]:
        """How the dashboard itself does, for the sheet of the sources; none where it is not watched."""
        if self._timer is None:
            return []
        from oncall_tui.ui.render.figures import age

        now = self._clock()
        name, where = span("this dashboard", Role.STRONG), span("")
        if self._log:
            where = span(f"the debug log says what it was busy with: {self._log}", Role.MUTED)
        lags = [(at, late) for at, late in self._lags if now - at <= REMEMBERED]
        if not lags:
            kept = span(f"kept up: its keys wait {LIMIT * 1000:.0f} ms at most", Role.OK)
            return [join([name, kept])]
        worst = max(late for _, late in lags)
        times = "once" if len(lags) == 1 else f"{len(lags)} times"
        told = span(f"hung {times} in 10 minutes, {worst:.1f}s at most, last {age(now - lags[-1][0])} ago", Role.WARN)
        mend = span("oncall-tui --debug logs what it was busy with; a loaded machine is one reason", Role.MUTED)
        return [join([name, told]), where if self._log else mend]

    def _beat(self) -> None:
        now = self._clock()
        late = now - self._beat_at - BEAT
        if late > LIMIT and now >= self._judge_from:
            self._lags.append((now, late))
            _log.warning("the event loop was blocked for %.2f s", late)
        self._beat_at = now
        self._timer = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _look_on(self, loop_thread: int) -> None:
        """In a thread of its own: once for each lag, while it lasts, write where the loop's thread is."""
        told_of = 0.0
        while not self._ended.wait(BEAT / 2):
            beat_at, now = self._beat_at, self._clock()
            if now - beat_at - BEAT <= LIMIT or beat_at == told_of or now < self._judge_from:
                continue
            told_of = beat_at
            import traceback

            frame = sys._current_frames().get(loop_thread)
            if frame is not None:
                where = "".join(traceback.format_stack(frame)[-12:])
                _log.warning("the event loop has been busy for %.2f s, now in:\n%s", now - beat_at, where)

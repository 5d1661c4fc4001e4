"""The line on top of every screen."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from oncall_tui.core.assess import Assessment
from oncall_tui.ui.render.spans import Line, changed
from oncall_tui.ui.render.strip import AlertTally, strip, tally_of
from oncall_tui.ui.widgets.painter import Painter


class StatusStrip(Widget):
    """What is wrong and how old each source's news is; ticks once a second, and paints only what it says anew."""

    DEFAULT_CSS = "StatusStrip { height: 1; background: $panel; }"

    def __init__(self, clock: Callable[[], float], lag: Callable[[], float] = float) -> None:
        super().__init__()
        self._clock, self._lag = clock, lag
        self._title = ""
        self._read_only = False
        self._journal_ails = False
        self._assessment: Assessment | None = None
        self._tally = AlertTally()
        self._line: Line = ()
        self._painter = Painter(self)

    def show(
        self, assessment: Assessment | None, title: str = "", *, read_only: bool = False, journal_ails: bool = False
    ) -> None:
        """Speak of this assessment from now on."""
        if assessment is not self._assessment:
            self._tally = tally_of(assessment) if assessment is not None else AlertTally()
        self._assessment, self._title = assessment, title
        self._read_only, self._journal_ails = read_only, journal_ails
        self._tick()

    def on_mount(self) -> None:
        """Start the clock."""
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self.screen.is_current and (drawn := self._drawn()) != self._line:
            first, end = changed(self._line, drawn)
            self.refresh(Region(first, 0, end - first, 1))

    def _drawn(self) -> Line:
        ails = {"read_only": self._read_only, "journal_ails": self._journal_ails}
        width, lag = self.size.width, self._lag()
        return strip(self._assessment, self._tally, self._title, self._clock(), width, lag=lag, **ails)

    def render_line(self, y: int) -> Strip:
        """The strip."""
        self._line = self._drawn()
        return self._painter.strip(self._line, self.rich_style, self.size.width)

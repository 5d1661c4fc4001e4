"""The first frame: painted before anything is read, so that a key press on a slow line is answered at once."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from oncall_tui.ui.render.spans import Role, join, span
from oncall_tui.ui.tabs import TABS
from oncall_tui.ui.widgets.lines import Lines


class OpeningScreen(Screen[None]):
    """The frame of the dashboard while configuration and sources are made ready; a fraction of a second."""

    DEFAULT_CSS = """
    OpeningScreen #strip { background: $panel; height: 1; }
    OpeningScreen #tabs { background: $surface; height: 1; }
    """

    def compose(self) -> ComposeResult:
        """The strip and the tabs."""
        yield Lines(id="strip")
        yield Lines(id="tabs")

    def on_mount(self) -> None:
        """Write them."""
        opening = span("opening…", Role.UNKNOWN)
        self.query_one("#strip", Lines).show([join([span("oncall-tui", Role.STRONG), opening], "  ")])
        tabs = [span(f" {title} ", Role.MUTED) for title in TABS.values()]
        self.query_one("#tabs", Lines).show([join(tabs, "")])

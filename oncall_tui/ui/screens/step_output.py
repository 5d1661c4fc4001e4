"""What a step printed when it ran before, as far as the journal kept it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from oncall_tui.core.step_records import StepRecord
from oncall_tui.core.text import clean_block, strip_ansi
from oncall_tui.ui.render.runbooks import OUTCOME_ROLES
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines


class OutputScreen(Sheet[None]):
    """A sheet over the screen; any of esc, q and o puts it away."""

    DEFAULT_CSS = """
    OutputScreen > Vertical { width: 96%; max-width: 100%; height: 90%; }
    OutputScreen VerticalScroll { height: 1fr; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o", "dismiss(None)", "Close", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, record: StepRecord) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        """Which run it was, and its output."""
        with Vertical():
            yield Lines(id="title")
            with VerticalScroll():
                yield Lines(id="output")

    def on_mount(self) -> None:
        """Write it."""
        self.query_one("#title", Lines).show(_about(self._record))
        text = clean_block(strip_ansi(self._record.tail)).rstrip("\n")
        lines = [outside(line) for line in text.split("\n")] if text else [span("It printed nothing.", Role.MUTED)]
        self.query_one("#output", Lines).show(lines)
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, step: int) -> None:
        """Read on."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)


def _about(record: StepRecord) -> list[Line]:
    when = datetime.fromtimestamp(record.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    who = span("by itself", Role.ACCENT) if record.automatic else outside(f"by {record.actor}")
    role = Role.UNKNOWN if record.ok is None else Role.OK if record.ok else Role.CRIT
    about = [join([outside(record.title, Role.STRONG), span(when, Role.MUTED), who, outside(record.summary, role)])]
    if record.outcome is not None:
        about.append(join([span(record.outcome.value, OUTCOME_ROLES[record.outcome]), outside(record.why, Role.MUTED)]))
    return [*about, span("the end of its output, at most 4 KiB:", Role.MUTED)]

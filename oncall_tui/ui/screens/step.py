"""A runbook step as it runs: its output as it comes, stopped by a key, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.actions.run_step import RunStep, StepRun
from oncall_tui.core.errors import OncallError
from oncall_tui.core.text import clean_line, strip_ansi
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.field import Field
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.output_log import OutputLog

KEPT_LINES = 10_000


class StepScreen(Sheet[None]):
    """Runs the step when it opens. Leaving while it runs stops it first: nothing goes on unseen."""

    DEFAULT_CSS = """
    StepScreen > Vertical { width: 96%; max-width: 100%; height: 94%; max-height: 100%; }
    StepScreen Log { height: 1fr; background: $background; }
    StepScreen Field { display: none; }
    StepScreen Field.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,ctrl+c", "stop", "Stop", show=False),
        Binding("slash", "search", "Search", show=False),
        Binding("n", "match(1)", "Next match", show=False),
        Binding("N", "match(-1)", "Match before", show=False),
        Binding("escape,q", "leave", "Leave", show=False),
    ]

    def __init__(
        self, run_step: RunStep, prepared: PreparedStep, then: Callable[[StepRun], Line] = lambda _: ()
    ) -> None:
        """then: called once it ran; what else there is to say."""
        super().__init__()
        self._run_step = run_step
        self._then = then
        self._prepared = prepared
        self._stop = asyncio.Event()
        self._over = False

    def compose(self) -> ComposeResult:
        """The step's title, its output, how it does."""
        with Vertical():
            yield Lines(id="title")
            yield OutputLog(max_lines=KEPT_LINES)
            yield Field(placeholder="search")
            yield Lines(id="found")
            yield Lines(id="ending")

    def on_mount(self) -> None:
        """Run it."""
        step = self._prepared.step
        self.query_one("#title", Lines).show(
            [
                join(
                    [
                        span("step", Role.MUTED),
                        outside(step.title, Role.STRONG),
                        outside(self._prepared.runbook.name, Role.MUTED),
                    ]
                )
            ]
        )
        self._say(span("running…   x stops it, and everything it started   / searches", Role.ACCENT))
        self.query_one(OutputLog).focus()
        self.run_worker(self._run(), group="step", exit_on_error=True)

    async def _run(self) -> None:
        try:
            ran = await self._run_step(self._prepared, self._took, self._stop)
        except OncallError as error:
            self._say(outside(str(error), Role.CRIT))
        else:
            result = ran.result
            role = Role.OK if result.ok else Role.CRIT
            left_out = span("some output was left out", Role.MUTED) if result.truncated else ()
            journal = outside(ran.journal, Role.CRIT) if ran.journal else ()
            self._say(
                join(
                    [
                        span(result.summary, role),
                        outside(result.note, Role.MUTED) if result.note else (),
                        left_out,
                        journal,
                        self._then(ran),
                        span("/ searches  esc closes", Role.MUTED),
                    ],
                    "  ",
                )
            )
        finally:
            self._over = True

    def _took(self, line: str) -> None:
        self.query_one(OutputLog).write_line(clean_line(strip_ansi(line)))

    def _say(self, line: Line) -> None:
        self.query_one("#ending", Lines).show([line])

    def action_stop(self) -> None:
        """Stop it."""
        if not self._over:
            self._say(span("stopping…", Role.WARN))
            self._stop.set()

    def action_leave(self) -> None:
        """Leave the search; then the step: while it runs, stop it and stay to see how it ends."""
        if self.query_one(Field).has_class("-open"):
            self._close_search()
        elif self._over:
            self.dismiss(None)
        else:
            self.action_stop()

    def action_search(self) -> None:
        """Type what to look for in the output."""
        field = self.query_one(Field)
        field.add_class("-open")
        field.focus()

    def on_input_changed(self, event: Field.Changed) -> None:
        """Look as it is typed."""
        self._tell_found(*self.query_one(OutputLog).search(event.value))

    def on_input_submitted(self) -> None:
        """Back to the output, with n and N for the other matches."""
        self._close_search()

    def action_match(self, by: int) -> None:
        """The next match, or the one before."""
        self._tell_found(*self.query_one(OutputLog).step(by))

    def _close_search(self) -> None:
        self.query_one(Field).remove_class("-open")
        self.query_one(OutputLog).focus()

    def _tell_found(self, place: int, of: int) -> None:
        word = self.query_one(OutputLog).word
        if not word:
            self.query_one("#found", Lines).show([()])
            return
        tally = span(f"{place} of {of} lines  n next  N before", Role.ACCENT) if of else span("not found", Role.WARN)
        self.query_one("#found", Lines).show([join([outside(word, Role.STRONG), tally])])

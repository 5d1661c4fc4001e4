"""7 Review: what a day did to the fleet, and what goes over to the next shift."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from oncall_tui.config.output import write_config
from oncall_tui.core.assess import Assessment
from oncall_tui.core.duration import name_duration
from oncall_tui.core.errors import OncallError
from oncall_tui.core.review.handoff import Handoff, handoff
from oncall_tui.core.review.review import Review, review
from oncall_tui.reports.review import as_markdown, handoff_sections, review_sections
from oncall_tui.ui.keys import REVIEW_KEYS
from oncall_tui.ui.render.sections import section_lines
from oncall_tui.ui.render.spans import Line, Role, join, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines

HOUR = 3_600
SPANS = (24 * HOUR, 72 * HOUR, 7 * 24 * HOUR, 8 * HOUR)
"""A day, a weekend, a week, a shift: seconds."""


class ReviewScreen(OncallScreen):
    """The daily page. It is asked for when it is first shown, and again on request: nothing of it changes by itself."""

    NAME = "review"
    HELP_TEXT = """\
What the last day did to the fleet, with what goes over to the next shift in front: alerts that nobody has and those
somebody has, incidents, silences that end soon, changes of the last hours, fragile budgets, and what is unknown.

Then error budgets (spent in this time, left, and how that is against a week before; one that shrinks with no alert
leaks), alerts by how often and how long and who took them how soon, noisy ones, pages that nobody took, silent
degradation, drift that moved, stale features, endpoints, silences, incidents, action items and toil.

It rests on Prometheus' record of alerts and on the journal. The same from a shell: oncall-tui review --handoff."""
    HINTS = (
        ("review_span", "another time"),
        ("review_again", "again"),
        ("review_export", "export"),
        ("review_copy", "copy"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*REVIEW_KEYS]
    DEFAULT_CSS = """
    ReviewScreen VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    ReviewScreen Lines { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._span = SPANS[0]
        self._found: Review | None = None
        self._over: Handoff | None = None
        self._progress = (0, 0)
        self._asking = False

    def body(self) -> Iterable[Widget]:
        """One long page."""
        with VerticalScroll():
            yield Lines(id="page")

    def on_mount(self) -> None:
        """The keys scroll."""
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        """Lay the columns out for the new width."""
        self.update()

    def draw(self, assessment: Assessment) -> None:
        """The page, or how far it is."""
        if self.oncall.desk.replay is not None:
            self.query_one("#page", Lines).show(
                [span("This is a recording: there is no server to ask for a review of it.", Role.MUTED)]
            )
            return
        if self._found is None and not self._asking:
            self._ask(assessment)
        self.query_one("#page", Lines).show(self._page())

    def _note(self) -> Line:
        return span(name_duration(self._span), Role.MUTED)

    def _page(self) -> list[Line]:
        if self._found is None:
            done, of = self._progress
            return [span(f"Asking for the last {name_duration(self._span)}… {done} of {of or '?'}", Role.UNKNOWN)]
        width = max(20, self.size.width - 3)
        until = datetime.fromtimestamp(self._found.until, UTC).strftime("%H:%M:%SZ")
        again = self.oncall.key_of("review_again")
        title = f"The last {name_duration(self._span)}, as of {until}"
        head = join([span(title, Role.STRONG), span(f"{again} asks again", Role.MUTED)], "  ")
        sections = [*(handoff_sections(self._over) if self._over else ()), *review_sections(self._found)[1:]]
        return [head, (), *section_lines(sections, width)]

    def _ask(self, assessment: Assessment) -> None:
        self._asking = True
        self.run_worker(self._read(assessment), group="review", exclusive=True)

    async def _read(self, assessment: Assessment) -> None:
        until = self.oncall.clock()
        try:
            evidence = await self.oncall.desk.review(assessment, until - self._span, until, self._advanced)
            found = await asyncio.to_thread(review, evidence)
            over = await asyncio.to_thread(handoff, found, assessment, evidence.events)
        finally:
            self._asking = False
        self._found, self._over = found, over
        self.update()

    def _advanced(self, done: int, of: int) -> None:
        self._progress = (done, of)
        if self._found is None:
            self.query_one("#page", Lines).show(self._page())

    def action_review_again(self) -> None:
        """Ask for everything anew."""
        self.workers.cancel_group(self, "review")
        self._found, self._over, self._progress, self._asking = None, None, (0, 0), False
        self.update()

    def action_review_span(self) -> None:
        """Another time: a day, a weekend, a week, a shift."""
        self._span = SPANS[(SPANS.index(self._span) + 1) % len(SPANS)]
        self.action_review_again()

    def action_scroll(self, lines: int) -> None:
        """So many lines down, or up."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_scroll_to(self, end: int) -> None:
        """The beginning (-1), or the end."""
        page = self.query_one(VerticalScroll)
        if end < 0:
            page.scroll_home(animate=False)
        else:
            page.scroll_end(animate=False)

    def action_review_copy(self) -> None:
        """Copy the page as Markdown."""
        if self._found is not None:
            self.app.copy_to_clipboard("\n".join(as_markdown(self._found, self._over)))
            self.oncall.say("The review was sent to the terminal's clipboard as Markdown (OSC 52)")

    async def action_review_export(self) -> None:
        """Write the page as Markdown into the folder the program was started in."""
        if self._found is None:
            return
        name = datetime.fromtimestamp(self._found.until, UTC).strftime("review-%Y-%m-%dT%H%M%SZ.md")
        text = "\n".join(as_markdown(self._found, self._over)) + "\n"
        try:
            await asyncio.to_thread(write_config, path := Path.cwd() / name, text, force=False)
        except OncallError as error:
            self.oncall.complain(str(error))
        else:
            self.oncall.say(f"written: {path}", seconds=10)

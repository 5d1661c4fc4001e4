"""Screen 5 and `r`: runbooks that fit the selection, as text to read and steps to run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Markdown

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.errors import OncallError
from oncall_tui.core.matchers import MatcherSyntaxError
from oncall_tui.core.step_records import StepRecord, helped
from oncall_tui.core.text import clean_block
from oncall_tui.runbooks.library import RunbookLibrary, Suggestion, ranked
from oncall_tui.runbooks.model import LinkRunbook, Runbook
from oncall_tui.ui.keys import RUNBOOK_KEYS
from oncall_tui.ui.markdown_links import parser
from oncall_tui.ui.render import runbooks as runbooks_render
from oncall_tui.ui.render.empties import NO_RUNBOOK, NO_RUNBOOK_FITS
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.running import offer_step
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.screens.step_output import OutputScreen
from oncall_tui.ui.web_runbook import fetched_text, kept_text
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class RunbooksScreen(OncallScreen):
    """The runbooks of an alert or a service, best first; with neither, all there are."""

    NAME = "runbooks"
    ROWS = ("runbooks", "")
    HELP_TEXT = (
        "Those that fit the selected alert first, and of these what helped before. Enter on a runbook goes to its "
        "steps, on a link it fetches the page, to be read; enter on a step shows to the letter what will run, and "
        "y runs it; a danger step wants the service's name typed. The alert's labels are in the step's environment "
        "as ALERT_LABEL_…; what it should move is watched afterwards."
    )
    HINTS = (("open", "steps/run"), ("step_output", "last output"), ("back", "back"))
    BINDINGS: ClassVar[list[BindingType]] = [*RUNBOOK_KEYS]
    DEFAULT_CSS = """
    RunbooksScreen #about { height: auto; padding: 0 1; }
    RunbooksScreen #runbooks { height: 30%; min-height: 4; }
    RunbooksScreen #reading { border-top: solid $surface-lighten-1; }
    RunbooksScreen #text { width: 1fr; padding: 0 1; }
    RunbooksScreen #side { width: 54; border-left: solid $surface-lighten-1; }
    RunbooksScreen.-narrow #reading { layout: vertical; }
    RunbooksScreen.-narrow #side { width: 1fr; height: 6; border-left: none; border-top: solid $surface-lighten-1; }
    RunbooksScreen Markdown { background: $background; padding: 0; margin: 0; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "#runbooks"

    def __init__(self, alert: AlertStatus | None = None, service: str = "") -> None:
        super().__init__()
        self._alert = alert
        self._service = service or (alert.service if alert else "")
        self._found: tuple[Suggestion, ...] = ()
        self._all: tuple[Suggestion, ...] = ()
        self._open: Runbook | LinkRunbook | None = None
        self._records: tuple[StepRecord, ...] = ()

    def body(self) -> Iterable[Widget]:
        """The list; below, the text and the steps."""
        yield Lines(id="about")
        yield LiveTable(id="runbooks")
        with Horizontal(id="reading"):
            with VerticalScroll(id="text"):
                yield Markdown(open_links=False, parser_factory=parser)
            with Vertical(id="side"):
                yield LiveTable(id="steps")

    def on_resize(self, event: events.Resize) -> None:
        """Below 100 cells the steps stand under the text."""
        self.set_class(event.size.width < 100, "-narrow")

    def on_mount(self) -> None:
        """Look for runbooks: that reads files, so not on the screen's own time."""
        self.run_worker(self._look(), group="runbooks", exclusive=True)

    async def _look(self) -> None:
        found, problems = await asyncio.to_thread(self._search, self.oncall.desk.library)
        try:
            self._records = await self.oncall.desk.step_history()
        except OncallError as error:  # Without it the order is another, and nothing else.
            problems = problems or str(error)
        name = self._alert.alert.name if self._alert else ""
        self._all = ranked(found, helped(self._records, name))
        if not self._stands():
            return
        if problems:
            self.oncall.complain(problems)
        self.update()
        self.draw_list()

    def _stands(self) -> bool:
        """Whether there is still something to draw on: what is read in a thread may come after the screen has gone."""
        return bool(self.query("#steps"))

    def _search(self, library: RunbookLibrary) -> tuple[tuple[Suggestion, ...], str]:
        assessment = self.oncall.assessment
        service = assessment.snapshot.catalogue.service(self._service) if assessment else None
        if self._alert is not None:
            found = library.for_alert(self._alert.alert.labels, self._alert.alert.annotations)
        elif service is not None:
            found = library.for_service(service, [status.alert.name for status in self._alerts_of(service.name)])
        else:
            found = tuple(Suggestion(runbook, None) for runbook in library.runbooks())
        return found, "; ".join(str(problem) for problem in library.problems()[:3])

    def _alerts_of(self, service: str) -> tuple[AlertStatus, ...]:
        status = self.oncall.assessment.service(service) if self.oncall.assessment else None
        return status.alerts if status else ()

    def draw(self, assessment: Assessment) -> None:
        """Runbooks do not change with the figures; only the lines about what they are for, and what is watched, do."""
        watched = runbooks_render.watch_lines(self.oncall.desk.verifications, self._service, self.oncall.clock())
        self.query_one("#about", Lines).show([self._about(), *watched])

    def _about(self) -> Line:
        if self._alert is not None:
            alert = self._alert.alert
            return join([span("for", Role.MUTED), outside(alert.name, Role.STRONG), outside(self._service)])
        return (
            join([span("for", Role.MUTED), outside(self._service, Role.STRONG)])
            if self._service
            else span("all runbooks", Role.MUTED)
        )

    def draw_list(self) -> None:
        """Show what was found and the filter lets through."""
        self._found = tuple(self.kept(self._all))
        empty = self.empty(NO_RUNBOOK_FITS if self._alert is not None or self._service else NO_RUNBOOK)
        self.query_one("#runbooks", LiveTable).show(runbooks_render.runbook_table(self._found, empty))
        self._read(self._under_cursor())

    def rows(self, assessment: Assessment) -> Sequence[Suggestion]:
        """Every runbook there is for what it was opened for."""
        return self._all

    def words_of(self, row: Suggestion) -> Iterable[str]:
        """Its title."""
        return (row.runbook.title,)

    def try_filter(self, text: str, *, typing: bool = False) -> MatcherSyntaxError | None:
        """Filter by words in the title."""
        slip = super().try_filter(text, typing=typing)
        self.draw_list()
        return slip

    def remembers_filter(self) -> bool:
        """Only where all of them stand: those for an alert are few, and none of them is to be hidden."""
        return self._alert is None and not self._service and super().remembers_filter()

    def _under_cursor(self) -> Runbook | LinkRunbook | None:
        place = self.query_one("#runbooks", LiveTable).cursor
        return self._found[place].runbook if isinstance(place, int) and place < len(self._found) else None

    def _read(self, runbook: Runbook | LinkRunbook | None) -> None:
        if runbook == self._open:
            return
        self._open = runbook
        if isinstance(runbook, LinkRunbook):
            self.run_worker(self._show_link(runbook, fetch=False), group="link", exclusive=True)
        else:
            self._show_text(runbook.text if runbook else "")
        self._show_steps()

    def _show_text(self, text: str) -> None:
        self.query_one(Markdown).update(clean_block(text))
        self.query_one("#text", VerticalScroll).scroll_home(animate=False)

    async def _show_link(self, link: LinkRunbook, *, fetch: bool) -> None:
        text = await (fetched_text if fetch else kept_text)(self.oncall, link)
        if self._stands() and self._open == link:
            self._show_text(text)

    def _show_steps(self) -> None:
        """The steps of the open runbook, each with how its last run went."""
        table = runbooks_render.step_table(self._open, self._last(), self.oncall.clock())
        self.query_one("#steps", LiveTable).show(table)

    def _last(self) -> dict[str, StepRecord]:
        """The last run of each step of the open runbook, by its id; of those for this alert where there are some."""
        if not isinstance(self._open, Runbook):
            return {}
        own = [one for one in self._records if one.runbook == self._open.name]
        fingerprint = self._alert.alert.fingerprint if self._alert else ""
        return {one.step: one for one in own} | {
            one.step: one for one in own if fingerprint and one.fingerprint == fingerprint
        }

    def on_screen_resume(self) -> None:
        """A step may have run meanwhile."""
        super().on_screen_resume()
        if self.is_mounted and self._all:
            self.run_worker(self._learn(), group="records", exclusive=True)

    async def _learn(self) -> None:
        with contextlib.suppress(OncallError):  # told when the screen opened
            self._records = await self.oncall.desk.step_history()
        if self._stands():
            self._show_steps()

    def action_step_output(self) -> None:
        """What the step under the cursor printed when it ran last."""
        key = self.query_one("#steps", LiveTable).cursor
        record = self._last().get(str(key))
        if record is None:
            self.oncall.complain("select a step that ran before: this one left no record")
        else:
            self.app.push_screen(OutputScreen(record))

    def on_live_table_highlighted(self, event: LiveTable.Highlighted) -> None:
        """Another runbook: its text and steps."""
        if event.table.id == "runbooks":
            self._read(self._under_cursor())

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """From the list to the steps, or a page that is fetched; from a step to what it will run."""
        runbook = self._open
        if event.table.id == "runbooks":
            if isinstance(runbook, LinkRunbook) and runbook.openable:
                self.oncall.say("Fetching it…", seconds=2)
                self.run_worker(self._show_link(runbook, fetch=True), group="link", exclusive=True)
            else:
                self.query_one("#steps", LiveTable).focus()
            return
        step = runbook.step(str(event.key)) if isinstance(runbook, Runbook) else None
        if isinstance(runbook, Runbook) and step is not None:
            offer_step(self.oncall, runbook, step, self._alert.alert if self._alert else None, self._service)

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """Show where a link goes; nothing is opened on this machine, which is rarely the reader's."""
        event.stop()
        self.oncall.say(f"link: {event.href}", seconds=10)

    def action_back(self) -> None:
        """From the steps to the list, from the filter to everything, and then back to where it was opened from."""
        steps = self.query_one("#steps", LiveTable)
        if steps.has_focus:
            self.query_one("#runbooks", LiveTable).focus()
        elif self.filter_text:
            self.set_filter("")
        elif len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alert it was opened for, as it is now."""
        assessment = self.oncall.assessment
        if self._alert is None or assessment is None:
            return ()
        return tuple(status for status in assessment.alerts if status.alert.key == self._alert.alert.key)

    def service_in_hand(self) -> str:
        """The service it was opened for."""
        return self._service

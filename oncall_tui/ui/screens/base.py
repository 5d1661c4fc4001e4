"""What every full screen has: the strip, the tabs, a body, the prompt, the hints, a filter and a selection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.ui.keys import SCREEN_KEYS
from oncall_tui.ui.render.empties import paragraphs
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.render.strip import source_lines
from oncall_tui.ui.screens.filtered import FilteredScreen
from oncall_tui.ui.tabs import TABS
from oncall_tui.ui.widgets.bars import HintBar, TabBar
from oncall_tui.ui.widgets.candidates import Candidates
from oncall_tui.ui.widgets.filter_line import FilterLine
from oncall_tui.ui.widgets.live_table import LiveTable
from oncall_tui.ui.widgets.prompt_bar import PromptBar, Purpose
from oncall_tui.ui.widgets.status_strip import StatusStrip

if TYPE_CHECKING:
    from oncall_tui.core.alerts import Silence
    from oncall_tui.core.slo_status import SloStatus
    from oncall_tui.ui.render.explain import Explanation


class OncallScreen(FilteredScreen):
    """A full screen. Subclasses say what stands in the body, and draw it from an assessment."""

    NAME: ClassVar[str] = ""
    HELP_TEXT: ClassVar[str] = ""
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = ()
    """(action id, what it does) pairs for the hint bar; the key is looked up, since people rebind keys."""
    BINDINGS: ClassVar[list[BindingType]] = [*SCREEN_KEYS]
    DEFAULT_CSS = """
    OncallScreen { layers: below above; }
    OncallScreen > * { layer: below; }
    """

    # The frame

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield StatusStrip(self.oncall.clock, self.oncall.self_watch.lag)
        yield TabBar(TABS, self.NAME)
        yield FilterLine()
        yield from self.body()
        yield Candidates()
        yield PromptBar()
        yield HintBar()

    def body(self) -> Iterable[Widget]:
        """The widgets between the tabs and the hints."""
        raise NotImplementedError

    def draw(self, assessment: Assessment) -> None:
        """Show this assessment in the body."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Catch up with what came while another screen was in front."""
        self.update()

    def update(self) -> None:
        """Draw what the app knows now."""
        if not self.is_mounted:
            return
        assessment = self.oncall.assessment
        self.update_strip()
        self.query_one(TabBar).show(self._note())
        self.query_one(HintBar).show(self._hints())
        tally = self.tally(assessment, self._filter) if assessment is not None and self.filter_text else None
        self.query_one(FilterLine).show(self.filter_text, tally, self.oncall.key_of("back"))
        if assessment is not None:
            self.draw(assessment)

    def update_strip(self) -> None:
        """Speak of what is known now on top. Behind a sheet that goes on, where nothing else is to move."""
        desk = self.oncall.desk
        journal_ails = bool(self.oncall.journal_watch.trouble)
        strip = self.query_one(StatusStrip)
        strip.show(self.oncall.assessment, desk.title, read_only=bool(desk.read_only), journal_ails=journal_ails)

    def _note(self) -> Line:
        return span(self.oncall.lookback.name, Role.MUTED)

    def _hints(self) -> Sequence[tuple[str, str]]:
        return [(self.oncall.key_of(action), what) for action, what in (*self.HINTS, *_EVERYWHERE)]

    def empty(self, what: str) -> tuple[Line, ...]:
        """What to say where there is nothing to list: why, and what to do."""
        assessment = self.oncall.assessment
        if assessment is None:
            return (span("Asking the sources…", Role.UNKNOWN),)
        trouble = source_lines(tuple(assessment.snapshot.sources.values()), assessment.snapshot.at)
        if self.filter_text:
            return (
                join(
                    [
                        span("Nothing matches", Role.MUTED),
                        outside(self.filter_text, Role.ACCENT),
                        span("— esc clears the filter.", Role.MUTED),
                    ]
                ),
                *trouble,
            )
        return paragraphs((outside(what, Role.MUTED), *trouble), self.size.width - 2)

    # The selection: what keys such as a, u, r act on

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alerts that an action would touch now: the marked ones, or those of the row under the cursor."""
        return ()

    def group_in_hand(self) -> tuple[Mapping[str, str], tuple[AlertStatus, ...]] | None:
        """The group of alerts whose heading is under the cursor: the labels that make it one, and its alerts.

        None where there is no heading. Labels that are '' are those the group's alerts lack.
        """
        return None

    # Order and headings: what `:sort` and `:group` go through

    def sort_words(self) -> Sequence[str]:
        """The orders there are to choose from."""
        return ()

    def group_words(self) -> Sequence[str]:
        """The headings there are to choose from."""
        return ()

    def sort_by(self, name: str) -> str:
        """Stand in the order of that name, '' for the next; returns what is wrong with the name, '' if nothing."""
        return "nothing here has an order to choose"

    def group_by(self, name: str) -> str:
        """Stand under headings of that name, '' for the next; returns what is wrong with the name, '' if nothing."""
        return "nothing here has headings to choose"

    def action_sort(self) -> None:
        """The next order."""
        self.sort_by("")

    def action_group(self) -> None:
        """The next headings."""
        self.group_by("")

    def silences_in_hand(self) -> tuple[Silence, ...]:
        """The silences that an action would touch now: those that hide the alerts in hand, acknowledgements aside."""
        hiding = (s for status in self.alerts_in_hand() for s in status.silences if not s.is_ack)
        return tuple(dict.fromkeys(hiding))

    def service_in_hand(self) -> str:
        """The service of the row under the cursor; '' if there is none."""
        return ""

    def slo_in_hand(self) -> SloStatus | None:
        """The SLO of the row under the cursor, if there is one."""
        return None

    def explanation(self) -> Explanation | None:
        """The figures under the cursor explained; None where there are none."""
        from oncall_tui.ui.render.explain import explain_slo

        assessment, slo = self.oncall.assessment, self.slo_in_hand()
        return explain_slo(assessment, slo) if assessment is not None and slo is not None else None

    def hold(self) -> None:
        """Something is done to what is selected: it stays selected, wherever its row goes."""
        for table in self.query(LiveTable):
            table.hold()

    def acted(self) -> None:
        """An action took the selection: let go of the marks."""

    # The filter and the command line

    def action_filter(self) -> None:
        """Open the filter."""
        if self.filters_rows():
            self.query_one(PromptBar).open(Purpose.FILTER, self.filter_text, vocabulary=self.vocabulary)
        else:
            self.oncall.complain("nothing is listed here that could be filtered")

    def action_saved_filters(self) -> None:
        """Choose a saved filter."""
        from oncall_tui.ui.filtering import choose_filter

        choose_filter(self.oncall, self)

    def action_save_filter(self) -> None:
        """Save the filter that is on."""
        if self.filter_text:
            self.query_one(PromptBar).open(Purpose.NAME)
        else:
            self.oncall.complain(f"no filter is on to be saved: {self.oncall.key_of('filter')} types one")

    def action_command(self) -> None:
        """Open the command line."""
        self.query_one(PromptBar).open(Purpose.COMMAND, commands=self.oncall.command_words())

    def ask_command(self, begun: str) -> None:
        """Open the command line with the beginning of a command."""
        self.query_one(PromptBar).open(Purpose.COMMAND, begun, commands=self.oncall.command_words())

    def action_explain(self) -> None:
        """Explain the figures under the cursor."""
        from oncall_tui.ui.screens.explain import ExplainScreen

        if (explanation := self.explanation()) is None:
            self.oncall.complain("no figure to explain here: select a service, an SLO or an alert that names one")
        else:
            self.app.push_screen(ExplainScreen(explanation))

    def action_back(self) -> None:
        """Clear the filter; on a screen that was opened from another, go back."""
        if self.filter_text:
            self.set_filter("")

    def on_prompt_bar_typed(self, event: PromptBar.Typed) -> None:
        """Filter as it is typed; a name that is only begun empties no list."""
        self.query_one(PromptBar).complain(self.try_filter(event.text, typing=True))

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """Keep the filter, or run the command; what is not right stays to be mended."""
        self._refocus()
        if event.purpose is Purpose.COMMAND:
            self.oncall.run_command(event.text)
        elif event.purpose is Purpose.NAME:
            from oncall_tui.ui.filtering import save_filter

            save_filter(self.oncall, self, event.text)
        elif self.set_filter(event.text):
            prompt = self.query_one(PromptBar)
            prompt.open(Purpose.FILTER, event.text, vocabulary=self.vocabulary)
            prompt.complain(self.try_filter(event.text))

    def on_prompt_bar_cancelled(self, event: PromptBar.Cancelled) -> None:
        """Escape clears the filter, and leaves a command unrun."""
        self._refocus()
        if event.purpose is Purpose.FILTER:
            self.set_filter("")

    async def on_tab_bar_chosen(self, event: TabBar.Chosen) -> None:
        """A tab was clicked."""
        await self.oncall.action_show(event.name)

    def _refocus(self) -> None:
        self.set_focus(None)
        for widget in self.focus_chain:
            self.set_focus(widget)
            break


_EVERYWHERE = (
    ("filter", "filter"),
    ("command", "command"),
    ("help", "help"),
    ("window", "window"),
    ("theme", "theme"),
    ("pause", "pause"),
    ("refresh", "refresh"),
    ("quit", "quit"),
)

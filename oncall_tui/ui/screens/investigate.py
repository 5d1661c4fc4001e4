"""Investigate: what came first, asked in the background, of a service and everything upstream of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.explained import BAD
from oncall_tui.core.investigation import Investigation, Track
from oncall_tui.ui.keys import INVESTIGATE_KEYS
from oncall_tui.ui.render import changed, charts
from oncall_tui.ui.render import investigation as render
from oncall_tui.ui.render.spans import Role
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable

WIDE = 120
"""Cells from which the tree or what changed stands beside the verdict."""
WIDEST = 170
"""Cells from which all three stand side by side."""
_PANES = ("-verdict", "-changed", "-tree")


class InvestigateScreen(OncallScreen):
    """The verdict and what changed on top, below everything that moved in its order, the selected one as a chart."""

    NAME = "fleet"
    HELP_TEXT = (
        "Which signal of the service, or of what it rests on, left its usual range first. LEFT: when, ± how uncertain "
        "that is; SPREADS: how far from usual, in robust standard deviations (what is less than 3 off may be chance, "
        "and is dim). + and − say what speaks for and against each suspect. "
        "`v` shows what the labels of info metrics said before the onset and say now, this version "
        "against the last, and what rests on what. Marks are versions, deploys, alerts that began and runbook steps "
        "that ran. It is a ranking of evidence, not a proof; what is not measured is listed, and never suspected. "
        "Onsets: two-sided CUSUM, then the change-point of highest likelihood."
    )
    HINTS = (
        ("back", "back"),
        ("pane", "what changed"),
        ("again", "ask again"),
        ("keep_finding", "to incident"),
        ("copy_finding", "copy"),
        ("runbook", "runbook"),
    )
    DEFAULT_CSS = """
    InvestigateScreen #top { height: auto; max-height: 45%; }
    InvestigateScreen #verdict-scroll { width: 2fr; height: auto; max-height: 100%; padding: 0 1; }
    InvestigateScreen #tree-scroll, InvestigateScreen #changed-scroll {
        width: 1fr; height: auto; max-height: 100%; padding: 0 1; border-left: solid $surface-lighten-1;
    }
    InvestigateScreen.-narrow #verdict-scroll, InvestigateScreen.-narrow #tree-scroll,
    InvestigateScreen.-narrow #changed-scroll { display: none; width: 1fr; border: none; }
    InvestigateScreen.-narrow.-verdict #verdict-scroll, InvestigateScreen.-narrow.-tree #tree-scroll,
    InvestigateScreen.-narrow.-changed #changed-scroll { display: block; }
    InvestigateScreen.-middle.-tree #changed-scroll, InvestigateScreen.-middle.-changed #tree-scroll,
    InvestigateScreen.-middle.-verdict #changed-scroll { display: none; }
    InvestigateScreen #moved { height: auto; min-height: 4; max-height: 50%; }
    InvestigateScreen #curve { height: 1fr; min-height: 6; margin-top: 1; }
    InvestigateScreen.-low #curve { display: none; }
    InvestigateScreen #missing { height: auto; max-height: 5; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *INVESTIGATE_KEYS,
        Binding("tab", "app.focus_next", "Next pane", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        self._found: Investigation | None = None
        self._progress = (0, 0)
        self._pointed = False

    def body(self) -> Iterable[Widget]:
        """Verdict and tree, what moved, one of them as a chart, what nobody could say."""
        from oncall_tui.ui.widgets.time_chart import TimeChart

        with Horizontal(id="top"):
            with VerticalScroll(id="verdict-scroll", can_focus=False):
                yield Lines(id="verdict")
            with VerticalScroll(id="changed-scroll", can_focus=False):
                yield Lines(id="changed")
            with VerticalScroll(id="tree-scroll", can_focus=False):
                yield Lines(id="tree")
        with Vertical():
            yield LiveTable(id="moved")
            yield TimeChart(id="curve")
        yield Lines(id="missing")

    def on_mount(self) -> None:
        """Begin to ask."""
        self.add_class(_PANES[0])
        self.action_again()

    def action_pane(self) -> None:
        """The next pane, where not all have room."""
        panes = _PANES if self.has_class("-narrow") else _PANES[1:]
        now = next((pane for pane in panes if self.has_class(pane)), _PANES[-1])
        self.remove_class(*_PANES)
        self.add_class(panes[(panes.index(now) + 1) % len(panes)])

    def on_resize(self) -> None:
        """On a narrow screen there is one pane, on a wider one two, on a wide one all; on a low one no chart."""
        self.set_class(self.size.width < WIDE, "-narrow")
        self.set_class(WIDE <= self.size.width < WIDEST, "-middle")
        self.set_class(self.size.height < 34, "-low")

    def action_again(self) -> None:
        """Ask everything anew."""
        self._found, self._progress, self._pointed = None, (0, 0), False
        self.run_worker(self._investigate(), group="investigate", exclusive=True)
        self.update()

    async def _investigate(self) -> None:
        assessment = self.oncall.assessment
        if assessment is None:
            return
        affected = [status.service.name for status in assessment.services if status.state in BAD]
        investigate = self.oncall.desk.investigate
        self._found = await investigate(assessment.snapshot.catalogue, self._service, affected, self._advanced)
        self.update()

    def _advanced(self, done: int, of: int) -> None:
        self._progress = (done, of)
        self.update()

    def draw(self, assessment: Assessment) -> None:
        """The verdict, or how far it is."""
        self.query_one("#tree", Lines).show(render.tree(assessment, self._service))
        found = self._found
        if found is None:
            self.query_one("#verdict", Lines).show(render.progress(*self._progress, self._service))
            return
        self.query_one("#verdict", Lines).show(render.verdict(found))
        self.query_one("#changed", Lines).show(changed.lines(found))
        table = self.query_one(LiveTable)
        table.show(moved := render.timeline(found))
        if not self._pointed:
            self._pointed = True
            table.move_to(render.to_begin_with(found))
        table.styles.height = max(4, len(moved.rows) + 1)
        self.query_one("#missing", Lines).show(render.unanswered(found))
        self._draw_curve(found)

    def on_live_table_highlighted(self) -> None:
        """Another signal: its curve."""
        if self._found is not None:
            self._draw_curve(self._found)

    def _draw_curve(self, found: Investigation) -> None:
        from oncall_tui.ui.widgets.time_chart import TimeChart

        track = self._track(found)
        if track is None:
            return
        marks = [charts.Mark(one.excursion.at, "left", Role.WARN) for one in track.moved]
        marks += changed.marks(found, {track.service, self._service})
        period = charts.Period(found.at - found.span, found.at)
        name = f"{track.service} {track.name} {track.member}".strip()
        self.query_one(TimeChart).show(name.upper(), {name: track.points}, track.unit, period, marks=marks)

    def _track(self, found: Investigation) -> Track | None:
        key = self.query_one(LiveTable).cursor
        return next((t for t in found.tracks if (t.service, t.name, t.member) == key), None)

    def action_back(self) -> None:
        """Back to where it was opened from; what is still being asked is given up."""
        self.workers.cancel_group(self, "investigate")
        self.app.pop_screen()

    def action_keep_finding(self) -> None:
        """Write the finding into the incident in hand."""
        from oncall_tui.ui.incidents import finding

        if self._found is None:
            self.oncall.complain("nothing is written yet: it is still being asked")
        else:
            finding(self.oncall, render.summary(self._found), self._service)

    def action_copy_finding(self) -> None:
        """Copy the finding in one line."""
        if self._found is not None:
            self.app.copy_to_clipboard(render.summary(self._found))
            self.oncall.say("The finding was sent to the terminal's clipboard (OSC 52)")

    def service_in_hand(self) -> str:
        """The service under the cursor: at first the suspect, where one leads clearly, else the one investigated."""
        track = self._track(self._found) if self._found else None
        return track.service if track else self._service

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alerts of the service in hand."""
        status = self.oncall.assessment.service(self.service_in_hand()) if self.oncall.assessment else None
        return status.alerts if status else ()

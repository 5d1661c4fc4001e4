"""Screen 2: Alerts, loudest first, with what becomes of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.widget import Widget

from oncall_tui.core.alert_filter import AlertFilter, parse_alert_filter
from oncall_tui.core.alert_words import AlertWords
from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.completion import Vocabulary
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.render import alerts as alerts_render
from oncall_tui.ui.render.alert_rows import Drawing, columns
from oncall_tui.ui.render.columns import Row, Table
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class AlertsScreen(OncallScreen):
    """Firing, acknowledged, pending, silenced and inhibited alerts; below, the selected one in full."""

    NAME = "alerts"
    ROWS = ("alerts", "firing pages")
    HELP_TEXT = (
        "● firing  ◐ acked (by whom, since and until when)  ◌ pending (holds, not yet long enough)  ∅ silenced  "
        "⊘ inhibited (by what)  ◇ muted by a time interval  ✓ resolved a moment ago (nothing is left to acknowledge)  "
        "↻ flaps: began several times within an hour. "
        "`a` posts a silence of this very label set, whose comment starts with ACK!; space marks several. "
        "`A` asks first: why, until when, the whole group; it takes over what another has, and hands over your own. "
        "kept: it is extended while the alert fires, by an oncall-tui that runs, or by kthxbye. "
        "Where pagers are configured, the page is acknowledged there, too; `:page` shows first which. "
        "The filter knows labels, words, -words, and @state= @age> @ack= @urgency= @receiver= @service= @source= "
        "@silenced_by= @inhibited_by= @runbook=; tab completes. `f` offers saved filters, `F` saves this one."
        "`s` opens a silence of its labels, `x` ends the one that hides it."
        " `Z` snoozes it on this machine only; `enter` opens it."
    )
    HINTS = (
        ("acknowledge", "ack"),
        ("take_back", "un-ack"),
        ("silence", "silence"),
        ("runbook", "runbook"),
        ("mark", "mark"),
        ("open", "detail"),
    )
    DEFAULT_CSS = """
    AlertsScreen #detail { height: auto; max-height: 45%; padding: 0 1; border-top: solid $surface-lighten-1; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def body(self) -> Iterable[Widget]:
        """The table, and the selected alert below it."""
        yield LiveTable(marking=True, id="alerts")
        yield Lines(id="detail")

    def draw(self, assessment: Assessment) -> None:
        """One row an alert."""
        kept = self.kept(assessment.listed)
        doubt = assessment.snapshot.alerts_doubt()
        empty = self.empty(f"Nobody can say: {doubt}" if doubt else "No alert is firing, pending or silenced.")
        drawing = Drawing(assessment, self.oncall.alert_facts(assessment))
        rows = [Row(status.alert.key, partial(drawing.cell, status)) for status in kept]
        self.query_one(LiveTable).show(Table(columns(assessment), rows, empty))
        self._draw_detail(assessment)

    # What the filter looks at

    def parsed(self, text: str) -> AlertFilter:
        """Matchers, words, and conditions."""
        return parse_alert_filter(text)

    def rows(self, assessment: Assessment) -> Sequence[AlertStatus]:
        """Every alert, those that resolved a moment ago among them."""
        return assessment.listed

    def is_loud(self, row: AlertStatus) -> bool:
        """Pages that fire and nobody has."""
        return row.phase is Phase.FIRING and row.alert.urgency is Urgency.PAGE

    def kept(self, rows: Sequence[AlertStatus], wanted: AlertFilter | None = None) -> list[AlertStatus]:
        """Those that a filter (None: the one that is on) lets through."""
        assessment = self.oncall.assessment
        assert assessment is not None, "rows come from one"
        chosen: AlertFilter = self._filter if wanted is None else wanted
        return chosen.kept(rows, self.oncall.alert_facts(assessment))

    def keeps_alert(self, status: AlertStatus) -> bool:
        """Whether the filter lets an alert through."""
        assessment = self.oncall.assessment
        return assessment is not None and self._filter.accepts(status, self.oncall.alert_facts(assessment))

    def words_now(self, assessment: Assessment | None) -> Vocabulary:
        """The labels and states of the alerts there are."""
        return super().words_now(None) if assessment is None else AlertWords(self.oncall.alert_facts(assessment))

    def _draw_detail(self, assessment: Assessment) -> None:
        status = self._status(assessment, self.query_one(LiveTable).cursor)
        self.query_one("#detail", Lines).show(alerts_render.detail(assessment, status) if status else [])

    def on_live_table_highlighted(self) -> None:
        """Another alert: its detail."""
        if self.oncall.assessment is not None:
            self._draw_detail(self.oncall.assessment)

    def on_live_table_opened(self) -> None:
        """Open the alert in full."""
        for status in self._under_cursor():
            self.oncall.open_alert(status)

    @staticmethod
    def _status(assessment: Assessment, key: object) -> AlertStatus | None:
        return next((status for status in assessment.listed if status.alert.key == key), None)

    def _under_cursor(self) -> tuple[AlertStatus, ...]:
        assessment = self.oncall.assessment
        status = self._status(assessment, self.query_one(LiveTable).cursor) if assessment else None
        return (status,) if status else ()

    def slo_in_hand(self) -> SloStatus | None:
        """The SLO the alert under the cursor names, else its service's worst."""
        assessment = self.oncall.assessment
        status = next(iter(self.alerts_in_hand()), None)
        return assessment.slo_of(status) if assessment and status else None

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The marked alerts, else the one under the cursor."""
        marked = self.query_one(LiveTable).marked
        assessment = self.oncall.assessment
        if marked and assessment is not None:
            return tuple(status for status in assessment.listed if status.alert.key in marked)
        return self._under_cursor()

    def service_in_hand(self) -> str:
        """The service of the alert under the cursor."""
        return next((status.service for status in self._under_cursor()), "")

    def acted(self) -> None:
        """Let go of the marks."""
        self.query_one(LiveTable).clear_marks()
